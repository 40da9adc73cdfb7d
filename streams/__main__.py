"""`python -m streams` is `whetstone`: how background processes are started, whatever stands on the PATH."""

from streams.cli import main

if __name__ == "__main__":
    main(prog_name="whetstone")

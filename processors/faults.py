"""Where a fault of ours arose, for whoever mends it: the pure core writes no log."""

from pathlib import Path
from traceback import walk_tb


def place_of(error: Exception) -> str:
    """Return the type of an error that was caught, and the function, file and line that raised it.

    What the error says itself is left out: it may hold what a customer typed.
    """
    *_, (frame, line) = walk_tb(error.__traceback__)
    code = frame.f_code
    return f"{type(error).__name__} in {code.co_qualname}, {Path(code.co_filename).name} line {line}"

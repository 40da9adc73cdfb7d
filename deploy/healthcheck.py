"""`python -m deploy.healthcheck PORT`: exit status 0 when the process in this container is alive."""

import http.client
import sys


def main(port: int) -> int:
    """Ask /healthz on loopback; return the exit status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/healthz")
        return 0 if connection.getresponse().status == 200 else 1
    except OSError as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))

"""What goes wrong with services, said so that a person can act on it."""

from pathlib import Path

TAIL_LINES = 15


class ServiceError(Exception):
    """A service could not be started or stopped. The message says which, why, and shows the end of its log."""


def last_lines(log: Path, most: int = 1 << 18) -> list[str]:
    """Return the lines in the last bytes of a log, `most` of them; none where there is no log."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - most))
        return file.read().decode(errors="replace").splitlines()


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """Return the last lines of a log, indented; a remark when there is none."""
    if not log.exists():
        return f"    ({log} does not exist)"
    text = last_lines(log)[-lines:]
    return "\n".join(f"    {line}" for line in text) or f"    ({log} is empty)"


def with_log(message: str, log: Path) -> ServiceError:
    """Return an error whose message ends with the tail of a log."""
    return ServiceError(f"{message}\n  the end of {log}:\n{tail(log)}")

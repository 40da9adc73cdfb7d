"""Where supervision says, line by line, what it does."""

from collections.abc import Callable

Report = Callable[[str], None]


def silent(_message: str) -> None:
    """Report nothing."""

"""Tables in a terminal of any width: a cell that does not fit goes on in the next line, nothing is cut off."""

from collections.abc import Iterable

from rich.table import Column, Table


def table(names: Iterable[str], whole: Iterable[str] = ()) -> Table:
    """Return a table with these columns; those of `whole` stay in one line: they are there to be copied."""
    kept = frozenset(whole)
    return Table(*(Column(name, overflow="fold", no_wrap=name in kept, min_width=len(name)) for name in names))

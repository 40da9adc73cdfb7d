"""Tables in a terminal of any width: a cell that does not fit goes on in the next line, nothing is cut off.

Cells hold what strangers wrote: they are texts, never markup.
"""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Column, Table

PIPED = 240  # characters


def table(names: Iterable[str], whole: Iterable[str] = ()) -> Table:
    """Return a table with these columns; those of `whole` stay in one line: they are there to be copied."""
    kept = frozenset(whole)
    return Table(*(Column(name, overflow="fold", no_wrap=name in kept, min_width=len(name)) for name in names))


def print_table(rows: Table) -> None:
    """Print a table: as wide as the terminal, or as it needs where the output goes into a file or a pipe."""
    console = Console(markup=False, emoji=False)
    if not console.is_terminal:
        console.width = max(console.width, PIPED)
    console.print(rows)

"""What the player shows: a progress bar on a terminal, plain lines elsewhere, and tables at the end."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from streams.sample.verdict import Check

PLAIN_EVERY_S = 5.0
PLAIN_WIDTH = 110


class Bars:
    """Shows how far things are: `total` of each name, then `set` as they move, `note` for a line of figures."""

    def __init__(self, console: Console, progress: Progress | None, totals: Mapping[str, int]) -> None:
        self._console = console
        self._progress = progress
        self._totals = totals
        self._done = dict.fromkeys(totals, 0)
        self._note = ""
        self._said = time.monotonic()
        self._tasks: dict[str, TaskID] = {}
        if progress is not None:
            self._tasks = {name: progress.add_task(name, total=total) for name, total in totals.items()}
            self._tasks[""] = progress.add_task("", total=None, visible=False)

    def set(self, name: str, done: int) -> None:
        """Say how far one of the bars is."""
        self._done[name] = min(done, self._totals[name])
        if self._progress is not None:
            self._progress.update(self._tasks[name], completed=self._done[name])
        elif time.monotonic() - self._said >= PLAIN_EVERY_S:
            self.say()

    def note(self, text: str) -> None:
        """Show figures below the bars, beside the plain lines otherwise."""
        self._note = text
        if self._progress is not None:
            self._progress.update(self._tasks[""], description=text, visible=True)

    def say(self) -> None:
        """Write a plain line of where things are."""
        self._said = time.monotonic()
        parts = [f"{name} {self._done[name]:,}/{total:,}" for name, total in self._totals.items()]
        text = "  " + ", ".join(parts) + (f"; {self._note}" if self._note else "")
        self._console.print(text, highlight=False, soft_wrap=True)


class Screen:
    """Writes to a console; whoever watches a log sees the same in lines."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        if not self._console.is_terminal:
            self._console.width = max(self._console.width, PLAIN_WIDTH)

    def say(self, text: str) -> None:
        """Write a line."""
        self._console.print(text, markup=False, soft_wrap=True)

    def title(self, text: str) -> None:
        """Begin a part."""
        self._console.print(f"\n[bold]{text}[/bold]")

    @contextmanager
    def bars(self, totals: Mapping[str, int]) -> Iterator[Bars]:
        """Show bars while something runs."""
        if not self._console.is_terminal:
            bars = Bars(self._console, None, totals)
            yield bars
            bars.say()
            return
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as progress:
            yield Bars(self._console, progress, totals)

    def figures(self, rows: Sequence[tuple[str, str]]) -> None:
        """Write a table of names and figures."""
        table = Table(show_header=False)
        table.add_column("what")
        table.add_column("how many", justify="right")
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    def table(self, title: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write a table; its cells are texts, not markup."""
        table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for name in names:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row))
        self._console.print(table)

    def verdict(self, checks: Sequence[Check]) -> None:
        """Write what was expected and what came, and whether all of it holds."""
        table = Table(title="Was the truth met?", title_justify="left")
        for name in ("", "what", "expected", "actual"):
            table.add_column(name, overflow="fold")
        for check in checks:
            style = None if check.met else "bold red"
            table.add_row("✓" if check.met else "✗", check.what, check.expected, check.actual, style=style)
        self._console.print(table)
        wrong = sum(not check.met for check in checks)
        self.say(f"All {len(checks)} checks hold." if not wrong else f"{wrong} of {len(checks)} checks do not hold.")

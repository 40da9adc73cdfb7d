"""`whetstone replay`: the pure core over a file or a topic; nothing outside `--out` is touched."""

from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.rules import RuleBook
from streams.commands.interrupted import interrupted
from streams.commands.moment import moment_of
from streams.commands.rule_history import book_in_force
from streams.replay.run import WHOLE, replay_diff, replay_file, replay_topic
from streams.replay.sources import Window
from streams.rules import read_rule_book
from streams.settings import settings

console = Console(stderr=True)


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--topic", type=click.Choice(["facts"]), help="Replay this topic instead of a file.")
@click.option("--from", "since", metavar="T", help="Tell what came of records that the topic took at or after T.")
@click.option("--to", "until", metavar="T", help="Read only records that the topic took before T.")
@click.option("--rules", "book", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The rule book.")
@click.option("--diff", is_flag=True, help="Compare with the rule book in force; what differs goes to diff.jsonl.")
@click.option("--batch", default=1000, show_default=True, type=click.IntRange(1, 1_000_000), help="Records at a time.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the results.")
@interrupted("文件夹中的结果不完整，请再次运行", "what stands in the folder is no whole result; run it again")
def replay(
    file: Path | None,
    topic: str | None,
    since: str | None,
    until: str | None,
    book: Path | None,
    diff: bool,
    batch: int,
    out: Path,
) -> None:
    """Run touchpoints from FILE (JSONL), or the topic `facts`, through the pure core.

    Writes signals.jsonl, history.jsonl, state.jsonl, report.json and digest.txt into the folder. The digest is the
    same for every --batch. With --from what came before is read for the state alone; the state is that at --to.
    Ends with status 1 if every event of FILE was rejected.
    """
    if (file is None) == (topic is None):
        raise click.UsageError("give either a FILE of touchpoints or --topic facts")
    if file is not None and (since or until):
        raise click.UsageError("--from and --to are for --topic: they go by the times at which the topic took records")
    window = Window(moment_of(since, "--from"), moment_of(until, "--to"))
    former = book_in_force(settings()) if diff else None
    report_of(lambda: read_rule_book(book), former, file, out, batch, fixed=book is not None, window=window)


def report_of(
    read: Callable[[], RuleBook],
    former: RuleBook | None,
    file: Path | None,
    out: Path,
    batch: int,
    *,
    fixed: bool,
    window: Window = WHOLE,
) -> None:
    """Replay with the book that `read` gives, beside the former one where there is one, and print the report.

    Raises ClickException, after the report, for a file of which every event was rejected.
    """
    chosen = settings()
    rules = read()
    with _progress() as bar:
        task = bar.add_task("replayed", total=None)

        def advance(count: int) -> None:
            bar.advance(task, count)

        if former is not None:
            report = replay_diff(file, out, (former, rules), chosen, batch, advance, window=window)
        elif file is not None:
            report = replay_file(file, out, rules, chosen, batch, advance)
        else:
            report = replay_topic(out, rules, chosen, batch, advance, fixed=fixed, window=window)
    for name, value in report.items():
        click.echo(f"{name}: {value}")
    rejected: dict[str, int] = report.get("rejected", {})
    if rejected and sum(rejected.values()) == report["touchpoints"]:
        why = ", ".join(f"{reason} {count}" for reason, count in sorted(rejected.items()))
        raise click.ClickException(f"{file}: every event was rejected ({why})")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )

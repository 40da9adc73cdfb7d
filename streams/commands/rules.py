"""`whetstone rules`: check, show, compare, try and apply rule books."""

import sys
from pathlib import Path
from typing import Any

import click
import orjson
import yaml
from confluent_kafka import KafkaException
from rich.table import Table

from schemas.fact import RuleBookChange
from schemas.rules import RuleBook, RuleBookError
from schemas.rules.yaml12 import load
from schemas.times import to_iso
from schemas.wire import Codec
from sinks.base import SinkUnavailable
from sinks.kafka import KafkaProducer
from sinks.rule_books import RuleBookStore
from streams.clock import wall_ms
from streams.commands.by import by
from streams.commands.faults import said
from streams.commands.replay import report_of
from streams.commands.rule_history import book_in_force, book_of_version, with_books
from streams.commands.rule_list import effects, print_rules
from streams.commands.tables import print_table, table
from streams.kafka_config import client_config
from streams.registry import registry_of
from streams.rule_books import apply_book, differences, dropped, idle
from streams.rules import read_rule_book
from streams.settings import Settings, settings
from streams.topics import ensure_topics

BOOK = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def rules() -> None:
    """List rules; check, show, compare, try and apply rule books."""


@rules.command()
@click.argument("book", type=BOOK)
def check(book: Path) -> None:
    """Name every problem of BOOK, or its version when there is none."""
    found = read(book)
    click.echo(f"{found.version}: good, {len(found.overrides)} overrides, every combination of them included")


@rules.command("list")
@click.argument("sample", required=False, type=BOOK)
@click.option("--book", type=BOOK, help="The book whose switches count; default: the one in force.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(sample: Path | None, book: Path | None, as_json: bool) -> None:
    """List the rules of cleansing, which are on, and how often each had an effect in SAMPLE (JSONL of touchpoints).

    A rule is switched off by `cleansing: {off: [name]}` in the book; `rules show` prints the parameters.
    """
    chosen = settings()
    found = read(book) if book else book_in_force(chosen)
    print_rules(found, effects(sample, found, chosen) if sample else None, as_json=as_json)


@rules.command()
@click.argument("book", required=False, type=BOOK)
@click.option("--version", help="A former book, by its version or the beginning of it.")
@click.option("--history", is_flag=True, help="List which book was applied when, by whom.")
def show(book: Path | None, version: str | None, history: bool) -> None:
    """Print a whole book with all defaults: BOOK, a former version, or the one in force."""
    if history:
        _show_history()
        return
    found = read(book) if book else book_of_version(settings(), version) if version else book_in_force(settings())
    click.echo(f"# {found.version}")
    click.echo(yaml.safe_dump(orjson.loads(found.document), allow_unicode=True, sort_keys=False, width=110), nl=False)


@rules.command()
@click.argument("book", type=BOOK)
@click.argument("other", required=False, type=BOOK)
def diff(book: Path, other: Path | None) -> None:
    """Print every key in which BOOK differs from OTHER, or from the book in force."""
    new, former = read(book), read(other) if other else book_in_force(settings())
    found = differences(former, new)
    for path, before, after in found:
        click.echo(f"{path}: {before or '(none)'} → {after or '(none)'}")
    click.echo(f"{former.version} → {new.version}: {len(found)} keys differ", err=True)


@rules.command(name="try")
@click.argument("book", type=BOOK)
@click.argument("file", required=False, type=BOOK)
@click.option("--batch", default=1000, show_default=True, type=click.IntRange(1, 1_000_000), help="Records at a time.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the results.")
def try_book(book: Path, file: Path | None, batch: int, out: Path) -> None:
    """Replay FILE (JSONL of touchpoints), or the topic `facts`, with BOOK; nothing outside --out is touched.

    diff.jsonl says per kind and entity what would have been told otherwise than with the book in force.
    """
    report_of(lambda: read(book), book_in_force(settings()), file, out, batch, fixed=True)


@rules.command()
@click.argument("book", required=False, type=BOOK)
@click.option("--version", help="Apply a former book again, by its version: this is rolling back.")
@click.option("--yes", is_flag=True, help="Do not ask before what the book in force sets goes back to its default.")
@by("applies it")
def apply(book: Path | None, version: str | None, yes: bool, who: str) -> None:
    """Write BOOK into every partition of `facts`: it holds from there on, on every worker, without a restart.

    A key that BOOK leaves out has its default: what the book in force sets there (rosters, say) is named, and you are
    asked, if you are there.
    """
    if (book is None) == (version is None):
        raise click.UsageError("give either a BOOK or --version of a former one")
    found = read(book) if book else book_of_version(settings(), version or "")
    chosen = settings()
    former = book_in_force(chosen)
    if book is not None:
        _ask(former, found, load(book.read_text(encoding="utf-8")), yes=yes)
    change = _applied(chosen, found, who)
    click.echo(change.version)
    click.echo(f"applied by {change.applied_by} at {to_iso(change.applied_at)}; before: {former.version}", err=True)
    if (former.cleansing, former.identity) != (found.cleansing, found.identity):
        click.echo("`cleansing` or `identity` differs: restart the workers, which read these when they start", err=True)


def _ask(former: RuleBook, found: RuleBook, given: Any, *, yes: bool) -> None:
    """Name what a book drops of the one in force by its silence, and ask. Raises ClickException for a no."""
    lost = dropped(former, found, given)
    if not lost:
        return
    click.echo(
        f"新规则书未写以下设置，将恢复默认值（现行：{former.version}） / the book says nothing of what"
        f" {former.version} sets, which goes back to its default:",
        err=True,
    )
    for path, before, after in lost:
        click.echo(f"  {path}: {before} → {after or '(none)'}", err=True)
    if reps := idle(former, found):
        names = ", ".join(reps)
        click.echo(f"  {len(reps)} 名销售不再分到线索 / reps whom no roster gives leads any more: {names}", err=True)
    try:
        agreed = yes or click.confirm("仍要生效？ / Apply it?", err=True)
    except click.Abort:
        agreed = not sys.stdin.isatty()  # a script: nobody is there to answer, and what is lost was named
        if agreed:
            back = f"whetstone rules apply --version {former.version}"
            click.echo(
                f"\n无人应答，继续生效；恢复：{back} / nobody is there to ask: applied; back by `{back}`", err=True
            )
    if not agreed:
        raise click.ClickException(
            "未生效；请将这些键写入规则书（whetstone rules show 显示现行全文），或用 --yes / nothing was applied: write"
            " these keys into the book (`whetstone rules show` prints the one in force), or say --yes"
        )


def read(book: Path) -> RuleBook:
    """Return the book in a file; ClickException names every problem."""
    try:
        return read_rule_book(book)
    except (RuleBookError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{book}: {error}") from error


def _applied(chosen: Settings, book: RuleBook, who: str) -> RuleBookChange:
    ensure_topics(chosen)
    codec = Codec(registry_of(chosen))

    async def run(store: RuleBookStore) -> RuleBookChange:
        producer = KafkaProducer(client_config(chosen))
        try:
            return await apply_book(book, who, store, producer, codec.encode_fact, chosen.topic("facts"), wall_ms)
        finally:
            await producer.close()

    try:
        return with_books(chosen, run)
    except (KafkaException, SinkUnavailable, LookupError) as error:
        raise click.ClickException(f"{said(error) or error}; some partitions may hold it: apply it again") from error


def _show_history() -> None:
    async def listed(store: RuleBookStore) -> Table:
        shown = table(("version", "applied by", "applied at", "in every partition at"), whole=("version",))
        for one in await store.all():
            told = to_iso(one.told_at) if one.told_at is not None else "not yet: apply it again"
            shown.add_row(one.version, one.applied_by, to_iso(one.applied_at), told)
        return shown

    print_table(with_books(settings(), listed))

"""`whetstone rejected`: what was rejected and why; repair it, send it again, exactly once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson
import psutil
from rich.console import Console
from rich.table import Table

from processors.cleansing.record import CleansingOptions
from schemas.masking import mask_record, mask_text
from schemas.outcome import REASONS, Refusal
from schemas.times import parse_iso, to_iso
from schemas.touchpoint import Touchpoint
from schemas.wire import Codec
from sinks.kafka import KafkaProducer
from sinks.records import Record
from sinks.rejected_marks import Mark, RejectedMarks
from streams.clock import wall_ms
from streams.gateway.intake import JSON_HEADER, kafka_key
from streams.kafka_config import client_config
from streams.registry import registry_of
from streams.rejections.reading import Found, Wanted, found_in, newest
from streams.rejections.repairing import CannotRepair, complete, event_of, judged, original, with_values
from streams.rules import read_rule_book
from streams.settings import Settings, settings
from streams.topic_records import records_of

Result = TypeVar("Result")
SHOWN_BYTES = 4_000
BY = click.option("--by", "who", help="Who does it; default: the user of this process.")


@click.group()
def rejected() -> None:
    """List, show, repair and resend what was rejected."""


@rejected.command(name="list")
@click.option("--reason", "reasons", multiple=True, type=click.Choice(REASONS), help="Only these reasons.")
@click.option("--source", help="Only events of this front end.")
@click.option("--since", metavar="T", help="Only what was refused at or after this time.")
@click.option("--until", metavar="T", help="Only what was refused before this time.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(
    reasons: tuple[str, ...], source: str | None, since: str | None, until: str | None, limit: int, as_json: bool
) -> None:
    """List what was rejected, the newest first, and whether it was repaired or sent again."""
    wanted = Wanted(frozenset(reasons), source, _time(since) or 0, _time(until))
    chosen = settings()
    codec = Codec(registry_of(chosen))
    listing = newest(_batches(chosen, codec), wanted, limit)
    marks = _with_marks(chosen, lambda store: store.marks([found.place for found in listing.newest]))
    lines = [_line(found, marks.get(found.place, Mark(place=found.place))) for found in listing.newest]
    if as_json:
        click.echo("".join(orjson.dumps(line).decode() + "\n" for line in lines), nl=False)
        return
    table = Table(*(lines[0] if lines else ("nothing",)))
    for line in lines:
        table.add_row(*(str(value or "") for value in line.values()))
    Console().print(table)
    click.echo(" ".join(f"{reason}={count}" for reason, count in sorted(listing.counts.items())) or "nothing", err=True)


def _line(found: Found, mark: Mark) -> dict[str, Any]:
    refusal = found.rejected.refusal
    return {
        "id": found.place,
        "rejected_at": to_iso(found.at),
        "reason": refusal.reason,
        "pointer": refusal.pointer,
        "message": refusal.message,
        "event_id": refusal.event_id,
        "component": found.rejected.component,
        "status": mark.status,
    }


@rejected.command()
@click.argument("place", metavar="ID")
def show(place: str) -> None:
    """Show one rejected record: why, where, what became of it, and its original bytes (personal data masked)."""
    chosen = settings()
    codec = Codec(registry_of(chosen))
    found = _tried(lambda: _find(chosen, codec, place))
    mark = _with_marks(chosen, lambda store: store.marks([place])).get(place, Mark(place=place))
    for name, value in _line(found, mark).items():
        click.echo(f"{name}: {value if value is not None else ''}")
    for name in ("version", "topic", "incarnation", "partition", "offset", "content_type"):
        click.echo(f"{name}: {getattr(found.rejected, name)}")
    for name in ("repaired_by", "repaired_at", "resent_by", "resent_at"):
        value = getattr(mark, name)
        if value is not None:
            click.echo(f"{name}: {to_iso(value) if isinstance(value, int) else value}")
    click.echo(f"original, {len(found.rejected.payload)} bytes:\n{_masked(found.rejected.payload)}")
    if mark.payload is not None:
        click.echo(f"repaired:\n{_masked(mark.payload)}")


def _masked(payload: bytes) -> str:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return mask_text(payload[:SHOWN_BYTES].decode("utf-8", "backslashreplace"))
    return orjson.dumps(mask_record(value), option=orjson.OPT_INDENT_2).decode()[:SHOWN_BYTES]


@rejected.command()
@click.argument("place", metavar="ID")
@click.option(
    "--set", "given", multiple=True, metavar="/POINTER=VALUE", help="Set one field; VALUE is JSON, or a text."
)
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The whole event, as JSON.")
@BY
def repair(place: str, given: tuple[str, ...], file: Path | None, who: str | None) -> None:
    """Repair an event and keep the repair for `resend`; refused where the workers would refuse it again.

    The event keeps its id. What was rejected stays in its topic as it was.
    """
    if not given and file is None:
        raise click.UsageError("say what is to be repaired: --set /data/phone=13800138000, or --file EVENT.json")
    chosen = settings()
    codec = Codec(registry_of(chosen))
    found = _tried(lambda: _find(chosen, codec, place))
    event = _tried(lambda: _repaired(found, codec, given, file))
    outcome = judged(event, wall_ms(), _options(chosen))
    if isinstance(outcome, Refusal):
        raise click.ClickException(f"still {outcome.reason} at {outcome.pointer or '/'}: {outcome.message}")
    now = wall_ms()
    _with_marks(chosen, lambda store: store.repaired(place, orjson.dumps(event), who or _user(), now))
    click.echo(f"{place}: repaired, event {outcome.event_id}; `whetstone rejected resend {place}` sends it")


def _repaired(found: Found, codec: Codec, given: tuple[str, ...], file: Path | None) -> dict[str, Any]:
    if file is not None:
        try:
            event = orjson.loads(file.read_bytes())
        except orjson.JSONDecodeError as error:
            raise CannotRepair(f"{file}: not JSON") from error
        if not isinstance(event, dict):
            raise CannotRepair(f"{file}: one event, a JSON object")
    else:
        event = event_of(found.rejected, codec)
    return complete(with_values(event, [_assignment(text) for text in given]), found)


def _assignment(text: str) -> tuple[str, Any]:
    pointer, equals, value = text.partition("=")
    if not equals:
        raise CannotRepair(f"{text!r}: /POINTER=VALUE")
    try:
        return pointer, orjson.loads(value)
    except orjson.JSONDecodeError:
        return pointer, value


@rejected.command()
@click.argument("places", metavar="ID...", nargs=-1, required=True)
@click.option("--again", is_flag=True, help="Also what was sent again already; a repeat changes nothing.")
@BY
def resend(places: tuple[str, ...], again: bool, who: str | None) -> None:
    """Send records again, repaired where they were, else as they came (a later release may accept them).

    An event keeps its id, so that it counts once, however often it is sent.
    """
    chosen = settings()
    codec = Codec(registry_of(chosen))
    marks = _with_marks(chosen, lambda store: store.marks(list(places)))
    for place in places:
        mark = marks.get(place, Mark(place=place))
        if mark.resent_at is not None and not again:
            click.echo(f"{place}: was sent again at {to_iso(mark.resent_at)} by {mark.resent_by}")
            continue
        event_id = _resent(chosen, codec, place, mark, who or _user())
        click.echo(f"{place}: sent again, event {event_id}")


def _resent(chosen: Settings, codec: Codec, place: str, mark: Mark, who: str) -> str:
    """Send one record again, then mark it; a crash in between leaves a repeat, which changes nothing."""
    found = _tried(lambda: _find(chosen, codec, place))
    record, event_id = _tried(lambda: _record(chosen, codec, found, mark))
    asyncio.run(_sent(chosen, record))
    now = wall_ms()
    _with_marks(chosen, lambda store: store.resent(place, event_id, who, now))
    return event_id


def _record(chosen: Settings, codec: Codec, found: Found, mark: Mark) -> tuple[Record, str]:
    topic, now = chosen.topic("touchpoints"), wall_ms()
    if mark.payload is not None:
        outcome = judged(orjson.loads(mark.payload), now, _options(chosen))
        payload, is_json = mark.payload, True
    else:
        event_of(found.rejected, codec)
        outcome = original(found, now, codec, _options(chosen))
        payload, is_json = found.rejected.payload, found.rejected.content_type.startswith("application/json")
    if not isinstance(outcome, Touchpoint):
        raise CannotRepair(f"{found.place}: still {outcome.reason} at {outcome.pointer or '/'}: {outcome.message}")
    return Record(topic, payload, kafka_key(outcome), -1, now, JSON_HEADER if is_json else ()), outcome.event_id


async def _sent(chosen: Settings, record: Record) -> None:
    producer = KafkaProducer(client_config(chosen))
    try:
        await producer.produce_all([record])
    finally:
        await producer.close()


def _find(chosen: Settings, codec: Codec, place: str) -> Found:
    for batch in _batches(chosen, codec):
        for found in batch:
            if found.place == place:
                return found
    raise CannotRepair(f"there is no rejected record {place}; `whetstone rejected list` shows them")


def _batches(chosen: Settings, codec: Codec) -> Iterator[list[Found]]:
    return (list(found_in(batch, codec)) for batch in records_of(chosen, "rejected", chosen.touchpoint_partitions))


def _with_marks(chosen: Settings, use: Callable[[RejectedMarks], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        dsn = chosen.postgres_dsn.get_secret_value()
        async with RejectedMarks(dsn, chosen.namespace, connections=1, timeout=10.0) as store:
            return await use(store)

    return asyncio.run(run())


def _tried(call: Callable[[], Result]) -> Result:
    try:
        return call()
    except CannotRepair as error:
        raise click.ClickException(str(error)) from error


def _options(chosen: Settings) -> CleansingOptions:
    rules = read_rule_book(chosen.rule_book)
    return CleansingOptions(rules.cleansing, chosen.secret.get_secret_value().encode())


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    at = parse_iso(text)
    if at is None:
        raise click.BadParameter(f"{text!r} is no time such as 2026-11-21T10:00:00+08:00")
    return at


def _user() -> str:
    return psutil.Process().username()

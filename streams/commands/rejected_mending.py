"""`whetstone rejected repair` and `resend`: what was rejected is mended and sent again, exactly once."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import orjson

from processors.cleansing.record import CleansingOptions
from schemas.outcome import Refusal
from schemas.times import to_iso
from schemas.touchpoint import Touchpoint
from schemas.wire import Codec
from sinks.kafka import KafkaProducer
from sinks.records import Record
from sinks.rejected_marks import Mark, RejectedMarks
from streams.clock import wall_ms
from streams.commands.by import by
from streams.kafka_config import client_config
from streams.registry import registry_of
from streams.rejections.finding import find, with_marks
from streams.rejections.reading import Found
from streams.rejections.repairing import CannotRepair, complete, event_of, forbidden, judged, original, with_texts
from streams.rules import read_rule_book
from streams.settings import Settings, settings
from streams.time_limits import limits_of
from streams.touchpoint_records import JSON_HEADER, kafka_key

BY = by("does it")


def found_at(chosen: Settings, codec: Codec, places: Sequence[str]) -> dict[str, Found]:
    """Return the records at these places; ClickException names those that there are not."""
    found = find(chosen, codec, places)
    if missing := [place for place in places if place not in found]:
        raise click.ClickException(f"no rejected record {', '.join(missing)}; `whetstone rejected list` shows them")
    return found


@click.command()
@click.argument("place", metavar="ID")
@click.option(
    "--set", "given", multiple=True, metavar="/POINTER=VALUE", help="Set one field; VALUE is JSON, or a text."
)
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The whole event, as JSON.")
@BY
def repair(place: str, given: tuple[str, ...], file: Path | None, who: str) -> None:
    """Repair an event and keep the repair for `resend`; refused where the workers would refuse it again.

    The event keeps its id. What was rejected stays in its topic as it was.
    """
    if not given and file is None:
        raise click.UsageError("say what is to be repaired: --set /data/phone=13800138000, or --file EVENT.json")
    chosen = settings()
    codec = Codec(registry_of(chosen))
    found = found_at(chosen, codec, [place])[place]
    try:
        event, outcome = _repaired(found, codec, given, file, chosen)
    except CannotRepair as error:
        raise click.ClickException(f"{place}: {error}") from error
    if isinstance(outcome, Refusal):
        raise click.ClickException(f"still {outcome.reason} at {outcome.pointer or '/'}: {outcome.message}")
    now = wall_ms()
    asyncio.run(with_marks(chosen, lambda store: store.repaired(place, orjson.dumps(event), who, now)))
    click.echo(f"{place}: repaired, event {outcome.event_id}; `whetstone rejected resend {place}` sends it")


def _repaired(
    found: Found, codec: Codec, given: tuple[str, ...], file: Path | None, chosen: Settings
) -> tuple[dict[str, Any], Touchpoint | Refusal]:
    """Return the repaired event and what the workers will make of it."""
    event = _from_file(file) if file is not None else event_of(found.rejected, codec)
    tried = [complete(with_texts(event, given, numbers=numbers), found) for numbers in (True, False)]
    outcomes = [judged(one, wall_ms(), _options(chosen), limits_of(chosen)) for one in tried]
    return (tried[1], outcomes[1]) if isinstance(outcomes[0], Refusal) else (tried[0], outcomes[0])


def _from_file(file: Path) -> dict[str, Any]:
    try:
        event = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise CannotRepair(f"{file}: not JSON") from error
    if not isinstance(event, dict):
        raise CannotRepair(f"{file}: one event, a JSON object")
    return event


@click.command()
@click.argument("places", metavar="ID...", nargs=-1, required=True)
@click.option("--again", is_flag=True, help="Also what was sent again already; a repeat changes nothing.")
@BY
def resend(places: tuple[str, ...], again: bool, who: str) -> None:
    """Send records again, repaired where they were, else as they came (a later release may accept them).

    An event keeps its id, so that it counts once, however often it is sent. Ends with status 1 when one could not be
    sent; the others are.
    """
    chosen = settings()
    codec = Codec(registry_of(chosen))
    marks = asyncio.run(with_marks(chosen, lambda store: store.marks(list(places))))
    open_places = [place for place in places if again or place not in marks or marks[place].resent_at is None]
    found = found_at(chosen, codec, open_places) if open_places else {}
    refused = asyncio.run(_resend(chosen, codec, places, found, marks, who))
    if refused:
        raise click.ClickException(f"{refused} of {len(places)} were not sent")


async def _resend(
    chosen: Settings,
    codec: Codec,
    places: Sequence[str],
    found: Mapping[str, Found],
    marks: Mapping[str, Mark],
    who: str,
) -> int:
    """Send and mark one after the other, over one connection to each store; return how many could not be sent.

    A crash between the two leaves a repeat, which changes nothing.
    """
    producer = KafkaProducer(client_config(chosen))

    async def each(store: RejectedMarks) -> int:
        refused = 0
        for place in places:
            mark = marks.get(place, Mark(place=place))
            if place not in found:
                click.echo(f"{place}: was sent again at {to_iso(mark.resent_at or 0)} by {mark.resent_by}")
                continue
            try:
                record, event_id = record_of(chosen, codec, found[place], mark)
            except CannotRepair as error:
                click.echo(f"{place}: {error}", err=True)
                refused += 1
                continue
            await producer.produce_all([record])
            await store.resent(place, event_id, who, wall_ms())
            click.echo(f"{place}: sent again, event {event_id}")
        return refused

    try:
        return await with_marks(chosen, each)
    finally:
        await producer.close()


def record_of(chosen: Settings, codec: Codec, found: Found, mark: Mark) -> tuple[Record, str]:
    """Return what is sent for a rejected record, and its event id. Raises CannotRepair."""
    topic, now = chosen.topic("touchpoints"), wall_ms()
    if mark.payload is not None:
        outcome = judged(orjson.loads(mark.payload), now, _options(chosen), limits_of(chosen))
        payload, is_json = mark.payload, True
    else:
        event_of(found.rejected, codec)
        outcome = original(found, now, codec, _options(chosen), limits_of(chosen))
        payload, is_json = found.rejected.payload, found.rejected.content_type.startswith("application/json")
    if not isinstance(outcome, Touchpoint):
        raise CannotRepair(f"still {outcome.reason} at {outcome.pointer or '/'}: {outcome.message}")
    if mark.payload is None and forbidden(found.rejected):
        raise CannotRepair(
            "its API key may not send events of this type; if it is to count, give it with repair --file"
        )
    return Record(topic, payload, kafka_key(outcome), -1, now, JSON_HEADER if is_json else ()), outcome.event_id


def _options(chosen: Settings) -> CleansingOptions:
    rules = read_rule_book(chosen.rule_book)
    return CleansingOptions(rules.cleansing, chosen.secret.get_secret_value().encode())

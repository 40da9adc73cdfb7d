"""`whetstone rejected repair` and `resend`: what was rejected is mended and sent again, exactly once."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from processors.cleansing.record import CleansingOptions
from schemas.outcome import REASONS, Refusal
from schemas.times import to_iso
from schemas.touchpoint import Touchpoint
from schemas.wire import Codec
from sinks.kafka import KafkaProducer
from sinks.records import Record
from sinks.rejected_marks import Mark, RejectedMarks
from streams.clock import wall_ms
from streams.commands.by import by
from streams.commands.interrupted import interrupted
from streams.commands.moment import moment_of
from streams.kafka_config import client_config
from streams.registry import registry_of
from streams.rejections.finding import batches, find, with_marks
from streams.rejections.reading import Found, Wanted
from streams.rejections.repairing import CannotRepair, complete, event_of, forbidden, judged, original, with_texts
from streams.rules import read_rule_book
from streams.settings import Settings, settings
from streams.time_limits import limits_of
from streams.touchpoint_records import JSON_HEADER, kafka_key

BY = by("does it")
SENT, BEFORE, REFUSED = "sent", "sent_before", "not_sent"


def found_at(chosen: Settings, codec: Codec, places: Sequence[str]) -> dict[str, Found]:
    """Return the records at these places; ClickException names those that there are not."""
    found = find(chosen, codec, places)
    _refuse_missing(places, found)
    return found


def _refuse_missing(places: Sequence[str], found: Mapping[str, Found]) -> None:
    if missing := [place for place in places if place not in found]:
        raise click.ClickException(f"no rejected record {', '.join(missing)}; `whetstone rejected list` shows them")


def _about(marks: Mapping[str, Mark], found: Mapping[str, Found]) -> dict[str, Mark]:
    """Return the marks that are about these records, not about others that stood there before."""
    return {place: mark.of(found[place].at) if place in found else mark for place, mark in marks.items()}


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
@click.argument("places", metavar="[ID...]", nargs=-1)
@click.option("--reason", type=click.Choice(REASONS), help="In place of ids: all that were refused for this reason.")
@click.option("--source", help="Of these only events of this front end.")
@click.option("--since", metavar="T", help="Of these only what was refused at or after this time.")
@click.option("--until", metavar="T", help="Of these only what was refused before this time.")
@click.option("--again", is_flag=True, help="Also what was sent again already; a repeat changes nothing.")
@BY
@interrupted("已发送的事件有效，再次运行即可继续", "what was sent counts; run it again to go on")
def resend(
    places: tuple[str, ...], reason: str | None, source: str | None, since: str | None, until: str | None,
    again: bool, who: str,
) -> None:  # fmt: skip
    """Send records again, repaired where they were, else as they came (a later release may accept them).

    An event keeps its id, so that it counts once, however often it is sent. Ends with status 1 when one could not be
    sent; the others are.
    """
    if bool(places) == (reason is not None):
        raise click.UsageError("name records, or all that were refused for a reason: --reason future_time")
    chosen = settings()
    codec = Codec(registry_of(chosen))
    if reason is not None:
        wanted = Wanted(frozenset({reason}), source, moment_of(since, "--since") or 0, moment_of(until, "--until"))
        counts = asyncio.run(resend_all(chosen, codec, wanted, who, again=again))
        click.echo(" ".join(f"{name}={counts[name]}" for name in (SENT, BEFORE, REFUSED)))
        if counts[REFUSED]:
            raise click.ClickException(f"{counts[REFUSED]} were not sent")
        return
    found = find(chosen, codec, places)
    marks = _about(asyncio.run(with_marks(chosen, lambda store: store.marks(list(places)))), found)
    open_places = [place for place in places if again or place not in marks or marks[place].resent_at is None]
    _refuse_missing(open_places, found)
    fresh = {place: found[place] for place in open_places}
    refused = asyncio.run(_resend(chosen, codec, places, fresh, marks, who))
    if refused:
        raise click.ClickException(f"{refused} of {len(places)} were not sent")


async def resend_all(chosen: Settings, codec: Codec, wanted: Wanted, who: str, *, again: bool) -> Counter[str]:
    """Send all that fit once more; return how many were sent, had been before, or could not be.

    The topic is read twice, so that what is refused anew meanwhile (the clock is still wrong) is not sent for ever.
    """
    places = {one.place for batch in batches(chosen, codec) for one in batch if wanted.fits(one.rejected, codec)}
    producer = KafkaProducer(client_config(chosen))

    async def each(store: RejectedMarks) -> Counter[str]:
        counts: Counter[str] = Counter()
        sending = Sending(chosen, codec, _options(chosen), who, producer, store)
        reading = batches(chosen, codec)
        while places and (batch := await asyncio.to_thread(next, reading, None)) is not None:
            found = {one.place: one for one in batch if one.place in places}
            places.difference_update(found)
            marks = _about(await store.marks(list(found)), found)
            fresh = [place for place in found if again or place not in marks or marks[place].resent_at is None]
            sent = await sending.send([(found[place], marks.get(place, Mark(place=place))) for place in fresh])
            counts.update({BEFORE: len(found) - len(fresh), SENT: len(sent), REFUSED: len(fresh) - len(sent)})
        return counts

    try:
        return await with_marks(chosen, each)
    finally:
        await producer.close()


@dataclass(frozen=True, slots=True)
class Sending:
    """Sends records, over one connection to each store; `who` is written down."""

    settings: Settings
    codec: Codec
    options: CleansingOptions
    who: str
    producer: KafkaProducer
    store: RejectedMarks

    async def send(self, chosen: Sequence[tuple[Found, Mark]]) -> dict[str, str]:
        """Send records and mark them, all at once; return the event ids by place of those that can be sent.

        Of the others it is said why. A crash between sending and marking leaves repeats, which change nothing.
        """
        records: list[Record] = []
        events: dict[str, str] = {}
        for found, mark in chosen:
            try:
                record, events[found.place] = record_of(self.settings, self.codec, self.options, found, mark)
                records.append(record)
            except CannotRepair as error:
                click.echo(f"{found.place}: {error}", err=True)
        if records:
            await self.producer.produce_all(records)
            await self.store.resent(events, self.who, wall_ms())
        return events


async def _resend(
    chosen: Settings,
    codec: Codec,
    places: Sequence[str],
    found: Mapping[str, Found],
    marks: Mapping[str, Mark],
    who: str,
) -> int:
    """Send and mark; return how many could not be sent."""
    producer = KafkaProducer(client_config(chosen))

    async def each(store: RejectedMarks) -> int:
        sending = Sending(chosen, codec, _options(chosen), who, producer, store)
        sent = await sending.send([(one, marks.get(place, Mark(place=place))) for place, one in found.items()])
        for place in places:
            if place in sent:
                click.echo(f"{place}: sent again, event {sent[place]}")
            elif place not in found:
                mark = marks.get(place, Mark(place=place))
                click.echo(f"{place}: was sent again at {to_iso(mark.resent_at or 0)} by {mark.resent_by}")
        return len(found) - len(sent)

    try:
        return await with_marks(chosen, each)
    finally:
        await producer.close()


def record_of(
    chosen: Settings, codec: Codec, options: CleansingOptions, found: Found, mark: Mark
) -> tuple[Record, str]:
    """Return what is sent for a rejected record, and its event id. Raises CannotRepair."""
    topic, now = chosen.topic("touchpoints"), wall_ms()
    if mark.payload is not None:
        outcome = judged(orjson.loads(mark.payload), now, options, limits_of(chosen))
        payload, is_json = mark.payload, True
    else:
        event_of(found.rejected, codec)
        outcome = original(found, now, codec, options, limits_of(chosen))
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

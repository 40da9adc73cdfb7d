"""Where replay reads from: a file of touchpoints, or the facts of a running installation."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from processors.decode import decode_object
from schemas.fact import FactRecord
from schemas.outcome import Refusal
from schemas.times import DAY
from schemas.touchpoint import Touchpoint
from schemas.wire import Codec
from streams.kafka_config import client_config
from streams.settings import Settings

POLL_S = 30.0  # how long the broker may be silent before replay gives up


def touchpoints(path: Path) -> Iterator[Touchpoint | Refusal]:
    """Yield what each line of a JSONL file holds. Nothing reads a clock: an event was received when it occurred.

    But an event far ahead of those before it and of the next one comes from a broken clock: it is refused, as the
    gateway would have, or it would bring every timer forward.
    """
    with path.open("rb") as lines:
        yield from _in_their_time(_touchpoint(line) for line in lines if line.strip())


def _in_their_time(events: Iterator[Touchpoint | Refusal]) -> Iterator[Touchpoint | Refusal]:
    latest: int | None = None
    waiting: list[Touchpoint | Refusal] = []  # an event and the refusals behind it, until the next event is seen
    for event in events:
        if isinstance(event, Touchpoint):
            for former in waiting:
                latest, checked = _checked(former, latest, event.occurred_at)
                yield checked
            waiting = []
        waiting.append(event)
    for former in waiting:
        latest, checked = _checked(former, latest, None)
        yield checked


def _checked(
    event: Touchpoint | Refusal, latest: int | None, following: int | None
) -> tuple[int | None, Touchpoint | Refusal]:
    """Return the latest time (ms) after an event, and the event or why it is refused."""
    if isinstance(event, Refusal):
        return latest, event
    at = event.occurred_at
    around = [time for time in (latest, following) if time is not None]
    if around and following is not None and at > max(around) + AHEAD:
        return latest, Refusal(
            "future_time", "/occurred_at", "a time near those of the events around it", event.event_id
        )
    return max(at, latest if latest is not None else at), event


def _touchpoint(line: bytes) -> Touchpoint | Refusal:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return Refusal("not_json", "", "one JSON object in UTF-8")
    found = decode_object(event, FOREVER)
    if isinstance(found, Refusal):
        return found
    return Touchpoint(
        **{name: getattr(found, name) for name in found.__struct_fields__ if name != "received_at"},
        received_at=found.occurred_at,
    )


AHEAD = 30 * DAY  # ms that an event may be ahead of those around it
FOREVER = 253_402_300_799_000  # ms of the year 9999: later than any event


def batches(events: Iterator[Touchpoint | Refusal], size: int) -> Iterator[list[Touchpoint | Refusal]]:
    """Yield lists of at most `size` events."""
    while batch := list(islice(events, size)):
        yield batch


class Window(NamedTuple):
    """A part of the log, by the times (ms) at which the broker took its records: from `since` on, before `until`."""

    since: int | None = None
    until: int | None = None


class Windowed:
    """The (offset, record) of a partition before the window's end: what came before its beginning makes the state.

    Several processes write into a partition, each with its own clock, so the times of its records go back and forth
    a little: the partition is read to its end, and each record goes by its own time. `first` is the offset at which
    the window begins, None while nothing of it was read.
    """

    def __init__(self, dated: Iterable[tuple[int, int, FactRecord]], window: Window) -> None:
        self._dated = dated
        self._window = window
        self.first: int | None = None
        self._before: set[int] = set()  # offsets behind the first whose time is before the window

    def __iter__(self) -> Iterator[tuple[int, FactRecord]]:
        since, until = self._window
        for offset, at, record in self._dated:
            if until is not None and at >= until:
                continue
            if since is not None and at < since:
                if self.first is not None:
                    self._before.add(offset)
            elif self.first is None:
                self.first = offset
            yield offset, record

    def tells(self, offset: int) -> bool:
        """Tell whether what came of a record belongs to the window."""
        return self.first is not None and offset >= self.first and offset not in self._before


def facts(settings: Settings, codec: Codec, partition: int) -> Iterator[tuple[int, FactRecord]]:
    """Yield (offset, record) of a `facts` partition, as `dated_facts` does."""
    for offset, _, record in dated_facts(settings, codec, partition):
        yield offset, record


def dated_facts(settings: Settings, codec: Codec, partition: int) -> Iterator[tuple[int, int, FactRecord]]:
    """Yield (offset, ms at which the broker took it, record) of a `facts` partition from its beginning to its end now.

    Raises KafkaException when the broker is silent for half a minute, CodecError on bytes that cannot be read.
    """
    config = {
        **client_config(settings),
        "group.id": f"{settings.namespace}-replay",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
    }
    consumer = Consumer(config)
    try:
        consumer.assign([TopicPartition(settings.topic("facts"), partition, OFFSET_BEGINNING)])
        while True:
            message = consumer.poll(POLL_S)
            if message is None:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"nothing came for {POLL_S:g} s"))
            error = message.error()
            if error is None:
                yield message.offset(), message.timestamp()[1], codec.decode_fact(message.value() or b"")
            elif error.code() == KafkaError._PARTITION_EOF:
                return
            else:
                raise KafkaException(error)
    finally:
        consumer.close()

"""From events to Kafka: each is accepted, a repeat, or rejected with a reason; the answer waits for the broker."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import orjson

from processors.decode import ANY_AGE, MOST_BYTES, TimeLimits, check_time, decode_object
from schemas.outcome import Refusal, Rejected
from schemas.touchpoint import Touchpoint
from schemas.wire import Codec
from sinks.api_keys import ApiKey
from sinks.base import SinkUnavailable
from sinks.records import Producer, Record, RecordTooLarge
from streams import metrics
from streams.gateway.items import Item, from_source
from streams.gateway.problems import Problem, unavailable
from streams.gateway.recent import RecentIds
from streams.touchpoint_records import JSON_HEADER, kafka_key

log = logging.getLogger("whetstone.gateway.intake")

BREATH = 50  # events between two chances for other requests
INFLIGHT_BYTES = 64 * 1_048_576  # bodies held at once; beyond it new ones are told to come back
ON_REQUEST = frozenset({"leads_judged"})  # only keys that name these types may send them: they are decisions
COMPONENT, VERSION = "gateway", version("whetstone")


@dataclass(slots=True)
class Receipt:
    """What became of a request's events; `rejected` holds (index, refusal, bytes)."""

    records: list[Record] = field(default_factory=list)
    ids: dict[str, None] = field(default_factory=dict)
    duplicates: int = 0
    rejected: list[tuple[int, Refusal, bytes]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the answer of the contract."""
        return {
            "accepted": len(self.ids),
            "duplicates": self.duplicates,
            "rejected": [
                {
                    "index": index,
                    "event_id": refusal.event_id,
                    "reason": refusal.reason,
                    "pointer": refusal.pointer,
                    "message": refusal.message,
                }
                for index, refusal, _ in self.rejected
            ],
        }


class Intake:
    """Validates, encodes and produces. `clock` gives milliseconds since 1970 UTC; topics are real names."""

    def __init__(
        self,
        producer: Producer,
        codec: Codec,
        clock: Callable[[], int],
        touchpoints: str,
        rejected: str,
        limits: TimeLimits = ANY_AGE,
    ) -> None:
        self._limits = limits
        self._producer = producer
        self._codec = codec
        self._clock = clock
        self._touchpoints = touchpoints
        self._rejected = rejected
        self._recent = RecentIds()
        self._inflight = 0
        self.ready = False  # set once the topics are known to exist: producing would make them, with one partition

    async def submit(self, items: Sequence[Item], key: ApiKey) -> Receipt:
        """Return the receipt once Kafka holds everything in it.

        Raises Problem 503 when Kafka does not take it in time (repeating the request is safe, as long as the ids
        stay the same) and 413 when one event is larger than the broker takes.
        """
        size = sum(len(item.raw) for item in items)
        self._enter(size)
        try:
            receipt = await self._judge(items, key)
            await self._produce([*receipt.records, *self._rejections(receipt)])
        finally:
            self._leave(size)
        self._recent.add(receipt.ids)
        _count(receipt, key)
        return receipt

    async def publish(self, touchpoints: Iterable[Touchpoint]) -> None:
        """Produce touchpoints of the gateway's own. Raises SinkUnavailable."""
        await self._producer.produce_all([self._record(touchpoint) for touchpoint in touchpoints])

    def _enter(self, size: int) -> None:
        if not self.ready:
            raise unavailable("Kafka or its topics have not been reached yet", 2.0)
        if self._inflight + size > INFLIGHT_BYTES:
            raise unavailable("too much is waiting for Kafka")
        self._inflight += size
        metrics.GATEWAY_INFLIGHT_BYTES.set(self._inflight)

    def _leave(self, size: int) -> None:
        self._inflight -= size
        metrics.GATEWAY_INFLIGHT_BYTES.set(self._inflight)

    async def _judge(self, items: Sequence[Item], key: ApiKey) -> Receipt:
        receipt = Receipt()
        received_at = self._clock()
        for index, item in enumerate(items):
            if index % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            outcome = judge(item.value, key, received_at, self._limits)
            if isinstance(outcome, Refusal):
                raw = item.raw if key.source is None else from_source(item, key.source)  # who resends it has no key
                receipt.rejected.append((index, outcome, raw))
            elif outcome.event_id in receipt.ids or outcome.event_id in self._recent:
                receipt.duplicates += 1
            else:
                receipt.ids[outcome.event_id] = None
                receipt.records.append(self._forwarded(item, outcome))
        return receipt

    async def _produce(self, records: Sequence[Record]) -> None:
        try:
            with metrics.GATEWAY_PRODUCE_SECONDS.time():
                await self._producer.produce_all(records)
        except SinkUnavailable as error:
            log.warning("a request was turned away: %s", error)
            raise unavailable("Kafka does not answer", error.retry_after) from error
        except RecordTooLarge as error:
            raise Problem(413, "too_large", "one event is larger than Kafka takes: send less in it") from error

    def _forwarded(self, item: Item, touchpoint: Touchpoint) -> Record:
        """Return the record of an event as it came: JSON is read at a third of Avro's cost (decision 0007)."""
        value = item.raw
        if item.value.get("source") != touchpoint.source:
            value = orjson.dumps({**item.value, "source": touchpoint.source})
        elif len(value) > MOST_BYTES:
            value = orjson.dumps(item.value)  # white space made it larger than what cleansing takes
        return Record(self._touchpoints, value, kafka_key(touchpoint), -1, touchpoint.received_at, JSON_HEADER)

    def _record(self, touchpoint: Touchpoint) -> Record:
        value = self._codec.encode_touchpoint(touchpoint)
        return Record(self._touchpoints, value, kafka_key(touchpoint), timestamp=touchpoint.received_at)

    def _rejections(self, receipt: Receipt) -> list[Record]:
        now = self._clock()
        return [
            Record(self._rejected, self._codec.encode_rejected(_rejected(refusal, raw, now)), timestamp=now)
            for _, refusal, raw in receipt.rejected
        ]


def judge(value: Any, key: ApiKey, received_at: int, limits: TimeLimits) -> Touchpoint | Refusal:
    """Return one event's touchpoint, with the source that its key vouches for, or why it is refused."""
    if isinstance(value, Refusal):
        return value
    if key.source is not None and isinstance(value, dict) and value.get("source") != key.source:
        value = {**value, "source": key.source}
    outcome = decode_object(value, received_at)
    if isinstance(outcome, Refusal):
        return outcome
    if (key.types or outcome.type in ON_REQUEST) and outcome.type not in key.types:
        return Refusal("bad_field", "/type", "this API key may not send events of this type", outcome.event_id)
    return check_time(outcome, limits)


def _rejected(refusal: Refusal, raw: bytes, now: int) -> Rejected:
    return Rejected(
        refusal=refusal,
        payload=raw,
        content_type="application/json",
        component=COMPONENT,
        version=VERSION,
        topic="touchpoints",
        incarnation="",
        partition=-1,
        offset=-1,
        rejected_at=now,
    )


def _count(receipt: Receipt, key: ApiKey) -> None:
    source = key.source or "any"
    for outcome, count in (
        ("accepted", len(receipt.ids)),
        ("duplicate", receipt.duplicates),
        ("rejected", len(receipt.rejected)),
    ):
        if count:
            metrics.GATEWAY_TOUCHPOINTS.labels(source, outcome).inc(count)
    for _, refusal, _ in receipt.rejected:
        metrics.GATEWAY_REJECTED.labels(refusal.reason).inc()

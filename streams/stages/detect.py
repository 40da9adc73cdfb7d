"""The detect stage: facts in; signals, history, state and facts for other entities out.

Order: produce and wait, beside it Postgres with its fence; then inboxes, Redis with state and fence, acknowledge. After
a crash the slice is run again from the state store's fence; what a store already holds is left out by offset.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from processors.detector import Registry
from processors.merging.moves import prefixed
from processors.state import HEAD_NAMES, EntityState, Head, decode_entity, decode_head
from processors.step import Failure, Step, timer_horizon
from schemas.change_bytes import by_cause
from schemas.effects import NO_OFFSET, Outputs, Slot, Timer, unseen
from schemas.fact import Fact, FactRecord
from schemas.framing import CodecError
from schemas.outcome import Refusal
from sinks.base import Fenced
from sinks.records import Record as Produced
from streams.clock import wall_ms
from streams.lost_state import StateBehind, cut, lacks
from streams.metrics import (
    ALERT_SECONDS,
    CACHE_ENTITIES,
    CACHE_LOOKUPS,
    FENCE_CONFLICTS,
    FUNNEL_ENTRIES,
    REJECTED,
    RULE_BOOK_PARTITIONS,
    SIGNALS,
    TIMERS_ENDED,
    WORKER_WATERMARK_AGE,
)
from streams.stages.cache import EntityCache
from streams.stages.common import Surroundings, both, finished, timed
from streams.stages.library_mark import STORED, mark_of, refuse_behind
from streams.stages.rejections import rejected_record, stop_if_ours
from streams.transport.slices import OwnRecord, Record, Slice

log = logging.getLogger("whetstone.detect")
STAGE = "detect"


@dataclass(slots=True)
class Lane:
    """What this worker knows of one partition: where its stores stand, the partition's own state, cached entities.

    `told` is the offset up to which everything has certainly been told to others, although the state is being rebuilt;
    `begun`: whether something of it was handled.
    """

    slot: Slot
    state_fence: int
    library_fence: int
    head: Head
    cache: EntityCache
    told: int
    begun: bool = False


Batch = Sequence[tuple[int, FactRecord]]


class DetectStage:
    """Handles slices of `facts`. `cache_size` bounds the entities kept per partition."""

    def __init__(self, around: Surroundings, registry: Registry, cache_size: int = 20_000) -> None:
        self._around = around
        self._registry = registry
        self._cache_size = cache_size
        self._lanes: dict[int, Lane] = {}

    async def assigned(self, partition: int) -> int | None:
        """Take over a partition; return the offset after the state store's fence, where reading must begin."""
        lane = await self._open(partition)
        return lane.state_fence + 1

    async def revoked(self, partition: int) -> None:
        """Give a partition up and forget what was cached of it."""
        self._lanes.pop(partition, None)

    async def handle(self, piece: Slice) -> None:
        """Run a slice until every store holds it.

        Whatever it raises, the cache may hold what no store holds: the lane revokes the partition and begins anew
        (Fenced, SinkUnavailable) or the process ends.
        """
        self._refuse_gap(piece)
        with timed(STAGE, "schemas"):
            await self._around.learn(record.value or b"" for record in piece.records)
        with timed(STAGE, "decode"):
            batch, refused = self._decode(piece)
        stop_if_ours([refusal for _, refusal in refused], len(piece), str(piece))
        if refused:
            await self._around.producer.produce_all([self._unreadable(piece, *one) for one in refused])
            for _, refusal in refused:
                REJECTED.labels(STAGE, refusal.reason).inc()
        try:
            await self._run(piece.partition, batch)
        except Fenced as conflict:
            FENCE_CONFLICTS.labels(conflict.store).inc()
            raise
        finished(STAGE, len(piece))

    def show(self, now: int) -> None:
        """Set the metrics that are looked up rather than counted; `now` is the wall clock, ms."""
        CACHE_ENTITIES.set(sum(len(lane.cache) for lane in self._lanes.values()))
        RULE_BOOK_PARTITIONS.clear()
        WORKER_WATERMARK_AGE.clear()
        for partition, lane in self._lanes.items():
            RULE_BOOK_PARTITIONS.labels(lane.head.rules.version).inc()
            watermark = lane.head.clock.watermark
            if watermark >= 0 and self._around.settings.clock == "wall":
                WORKER_WATERMARK_AGE.labels(str(partition)).set(max(0, now - watermark) / 1000)

    async def _open(self, partition: int) -> Lane:
        slot = self._slot(partition)
        state, library = self._around.state, self._around.library
        place = slot.topic, slot.partition
        *heads, remembered = await state.load(slot, (*HEAD_NAMES, STORED))
        head = decode_head(heads, self._around.rules)
        if head.refused:
            log.error("%s: of the rule book that was applied, this release refuses %s", slot, "; ".join(head.refused))
        held, stored = await state.fences(*place), await library.fences(STAGE, *place)
        if lacks(slot, stored, held):
            raise StateBehind(slot)
        state_fence, library_fence = (fences.get(slot.incarnation, NO_OFFSET) for fences in (held, stored))
        refuse_behind(slot, library_fence, remembered)
        # The state is never more than one slice behind the library, unless the state store was lost. Lost whole, it is
        # rebuilt from the log, and nobody shall be alerted again about the whole past.
        told = library_fence - self._around.settings.slice_records if state_fence == NO_OFFSET else NO_OFFSET
        lane = Lane(slot, state_fence, library_fence, head, EntityCache(self._cache_size), told)
        if told > NO_OFFSET:
            log.warning("%s has no state: rebuilt from its beginning, quietly up to offset %d", slot, told)
        self._lanes[partition] = lane
        return lane

    def _refuse_gap(self, piece: Slice) -> None:
        lane = self._lanes[piece.partition]
        if not lane.begun and cut(piece.records[0].offset, lane.library_fence, lane.state_fence):
            raise StateBehind(lane.slot)
        lane.begun = True

    def _slot(self, partition: int) -> Slot:
        return Slot("facts", self._around.incarnations["facts"], partition)

    def _decode(self, piece: Slice) -> tuple[list[tuple[int, FactRecord]], list[tuple[Record, Refusal]]]:
        batch: list[tuple[int, FactRecord]] = []
        refused: list[tuple[Record, Refusal]] = []
        decode = self._around.codec.decode_fact
        for record in piece.records:
            kept = record.kept if isinstance(record, OwnRecord) else None
            try:
                batch.append((record.offset, kept if isinstance(kept, Fact) else decode(record.value or b"")))
            except CodecError as error:
                refused.append((record, Refusal(error.reason, "", str(error))))
        return batch, refused

    async def _run(self, partition: int, batch: Batch) -> None:
        lane = self._lanes[partition]
        fresh = [(offset, record) for offset, record in batch if offset > lane.state_fence]
        if not fresh:
            return
        with timed(STAGE, "read"):
            due, horizon = await self._due(lane, fresh)
            entities = await self._entities(lane, fresh, due)
        with timed(STAGE, "step"):
            step = Step(lane.slot, lane.head, self._registry, entities, due, horizon)
            outputs = step.run(fresh)
        await self._deliver(lane, fresh, outputs, step.failures)
        lane.cache.trim()

    async def _due(self, lane: Lane, fresh: Batch) -> tuple[list[Timer], int]:
        horizon = timer_horizon(lane.head, (record for _, record in fresh))
        if horizon == lane.head.clock.watermark:
            return [], horizon  # whatever was due up to here has fired in the slice that brought the watermark here
        return await self._around.state.due(lane.slot, horizon), horizon

    async def _entities(self, lane: Lane, fresh: Batch, due: Sequence[Timer]) -> dict[str, EntityState]:
        names = {record.entity: None for _, record in fresh if isinstance(record, Fact)}
        names.update((timer.entity, None) for timer in due)
        missing = [name for name in names if name not in lane.cache]
        CACHE_LOOKUPS.labels("hit").inc(len(names) - len(missing))
        CACHE_LOOKUPS.labels("miss").inc(len(missing))
        if missing:
            blobs = await self._around.state.load(lane.slot, missing)
            for name, blob in zip(missing, blobs, strict=True):
                lane.cache.put(name, decode_entity(blob))
        return lane.cache.pick(names)

    async def _deliver(self, lane: Lane, fresh: Batch, outputs: Outputs, failures: list[Failure]) -> None:
        around, last = self._around, fresh[-1][0]
        outputs, failures = _untold(outputs, lane.told), unseen(failures, lane.told)
        with timed(STAGE, "encode"):
            records = self._records(lane, outputs, failures)
        if outputs.changes or outputs.signals:
            await both(self._produce(records), self._store(lane, last, outputs))
            with timed(STAGE, "inbox"):
                await around.state.deliver(lane.slot, outputs.signals)
            if outputs.changes:
                outputs.states[STORED] = mark_of(lane.slot, outputs.changes)
        else:
            await self._produce(records)
        with timed(STAGE, "redis"):
            await around.state.commit(lane.slot, lane.state_fence, last, outputs)
        lane.state_fence = last
        REJECTED.labels(STAGE, "internal").inc(len(failures))
        _count(fresh, outputs)

    async def _produce(self, records: Sequence[Produced]) -> None:
        with timed(STAGE, "produce"):
            await self._around.producer.produce_all(records)

    async def _store(self, lane: Lane, last: int, outputs: Outputs) -> None:
        stored = replace(
            outputs,
            changes=unseen(outputs.changes, lane.library_fence),
            signals=unseen(outputs.signals, lane.library_fence),
        )
        if stored.changes or stored.signals:
            with timed(STAGE, "postgres"):
                await self._around.library.commit(STAGE, lane.slot, lane.library_fence, last, stored)
            lane.library_fence = last

    def _records(self, lane: Lane, outputs: Outputs, failures: Sequence[Failure]) -> list[Produced]:
        topic, codec = self._around.settings.topic, self._around.codec
        records = self._around.fact_records(outputs.facts)
        records += [Produced(topic("signals"), codec.encode_signal(s), s.entity.encode()) for s in outputs.signals]
        told, encode = topic("lead-history"), codec.encode_changes
        records += [Produced(told, encode(rows), rows[0].lead.encode()) for rows in by_cause(outputs.changes)]
        records += [Produced(topic("examples"), codec.encode_example(e), e.entity.encode()) for e in outputs.examples]
        records += [self._failed(lane, failure) for failure in failures]
        return records

    def _unreadable(self, piece: Slice, record: Record, refusal: Refusal) -> Produced:
        around = self._around
        raw = (record.value or b"", "avro/binary")
        slot = self._slot(piece.partition)
        rejected = around.settings.topic("rejected")
        stamp = around.stamp(STAGE)
        return rejected_record(rejected, around.codec.encode_rejected, refusal, raw, slot, record.offset, stamp)

    def _failed(self, lane: Lane, failure: Failure) -> Produced:
        around = self._around
        log.error("detector %s failed at %s: %s", failure.detector, failure.origin, failure.error)
        refusal = Refusal("internal", "", f"detector {failure.detector} failed: {failure.error.partition(':')[0]}")
        raw = (f"{failure.origin.topic}/{failure.origin.partition}/{failure.origin.offset}".encode(), "text/plain")
        rejected = around.settings.topic("rejected")
        stamp = around.stamp(f"detector:{failure.detector}")
        return rejected_record(
            rejected, around.codec.encode_rejected, refusal, raw, lane.slot, failure.origin.offset, stamp
        )


def _untold(outputs: Outputs, told: int) -> Outputs:
    if told <= NO_OFFSET:
        return outputs
    return replace(
        outputs,
        signals=unseen(outputs.signals, told),
        facts=unseen(outputs.facts, told),
        changes=unseen(outputs.changes, told),
        examples=unseen(outputs.examples, told),
    )


def _count_alerts(known: Mapping[int, int], outputs: Outputs) -> None:
    """Observe how long each signal that tells somebody took from when its fact could be known (ms, by offset)."""
    now = wall_ms()
    for signal in outputs.signals:
        accepted = known.get(signal.origin.offset) if signal.to else None
        if accepted is not None:
            ALERT_SECONDS.labels(signal.kind).observe(max(0, now - accepted) / 1000)


def _count(fresh: Batch, outputs: Outputs) -> None:
    if outputs.signals:
        _count_alerts({offset: record.known_at for offset, record in fresh if isinstance(record, Fact)}, outputs)
    for labels, count in Counter([(signal.kind, signal.severity) for signal in outputs.signals]).items():
        SIGNALS.labels(*labels).inc(count)
    entered = [change.new for change in outputs.changes if change.field == "stage" and change.new is not None]
    for stage, count in Counter(entered).items():
        FUNNEL_ENTRIES.labels(stage).inc(count)
    for (_, name), due in outputs.timers.items():
        if due is None:
            _, own = prefixed(name) or ("", name)  # a label that names a lead would be one more for each
            TIMERS_ENDED.labels(own).inc()

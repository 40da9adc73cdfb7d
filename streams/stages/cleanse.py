"""The cleanse stage: touchpoints in, facts out. Claim before you speak; acknowledge last."""

import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext

from processors.cleanse import cleanse
from processors.cleanse_batch import CleanseBatch, Item, Plan
from processors.cleansing.record import CleansingOptions
from processors.decode import TimeLimits, check_time, decode, unforeseen
from processors.evidence_log import evidence_logs
from processors.identifier_log import identifier_logs
from schemas.effects import Slot
from schemas.evidence import EvidenceLog
from schemas.fact import Origin
from schemas.identity import IdLog
from schemas.outcome import Refusal
from schemas.touchpoint import Touchpoint
from sinks.base import LostRace
from sinks.records import Record as Produced
from streams.clock import wall_ms
from streams.metrics import DUPLICATES, FACTS, RACES_LOST, REJECTED
from streams.stages.common import Surroundings, content_type, finished, timed
from streams.stages.identify import Identify, count_evidence
from streams.stages.rejections import rejected_record, stop_if_ours
from streams.stages.ticker import Ticker
from streams.transport.slices import Record, Slice

log = logging.getLogger("whetstone.cleanse")
STAGE = "cleanse"
IN_TURN = 8  # events that bring evidence, from which a slice is likely to share keys with another
RACES = 20  # lost races in a row before something else must be wrong


class CleanseStage:
    """Handles slices of `touchpoints`."""

    def __init__(self, around: Surroundings, ticker: Ticker, options: CleansingOptions, limits: TimeLimits) -> None:
        self._around = around
        self._ticker = ticker
        self._options = options
        self._limits = limits
        rules = around.rules.identity
        self._identify = Identify(around.library, rules) if rules.resolver == "full" else None
        self._events_are_the_clock = around.settings.clock == "events"

    async def assigned(self, partition: int) -> int | None:
        """Take over a partition; the group's committed offset is where to begin."""
        slot = self._slot(partition)
        self._ticker.begin(partition, Origin(*slot, 0).source)
        if self._identify is not None:
            await self._identify.refresh()
        return None

    async def revoked(self, partition: int) -> None:
        """Give a partition up."""
        self._ticker.end(partition)

    async def handle(self, piece: Slice) -> None:
        """Decode, claim, produce. Returns when everything is where it belongs; raises to stop the worker."""
        slot = self._slot(piece.partition)
        with timed(STAGE, "schemas"):
            await self._around.learn(record.value or b"" for record in piece.records)
        with timed(STAGE, "decode"):
            items = [self._item(slot, record) for record in piece.records]
        refusals = [item.outcome for item in items if isinstance(item.outcome, Refusal)]
        times = [item.outcome.touchpoint.occurred_at for item in items if not isinstance(item.outcome, Refusal)]
        stop_if_ours(refusals, len(items), str(piece))
        plan, repeated = await self._claim(CleanseBatch(items, alone=self._identify is None))
        with timed(STAGE, "encode"):
            records = self._around.fact_records(plan.facts)
            ended = plan.evidence.ended if plan.evidence is not None else ()
            told = (*repeated, *identifier_logs(plan.claims, plan.moves, ended), *evidence_logs(plan.evidence))
            records += map(self._around.copy_record, told)
            if refusals:
                records += self._rejections(slot, piece.records, items)
        with timed(STAGE, "produce"):
            await self._around.producer.produce_all(records)
        await self._ticker.advance(piece.partition, times)
        finished(STAGE, len(piece))
        _count(plan, refusals)

    def _slot(self, partition: int) -> Slot:
        return Slot("touchpoints", self._around.incarnations["touchpoints"], partition)

    def _item(self, slot: Slot, record: Record) -> Item:
        received = record.timestamp if self._events_are_the_clock else _received(record.timestamp, wall_ms())
        origin = Origin(slot.topic, slot.incarnation, slot.partition, record.offset)
        try:
            touchpoint = decode(record.value or b"", content_type(record.headers), received, self._around.codec)
            if isinstance(touchpoint, Touchpoint):
                touchpoint = check_time(touchpoint, self._limits)
            outcome = cleanse(touchpoint, self._options) if isinstance(touchpoint, Touchpoint) else touchpoint
        except Exception as error:  # a bug of ours must not stop the partition: the record goes to `rejected`
            log.exception("a touchpoint could not be cleansed")
            outcome = unforeseen(error)
        if isinstance(outcome, Refusal):
            return Item(origin, outcome, received)
        known_at = outcome.touchpoint.occurred_at if self._events_are_the_clock else received
        return Item(origin, outcome, known_at)

    async def _claim(self, batch: CleanseBatch) -> tuple[Plan, list[IdLog | EvidenceLog]]:
        """Ask the library, decide, claim; again from the start when somebody else was quicker.

        Return the plan, and what an earlier delivery of the same records may have claimed without telling.
        """
        library = self._around.library
        in_turn = self._identify is not None and batch.telling() >= IN_TURN
        for _ in range(RACES):
            try:
                async with library.turn() if in_turn else nullcontext():
                    return await self._claim_once(batch)
            except LostRace:
                RACES_LOST.inc()
                in_turn = True
        raise LostRace(f"{RACES} times in a row: is another worker claiming the same identifiers over and over?")

    async def _claim_once(self, batch: CleanseBatch) -> tuple[Plan, list[IdLog | EvidenceLog]]:
        library = self._around.library
        repeated: list[IdLog | EvidenceLog] = []
        with timed(STAGE, "lookup"):
            decisions, held, past = await library.known(batch.event_ids(), batch.identifiers())
            in_question = batch.leads_in_question(held, past)
            owned = await library.identifiers(in_question) if in_question else {}
        with timed(STAGE, "resolve"):
            if self._identify is None:
                plan = batch.plan(decisions, held, owned, past)
            else:
                decided = batch.decide(decisions, held, owned, past)
                plan = await self._identify.plan(decided, past)
                repeated += await self._identify.told_before(decided)
        with timed(STAGE, "claim"):
            if plan.events:
                await library.claim(plan.events, plan.claims, plan.moves, plan.evidence)
        return plan, [*repeated, *batch.told_before(decisions, held, past)]

    def _rejections(self, slot: Slot, records: Sequence[Record], items: Sequence[Item]) -> list[Produced]:
        around = self._around
        return [
            rejected_record(
                around.settings.topic("rejected"),
                around.codec.encode_rejected,
                item.outcome,
                (record.value or b"", content_type(record.headers) or "avro/binary"),
                slot,
                record.offset,
                around.stamp(STAGE),
            )
            for record, item in zip(records, items, strict=True)
            if isinstance(item.outcome, Refusal)
        ]


def _received(timestamp: int, now: int) -> int:
    """Return when a touchpoint reached us: its Kafka time, unless the clock that set it runs ahead of ours."""
    return min(timestamp, now) if timestamp > 0 else now


def _count(plan: Plan, refusals: Sequence[Refusal]) -> None:
    count_evidence(plan)
    DUPLICATES.inc(len(plan.duplicates))
    for refusal in refusals:
        REJECTED.labels(STAGE, refusal.reason).inc()
    for kind, count in Counter([fact.type for fact in plan.facts]).items():
        FACTS.labels(kind).inc(count)

"""The learn stage: examples in; published models, and what has moved, out. One partition, hence one writer.

Order: produce and wait (model records into every partition of `facts`, facts about what moved), then Redis with the
checkpoint and its fence. Between two publications nothing is written: what was taken since the checkpoint is read
again after a crash, from the store's fence, and gives the same models to the last bit. Who is asked to end writes a
checkpoint, because the embedded broker forgets its topics when it stops.
"""

import asyncio
import logging
from dataclasses import dataclass, field

from online_models.record import BadModel
from online_models.trainer import Trainer
from schemas.effects import Example, Outputs, Slot
from schemas.fact import Fact, Origin
from schemas.framing import CodecError
from schemas.outcome import Refusal
from sinks.base import Fenced, SinkUnavailable
from sinks.records import Record as Produced
from streams.learning import model_change, moved_fact
from streams.metrics import EXAMPLES, FENCE_CONFLICTS, MODELS_PUBLISHED, REJECTED
from streams.stages.common import Surroundings, finished, timed
from streams.stages.learning_metrics import Quality
from streams.stages.rejections import rejected_record, stop_if_ours
from streams.transport.slices import Record, Slice

log = logging.getLogger("whetstone.learn")
STAGE = "learn"
CHECKPOINT = "~learner"
MODEL_KEY = b"~model"
AT_ONCE = 50  # examples between two looks at the loop: about 3 ms


@dataclass(slots=True)
class Lane:
    """The learner of one partition, and where its checkpoint stands.

    `taken` is the offset of the last example in it; `told` are facts that go out with the next publication; `owing`
    says that a publication is due and not done.
    """

    slot: Slot
    fence: int
    trainer: Trainer
    taken: int
    owing: bool = False
    told: list[Fact] = field(default_factory=list)


class LearnStage:
    """Handles slices of `examples`."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._lanes: dict[int, Lane] = {}
        self._quality = Quality()

    async def assigned(self, partition: int) -> int | None:
        """Take over the learner as it was written down; return the offset after its checkpoint's."""
        slot = Slot("examples", self._around.incarnations["examples"], partition)
        (blob,) = await self._around.state.load(slot, [CHECKPOINT])
        fence = await self._around.state.fence(slot)
        trainer = _restored(blob, self._around)
        _log_rules(trainer)
        self._lanes[partition] = Lane(slot, fence, trainer, fence)
        log.info("the learner goes on after %d examples, at offset %d", trainer.taken, fence + 1)
        return fence + 1

    async def revoked(self, partition: int) -> None:
        """Give the learner up, with a checkpoint where nothing is owed; else what was taken since is read again."""
        lane = self._lanes.pop(partition, None)
        if lane is None or lane.taken <= lane.fence or lane.told or lane.owing:
            return
        try:
            await self._write(lane)
        except (Fenced, SinkUnavailable) as error:
            log.info("no last checkpoint of the learner, what it took is read again: %s", error)

    async def handle(self, piece: Slice) -> None:
        """Learn a slice; publish and write down where the number of examples says so."""
        lane = self._lanes[piece.partition]
        with timed(STAGE, "schemas"):
            await self._around.learn([record.value or b"" for record in piece.records])
        refused: list[tuple[Record, Refusal]] = []
        for number, record in enumerate(piece.records):
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)  # the lanes of other partitions go on meanwhile
            example = self._decoded(record, refused)
            if example is not None and self._taken(lane, record.offset, example) and lane.trainer.due:
                lane.owing = True
            lane.taken = record.offset
            if lane.owing:
                await self._publish(lane)
        stop_if_ours([refusal for _, refusal in refused], len(piece), str(piece))
        if refused:
            await self._around.producer.produce_all([self._unreadable(lane.slot, *one) for one in refused])
            for _, refusal in refused:
                REJECTED.labels(STAGE, refusal.reason).inc()
        finished(STAGE, len(piece))

    def show(self, now: int) -> None:
        """Set the metrics of quality; `now` is the wall clock, ms."""
        self._quality.show()

    def _decoded(self, record: Record, refused: list[tuple[Record, Refusal]]) -> Example | None:
        try:
            return self._around.codec.decode_example(record.value or b"")
        except CodecError as error:
            refused.append((record, Refusal(error.reason, "", str(error))))
            return None

    def _taken(self, lane: Lane, offset: int, example: Example) -> bool:
        """Learn an example, unless it is a repeat or a rule book; keep what it moved."""
        took = lane.trainer.take(example)
        EXAMPLES.labels(took.outcome).inc()
        if took.outcome == "rules":
            _log_rules(lane.trainer)
        if took.outcome == "learned":
            self._quality.note(example)
        for index, drift in enumerate(took.drifts):
            origin = Origin(lane.slot.topic, lane.slot.incarnation, lane.slot.partition, offset, index)
            lane.told.append(moved_fact(drift, example.at, origin, lane.trainer.taken))
        return took.counts

    async def _publish(self, lane: Lane) -> None:
        """Produce and wait, then write down. A repeat after a crash is the same model, and the same facts."""
        around, change = self._around, model_change(lane.trainer)
        try:
            if await around.state.fence(lane.slot) != lane.fence:
                raise Fenced("state store", lane.slot, lane.fence)  # somebody else is the writer by now
            value, topic = around.codec.encode_fact(change), around.settings.topic("facts")
            records = [Produced(topic, value, MODEL_KEY, n) for n in range(around.settings.fact_partitions)]
            with timed(STAGE, "produce"):
                await around.producer.produce_all([*records, *around.fact_records(lane.told)])
            await self._write(lane)
        except Fenced as conflict:
            FENCE_CONFLICTS.labels(conflict.store).inc()
            raise
        lane.told.clear()
        lane.owing = False
        MODELS_PUBLISHED.inc()
        self._quality.published(change.version)

    async def _write(self, lane: Lane) -> None:
        """Write the learner down as it is after the last example it took."""
        with timed(STAGE, "redis"):
            outputs = Outputs(states={CHECKPOINT: lane.trainer.checkpoint()})
            await self._around.state.commit(lane.slot, lane.fence, lane.taken, outputs)
        lane.fence = lane.taken

    def _unreadable(self, slot: Slot, record: Record, refusal: Refusal) -> Produced:
        around = self._around
        raw, stamp = (record.value or b"", "avro/binary"), around.stamp(STAGE)
        topic = around.settings.topic("rejected")
        return rejected_record(topic, around.codec.encode_rejected, refusal, raw, slot, record.offset, stamp)


def _log_rules(trainer: Trainer) -> None:
    log.info("the learner follows rule book %s", trainer.version)
    if trainer.refused:
        log.error("of that rule book, this release refuses %s", "; ".join(trainer.refused))


def _restored(blob: bytes | None, around: Surroundings) -> Trainer:
    if blob is None:
        return Trainer(around.rules)
    try:
        return Trainer.restore(blob, around.rules)
    except BadModel:
        log.exception("the learner's checkpoint cannot be read; it begins anew from here")
        return Trainer(around.rules)

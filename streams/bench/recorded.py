"""The topic `facts` of a replay, kept in memory as the bytes that Kafka would hold."""

from dataclasses import dataclass
from pathlib import Path

from online_models.in_force import models_of
from processors.detector import shipped
from processors.state import Clock, Head
from schemas.effects import Slot
from schemas.fact import Fact, FactRecord
from schemas.registry import FileRegistry
from schemas.rules import RuleBook
from schemas.wire import Codec
from streams.replay.items import INCARNATION
from streams.replay.partition import Partition
from streams.replay.report import Report
from streams.replay.run import path_of, replay_log
from streams.replay.sources import batches, touchpoints
from streams.rules import read_rule_book
from streams.settings import Settings


@dataclass(frozen=True, slots=True)
class Facts:
    """The records of every partition, and how many of them are facts."""

    partitions: list[list[bytes]]
    count: int

    def replay(self, rules: RuleBook, out: Path, size: int) -> tuple[int, str]:
        """Run them as `replay --topic facts` does; return how many were facts, and the digest of what came out."""
        codec, report, partitions, count = Codec(FileRegistry()), Report(), [], 0
        for number, log in enumerate(self.partitions):
            slot = Slot("facts", INCARNATION, number)
            partition = Partition(slot, Head(Clock(), rules, {}), shipped(models_of))
            partitions.append(partition)
            records = ((offset, codec.decode_fact(value)) for offset, value in enumerate(log))
            count += replay_log(partition, records, size, report, lambda done: None)
        return count, report.write(out, partitions, {"facts": count})


class _Recording(Partition):
    """A partition that keeps the bytes of every record it is given."""

    def __init__(self, like: Partition, codec: Codec) -> None:
        super().__init__(like.slot, like.head, shipped(models_of))
        self.log: list[bytes] = []
        self.count = 0
        self._codec = codec

    def append(self, record: FactRecord) -> list[Fact]:
        """Append one record to the log and apply it."""
        self.count += isinstance(record, Fact)
        self.log.append(self._codec.encode_fact(record))
        return super().append(record)


def record(file: Path, size: int) -> Facts:
    """Replay a file and return the facts that it made."""
    rules, settings, codec = read_rule_book(None), Settings(), Codec(FileRegistry())
    path = path_of(rules, settings)
    kept = [_Recording(partition, codec) for partition in path.partitions]
    path.partitions = list(kept)
    for batch in batches(touchpoints(file), size):
        path.feed(batch)
    return Facts([partition.log for partition in kept], sum(partition.count for partition in kept))

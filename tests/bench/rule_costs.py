"""What the rule set costs: CPU per fact in the entity step, and bytes per lead, on a file of touchpoints.

    whetstone sample make --out s.jsonl --truth t.json && python -m tests.bench.rule_costs s.jsonl

The facts are made first; only the step over them is timed, by the CPU time of this process, with all detectors and with
none. Prints JSON.
"""

import argparse
import json
import sys
from itertools import islice
from pathlib import Path
from statistics import mean, median
from time import process_time
from typing import Any

from processors.cleansing.record import CleansingOptions
from processors.detector import Registry, shipped
from processors.state import Clock, Head, decode_entity
from processors.step import timer_horizon
from schemas.effects import Slot
from schemas.fact import Fact, FactRecord
from schemas.rules import RuleBook
from streams.replay.partition import Partition
from streams.replay.path import Path as MemoryPath
from streams.replay.sources import batches, touchpoints
from streams.rules import read_rule_book

BATCH = 1_000
Log = list[tuple[int, FactRecord]]


class Recording(Partition):
    """A partition that keeps its log."""

    def apply(self, offset: int, record: FactRecord) -> list[Fact]:
        """Keep the record, then do as a partition does."""
        self.__dict__.setdefault("log", []).append((offset, record))
        return super().apply(offset, record)


def log_of(source: Path, rules: RuleBook) -> Log:
    """Return the log of one `facts` partition that a file of touchpoints makes."""
    path = MemoryPath(shipped(), rules, partitions=1, lateness=5_000, options=CleansingOptions(rules.cleansing))
    path.partitions = [Recording(Slot("facts", "00000000", 0), Head(Clock(), rules, {}), shipped())]
    for batch in batches(touchpoints(source), BATCH):
        path.feed(batch)
    log: Log = path.partitions[0].__dict__["log"]
    return log


def stepped(log: Log, rules: RuleBook, registry: Registry) -> tuple[float, Partition]:
    """Run the log batch by batch; return CPU seconds and the partition at its end."""
    partition = Partition(Slot("facts", "00000000", 0), Head(Clock(), rules, {}), registry)
    records, spent = iter(log), 0.0
    while batch := list(islice(records, BATCH)):
        begun = process_time()
        partition.begin(timer_horizon(partition.head, (record for _, record in batch)))
        for offset, record in batch:
            partition.apply(offset, record)
        partition.finish()
        spent += process_time() - begun
    return spent, partition


def sizes(partition: Partition) -> dict[str, Any]:
    """Return bytes of entities by kind, leads apart from people who never became one."""
    found: dict[str, list[int]] = {}
    for entity, blob in partition.blobs.items():
        kind = entity.partition(":")[0]
        if kind == "lead" and "created" not in decode_entity(blob).states.get("lead", {}):
            kind = "customer"
        found.setdefault(kind, []).append(len(blob))
    return {
        kind: {"entities": len(held), "mean": round(mean(held)), "median": median(held), "max": max(held)}
        for kind, held in sorted(found.items())
        if not kind.startswith("~")
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rules", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rules = read_rule_book(options.rules)
    log = log_of(options.file, rules)
    facts = sum(isinstance(record, Fact) for _, record in log)
    bare = min(stepped(log, rules, Registry(()))[0] for _ in range(options.runs))
    costs = [stepped(log, rules, shipped()) for _ in range(options.runs)]
    whole, partition = min(costs, key=lambda one: one[0])
    result = {
        "facts": facts,
        "ticks": len(log) - facts,
        "detectors": len(shipped().by_name),
        "step_us_per_fact": round(whole / facts * 1e6, 2),
        "frame_us_per_fact": round(bare / facts * 1e6, 2),
        "rules_us_per_fact": round((whole - bare) / facts * 1e6, 2),
        "failures": len(partition.failures),
        "bytes": sizes(partition),
    }
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""What the rule set costs: CPU per fact in the entity step, and bytes per lead, on a file of touchpoints.

    whetstone sample make --out s.jsonl --truth t.json && python -m tests.bench.rule_costs s.jsonl

The facts are made first; only the step over them is timed, by the CPU time of this process, with all detectors and with
none; of each batch the least of all runs counts. Prints JSON.
"""

import argparse
import gc
import json
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from statistics import mean, median
from time import process_time
from typing import Any

from online_models.in_force import models_of
from processors.cleansing.record import CleansingOptions
from processors.detector import Registry, shipped
from processors.state import Clock, Head, decode_entity
from processors.step import timer_horizon
from schemas.catalogue import FACT_TYPES
from schemas.effects import Slot
from schemas.fact import Fact, FactRecord, Origin, Tick
from schemas.rules import RuleBook
from schemas.times import DAY
from streams.replay.partition import Partition
from streams.replay.path import Path as MemoryPath
from streams.replay.sources import batches, touchpoints
from streams.rules import read_rule_book
from streams.worker.process import COLLECTOR_THRESHOLDS
from tests.bench.timed import table, timed
from tests.events import FULL

BATCH = 1_000
FIRST = 1_795_222_800_000  # 21 November 2026, 9:00 in Shanghai
RARE = {"lead_imported", "leads_moved", "leads_arrived"}  # a lead that is merged twelve times a year is none
Log = list[tuple[int, FactRecord]]


class Recording(Partition):
    """A partition that keeps its log."""

    def apply(self, offset: int, record: FactRecord) -> list[Fact]:
        """Keep the record, then do as a partition does."""
        self.__dict__.setdefault("log", []).append((offset, record))
        return super().apply(offset, record)


def log_of(source: Path, rules: RuleBook) -> Log:
    """Return the log of one `facts` partition that a file of touchpoints makes."""
    registry, options = shipped(models_of), CleansingOptions(rules.cleansing)
    path = MemoryPath(registry, rules, partitions=1, lateness=5_000, options=options)
    path.partitions = [Recording(Slot("facts", "00000000", 0), Head(Clock(), rules, {}), registry)]
    for batch in batches(touchpoints(source), BATCH):
        path.feed(batch)
    log: Log = path.partitions[0].__dict__["log"]
    return log


def stepped(log: Log, rules: RuleBook, registry: Registry) -> tuple[list[float], Partition]:
    """Run the log batch by batch; return CPU seconds of each batch and the partition at its end."""
    partition = Partition(Slot("facts", "00000000", 0), Head(Clock(), rules, {}), registry)
    records = iter(log)
    spent: list[float] = []
    while batch := list(islice(records, BATCH)):
        begun = process_time()
        partition.begin(timer_horizon(partition.head, (record for _, record in batch)))
        for offset, record in batch:
            partition.apply(offset, record)
        partition.finish()
        spent.append(process_time() - begun)
    return spent, partition


def least(runs: Iterable[list[float]]) -> float:
    """Return the CPU seconds of a whole run, each batch at its least: what others do to the caches is left out."""
    total: float = sum(min(batch) for batch in zip(*runs, strict=True))
    return total


def each(log: Log, rules: RuleBook, registry: Registry, facts: int) -> dict[str, dict[str, float]]:
    """Return what each detector costs; timing them costs too, so that these add up to more than the whole."""
    watched, detectors = timed(registry)
    stepped(log, rules, watched)
    return table(detectors, facts)


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


def busy_year(rules: RuleBook, registry: Registry, per_day: int) -> int:
    """Return the bytes of a lead after a year with so many facts a day, of every type that a lead is told, in turn."""
    partition = Partition(Slot("facts", "00000000", 0), Head(Clock(), rules, {}), registry)
    names = [name for name, event in FACT_TYPES.items() if "lead" in event.addresses and name not in RARE]
    names.sort(key="form_submitted".__ne__)
    for number in range(365 * per_day):
        at = FIRST + number * DAY // per_day
        partition.begin(at)
        partition.append(Tick(sources={"touchpoints.0.00000000": at}, of=1))
        partition.append(_busy(names[number % len(names)], at, number))
        partition.finish()
    if partition.failures:
        raise RuntimeError(f"a detector failed: {partition.failures[0]}")
    return len(partition.blobs["lead:busy"])


def _busy(name: str, at: int, number: int) -> Fact:
    data = {key: f"{value}-{number}" if key.endswith("_id") else value for key, value in FULL[name].items()}
    origin = Origin("touchpoints", "00000000", number % 8, number)
    return Fact(entity="lead:busy", type=name, at=at, known_at=at, origin=origin, event_id=f"event-{number}",
                source="website", rep_id=f"r{number % 3}", lead="lead:busy", data=data)  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rules", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], help="detectors to leave out, by the beginning of a name")
    options = parser.parse_args()
    rules = read_rule_book(options.rules)
    left_out = tuple(options.without)
    registry = Registry(tuple(one for one in shipped(models_of).by_name.values() if not one.name.startswith(left_out)))
    log = log_of(options.file, rules)
    facts = sum(isinstance(record, Fact) for _, record in log)
    gc.collect()
    gc.freeze()  # as a worker does: what stays is not looked at again, and what is new seldom
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    bare = least(stepped(log, rules, Registry(()))[0] for _ in range(options.runs))
    costs = [stepped(log, rules, registry) for _ in range(options.runs)]
    whole, partition = least(spent for spent, _ in costs), costs[0][1]
    result = {
        "facts": facts,
        "ticks": len(log) - facts,
        "detectors": len(registry.by_name),
        "step_us_per_fact": round(whole / facts * 1e6, 2),
        "frame_us_per_fact": round(bare / facts * 1e6, 2),
        "rules_us_per_fact": round((whole - bare) / facts * 1e6, 2),
        "failures": len(partition.failures),
        "each": each(log, rules, registry, facts),
        "bytes": sizes(partition),
        "bytes_of_a_lead_after_a_year": {f"{rate} facts a day": busy_year(rules, registry, rate) for rate in (1, 10)},
    }
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()

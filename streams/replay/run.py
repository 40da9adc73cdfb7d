"""Running a replay: from a file through the whole path, or from the topic `facts` through the entity step."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from online_models.in_force import models_of
from processors.cleansing.record import CleansingOptions
from processors.detector import shipped
from processors.state import Clock, Head
from processors.step import timer_horizon
from schemas.effects import Slot
from schemas.fact import Fact, FactRecord, RuleBookChange
from schemas.registry import FileRegistry
from schemas.rules import RuleBook
from schemas.wire import Codec
from streams.replay.diff import write_diff
from streams.replay.partition import Partition
from streams.replay.path import Path as MemoryPath
from streams.replay.report import Report
from streams.replay.sources import Window, Windowed, batches, dated_facts, touchpoints
from streams.settings import Settings
from streams.topics import incarnation

Progress = Callable[[int], None]
WHOLE = Window()


def path_of(rules: RuleBook, settings: Settings) -> MemoryPath:
    """Return the event path in memory, with all detectors and models that ship."""
    return MemoryPath(
        shipped(models_of),
        rules,
        partitions=settings.fact_partitions,
        lateness=settings.allowed_lateness_ms,
        options=CleansingOptions(rules.cleansing),
    )


def replay_file(
    source: Path, out: Path, rules: RuleBook, settings: Settings, size: int, progress: Progress
) -> dict[str, Any]:
    """Run a JSONL file of touchpoints; return the report, which also stands in `out`."""
    path = path_of(rules, settings)
    report = Report()
    for batch in batches(touchpoints(source), size):
        results = path.feed(batch)
        report.take(results.signals, results.changes)
        progress(len(batch))
    figures = {"source": source.name, "rule_book": rules.version, **asdict(path.counts), "examples": path.trainer.taken}
    figures["digest"] = report.write(out, path.partitions, figures)
    return {**figures, "signals": dict(report.kinds)}


def replay_topic(
    out: Path,
    rules: RuleBook,
    settings: Settings,
    size: int,
    progress: Progress,
    *,
    fixed: bool = False,
    window: Window = WHOLE,
) -> dict[str, Any]:
    """Run the topic `facts` as it stands, partition by partition; what it made for other entities is in it already.

    With `fixed` the given rules hold throughout: rule books in the topic are passed over. Signals and history are
    those of the window, the state is that at its end; what came before it is read for the state's sake.
    """
    codec = Codec(FileRegistry())
    made = incarnation(settings, "facts")
    report, partitions, count = Report(), [], 0
    for number in range(settings.fact_partitions):
        partition = Partition(Slot("facts", made, number), Head(Clock(), rules, {}), shipped(models_of))
        partitions.append(partition)
        records = Windowed(dated_facts(settings, codec, number), window)
        count += replay_log(partition, iter(records), size, report, progress, fixed=fixed, tells=records.tells)
    figures: dict[str, Any] = {
        "source": settings.topic("facts"),
        "rule_book": rules.version,
        "facts": count,
        "repeated": sum(partition.repeated for partition in partitions),
        "failures": sum(len(partition.failures) for partition in partitions),
    }
    figures["digest"] = report.write(out, partitions, figures)
    return {**figures, "signals": dict(report.kinds)}


def replay_log(
    partition: Partition,
    records: Iterator[tuple[int, FactRecord]],
    size: int,
    report: Report,
    progress: Progress,
    *,
    fixed: bool = False,
    tells: Callable[[int], bool] = lambda offset: True,
) -> int:
    """Run the (offset, record) of one partition of `facts`, so many at a time; return how many were facts.

    The report takes what came of the records whose offsets it `tells`.
    """
    count = 0
    while batch := list(islice(records, size)):
        partition.begin(timer_horizon(partition.head, (record for _, record in batch)))
        for offset, record in batch:
            count += isinstance(record, Fact)
            if not (fixed and isinstance(record, RuleBookChange)):
                partition.apply(offset, record)
        outputs = partition.finish()
        report.take(
            (signal for signal in outputs.signals if tells(signal.origin.offset)),
            (change for change in outputs.changes if tells(change.origin.offset)),
        )
        progress(len(batch))
    return count


def replay_diff(
    source: Path | None,
    out: Path,
    books: tuple[RuleBook, RuleBook],
    settings: Settings,
    size: int,
    progress: Progress,
    *,
    window: Window = WHOLE,
) -> dict[str, Any]:
    """Replay a file (None: the topic `facts`) with two books, (in force, new); return the new one's report.

    What the book in force told is in `out/before`, what differs in `out/diff.jsonl`. In a topic the book in force is
    the first one: those that the topic brings follow it, as they did.
    """
    former, new = books
    before = out / "before"
    if source is not None:
        replay_file(source, before, former, settings, size, progress)
        report = replay_file(source, out, new, settings, size, progress)
    else:
        replay_topic(before, former, settings, size, progress, window=window)
        report = replay_topic(out, new, settings, size, progress, fixed=True, window=window)
    return {**report, "diff": write_diff(before / "signals.jsonl", out / "signals.jsonl", out / "diff.jsonl")}

"""`bench replay`: what `whetstone replay` does in a second, against the pure core alone on the same touchpoints.

Three systems take turns, each in a process of its own: the replay of a file, its results written; the facts of that
file once more, as `replay --topic facts` runs them, without the broker that holds them; and the parts alone: decode,
cleanse, resolve, the facts' bytes and the step, without time, learning, states at rest, and files.
"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, NamedTuple

import psutil

from schemas.outcome import Refusal
from streams.bench.core import Core
from streams.bench.ending import descendants, end_descendants
from streams.bench.engine import BenchmarkFailed
from streams.bench.machine import machine
from streams.bench.pipeline import touchpoints as sample
from streams.bench.recorded import Facts, record
from streams.bench.result import line
from streams.importing.drafting import calm_collector
from streams.replay.run import replay_file
from streams.replay.sources import touchpoints
from streams.rules import read_rule_book
from streams.settings import Settings

BATCH = 1_000

Report = Callable[[str], None]


class Measured(NamedTuple):
    """One run: what it worked on, wall and CPU seconds, memory at the end (MiB), and a digest of what came out."""

    events: int
    seconds: float
    cpu_seconds: float
    rss_mb: float
    digest: str = ""


def replayed(file: Path, out: Path) -> Measured:
    """Replay a file, files of results included."""
    rules, begun = read_rule_book(None), _begin()
    report = replay_file(file, out, rules, Settings(), BATCH, lambda count: None)
    return _end(begun, report["touchpoints"], report["digest"])


def facts_again(facts: Facts, out: Path) -> Measured:
    """Run recorded facts through the entity step, files of results included."""
    rules, begun = read_rule_book(None), _begin()
    count, digest = facts.replay(rules, out, BATCH)
    return _end(begun, count, digest)


def parts_alone(file: Path, latest: int) -> Measured:
    """Run the same touchpoints through the pure core, as received at the time (ms) of the latest."""
    bodies = [line for line in file.read_bytes().splitlines() if line.strip()]
    core, begun = Core(read_rule_book(None)), _begin()
    core.run(bodies, latest)
    return _end(begun, len(bodies))


@contextmanager
def sample_file(events: int) -> Iterator[Path]:
    """Give a file of the last so many touchpoints of the sample, for the time of the block."""
    with TemporaryDirectory(prefix="whetstone-bench-") as folder:
        file = Path(folder) / "sample.jsonl"
        file.write_bytes(b"".join(send.body + b"\n" for send in sample(events)))
        yield file


def replay(file: Path, rounds: int, report: Report) -> dict[str, Any]:
    """Measure all three `rounds` times in turn; return the result of the contract. Raises BenchmarkFailed."""
    times = [event.occurred_at for event in touchpoints(file) if not isinstance(event, Refusal)]
    if not times:
        raise BenchmarkFailed(f"{file} holds no touchpoint")
    with TemporaryDirectory(prefix="whetstone-bench-") as folder:
        out = Path(folder)
        facts = _alone(record, file, BATCH)
        report(f"{len(times):,} touchpoints, {facts.count:,} facts")
        runs: dict[str, list[Measured]] = {"whetstone": [], "facts again": [], "pure core alone": []}
        for number in range(rounds):
            runs["whetstone"].append(_alone(replayed, file, out / "file"))
            runs["facts again"].append(_alone(facts_again, facts, out / "facts"))
            runs["pure core alone"].append(_alone(parts_alone, file, max(times)))
            done = "  ".join(f"{name} {one[-1].events / one[-1].seconds:,.0f}/s" for name, one in runs.items())
            report(f"round {number + 1}/{rounds}  {done}")
    return _result(runs, rounds)


def _result(runs: dict[str, list[Measured]], rounds: int) -> dict[str, Any]:
    if len({one.digest for measured in runs.values() for one in measured if one.digest}) > 1:
        raise BenchmarkFailed("replays of the same input had different results")
    results = [_line(name, measured) for name, measured in runs.items()]
    whole, _, alone = (one["cpu_us_per_event"] for one in results)
    return {
        "benchmark": "replay",
        "machine": machine(),
        "rounds": rounds,
        "measured": "the median of each figure; events of the second line are facts",
        "results": results,
        "cpu_as_multiple_of_the_core": round(whole / alone, 2),
    }


def _line(system: str, measured: Sequence[Measured]) -> dict[str, Any]:
    events = measured[0].events
    seconds = statistics.median(one.seconds for one in measured)
    cpu = statistics.median(one.cpu_seconds for one in measured)
    return line(system, events, seconds, cpu, max(one.rss_mb for one in measured))


def _alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """Do something in a fresh process, so that neither caches nor memory of another run count."""
    before = descendants()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(work, *arguments).result()
        except BaseException:
            end_descendants(before)  # leaving the block would wait for the end of the work
            raise


def _begin() -> tuple[float, float]:
    calm_collector()
    return perf_counter(), process_time()


def _end(begun: tuple[float, float], events: int, digest: str = "") -> Measured:
    seconds, cpu = perf_counter() - begun[0], process_time() - begun[1]
    return Measured(events, seconds, cpu, psutil.Process().memory_info().rss / 2**20, digest)

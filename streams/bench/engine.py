"""`bench engine`: how many events a second one worker with an empty pipeline reads, against peers on the same topic."""

import json
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from streams.bench.machine import machine
from streams.bench.meter import Run
from streams.services import Stack
from streams.services.apache import cluster
from streams.services.tansu import Tansu
from streams.waiting import wait_until

PARTITIONS = 4
PAYLOAD = 200  # bytes of a record's value
KEYS = 1000
PATIENCE = 600.0  # seconds for one system to read the topic
PACKAGES = {"quixstreams": "quixstreams", "bytewax": "bytewax"}  # of the dependency group `bench`
FAUST_SHARE = 10  # Faust reads one tenth: at its rate the whole topic would take minutes a round

Report = Callable[[str], None]


class BenchmarkFailed(Exception):
    """A system could not be measured; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: systems in turn, `rounds` times, each reading `events` records of one topic."""

    systems: Sequence[str]
    events: int
    rounds: int

    def __post_init__(self) -> None:
        for system in self.systems:
            package = PACKAGES.get(system)
            if package and find_spec(package) is None:
                raise BenchmarkFailed(
                    f"{system} is not installed: `make bench` installs the peers (Bytewax on Python 3.11 and 3.12 "
                    f"only: it has no wheels for newer ones), --systems leaves one out"
                )

    def events_of(self, system: str) -> int:
        """Return how many records a system reads."""
        return max(self.events // FAUST_SHARE, 1000) if system == "faust" else self.events


@contextmanager
def broker(kind: str) -> Iterator[str]:
    """Run a broker for the time of the block and give its address; `kind` is embedded or real (Apache Kafka)."""
    with tempfile.TemporaryDirectory(prefix="whetstone-bench-") as folder:
        kinds = (Tansu,) if kind == "embedded" else cluster(1)
        stack = Stack(Path(folder) / "services", kinds, durable=False)
        try:
            yield stack.up().kafka_brokers
        finally:
            stack.remove()


def fill(brokers: str, events: int) -> str:
    """Make a topic, produce the records evenly over its partitions, and return its name."""
    topic = f"bench-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": brokers})
    admin.create_topics([NewTopic(topic, PARTITIONS, 1)])[topic].result(60)
    wait_until(lambda: len(admin.list_topics(topic, timeout=10).topics[topic].partitions) == PARTITIONS, 60)
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 20, "queue.buffering.max.messages": 200_000})
    failures: list[Any] = []

    def delivered(error: Any, _message: Any) -> None:
        if error is not None:
            failures.append(error)

    payload = b"x" * PAYLOAD
    for number in range(events):
        while True:
            try:
                key = b"k%d" % (number % KEYS)
                producer.produce(topic, payload, key, number % PARTITIONS, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    if producer.flush(PATIENCE) or failures:
        raise BenchmarkFailed(f"the topic could not be filled: {failures[:1]}")
    return topic


def measure(system: str, brokers: str, topic: str, events: int) -> Run:
    """Let one system read the topic in a process of its own, in a consumer group of its own."""
    group = f"bench-{system}-{uuid.uuid4().hex[:8]}"
    try:
        done = subprocess.run(  # noqa: S603 - this program, arguments of our own
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "streams.bench.engine_systems",
                system,
                brokers,
                topic,
                group,
                str(events),
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise BenchmarkFailed(f"{system} did not read {events} records within {PATIENCE:.0f} s") from error
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"events"')]
    if done.returncode or not lines:
        raise BenchmarkFailed(f"{system} ended with status {done.returncode}:\n{done.stderr[-2000:]}")
    return Run(**json.loads(lines[-1]))


def rounds(plan: Plan, brokers: str, topic: str, report: Report) -> dict[str, list[Run]]:
    """Measure all systems in turn, as often as planned: what else the machine does meets each of them alike."""
    runs: dict[str, list[Run]] = {system: [] for system in plan.systems}
    for number in range(plan.rounds):
        for system in plan.systems:
            run = measure(system, brokers, topic, plan.events_of(system))
            runs[system].append(run)
            report(f"round {number + 1}/{plan.rounds}  {system:<12} {run.events / run.seconds:>10,.0f} events/s")
    return runs


def summary(runs: Mapping[str, Sequence[Run]]) -> list[dict[str, Any]]:
    """Return the median run of each system, in the order of the systems."""
    results = []
    for system, measured in runs.items():
        rates = sorted(run.events / run.seconds for run in measured)
        middle = min(measured, key=lambda run: abs(run.events / run.seconds - statistics.median(rates)))
        results.append(
            {
                "system": system,
                "events": middle.events,
                "seconds": round(middle.seconds, 3),
                "events_per_second": round(middle.events / middle.seconds),
                "cpu_us_per_event": round(statistics.median(run.cpu_seconds / run.events for run in measured) * 1e6, 3),
                "rss_mb": round(max(run.rss_mb for run in measured), 1),
                "events_per_second_range": [round(rates[0]), round(rates[-1])],
            }
        )
    return results


def ratios(results: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return how many times as fast as each peer Whetstone is; empty when it was not measured."""
    rates = {result["system"]: result["events_per_second"] for result in results}
    ours = rates.pop("whetstone", None)
    return {} if ours is None else {system: round(ours / rate, 2) for system, rate in rates.items()}


def engine(plan: Plan, brokers: str, kind: str, report: Report) -> dict[str, Any]:
    """Fill a topic, measure everything, and return the benchmark's output as the contract says."""
    report(f"filling a topic with {plan.events:,} records of {PAYLOAD} bytes")
    topic = fill(brokers, plan.events)
    described = machine()
    results = summary(rounds(plan, brokers, topic, report))
    return {
        "benchmark": "engine",
        "machine": described,
        "broker": kind,
        "rounds": plan.rounds,
        "partitions": PARTITIONS,
        "payload_bytes": PAYLOAD,
        "measured": "median round; from the end of the first batch to the last record, start and group join left out",
        "results": results,
        "whetstone_is_times_as_fast_as": ratios(results),
    }

"""The real worker as a process, started, killed and started again; and what its stores must hold afterwards."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import redis
from confluent_kafka import KafkaError

from online_models.in_force import models_of
from processors.detector import shipped
from processors.state import Clock, Head
from processors.step import timer_horizon
from schemas.effects import Slot
from schemas.fact import Fact
from schemas.registry import FileRegistry
from schemas.signal import Signal
from schemas.wire import Codec
from sinks.redis.keys import partition_tag
from streams.replay.partition import Partition
from streams.replay.sources import facts
from streams.rules import read_rule_book
from streams.services.backlog import Backlog
from streams.settings import Settings
from streams.stages.library_mark import STORED
from streams.topics import incarnation
from streams.waiting import wait_until
from tests.touchpoint_log import from_the_beginning

DRAIN_S = 1_800.0


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment that leads a process to the same services."""
    given = {
        name: str(getattr(value, "get_secret_value", lambda value=value: value)())
        for name, value in settings
        if value is not None and value != ""
    }
    return {**os.environ, **{f"WHETSTONE_{name.upper()}": text for name, text in given.items()}}


class RealWorker:
    """`whetstone worker` on these settings; its log is kept for when something is wrong."""

    def __init__(self, settings: Settings) -> None:
        self._environment = environment(settings.model_copy(update={"metrics_port": 0}))
        self.log = Path(tempfile.mkstemp(prefix="whetstone-chaos-", suffix=".log")[1])
        self.start()

    def start(self) -> None:
        """Start a process."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streams", "worker"], env=self._environment, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Ask it to end; return its status."""
        self.process.terminate()
        return self.process.wait(60)


def wait_until_done(settings: Settings, workers: list[RealWorker]) -> None:
    """Wait until nothing is behind; say so when a worker has died of itself."""
    backlog = Backlog(settings)

    def done() -> bool:
        for worker in workers:
            assert worker.process.poll() is None, worker.log.read_text()[-3_000:]
        return sum(backlog.count().values()) == 0

    assert wait_until(done, DRAIN_S), "the workers did not come to the end"


class Rerun:
    """What the log of facts says must be stored: the pure core over it, from the beginning."""

    def __init__(self, settings: Settings) -> None:
        codec, made = Codec(FileRegistry()), incarnation(settings, "facts")
        rules = read_rule_book(settings.rule_book)
        self.partitions: list[Partition] = []
        self.signals: dict[str, Signal] = {}
        self.changes = 0
        self.origins: set[tuple[int, int]] = set()
        for number in range(settings.fact_partitions):
            partition = Partition(Slot("facts", made, number), Head(Clock(), rules, {}), shipped(models_of))
            records = list(facts(settings, codec, number))
            partition.begin(timer_horizon(partition.head, (record for _, record in records)))
            for offset, record in records:
                partition.apply(offset, record)
                if isinstance(record, Fact) and record.origin.topic == "touchpoints":
                    self.origins.add((record.origin.partition, record.origin.offset))
            outputs = partition.finish()
            self.signals |= {signal.signal_id: signal for signal in outputs.signals}
            self.changes += len(outputs.changes)
            self.partitions.append(partition)

    @property
    def repeated(self) -> int:
        """How many facts were produced more than once."""
        return sum(partition.repeated for partition in self.partitions)


def compare_states(settings: Settings, rerun: Rerun) -> int:
    """Hold every blob in Redis against the rerun's, to the byte; return how many there are."""
    client = redis.Redis.from_url(settings.redis_url.get_secret_value())
    count = 0
    for partition in rerun.partitions:
        prefix = partition_tag(settings.namespace, "facts", partition.slot.partition) + "s:"
        names = [key.decode().removeprefix(prefix) for key in client.scan_iter(f"{_escaped(prefix)}*", count=5_000)]
        names = [name for name in names if name != STORED]
        assert set(names) == set(partition.blobs)
        for begin in range(0, len(names), 1_000):
            some = names[begin : begin + 1_000]
            for name, blob in zip(some, client.mget([prefix + name for name in some]), strict=True):
                assert blob == partition.blobs[name], name
        count += len(names)
    client.close()
    return count


def _escaped(prefix: str) -> str:
    return "".join(f"\\{character}" if character in "*?[]\\" else character for character in prefix)


def inboxes(settings: Settings) -> Counter[tuple[str, str]]:
    """Return how often each (recipient, signal id) stands in the inbox streams."""
    client = redis.Redis.from_url(settings.redis_url.get_secret_value())
    found: Counter[tuple[str, str]] = Counter()
    start = f"{settings.namespace}:inbox:"
    for key in client.scan_iter(f"{start}*", count=1_000):
        for _, entry in client.xrange(key):
            found[key.decode().removeprefix(start), orjson.loads(entry[b"signal"])["signal_id"]] += 1
    client.close()
    return found


def touchpoint_count(settings: Settings) -> int:
    """Return how many touchpoints the topic holds."""
    consumer = from_the_beginning(settings, enable_partition_eof=True)
    count = ends = 0
    while ends < settings.touchpoint_partitions:
        for message in consumer.consume(5_000, 5.0):
            error = message.error()
            if error is None:
                count += 1
            else:
                assert error.code() == KafkaError._PARTITION_EOF
                ends += 1
    consumer.close()
    return count


def run(coroutine: Any) -> Any:
    """Run a coroutine to its end."""
    return asyncio.run(coroutine)

"""Starting, watching and killing worker processes in tests, and the topic they read."""

import json
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import redis
from confluent_kafka import Consumer, ConsumerGroupState, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from streams.kafka_config import client_config
from streams.settings import Settings
from streams.waiting import wait_until

PATIENCE = 60.0
PARTITIONS = 4


class WorkerProcess:
    """One process of `counting_worker`; its lines are collected as they come."""

    def __init__(self, settings: Settings, topic: str, **told: Any) -> None:
        plain = {
            name: getattr(value, "get_secret_value", lambda value=value: value)()
            for name, value in settings
            if name.startswith(("kafka", "redis", "worker", "namespace", "topic_prefix", "slice"))
        }
        plain["data_dir"] = tempfile.gettempdir()
        argument = json.dumps({"settings": plain, "topic": topic, **told}, default=str)
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.counting_worker", argument],
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        self.lines: list[dict[str, Any]] = []
        self._queue: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._queue.put(json.loads(line))

    def wait_for(self, condition: Callable[[dict[str, Any]], bool], patience: float = PATIENCE) -> dict[str, Any]:
        """Wait for a line that the process has not said before."""
        while True:
            try:
                line = self._queue.get(timeout=patience)
            except queue.Empty:
                raise AssertionError(f"the worker said nothing for {patience} s\n{self.log()}") from None
            self.lines.append(line)
            if condition(line):
                return line

    def wait_until_ready(self) -> None:
        self.wait_for(lambda line: "ready" in line)

    def wait_until_handled(self) -> None:
        self.wait_for(lambda line: "handled" in line)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Ask it to end and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def log(self) -> str:
        self.errors.seek(0)
        return self.errors.read()[-20_000:]

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self.errors.close()


@contextmanager
def worker_processes(settings: Settings, topic: str) -> Iterator[Callable[..., WorkerProcess]]:
    """Give a function that starts workers; all are gone afterwards."""
    started: list[WorkerProcess] = []

    def start(**told: Any) -> WorkerProcess:
        started.append(WorkerProcess(settings, topic, **told))
        return started[-1]

    try:
        yield start
    finally:
        for worker in started:
            worker.close()


def make_topic(settings: Settings, name: str = "counted", partitions: int = PARTITIONS) -> str:
    """Make a topic and return its real name."""
    client = AdminClient(client_config(settings))
    topic = settings.topic(name)
    client.create_topics([NewTopic(topic, partitions, settings.kafka_replication)])[topic].result(PATIENCE)
    assert wait_until(
        lambda: len(client.list_topics(topic, timeout=10).topics[topic].partitions) == partitions, PATIENCE
    )
    return topic


def state_of_the_group(settings: Settings) -> ConsumerGroupState:
    """Return what the broker says of the workers' group; the embedded one names no members."""
    client = AdminClient(client_config(settings))
    state: ConsumerGroupState = (
        client.describe_consumer_groups([settings.namespace])[settings.namespace].result(PATIENCE).state
    )
    return state


def fill(settings: Settings, topic: str, count: int, *, partitions: int = PARTITIONS, keys: int = 50) -> dict[str, int]:
    """Produce records round robin over the partitions; return how many there are of each key."""
    failures: list[Any] = []
    producer = Producer({**client_config(settings), "linger.ms": "5", "queue.buffering.max.messages": "2000000"})
    for number in range(count):
        producer.produce(
            topic,
            b"x" * 100,
            f"k{number % keys}".encode(),
            number % partitions,
            on_delivery=lambda error, _: failures.append(error) if error else None,
        )
        if number % 5000 == 0:
            producer.poll(0)
    assert producer.flush(PATIENCE) == 0
    assert failures == []
    return {f"k{key}": len(range(key, count, keys)) for key in range(min(keys, count))}


def abort_one_commit_one(settings: Settings, topic: str, *, aborted: bytes, committed: bytes) -> None:
    """Produce a record into every partition in a transaction that is aborted, then in one that is committed."""
    producer = Producer({**client_config(settings), "transactional.id": settings.namespace})
    producer.init_transactions(PATIENCE)
    for key, ending in ((aborted, producer.abort_transaction), (committed, producer.commit_transaction)):
        producer.begin_transaction()
        for partition in range(PARTITIONS):
            producer.produce(topic, b"x", key, partition)
        producer.flush(PATIENCE)
        ending(PATIENCE)


class Store:
    """What the counting stages left in Redis, and what the group has committed."""

    def __init__(self, settings: Settings, topic: str) -> None:
        self.settings = settings
        self.topic = topic
        self.client: redis.Redis = redis.Redis.from_url(settings.redis_url.get_secret_value())
        self.group = Consumer({**client_config(settings), "group.id": settings.namespace})

    def counts(self) -> dict[str, int]:
        found: Any = self.client.hgetall(f"{self.settings.namespace}:counts")
        return {key.decode(): int(value) for key, value in found.items()}

    def fence(self, partition: int) -> int:
        found: Any = self.client.get(f"{self.settings.namespace}:fence:{partition}")
        return int(found) if found is not None else -1

    def committed(self, partitions: int = PARTITIONS) -> dict[int, int]:
        """Return the committed offset of each partition; -1001 where there is none, as librdkafka says."""
        asked = [TopicPartition(self.topic, partition) for partition in range(partitions)]
        return {each.partition: each.offset for each in self.group.committed(asked, timeout=PATIENCE)}

    def committed_is_never_ahead(self) -> bool:
        """Whether every committed offset lies within what has been processed: committed is read first."""
        try:
            committed = self.committed()
        except KafkaException:  # the coordinator is busy with a rebalance: there is nothing to compare
            return True
        return all(offset <= self.fence(partition) + 1 for partition, offset in committed.items() if offset >= 0)

    def close(self) -> None:
        self.group.close()
        self.client.close()


@contextmanager
def store(settings: Settings, topic: str) -> Iterator[Store]:
    """Give a look into the store of a run."""
    made = Store(settings, topic)
    try:
        yield made
    finally:
        made.close()

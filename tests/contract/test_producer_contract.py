"""What every producer promises: the fake, and confluent-kafka on the brokers of this run."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from schemas.ids import partition_of
from sinks.base import SinkUnavailable
from sinks.kafka import KafkaProducer
from sinks.memory.kafka import MemoryProducer
from sinks.records import Producer, Record, RecordTooLarge
from streams.waiting import wait_until

PARTITIONS = 3
Held = tuple[bytes | None, bytes, int, list[tuple[str, bytes]]]


class Fake:
    def __init__(self) -> None:
        self.topic = "t"
        self.made = MemoryProducer({self.topic: PARTITIONS})

    def producer(self) -> Producer:
        return self.made

    def held(self, partition: int, _count: int) -> list[Held]:
        records = [record for record in self.made.records[self.topic] if record.partition == partition]
        return [(record.key, record.value, record.timestamp, list(record.headers)) for record in records]


class Real:
    def __init__(self, brokers: str) -> None:
        self.topic = f"producer-{uuid.uuid4().hex[:8]}"
        self._brokers = brokers
        admin = AdminClient({"bootstrap.servers": brokers})
        admin.create_topics([NewTopic(self.topic, PARTITIONS, 1)])[self.topic].result(30)
        assert wait_until(lambda: len(admin.list_topics(timeout=10).topics[self.topic].partitions) == PARTITIONS, 30)

    def producer(self) -> Producer:
        return KafkaProducer({"bootstrap.servers": self._brokers}, timeout_s=20)

    def held(self, partition: int, count: int) -> list[Held]:
        consumer = Consumer({"bootstrap.servers": self._brokers, "group.id": "unused", "enable.auto.commit": False})
        try:
            consumer.assign([TopicPartition(self.topic, partition, 0)])
            found: list[Any] = []
            while len(found) < count:
                messages = consumer.consume(count, timeout=20)
                assert messages, f"only {len(found)} of {count} records came"
                found += [message for message in messages if message.error() is None]
            return [(one.key(), one.value(), one.timestamp()[1], one.headers() or []) for one in found]
        finally:
            consumer.close()


@pytest.fixture(params=["fake", "real"])
def world(request: pytest.FixtureRequest) -> Any:
    return Fake() if request.param == "fake" else Real(request.getfixturevalue("kafka_brokers"))


def using(world: Any, scenario: Callable[[Producer], Awaitable[None]]) -> None:
    async def run() -> None:
        producer = world.producer()
        try:
            await scenario(producer)
        finally:
            await producer.close()

    asyncio.run(run())


def test_what_was_produced_is_held_in_order_with_key_time_and_headers(world: Any) -> None:
    headers = (("content-type", b"application/json"),)
    records = [Record(world.topic, b"v%d" % n, b"k", 1, 1_700_000_000_000 + n, headers) for n in range(700)]

    async def scenario(producer: Producer) -> None:
        await producer.produce_all(records)

    using(world, scenario)
    held = world.held(1, len(records))
    assert held == [(b"k", b"v%d" % n, 1_700_000_000_000 + n, list(headers)) for n in range(700)]


def test_a_key_chooses_its_partition_as_everywhere_else(world: Any) -> None:
    keys = [f"lead:{n}" for n in range(30)]

    async def scenario(producer: Producer) -> None:
        await producer.produce_all([Record(world.topic, key.encode(), key.encode()) for key in keys])

    using(world, scenario)
    for partition in range(PARTITIONS):
        expected = [key.encode() for key in keys if partition_of(key, PARTITIONS) == partition]
        assert [value for _, value, _, _ in world.held(partition, len(expected))] == expected


def test_each_record_is_told_its_offset(world: Any) -> None:
    told: list[int] = []

    async def scenario(producer: Producer) -> None:
        for batch in ([2, 1, 2], [2]):
            told.extend(await producer.produce_all([Record(world.topic, b"v", None, number) for number in batch]))

    using(world, scenario)
    assert told == [0, 0, 1, 2]


def test_nothing_to_produce_is_done_at_once(world: Any) -> None:
    async def scenario(producer: Producer) -> None:
        await producer.produce_all([])

    using(world, scenario)


def test_concurrent_batches_are_told_apart(world: Any) -> None:
    async def scenario(producer: Producer) -> None:
        batches = [[Record(world.topic, b"%d.%d" % (b, n), None, 0) for n in range(40)] for b in range(20)]
        await asyncio.gather(*(producer.produce_all(batch) for batch in batches))

    using(world, scenario)
    values = [value for _, value, _, _ in world.held(0, 800)]
    assert len(set(values)) == 800
    for batch in range(20):
        mine = [value for value in values if value.startswith(b"%d." % batch)]
        assert mine == [b"%d.%d" % (batch, n) for n in range(40)]


def test_what_is_too_large_is_named_and_those_before_it_are_held(world: Any) -> None:
    async def scenario(producer: Producer) -> None:
        with pytest.raises(RecordTooLarge):
            await producer.produce_all(
                [Record(world.topic, b"x", None, 2), Record(world.topic, bytes(3_000_000), None, 2)]
            )
        await producer.produce_all([Record(world.topic, b"y", None, 2)])

    using(world, scenario)
    assert [value for _, value, _, _ in world.held(2, 2)] == [b"x", b"y"]


def test_a_producer_with_a_fatal_error_is_replaced(world: Any) -> None:
    async def scenario(producer: Producer) -> None:
        await producer.produce_all([Record(world.topic, b"before", None, 0)])
        if isinstance(producer, KafkaProducer):
            producer._broken = True  # librdkafka's own test hook for fatal errors is not exposed
        later = [[Record(world.topic, b"after%d" % n, None, 0)] for n in range(3)]
        await asyncio.gather(*(producer.produce_all(records) for records in later))

    using(world, scenario)
    assert {value for _, value, _, _ in world.held(0, 4)} == {b"before", b"after0", b"after1", b"after2"}


def test_topics_are_told_with_their_partitions(world: Any) -> None:
    async def scenario(producer: Producer) -> None:
        assert (await producer.topics())[world.topic] == PARTITIONS

    using(world, scenario)


def test_nobody_listening_is_unavailable_in_time() -> None:
    async def scenario() -> None:
        producer = KafkaProducer({"bootstrap.servers": "127.0.0.1:1", "log_level": 0}, timeout_s=1)
        with pytest.raises(SinkUnavailable):
            await producer.topics()
        with pytest.raises(SinkUnavailable):
            await producer.produce_all([Record("t", b"x")])
        await producer.close()

    asyncio.run(scenario())


def test_a_full_queue_is_unavailable_and_does_not_block_the_loop() -> None:
    async def scenario() -> None:
        config = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0, "queue.buffering.max.messages": 10}
        producer = KafkaProducer(config, timeout_s=1)
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.01)

        ticking = asyncio.create_task(tick())
        with pytest.raises(SinkUnavailable):
            await producer.produce_all([Record("t", b"x") for _ in range(50)])
        ticking.cancel()
        assert ticks > 5
        await producer.close()

    asyncio.run(scenario())


def test_the_fake_fails_as_it_is_told() -> None:
    async def scenario() -> None:
        producer = MemoryProducer({"t": 1})
        producer.failures = 1
        two = [Record("t", b"1"), Record("t", b"2")]
        with pytest.raises(SinkUnavailable):
            await producer.produce_all(two)
        assert [record.value for record in producer.records["t"]] == [b"1"]
        producer.outage = True
        with pytest.raises(SinkUnavailable):
            await producer.produce_all(two)

    asyncio.run(scenario())

"""The systems that `bench engine` measures: each reads the topic with an empty pipeline, as its manual shows.

Empty means: every record arrives as bytes, the length of its value is looked at, nothing else is done. Each function
runs in a process of its own, which ends when `events` records have been seen.
"""

import asyncio
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streams.bench.meter import Meter

System = Callable[[str, str, str, int], None]


def whetstone(brokers: str, topic: str, group: str, events: int) -> None:
    """Run our worker with a stage that does nothing."""
    import uvloop

    from streams.settings import Settings
    from streams.transport import Slice
    from streams.worker.process import Worker

    meter = Meter(events)

    class Nothing:
        async def assigned(self, partition: int) -> int | None:
            return None

        async def revoked(self, partition: int) -> None:
            return None

        async def handle(self, piece: Slice) -> None:
            if meter.note(len(piece), sum([len(record.value or b"") for record in piece.records])):
                meter.end()

    settings = Settings(kafka_brokers=brokers, data_dir=Path(tempfile.mkdtemp()))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run_worker(Worker(settings, {topic: Nothing()}, group=group)))


async def _run_worker(worker: Any) -> None:
    from streams.worker.process import run_until_signal

    status = await run_until_signal(worker)
    raise RuntimeError(f"the worker ended before it had seen all records, with status {status}")


def faust(brokers: str, topic: str, group: str, events: int) -> None:
    """Run Faust as it comes, with one agent."""
    import faust

    meter = Meter(events)
    app = faust.App(
        group,
        broker=[f"kafka://{server}" for server in brokers.split(",")],
        store="memory://",
        datadir=tempfile.mkdtemp(),
        web_enabled=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        broker_rebalance_timeout=3,
        broker_session_timeout=10,
    )
    source = app.topic(topic, value_type=bytes, value_serializer="raw", key_serializer="raw")

    @app.agent(source)
    async def count(stream: Any) -> None:
        async for value in stream:
            if meter.note(1, len(value)):
                meter.end()

    faust.Worker(app, loglevel="WARNING", redirect_stdouts=False, quiet=True).execute_from_commandline()


def quix(brokers: str, topic: str, group: str, events: int) -> None:
    """Run a Quix Streams application with one function."""
    from quixstreams import Application

    meter = Meter(events)
    app = Application(
        broker_address=brokers,
        consumer_group=group,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        state_dir=tempfile.mkdtemp(),
        loglevel="WARNING",
    )

    def count(value: bytes) -> None:
        if meter.note(1, len(value)):
            meter.end()

    app.dataframe(app.topic(topic, value_deserializer="bytes", key_deserializer="bytes")).update(count)
    app.run()


def bytewax(brokers: str, topic: str, group: str, events: int) -> None:
    """Run a Bytewax dataflow that takes whole batches: the fastest way it offers."""
    from bytewax import operators as op
    from bytewax.connectors.kafka import KafkaSource
    from bytewax.dataflow import Dataflow
    from bytewax.testing import TestingSink, run_main

    meter = Meter(events)

    def count(batch: list[Any]) -> list[Any]:
        if meter.note(len(batch), sum([len(message.value or b"") for message in batch])):
            meter.end()
        return []

    flow = Dataflow(group)
    records = op.input("read", flow, KafkaSource(brokers.split(","), [topic], batch_size=2000))
    op.output("nowhere", op.flat_map_batch("count", records, count), TestingSink([]))
    run_main(flow)


def librdkafka(brokers: str, topic: str, group: str, events: int) -> None:
    """Read with a plain consumer of confluent-kafka: what a Python process can get out of a broker."""
    from confluent_kafka import Consumer, KafkaException

    meter = Meter(events)
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    while True:
        batch = consumer.consume(2000, timeout=1.0)
        for message in batch:
            if message.error():
                raise KafkaException(message.error())
        if batch and meter.note(len(batch), sum([len(message.value() or b"") for message in batch])):
            meter.end()


SYSTEMS: dict[str, System] = {
    "whetstone": whetstone,
    "bytewax": bytewax,
    "quixstreams": quix,
    "faust": faust,
    "librdkafka": librdkafka,
}


def main(arguments: list[str]) -> None:
    """Run one system: name, brokers, topic, group, events."""
    logging.basicConfig(level="WARNING")
    name, brokers, topic, group, events = arguments
    SYSTEMS[name](brokers, topic, group, int(events))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

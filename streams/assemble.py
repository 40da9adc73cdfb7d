"""Puts a worker together: stores, codec, stages, ticker, from settings alone."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from processors.cleansing.record import CleansingOptions
from processors.decode import TimeLimits
from processors.detector import shipped
from schemas.rules import RuleBook
from schemas.wire import Codec
from sinks.kafka import KafkaProducer
from sinks.postgres.library import PostgresLibrary
from sinks.postgres.migrate import migrate
from sinks.redis.client import connect
from sinks.redis.state import RedisStateStore
from streams.clock import wall_ms
from streams.kafka_config import client_config
from streams.lane import Stage
from streams.registry import registry_of
from streams.rules import read_rule_book
from streams.settings import Settings
from streams.stages.cleanse import CleanseStage
from streams.stages.common import Surroundings
from streams.stages.detect import DetectStage
from streams.stages.ticker import Ticker
from streams.topics import ensure_topics, incarnations
from streams.transport import Position
from streams.worker import Worker


@dataclass
class Readers:
    """How far the worker's partitions are, as soon as it runs."""

    settings: Settings
    worker: Worker | None = None

    def positions(self) -> list[Position]:
        """Return the positions of all partitions of this worker; none before it runs."""
        return self.worker.positions() if self.worker is not None else []

    def caught_up(self, partition: int) -> bool:
        """Return whether everything in a partition of `touchpoints` is read and handled."""
        topic = self.settings.topic("touchpoints")
        for position in self.positions():
            if position.topic == topic and position.partition == partition:
                return position.end is not None and position.waiting == 0 and position.lag == 0
        return False


@asynccontextmanager
async def surroundings(settings: Settings, rules: RuleBook) -> AsyncIterator[Surroundings]:
    """Connect to everything; topics and tables are made where they are missing."""
    await asyncio.to_thread(ensure_topics, settings)
    dsn = settings.postgres_dsn.get_secret_value()
    await migrate(dsn, settings.namespace)
    codec = Codec(await asyncio.to_thread(registry_of, settings))
    made = await asyncio.to_thread(incarnations, settings, ["touchpoints", "facts"])
    async with AsyncExitStack() as stack:
        producer = KafkaProducer(client_config(settings))
        stack.push_async_callback(producer.close)
        library = await stack.enter_async_context(PostgresLibrary(dsn, settings.namespace))
        client = connect(settings.redis_url.get_secret_value())
        state = await stack.enter_async_context(RedisStateStore(client, settings.namespace))
        yield Surroundings(settings, codec, producer, library, state, made, rules)


def stages(around: Surroundings, ticker: Ticker) -> Mapping[str, Stage]:
    """Return the stages of a worker by the real names of their topics."""
    settings = around.settings
    options = CleansingOptions(around.rules.cleansing, settings.secret.get_secret_value().encode())
    return {
        settings.topic("touchpoints"): CleanseStage(around, ticker, options, TimeLimits()),
        settings.topic("facts"): DetectStage(around, shipped()),
    }


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[Worker]:
    """Give a worker that is ready to run; its ticker runs inside the block."""
    rules = read_rule_book(settings.rule_book)
    readers = Readers(settings)
    stop = asyncio.Event()
    async with surroundings(settings, rules) as around:
        ticker = Ticker(
            around.producer,
            around.codec.encode_fact,
            topic=settings.topic("facts"),
            partitions=settings.fact_partitions,
            of=settings.touchpoint_partitions,
            lateness=settings.allowed_lateness_ms,
            progress=readers,
            wall=None if settings.clock == "events" else wall_ms,
        )
        readers.worker = Worker(settings, stages(around, ticker))
        ticking = asyncio.create_task(ticker.run(stop), name="ticker")
        try:
            yield readers.worker
        finally:
            stop.set()
            await ticking

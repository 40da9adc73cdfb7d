"""Puts a worker together: stores, codec, stages, ticker, from settings alone."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from faust.types import TP

from online_models.in_force import models_of
from processors.cleansing.record import CleansingOptions
from processors.detector import shipped
from schemas.effects import Slot
from schemas.rules import RuleBook
from schemas.wire import Codec
from sinks.kafka import KafkaProducer
from sinks.postgres.library import PostgresLibrary
from sinks.postgres.workers import worker_name
from sinks.redis.client import connect
from sinks.redis.state import RedisStateStore
from sinks.rule_books import PostgresRuleBookStore
from streams.chores import Chore, report, until
from streams.clock import wall_ms
from streams.kafka_config import client_config
from streams.log_files import cutting, folder_of
from streams.prepared import check_prepared
from streams.registry import learner, registry_of
from streams.rule_books import book_that_holds
from streams.rules import read_rule_book
from streams.settings import Settings
from streams.stages.cleanse import CleanseStage
from streams.stages.common import Surroundings
from streams.stages.detect import DetectStage
from streams.stages.learn import LearnStage
from streams.stages.library_mark import STORED
from streams.stages.ticker import Ticker
from streams.time_limits import limits_of
from streams.topics import incarnations
from streams.transport import OwnRecord, Position
from streams.worker.counting import counting
from streams.worker.forgetting import forgetting
from streams.worker.lane import Stage
from streams.worker.own_records import ShortCut
from streams.worker.probing import Probe, keep_probing
from streams.worker.process import Worker

LINGER_MS = 0.0  # what a stage makes of a slice is handed over whole: there is nothing to wait for (decision 0008)


@dataclass
class Readers:
    """The worker's partitions, as soon as it runs: how far they are, and the way into them.

    What the worker is made of needs them before there is a worker.
    """

    settings: Settings
    worker: Worker | None = None

    def positions(self) -> list[Position]:
        """Return the positions of all partitions of this worker; none before it runs."""
        return self.worker.positions() if self.worker is not None else []

    def hand_in(self, tp: TP, records: Sequence[OwnRecord]) -> None:
        """Give records that this worker wrote to the partition that reads them, if it is its own."""
        if self.worker is not None:
            self.worker.hand_in(tp, records)

    def caught_up(self, partition: int) -> bool:
        """Return whether everything in a partition of `touchpoints` is read and handled."""
        position = self._of(partition)
        return position is not None and position.end is not None and position.waiting == 0 and position.lag == 0

    def reads(self, partition: int) -> bool:
        """Return whether a partition of `touchpoints` is this worker's."""
        return self._of(partition) is not None

    def _of(self, partition: int) -> Position | None:
        topic = self.settings.topic("touchpoints")
        for position in self.positions():
            if position.topic == topic and position.partition == partition:
                return position
        return None


@asynccontextmanager
async def surroundings(settings: Settings, rules: RuleBook) -> AsyncIterator[Surroundings]:
    """Connect to everything. Raises NotPrepared where topics or tables are missing."""
    await check_prepared(settings)
    dsn = settings.postgres_dsn.get_secret_value()
    registry = await asyncio.to_thread(registry_of, settings)
    made = await asyncio.to_thread(incarnations, settings, ["touchpoints", "facts", "examples"])
    async with AsyncExitStack() as stack:
        producer = KafkaProducer(client_config(settings), linger_ms=LINGER_MS)
        stack.push_async_callback(producer.close)
        name = worker_name(settings.namespace)
        library = await stack.enter_async_context(PostgresLibrary(dsn, settings.namespace, application=name))
        client = connect(settings.redis_url.get_secret_value(), cluster=settings.redis_cluster)
        state = await stack.enter_async_context(RedisStateStore(client, settings.namespace))
        yield Surroundings(settings, Codec(registry), producer, library, state, made, rules, learner(registry))


def stages(around: Surroundings, ticker: Ticker, book: RuleBook) -> Mapping[str, Stage]:
    """Return the stages of a worker by the real names of their topics. Touchpoints are cleansed by `book`."""
    settings = around.settings
    options = CleansingOptions(book.cleansing, settings.secret.get_secret_value().encode())
    return {
        settings.topic("touchpoints"): CleanseStage(replace(around, rules=book), ticker, options, limits_of(settings)),
        settings.topic("facts"): DetectStage(around, shipped(models_of)),
        settings.topic("examples"): LearnStage(around),
    }


def probes(around: Surroundings) -> dict[str, Probe]:
    """Return what asks each store for something small, on the connections that work takes."""
    slot = Slot("facts", around.incarnations["facts"], 0)
    return {
        "redis": partial(around.state.load, slot, (STORED,)),
        "postgres": partial(around.library.fence, "detect", slot),
    }


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[Worker]:
    """Give a worker that is ready to run; its ticker, its chores and its probes run inside the block."""
    rules = read_rule_book(settings.rule_book)
    readers = Readers(settings)
    async with surroundings(settings, rules) as alone:
        around = replace(alone, producer=ShortCut(alone.producer, {settings.topic("facts")}, readers.hand_in))
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
        dsn = settings.postgres_dsn.get_secret_value()
        async with PostgresRuleBookStore(dsn, settings.namespace, connections=1) as books:
            book = await book_that_holds(books, rules)
        readers.worker = Worker(settings, stages(around, ticker, book))
        async with _beside(readers.worker, ticker, chores(around, readers), probes(around)):
            yield readers.worker


def chores(around: Surroundings, readers: Readers) -> list[Chore]:
    """Return what a worker does now and then."""
    settings = around.settings
    return [
        forgetting(around.library, settings.dedupe_days, wall=wall_ms, mine=lambda: readers.reads(0)),
        counting(around.library),
        cutting(folder_of(settings.data_dir)),
    ]


@asynccontextmanager
async def _beside(
    worker: Worker, ticker: Ticker, chores: Sequence[Chore], probes: Mapping[str, Probe]
) -> AsyncIterator[None]:
    """Do all this while the block runs. What ends wrongly ends the worker: without ticks no timer ever fires."""
    stop = asyncio.Event()
    ticking = asyncio.create_task(ticker.run(stop), name="ticker")
    rest = [asyncio.create_task(chore.run(until(stop)), name=chore.name) for chore in chores]
    for store, probe in probes.items():
        rest.append(asyncio.create_task(keep_probing(store, probe, until(stop)), name=f"probing {store}"))
    for task in (ticking, *rest):
        report(task, worker.fail)
    try:
        yield
    finally:
        stop.set()
        for task in rest:
            task.cancel()  # in the middle, too: forgetting goes over its table in many small transactions
        await asyncio.wait([ticking, *rest])

"""Opens what an import needs: the library to read, and for a real run Kafka to send to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from processors.cleansing.record import CleansingOptions
from schemas.rules.identity import IdentityRules
from sinks.kafka import KafkaProducer
from sinks.postgres import PostgresLibrary
from sinks.records import Record
from sinks.rule_books import PostgresRuleBookStore
from streams.clock import wall_ms
from streams.importing.events import Batch
from streams.importing.known import FullLibrary
from streams.importing.run import Send
from streams.importing.tables import Table
from streams.kafka_config import client_config
from streams.prepared import NotPrepared
from streams.rule_books import book_that_holds
from streams.rules import read_rule_book
from streams.settings import Settings

LINGER_MS = 5.0


@dataclass(frozen=True, slots=True)
class Stores:
    """What is open: the library, how records are sent (None: they are not), and the rules that workers go by."""

    settings: Settings
    library: FullLibrary
    send: Send | None
    options: CleansingOptions
    identity: IdentityRules

    def batch(self, table: Table, source: str) -> Batch:
        """Return what makes events of a table's rows; they happen now."""
        return Batch(
            table.columns,
            self.options,
            table.name,
            table.digest,
            table.sheet,
            source,
            wall_ms(),
            self.settings.topic("touchpoints"),
        )


@asynccontextmanager
async def opened(settings: Settings, *, sending: bool) -> AsyncIterator[Stores]:
    """Give the stores of an import. Raises SinkUnavailable, NotPrepared, RuleBookError."""
    first = await asyncio.to_thread(read_rule_book, settings.rule_book)
    dsn = settings.postgres_dsn.get_secret_value()
    async with PostgresRuleBookStore(dsn, settings.namespace, connections=1) as books:
        book = await book_that_holds(books, first)
    options = CleansingOptions(book.cleansing, settings.secret.get_secret_value().encode())
    async with AsyncExitStack() as stack:
        library = await stack.enter_async_context(PostgresLibrary(dsn, settings.namespace))
        send = await stack.enter_async_context(_sending(settings)) if sending else None
        yield Stores(settings, library, send, options, book.identity)


@asynccontextmanager
async def _sending(settings: Settings) -> AsyncIterator[Send]:
    producer = KafkaProducer(client_config(settings), linger_ms=LINGER_MS)
    try:
        topic = settings.topic("touchpoints")
        if topic not in await producer.topics():
            raise NotPrepared(f"topics do not exist: {topic}")

        async def send(records: Sequence[Record]) -> None:
            await producer.produce_all(records)

        yield send
    finally:
        await producer.close()

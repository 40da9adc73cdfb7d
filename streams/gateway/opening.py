"""Opening a gateway on the real services."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from schemas.wire import Codec
from sinks.api_keys import PostgresKeyStore
from sinks.inbox import RedisInboxes
from sinks.kafka import KafkaProducer
from sinks.postgres import PostgresReader
from sinks.redis import connect
from streams.clock import wall_ms
from streams.gateway.clicks import Clicks
from streams.gateway.context import Context
from streams.gateway.exports import ExportProcess, Exports, sweep_exports
from streams.gateway.feed import Feed
from streams.gateway.intake import Intake
from streams.gateway.keys import KeyRing
from streams.gateway.links import PURPOSE
from streams.gateway.sessions import Sessions
from streams.gateway.signing import Signer
from streams.kafka_config import client_config
from streams.registry import registry_of
from streams.settings import Settings
from streams.time_limits import limits_of

PRODUCE_S = 5.0  # a front end is told to come back rather than kept waiting
LINGER_MS = 0.0  # what comes while a request is on the way to the broker travels together anyway


async def open_codec(settings: Settings) -> Codec:
    """Return the codec with ids from the registry of the settings. Raises SinkUnavailable."""
    return Codec(await asyncio.to_thread(registry_of, settings))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Context]:
    """Give the parts of a gateway; connections are made when they are first needed and let go at the end.

    Raises ValueError without WHETSTONE_SECRET.
    """
    secret = settings.secret.get_secret_value()
    sessions, links = Sessions(secret), Signer(secret, PURPOSE)
    await sweep_exports()
    async with AsyncExitStack() as stack:
        codec = await open_codec(settings)
        producer = KafkaProducer(client_config(settings), timeout_s=PRODUCE_S, linger_ms=LINGER_MS)
        stack.push_async_callback(producer.close)
        dsn = settings.postgres_dsn.get_secret_value()
        keys = await stack.enter_async_context(PostgresKeyStore(dsn, settings.namespace, connections=1, timeout=5.0))
        library = await stack.enter_async_context(PostgresReader(dsn, settings.namespace, timeout=5.0))
        client = connect(settings.redis_url.get_secret_value(), cluster=settings.redis_cluster)
        stack.push_async_callback(client.aclose)
        inboxes = RedisInboxes(client, settings.namespace)
        topics = settings.topic("touchpoints"), settings.topic("rejected")
        intake = Intake(producer, codec, wall_ms, *topics, limits_of(settings))
        yield Context(
            clock=wall_ms,
            public_url=settings.gateway_public_url,
            topics=topics,
            producer=producer,
            keys=KeyRing(keys, time.monotonic),
            intake=intake,
            clicks=Clicks(intake.publish),
            links=links,
            sessions=sessions,
            inboxes=inboxes,
            feed=Feed(inboxes),
            library=library,
            exports=Exports(ExportProcess(dsn, settings.namespace)),
        )

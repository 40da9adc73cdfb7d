"""The other end of ingestion: sending events through a gateway, or as a gateway would, straight to Kafka."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from sinks.api_keys import ApiKey
from sinks.kafka import KafkaProducer
from streams.clock import wall_ms
from streams.gateway.intake import Intake
from streams.gateway.items import Item, read
from streams.gateway.opening import open_codec
from streams.gateway.problems import Problem, unavailable
from streams.kafka_config import client_config
from streams.prepared import NotPrepared
from streams.settings import Settings
from streams.time_limits import limits_of

Sender = Callable[[list[bytes]], Awaitable[dict[str, Any]]]
"""Sends lines (JSON, one event each) and returns the receipt of the contract; raises Problem."""

LOCAL = ApiKey(key_id="local", digest=b"", source=None, created_at=0)
TIMEOUT_S = 30.0


@asynccontextmanager
async def to_gateway(url: str, key: str) -> AsyncIterator[Sender]:
    """Give a sender that posts NDJSON to a gateway."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT_S) as client:

        async def send(lines: list[bytes]) -> dict[str, Any]:
            try:
                answer = await client.post("/v1/touchpoints", content=b"\n".join(line.strip() for line in lines))
            except httpx.TransportError as error:
                raise unavailable(f"the gateway cannot be reached ({type(error).__name__})") from error
            if answer.status_code != 202:
                raise _problem(answer)
            receipt: dict[str, Any] = orjson.loads(answer.content)
            return receipt

        yield send


@asynccontextmanager
async def to_kafka(settings: Settings, key: ApiKey = LOCAL) -> AsyncIterator[Sender]:
    """Give a sender that validates, encodes and produces as a gateway does with a key.

    Raises SinkUnavailable, NotPrepared.
    """
    producer = KafkaProducer(client_config(settings), linger_ms=5.0)
    try:
        topics = settings.topic("touchpoints"), settings.topic("rejected")
        missing = set(topics) - set(await producer.topics())
        if missing:
            raise NotPrepared(f"topics do not exist: {', '.join(sorted(missing))}")
        intake = Intake(producer, await open_codec(settings), wall_ms, *topics, limits_of(settings))
        intake.ready = True

        async def send(lines: list[bytes]) -> dict[str, Any]:
            items = [Item(line.strip(), read(line.strip())) for line in lines]
            return (await intake.submit(items, key)).as_json()

        yield send
    finally:
        await producer.close()


def _problem(answer: httpx.Response) -> Problem:
    try:
        body = orjson.loads(answer.content)
        code, message = str(body["code"]), str(body["message"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        code, message = "unexpected", "this is no gateway's answer: check the address"
    seconds = answer.headers.get("retry-after", "")
    return Problem(answer.status_code, code, message, float(seconds) if seconds.isdecimal() else None)

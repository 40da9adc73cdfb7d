"""The one connection of the state store: answers in order whoever has gone, connections that are lost, silence."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis import exceptions
from redis.asyncio import Redis

from sinks.redis import connect
from sinks.redis.line import Line
from streams.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.services]
SHORT_S = 1.0


@pytest.fixture
async def client(isolated_settings: Settings) -> AsyncIterator[Redis]:
    opened = connect(isolated_settings.redis_url.get_secret_value(), timeout=SHORT_S)
    assert isinstance(opened, Redis)
    async with opened:
        yield opened


@pytest.fixture
async def line(client: Redis) -> AsyncIterator[Line]:
    made = Line(client)
    yield made
    await made.close()


async def test_many_ask_at_once_and_each_gets_its_own_answer(line: Line) -> None:
    answers = await asyncio.gather(*(line("ECHO", f"word {number}") for number in range(50)))
    assert answers == [b"word %d" % number for number in range(50)]


async def test_who_has_gone_leaves_the_others_their_answers(line: Line) -> None:
    await line("PING")
    gone = [asyncio.create_task(line("ECHO", "gone")) for _ in range(3)]
    kept = asyncio.create_task(line("ECHO", "kept"))
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    assert await kept == b"kept"
    assert await line("ECHO", "next") == b"next"


async def test_errors_are_those_of_redis_py(line: Line) -> None:
    with pytest.raises(exceptions.NoScriptError):
        await line("EVALSHA", "0" * 40, 0)
    with pytest.raises(exceptions.ResponseError, match="unknown command"):
        await line("NONSENSE")
    assert await line("PING") in (b"PONG", "PONG")


async def test_a_connection_that_was_lost_is_made_anew(line: Line, client: Redis) -> None:
    number = await line("CLIENT", "ID")
    await client.client_kill_filter(_id=number)
    assert await line("ECHO", "again") == b"again"
    assert await line("CLIENT", "ID") != number


async def test_who_waits_when_the_connection_is_lost_asks_again(line: Line, client: Redis) -> None:
    number = await line("CLIENT", "ID")
    waiting = asyncio.create_task(line("BLPOP", "test_redis_line:never", 0.1))
    await asyncio.sleep(0)
    await client.client_kill_filter(_id=number)
    assert await waiting is None


async def test_silence_ends_the_wait_and_the_connection(line: Line) -> None:
    with pytest.raises(exceptions.TimeoutError):
        await line("BLPOP", "test_redis_line:never", 60)
    assert await line("ECHO", "again") == b"again"


async def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    async with Redis.from_url("redis://127.0.0.1:1", socket_timeout=SHORT_S) as nobody:
        with pytest.raises(exceptions.ConnectionError):
            await Line(nobody)("PING")

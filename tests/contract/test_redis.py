"""What only Redis can show: lost scripts and data, outages, cluster slots, the cost of waiting timers."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from redis._parsers import BaseParser
from redis.asyncio import Redis
from redis.crc import key_slot
from redis.exceptions import ResponseError

from schemas.effects import NO_OFFSET, Outputs, Timer
from sinks.base import Fenced, SinkUnavailable
from sinks.inbox import START, RedisInboxes
from sinks.redis import RedisStateStore, connect
from sinks.redis.batches import commit_call, view_key
from sinks.redis.client import unavailable
from sinks.redis.keys import inbox_key, partition_tag, seen_key
from streams.settings import Settings
from tests.contract.examples import SLOT, signal

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(isolated_settings: Settings) -> AsyncIterator[Redis]:
    """A connection beside that of the store under test."""
    async with Redis.from_url(isolated_settings.redis_url.get_secret_value()) as opened:
        yield opened


async def test_scripts_that_the_server_has_lost_are_sent_again(redis_store: RedisStateStore, client: Redis) -> None:
    for expected in (NO_OFFSET, 5):
        await client.script_flush()
        await redis_store.commit(SLOT, expected, expected + 6, Outputs(states={"lead:a": b"x"}))
        await client.script_flush()
        await redis_store.deliver(SLOT, [signal(expected + 6)])
    assert await redis_store.fence(SLOT) == 11


async def test_a_store_that_lost_everything_is_merely_behind(
    redis_store: RedisStateStore, client: Redis, isolated_settings: Settings
) -> None:
    outputs = Outputs(states={"lead:a": b"x"}, timers={("lead:a", "t"): 7})
    await redis_store.commit(SLOT, NO_OFFSET, 5, outputs)
    await client.unlink(*[key async for key in client.scan_iter(f"*{isolated_settings.namespace}*")])
    with pytest.raises(Fenced):
        await redis_store.commit(SLOT, 5, 9, Outputs())
    assert await redis_store.fence(SLOT) == NO_OFFSET
    await redis_store.commit(SLOT, NO_OFFSET, 5, outputs)
    assert await redis_store.load(SLOT, ["lead:a"]) == [b"x"]


async def test_the_live_page_reads_what_was_delivered(
    redis_store: RedisStateStore, client: Redis, isolated_settings: Settings
) -> None:
    given = signal(1, to=("rep:r17", "role:manager"))
    await redis_store.deliver(SLOT, [given])
    inboxes = RedisInboxes(client, isolated_settings.namespace)
    for recipient in given.to:
        entries = await inboxes.since(recipient, START, 10)
        assert entries is not None
        assert [(entry.kind, entry.content) for entry in entries] == [("signal", given.as_json())]


async def test_a_stream_is_capped(client: Redis, isolated_settings: Settings) -> None:
    namespace = isolated_settings.namespace
    async with RedisStateStore(
        connect(isolated_settings.redis_url.get_secret_value()), namespace, inbox_cap=100
    ) as store:
        await store.deliver(SLOT, [signal(n) for n in range(1_000)])
        await store.deliver(SLOT, [signal(n) for n in range(1_001)])
    entries: Any = await client.xrange(inbox_key(namespace, "rep:r17"))
    assert 100 <= len(entries) <= 300
    assert orjson.loads(entries[-1][1][b"signal"])["signal_id"] == "s1000.0"
    assert len({orjson.loads(fields[b"signal"])["signal_id"] for _, fields in entries}) == len(entries)


def test_what_one_script_touches_is_in_one_slot_of_a_cluster() -> None:
    outputs = Outputs(states={"lead:{x}": b"x", "rep:王": None}, views={"v:a": b"x", "w:b": None})
    tag = partition_tag("whetstone", "facts", 3)
    keys, _ = commit_call(tag, SLOT, NO_OFFSET, 1, outputs)
    assert len(keys) == 6
    assert len({key_slot(key.encode()) for key in [*keys, view_key(tag, "v")]}) == 1
    for recipient in ("rep:r17", "rep:{x}", "rep:}{", "role:王"):
        names = (inbox_key("whetstone", recipient), seen_key("whetstone", recipient))
        assert len({key_slot(name.encode()) for name in names}) == 1


async def test_due_finds_the_few_among_many_that_wait(redis_store: RedisStateStore) -> None:
    waiting: dict[tuple[str, str], int | None] = {(f"lead:{n}", "t"): 1_000 + n for n in range(50_000)}
    await redis_store.commit(SLOT, NO_OFFSET, 1, Outputs(timers={**waiting, ("lead:a", "t"): 10}))
    assert await redis_store.due(SLOT, 9) == []
    assert await redis_store.due(SLOT, 10) == [Timer(10, "lead:a", "t")]
    assert await redis_store.due(SLOT, 1_000) == [Timer(10, "lead:a", "t"), Timer(1_000, "lead:0", "t")]


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    async with RedisStateStore(connect("redis://127.0.0.1:1/0", timeout=1), "whetstone") as store:
        for call in (
            store.fence(SLOT), store.load(SLOT, ["lead:a"]), store.due(SLOT, 1), store.deliver(SLOT, [signal(1)]),
            store.commit(SLOT, NO_OFFSET, 1, Outputs()), store.view("facts", 3, "v"),
        ):  # fmt: skip
            with pytest.raises(SinkUnavailable) as caught:
                await call
            assert caught.value.store == "redis"


async def test_lost_connections_are_made_anew(redis_store: RedisStateStore, client: Redis) -> None:
    await redis_store.commit(SLOT, NO_OFFSET, 5, Outputs())
    await client.client_kill_filter(_id=str(await redis_store._client.client_id()))
    assert await redis_store.fence(SLOT) == 5


@pytest.mark.parametrize(
    "answer",
    [
        "OOM command not allowed when used memory > 'maxmemory'.",
        "OOM command not allowed when used memory > 'maxmemory'. script: 3ab, on @user_script:3.",
        "READONLY You can't write against a read only replica.",
        "LOADING Redis is loading the dataset in memory",
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
        "NOREPLICAS Not enough good replicas to write.",
        "CLUSTERDOWN The cluster is down",
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        "TRYAGAIN Multiple keys request during rehashing of slot",
    ],
)
def test_what_passes_by_itself_is_unavailable(answer: str) -> None:
    with pytest.raises(SinkUnavailable), unavailable():
        raise BaseParser.parse_error(answer)


@pytest.mark.parametrize("answer", ["WRONGTYPE Operation against a key of the wrong kind", "ERR unknown command"])
def test_a_mistake_of_ours_is_not_hidden(answer: str) -> None:
    with pytest.raises(ResponseError), unavailable():
        raise BaseParser.parse_error(answer)

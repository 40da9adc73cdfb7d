"""What inbox streams promise to the live page: the fake, and Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest

from sinks.base import SinkUnavailable
from sinks.inbox import Inboxes, RedisInboxes, entry_order
from sinks.memory.inbox import MemoryInboxes
from sinks.redis import RedisStateStore, connect, inbox_key
from streams.settings import Settings

pytestmark = pytest.mark.anyio
REP, ROLE = "rep:r17", "role:manager"
Deliver = Callable[[str, str], Awaitable[None]]
World = tuple[Inboxes, Deliver]


@pytest.fixture
async def redis_world(isolated_settings: Settings, redis_store: RedisStateStore) -> AsyncIterator[World]:
    client = connect(isolated_settings.redis_url.get_secret_value())

    async def deliver(recipient: str, name: str) -> None:
        await client.xadd(
            inbox_key(isolated_settings.namespace, recipient), {"signal": msgspec.json.encode({"signal_id": name})}
        )

    yield RedisInboxes(client, isolated_settings.namespace), deliver
    await client.aclose()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.services)])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "redis":
        found: World = request.getfixturevalue("redis_world")
        return found
    fake = MemoryInboxes()

    async def deliver(recipient: str, name: str) -> None:
        fake.deliver(recipient, {"signal_id": name})

    return fake, deliver


async def test_reading_goes_on_where_it_stopped(world: World) -> None:
    inboxes, deliver = world
    assert await inboxes.last([REP, ROLE]) == {REP: "0-0", ROLE: "0-0"}
    await deliver(REP, "a")
    start = await inboxes.last([REP, ROLE])
    await deliver(REP, "b")
    await deliver(ROLE, "c")
    found = await inboxes.read(start, 1000)
    assert {(entry.recipient, entry.kind, entry.content["signal_id"]) for entry in found} == {
        (REP, "signal", "b"),
        (ROLE, "signal", "c"),
    }
    after = {entry.recipient: entry.id for entry in found}
    assert await inboxes.read(after, 1) == []


async def test_a_blocked_reader_wakes_when_something_comes(world: World) -> None:
    inboxes, deliver = world
    reading = asyncio.create_task(inboxes.read({REP: "0-0", ROLE: "0-0"}, 20_000))
    await asyncio.sleep(0)
    await deliver(ROLE, "a")
    assert [entry.content["signal_id"] for entry in await reading] == ["a"]


async def test_acknowledgements_travel_in_the_same_stream(world: World) -> None:
    inboxes, deliver = world
    await deliver(REP, "a")
    await inboxes.append_ack(REP, {"signal_id": "a", "by": "r17", "at": 5})
    found = await inboxes.read({REP: "0-0"}, 1000)
    assert [entry.kind for entry in found] == ["signal", "ack"]
    assert found[1].content == {"signal_id": "a", "by": "r17", "at": 5}
    assert entry_order(found[0].id) < entry_order(found[1].id)


async def test_what_was_missed_or_that_it_is_too_much(world: World) -> None:
    inboxes, deliver = world
    for name in "abc":
        await deliver(REP, name)
    whole = await inboxes.since(REP, "0-0", 10)
    assert whole is not None
    rest = await inboxes.since(REP, whole[0].id, 10)
    assert [entry.content["signal_id"] for entry in rest or []] == ["b", "c"]
    assert await inboxes.since(REP, "0-0", 2) is None
    assert await inboxes.since(ROLE, "0-0", 2) == []
    assert await inboxes.since(REP, whole[-1].id, 10) == []


async def test_a_stream_that_lost_everything_does_not_say_that_nothing_was_missed(world: World) -> None:
    inboxes, deliver = world
    assert await inboxes.since(REP, "170-3", 10) is None
    await deliver(REP, "a")
    assert await inboxes.since(REP, "0-0", 10) is not None


async def test_a_place_that_was_cut_off_is_no_place_to_resume(world: World) -> None:
    inboxes, deliver = world
    await deliver(REP, "a")
    assert await inboxes.since(REP, "0-1", 10) is None


async def test_a_token_is_used_once(world: World) -> None:
    inboxes, _ = world
    assert [await inboxes.first_use("x", 60), await inboxes.first_use("x", 60), await inboxes.first_use("y", 60)] == [
        True,
        False,
        True,
    ]


async def test_strange_recipients_have_inboxes_too(world: World) -> None:
    inboxes, deliver = world
    strange = "rep:王{1}%"
    await deliver(strange, "a")
    assert [entry.recipient for entry in await inboxes.read({strange: "0-0"}, 1000)] == [strange]


async def test_an_outage_is_named() -> None:
    away = MemoryInboxes()
    away.outage = True
    client = connect("redis://127.0.0.1:1/0", timeout=0.5)
    for one in (away, RedisInboxes(client, "x")):
        with pytest.raises(SinkUnavailable):
            await one.last([REP])
        with pytest.raises(SinkUnavailable):
            await one.read({REP: "0-0"}, 1)
    await client.aclose()

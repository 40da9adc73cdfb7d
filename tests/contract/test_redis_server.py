"""A server of the test's own: full, read-only, and as a cluster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from schemas.effects import NO_OFFSET, Outputs, Timer
from sinks.base import Fenced, SinkUnavailable
from sinks.redis import RedisStateStore, connect
from streams.services import Stack
from streams.services.valkey import Valkey
from tests.contract.examples import SLOT, signal
from tests.contract.inboxes import inbox

pytestmark = [pytest.mark.anyio, pytest.mark.services]
STATES: dict[str, bytes | None] = {f"lead:{n}": bytes(1_000) for n in range(3_000)}


class ClusterNode(Valkey):
    """A server in cluster mode, which answers CROSSSLOT where keys of a call are in different slots."""

    def command(self, port: int) -> list[str]:
        """Append the switch."""
        return [*super().command(port), "--cluster-enabled", "yes"]


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server that nobody else uses."""
    stack = Stack(tmp_path, [getattr(request, "param", Valkey)], durable=False)
    try:
        yield stack.up().redis_url.get_secret_value()
    finally:
        stack.remove()


async def refused(store: RedisStateStore) -> None:
    """Check that a batch is refused for now, and that nothing of it is done."""
    with pytest.raises(SinkUnavailable):
        await store.commit(SLOT, 1, 2, Outputs(states=STATES))
    with pytest.raises(SinkUnavailable):
        await store.deliver(SLOT, [signal(1)])
    assert await store.fence(SLOT) == 1
    assert set(await store.load(SLOT, list(STATES))) == {None}


async def test_a_server_that_is_full_or_read_only_is_unavailable_and_did_nothing(server: str) -> None:
    async with RedisStateStore(connect(server), "whetstone") as store, Redis.from_url(server) as admin:
        await store.commit(SLOT, NO_OFFSET, 1, Outputs())
        await admin.config_set("maxmemory", "1mb")
        await refused(store)
        await admin.config_set("maxmemory", "0")
        await admin.replicaof("127.0.0.1", "1")
        await refused(store)
        await admin.replicaof("NO", "ONE")
        await store.commit(SLOT, 1, 2, Outputs(states=STATES))
        assert await store.load(SLOT, list(STATES)) == list(STATES.values())


@pytest.mark.parametrize("server", [ClusterNode], indirect=True)
async def test_a_cluster_is_used_slot_by_slot(server: str) -> None:
    async with Redis.from_url(server) as admin:
        await admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
        info: Any = b""
        while b"cluster_state:ok" not in info:
            info = await admin.execute_command("CLUSTER", "INFO")
    signals = [signal(n, to=(*(f"rep:{rep}" for rep in range(20)), "rep:{x}", "role:王")) for n in range(5)]
    async with RedisStateStore(connect(server, cluster=True), "whetstone") as store:
        given = Outputs(states=STATES, timers={("lead:a", "t"): 7}, views={"v:a": b"x", "w:b": b"y"})
        await store.commit(SLOT, NO_OFFSET, 1, given)
        with pytest.raises(Fenced):
            await store.commit(SLOT, NO_OFFSET, 1, given)
        assert await store.load(SLOT, list(STATES)) == list(STATES.values())
        assert await store.due(SLOT, 7) == [Timer(7, "lead:a", "t")]
        assert await store.view("facts", SLOT.partition, "v") == {"a": b"x"}
        await store.commit(SLOT, 1, 2, Outputs(states=dict.fromkeys(STATES), views={"v:a": None}))
        assert set(await store.load(SLOT, list(STATES))) == {None}
        many = {(lead, "t"): due for due, lead in enumerate(STATES)}
        await store.bring_up(
            "facts", SLOT.partition, Outputs(states=STATES, timers=many), {SLOT.incarnation: 3, "z": 4}
        )
        assert await store.load(SLOT, list(STATES)) == list(STATES.values())
        assert len(await store.due(SLOT, len(STATES))) == len(STATES) + 1
        assert await store.fences("facts", SLOT.partition) == {SLOT.incarnation: 3, "z": 4}
        gone = Outputs(states=dict.fromkeys(STATES), timers=dict.fromkeys(many))
        await store.bring_up("facts", SLOT.partition, gone, {})
        assert await store.due(SLOT, len(STATES)) == [Timer(7, "lead:a", "t")]
        for batch in (signals[:3], signals):
            await store.deliver(SLOT, batch)
        for recipient in signals[0].to:
            assert len(await inbox(store, recipient)) == len(signals)

"""The key ring while its store is away, or takes calls and does not answer."""

import asyncio
from collections.abc import Sequence

import pytest
from click.testing import CliRunner
from prometheus_client import REGISTRY

from sinks.api_keys import ApiKey, MemoryKeyStore
from sinks.base import SinkUnavailable
from streams.cli import main
from streams.gateway import keys
from streams.gateway.keys import KeyRing
from streams.gateway.problems import Problem

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class HungStore(MemoryKeyStore):
    """A store that never answers."""

    async def all(self) -> Sequence[ApiKey]:
        await asyncio.Event().wait()
        return []


async def test_a_gateway_that_never_read_its_keys_says_why_and_is_seen() -> None:
    store, now = MemoryKeyStore(), [100.0]
    ring = KeyRing(store, lambda: now[0])
    assert ring.state == "not loaded yet"
    store.outage = True
    now[0] = 1_000.0
    looking = asyncio.create_task(ring.keep_fresh())
    await asyncio.sleep(0)
    assert ring.state == "not loaded yet: postgres is unavailable"
    assert REGISTRY.get_sample_value("whetstone_gateway_keys_age_seconds") == 900.0
    assert REGISTRY.get_sample_value("whetstone_sink_up", {"store": "postgres"}) == 0
    looking.cancel()

    store.outage = False
    await ring.refresh()
    assert ring.state == "ok"
    assert REGISTRY.get_sample_value("whetstone_gateway_keys_age_seconds") == 0
    assert REGISTRY.get_sample_value("whetstone_sink_up", {"store": "postgres"}) == 1
    store.outage = True
    with pytest.raises(SinkUnavailable):
        await ring.refresh()
    assert ring.state == "ok"  # what was read goes on working


@pytest.mark.parametrize("source", ["", "  ", "x" * 65])
def test_no_key_is_made_for_a_source_that_no_event_could_have(source: str) -> None:
    asked = CliRunner().invoke(main, ["key", "create", "--source", source])
    assert (asked.exit_code, "is no source" in asked.output) == (2, True)


@pytest.mark.parametrize(("loaded", "status"), [(False, 503), (True, 401)])
async def test_a_stranger_does_not_wait_for_a_store_that_hangs(
    monkeypatch: pytest.MonkeyPatch, loaded: bool, status: int
) -> None:
    monkeypatch.setattr(keys, "PATIENCE_S", 0.05)
    ring = KeyRing(MemoryKeyStore(), lambda: 0.0)
    if loaded:
        await ring.refresh()
    ring._store = HungStore()
    ring._tried_at = float("-inf")
    strangers = [ring.find(f"wsk_{number}_x") for number in range(20)]
    for answer in await asyncio.gather(*strangers, return_exceptions=True):
        assert isinstance(answer, Problem)
        assert answer.status == status

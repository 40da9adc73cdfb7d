"""What every key store promises: the fake, and PostgreSQL."""

import pytest

from sinks.api_keys import ApiKey, KeyStore, MemoryKeyStore, PostgresKeyStore
from sinks.base import SinkUnavailable
from streams.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def postgres_keys(dsn: str, isolated_settings: Settings):
    async with PostgresKeyStore(dsn, isolated_settings.namespace, connections=1) as opened:
        yield opened


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.services)])
def store(request: pytest.FixtureRequest) -> KeyStore:
    return MemoryKeyStore() if request.param == "memory" else request.getfixturevalue("postgres_keys")


def key(number: int, **changes: object) -> ApiKey:
    return ApiKey(key_id=f"k{number}", digest=bytes([number]) * 32, source=None, created_at=number, **changes)


async def test_keys_come_back_as_they_were_oldest_first(store: KeyStore) -> None:
    full = key(2, types=("login",), origins=("https://a.example",), rate=2.5, public=True)
    for one in (key(1), full):
        await store.add(one)
    assert list(await store.all()) == [key(1), full]


async def test_a_key_is_revoked_once(store: KeyStore) -> None:
    await store.add(key(1))
    assert [await store.revoke("k1", 9), await store.revoke("k1", 10), await store.revoke("k2", 9)] == [
        True,
        False,
        False,
    ]
    assert [one.revoked_at for one in await store.all()] == [9]


async def test_an_outage_is_named() -> None:
    away = MemoryKeyStore()
    away.outage = True
    real = PostgresKeyStore("postgresql://127.0.0.1:1/x?connect_timeout=1", "x", connections=1, timeout=0.5)
    async with real:
        for one in (away, real):
            with pytest.raises(SinkUnavailable):
                await one.all()

"""The fakes behave as the real stores, whatever is asked of them, in any order. The machines compare every answer."""

import asyncio

from hypothesis.stateful import run_state_machine_as_test

from sinks.memory import MemoryLibrary, MemoryStateStore
from sinks.postgres import PostgresLibrary, migrate
from sinks.redis import RedisStateStore, connect
from streams.settings import Settings
from tests.contract.machines import BOUNDED, LibraryTwin, StateTwin


def test_postgres_and_the_fake_library_agree(isolated_settings: Settings) -> None:
    dsn = isolated_settings.postgres_dsn.get_secret_value()
    fake, real = MemoryLibrary(), PostgresLibrary(dsn, isolated_settings.namespace)
    with asyncio.Runner() as runner:
        runner.run(migrate(dsn, isolated_settings.namespace))
        runner.run(real.open())
        try:
            run_state_machine_as_test(lambda: LibraryTwin(fake, real, runner), settings=BOUNDED)  # type: ignore[no-untyped-call]
        finally:
            runner.run(real.close())


def test_redis_and_the_fake_state_store_agree(isolated_settings: Settings) -> None:
    with asyncio.Runner() as runner:
        client = connect(isolated_settings.redis_url.get_secret_value())
        fake, real = MemoryStateStore(), RedisStateStore(client, isolated_settings.namespace)
        try:
            run_state_machine_as_test(lambda: StateTwin(fake, real, runner), settings=BOUNDED)  # type: ignore[no-untyped-call]
        finally:
            runner.run(real.close())

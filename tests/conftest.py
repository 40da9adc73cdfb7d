"""Fixtures for every test. A test that asks for a service is marked `services` by itself.

service_settings   settings of the services of this run (session)
isolated_settings  the same services under names of the test's own: what nearly every test wants
postgres_dsn, redis_url, kafka_brokers   their addresses (session)
postgres_admin_dsn the same database for its administrator, for tests of roles and rights (session)
"""

import os
import sys
from collections.abc import Iterator

import hypothesis
import pytest

from streams.settings import Settings, settings
from tests import services

SERVICE_FIXTURES = {"service_settings", "isolated_settings", "redis_url", "kafka_brokers"} | {
    "postgres_dsn",
    "postgres_admin_dsn",
}


RESULT = pytest.StashKey[int]()

# How long a machine under load takes to make an input says nothing about the code. In CI the inputs are the same every
# time: a change is judged by what it changes; developers' runs find the new ones.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
hypothesis.settings.load_profile("steady")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the developer's own settings out of the tests."""
    for name in [name for name in os.environ if name.startswith("WHETSTONE_") and "_TEST_" not in name]:
        del os.environ[name]
    os.environ["WHETSTONE_DATA_DIR"] = str(services.run_folder())
    settings.cache_clear()
    if not hasattr(config, "workerinput"):
        services.clear_abandoned()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep the run's result for its very end."""
    session.config.stash[RESULT] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End the services when the run ends (with xdist the controller's task, after its workers), then the process.

    At once: everything has been reported, and threads of client libraries that are slow to end while the interpreter
    is taken down have kept a whole run from ending.
    """
    if not hasattr(config, "workerinput"):
        services.clear(services.run_folder())
    if RESULT in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[RESULT])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs services."""
    for item in items:
        if SERVICE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.services)


@pytest.fixture(scope="session")
def service_settings() -> Iterator[Settings]:
    """Settings that lead to this run's services, started when first asked for."""
    with services.running(services.run_folder()) as found:
        yield found


@pytest.fixture
def isolated_settings(service_settings: Settings) -> Settings:
    """This run's services under names that no other test uses."""
    return services.isolated(service_settings)


@pytest.fixture(scope="session")
def postgres_dsn(service_settings: Settings) -> str:
    """The address of PostgreSQL, with its password."""
    return service_settings.postgres_dsn.get_secret_value()


@pytest.fixture(scope="session")
def postgres_admin_dsn(service_settings: Settings) -> str:
    """The address of the same database for its administrator."""
    return services.admin_dsn(service_settings)


@pytest.fixture(scope="session")
def redis_url(service_settings: Settings) -> str:
    """The address of Redis, with its password."""
    return service_settings.redis_url.get_secret_value()


@pytest.fixture(scope="session")
def kafka_brokers(service_settings: Settings) -> str:
    """The address of the Kafka brokers."""
    return service_settings.kafka_brokers

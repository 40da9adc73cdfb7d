"""Apache Kafka goes away and comes back while workers are busy; runs where the tests use real services."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.services import Stack
from streams.services.apache import cluster
from streams.settings import Settings
from streams.waiting import wait_until
from tests.integration.workers import PATIENCE, fill, make_topic, store, worker_processes
from tests.services import chosen

pytestmark = [
    pytest.mark.services,
    pytest.mark.chaos,
    pytest.mark.timeout(600),
    pytest.mark.skipif(chosen() != "real", reason="the embedded broker keeps nothing over a restart"),
]


@pytest.fixture
def brokers() -> Iterator[Stack]:
    """A broker of this test's own, which it may stop."""
    with tempfile.TemporaryDirectory(prefix="whetstone-broker-") as folder:
        stack = Stack(Path(folder) / "services", cluster(1))
        try:
            yield stack
        finally:
            stack.remove()


def test_a_worker_outlives_a_restart_of_the_broker(brokers: Stack, isolated_settings: Settings) -> None:
    address = brokers.up().kafka_brokers
    settings = isolated_settings.model_copy(update={"kafka_brokers": address})
    topic = make_topic(settings)
    expected = fill(settings, topic, 8_000)
    with store(settings, topic) as seen, worker_processes(settings, topic) as start:
        worker = start(pause=0.3, limits={"records": 50})
        worker.wait_until_handled()
        brokers.down()
        assert brokers.up().kafka_brokers == address, "a broker keeps its port"
        assert wait_until(lambda: seen.counts() == expected, 3 * PATIENCE), worker.log()
        more = fill(settings, topic, 8_000)
        both = {key: expected[key] + more[key] for key in expected}
        assert wait_until(lambda: seen.counts() == both, 3 * PATIENCE), worker.log()
        assert worker.end() == 0, worker.log()
        assert sum(seen.committed().values()) == 16_000

"""The engine benchmark's own systems on a real broker: each reads the whole topic and says what it took."""

import pytest

from streams.bench.engine import fill, measure

pytestmark = [pytest.mark.services, pytest.mark.slow]
EVENTS = 20_000


@pytest.mark.parametrize("system", ["whetstone", "librdkafka"])
def test_a_system_reads_the_topic_to_its_end(kafka_brokers: str, system: str) -> None:
    run = measure(system, kafka_brokers, fill(kafka_brokers, EVENTS), EVENTS)
    assert 0 < run.events < EVENTS
    assert run.seconds > 0
    assert run.cpu_seconds > 0

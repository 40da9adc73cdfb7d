"""A producer that the broker has given up is replaced; one that met an outage is not."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from unittest.mock import Mock

import pytest
from confluent_kafka import KafkaError

from sinks import kafka
from sinks.base import SinkUnavailable
from sinks.records import Record

pytestmark = pytest.mark.anyio
Delivered = Callable[[KafkaError | None, object], None]


class Client:
    """Reports every message at once, with the error that it was made with."""

    def __init__(self, _config: object, logger: object = None) -> None:
        self.error = KafkaError(errors.pop(0)) if errors else None
        made.append(self)

    def produce(self, *record: object, **_more: object) -> None:
        delivered: Delivered = record[4]  # type: ignore[assignment]
        delivered(self.error, Mock(offset=lambda: 0))

    def poll(self, seconds: float) -> int:
        return 0

    def purge(self) -> None:
        pass

    def flush(self, _seconds: float) -> int:
        return 0


errors: list[int] = []  # of the clients that will be made, one each; none where there are no more
made: list[Client] = []


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(kafka, "Client", Client)
    yield
    errors.clear()
    made.clear()


async def produced_after(error: int) -> int:
    """Return how many clients were made for two calls, the first of which meets this error."""
    errors.append(error)
    producer = kafka.KafkaProducer({"bootstrap.servers": "nowhere"})
    try:
        for _ in range(2):
            with suppress(SinkUnavailable):
                await producer.produce_all([Record("facts", b"v", b"k")])
    finally:
        await producer.close()
    return len(made)


@pytest.mark.parametrize("error", sorted(kafka.OUTLIVED))
async def test_a_producer_that_the_broker_takes_nothing_more_from_is_replaced(error: int) -> None:
    assert await produced_after(error) == 2


@pytest.mark.parametrize("error", [KafkaError._MSG_TIMED_OUT, KafkaError.NOT_ENOUGH_REPLICAS])
async def test_a_producer_that_met_an_outage_goes_on(error: int) -> None:
    assert await produced_after(error) == 1

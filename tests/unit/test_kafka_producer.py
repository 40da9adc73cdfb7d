"""A producer that the broker has given up is replaced; one that met an outage is not."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from unittest.mock import Mock

import pytest
from confluent_kafka import KafkaError, KafkaException

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

    def list_topics(self, timeout: float) -> object:
        if not answers:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        return Mock(topics={})

    def poll(self, seconds: float) -> int:
        return 0

    def purge(self) -> None:
        pass

    def flush(self, _seconds: float) -> int:
        return 0


errors: list[int] = []  # of the clients that will be made, one each; none where there are no more
made: list[Client] = []
answers: list[bool] = []  # whether the broker says which topics there are: not where empty


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(kafka, "Client", Client)
    yield
    errors.clear()
    made.clear()
    answers.clear()


async def produced_after(error: int) -> int:
    """Return how many clients were made for two calls, the first of which meets this error."""
    errors.append(error)
    producer = kafka.KafkaProducer({"bootstrap.servers": "nowhere"})
    try:
        for _ in range(2):
            with suppress(SinkUnavailable):
                await producer.produce_all([Record("facts", b"v", b"k")])
            await producer.looked()
    finally:
        await producer.close()
    return len(made)


@pytest.mark.parametrize("error", sorted(kafka.OUTLIVED))
async def test_a_producer_that_the_broker_takes_nothing_more_from_is_replaced(error: int) -> None:
    assert await produced_after(error) == 2


@pytest.mark.parametrize("error", [KafkaError._MSG_TIMED_OUT, KafkaError.NOT_ENOUGH_REPLICAS])
async def test_a_producer_that_met_an_outage_goes_on(error: int) -> None:
    assert await produced_after(error) == 1


async def test_a_producer_that_delivers_nothing_while_the_broker_answers_is_replaced() -> None:
    """Tansu that was started again knows no producer of before: each message waits until it is too old."""
    answers.append(True)
    assert await produced_after(KafkaError._MSG_TIMED_OUT) == 2


async def test_a_producer_that_delivered_meanwhile_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """One partition without a leader is no reason: the client is well."""
    answers.append(True)
    held: asyncio.Queue[Delivered] = asyncio.Queue()
    producer = kafka.KafkaProducer({"bootstrap.servers": "nowhere"})
    try:
        with monkeypatch.context() as patched:
            patched.setattr(Client, "produce", lambda _self, *record, **_more: held.put_nowait(record[4]))
            late = asyncio.create_task(producer.produce_all([Record("facts", b"v", b"k", 1)]))
            report = await held.get()
        await producer.produce_all([Record("facts", b"v", b"k", 0)])
        report(KafkaError(KafkaError._MSG_TIMED_OUT), Mock())
        with pytest.raises(SinkUnavailable):
            await late
        await producer.looked()
        assert len(made) == 1
    finally:
        await producer.close()

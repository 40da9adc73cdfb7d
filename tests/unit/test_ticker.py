"""The ticker as it runs beside the stages: a Kafka that takes nothing is shown, and forgotten when it does again."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from schemas.fact import Tick
from sinks.base import SinkUnavailable
from sinks.records import Record
from streams.outages import OUTAGES
from streams.stages import ticker
from streams.stages.ticker import Ticker

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Broker:
    """Takes records, or is away."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0
        self.taken: list[bytes] = []

    async def produce_all(self, records: Sequence[Record]) -> list[int]:
        self.asked += 1
        if self.away:
            raise SinkUnavailable("kafka", "nobody there")
        self.taken += [record.value for record in records if record.value is not None]
        return list(range(len(records)))


class CaughtUp:
    def caught_up(self, partition: int) -> bool:
        return True


async def _until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - in the hands of the ticker, which has no event for it
        await asyncio.sleep(0)


async def test_a_broker_that_takes_no_tick_is_an_outage_until_it_does_or_nothing_is_left_to_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ticker, "SECOND", 0)  # rounds follow each other at once
    broker, now = Broker(), [1_000_000]

    def wall() -> int:
        now[0] += 1
        return now[0]

    made = Ticker(broker, encode, topic="facts", partitions=2, of=1, lateness=0, progress=CaughtUp(), wall=wall)
    stop = asyncio.Event()
    running = asyncio.create_task(made.run(stop))
    made.begin(0, "touchpoints.0")
    await _until(lambda: broker.taken)
    assert OUTAGES.stores() == []

    broker.away = True
    await _until(OUTAGES.stores)
    assert OUTAGES.stores() == ["kafka"]
    broker.away = False
    await _until(lambda: not OUTAGES.stores())

    broker.away = True
    await _until(OUTAGES.stores)
    made.end(0)  # another worker has the partition
    await _until(lambda: not OUTAGES.stores())
    stop.set()
    await running


def encode(tick: Tick) -> bytes:
    return repr(tick.sources).encode()

"""`sink_up` and `sink_retries_total`: a store is down for as long as anybody in this process waits for it."""

import asyncio

import pytest
from prometheus_client import REGISTRY

from sinks.base import SinkUnavailable
from streams.outages import Outages
from tests.unit.test_lanes import Run
from tests.unit.transport_fakes import P0, P1, TOPIC

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def up(store: str) -> float | None:
    return REGISTRY.get_sample_value("whetstone_sink_up", {"store": store})


def retries(store: str) -> float:
    return REGISTRY.get_sample_value("whetstone_sink_retries_total", {"store": store}) or 0


def dropped() -> float:
    return REGISTRY.get_sample_value("whetstone_slices_dropped_total", {"topic": TOPIC}) or 0


def test_a_store_is_up_again_when_nobody_waits_for_it() -> None:
    outages = Outages()
    outages.begin("first", "a")
    outages.begin("first", "b")
    outages.begin("second", "b")
    outages.begin("first", "a")
    assert (up("first"), up("second"), retries("first")) == (0, 0, 3)
    outages.end("a")
    assert (up("first"), up("second")) == (0, 0)
    assert outages.stores() == ["first", "second"]
    outages.end("b")
    outages.end("nobody")
    assert (up("first"), up("second")) == (1, 1)
    assert outages.stores() == []


async def test_a_lane_waits_until_the_slice_that_failed_is_handled() -> None:
    run = Run()
    await run.begin(P0)
    run.stage.errors = [SinkUnavailable("handled", "away", retry_after=0)]
    run.submit(P0, 0, epoch=1)
    await run.stage.until(lambda: run.stage.log.count("assigned 0") == 2)
    await run.settled()
    assert (up("handled"), retries("handled")) == (0, 1)
    run.submit(P0, 0, epoch=2)
    await run.stage.until(lambda: "end 0 0" in run.stage.log)
    await run.settled()
    assert up("handled") == 1


async def test_a_lane_that_failed_to_open_waits_until_it_is_open() -> None:
    run = Run()
    assigned, fails = run.stage.assigned, [SinkUnavailable("opened", "away", retry_after=0)]

    async def assign(partition: int) -> int | None:
        if fails:
            raise fails.pop()
        return await assigned(partition)

    run.stage.assigned = assign  # type: ignore[method-assign]
    run.lanes.assigned({P0: 1})
    await run.stage.until(lambda: "assigned 0" in run.stage.log)
    await run.settled()
    assert (up("opened"), retries("opened")) == (1, 1)


async def test_a_lane_that_is_given_up_waits_for_nothing() -> None:
    run = Run()
    await run.begin(P0, P1)
    run.stage.errors = [SinkUnavailable("given up", "away", retry_after=3600)]
    run.submit(P0, 0, epoch=1)
    await run.stage.until(lambda: up("given up") == 0)
    await run.lanes.revoked([P0], within=0)
    assert up("given up") == 1


async def test_slices_that_are_not_handled_are_counted() -> None:
    run, before = Run(), dropped()
    await run.begin(P0)
    run.stage.gate = asyncio.Event()
    for first, epoch in ((0, 1), (2, 0), (4, 1)):
        run.submit(P0, first, epoch)
    await run.stage.until(lambda: "begin 0 0" in run.stage.log)
    revoking = asyncio.create_task(run.lanes.revoked([P0], within=30))
    await run.settled()
    run.submit(P0, 6, epoch=1)
    run.stage.gate.set()
    await revoking
    assert dropped() - before == 3


async def test_handlers_that_are_cut_short_are_counted() -> None:
    def cancelled() -> float:
        return REGISTRY.get_sample_value("whetstone_handlers_cancelled_total") or 0

    run, before = Run(), cancelled()
    await run.begin(P0)
    run.stage.gate = asyncio.Event()
    run.submit(P0, 0, epoch=1)
    await run.stage.until(lambda: "begin 0 0" in run.stage.log)
    await run.lanes.revoked([P0], within=0)
    assert cancelled() - before == 1

"""Pauses between fetches: held on our side, cut short when there is likely something to be had."""

import asyncio
from typing import Any

import pytest
from aiokafka.protocol.fetch import FetchRequest  # type: ignore[import-untyped]
from faust.types import TP

from streams.transport.pauses import LONGEST_HOLD_MS, REST_S, SHORTEST_HOLD_MS, Ask, Pauses

pytestmark = pytest.mark.anyio
LONG, NONE = 3600.0, 0.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Fetcher:
    """Asks at once, as aiokafka's does, and counts."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.finds = True

    async def _proc_fetch_request(self, assignment: Any, node: int, request: Any) -> bool:
        self.asked.append((assignment, node, request))
        return self.finds


def request(topics: int = 1, partitions: int = 1) -> Any:
    asked = [(f"topic {number}", [(each, 0, 1) for each in range(partitions)]) for number in range(topics)]
    return FetchRequest(500, 1, 1, 1, asked)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def begun() -> tuple[Fetcher, list[float], Pauses]:
    """A fetcher that has asked once; the list holds the length of a pause (s)."""
    fetcher, length = Fetcher(), [LONG]
    pauses = Pauses(fetcher, lambda: length[0], lambda assignment, tp, offset: Ask(offset, True, False))
    assert await fetcher._proc_fetch_request("ours", 1, request())
    return fetcher, length, pauses


@pytest.fixture
def fetcher(begun: tuple[Fetcher, list[float], Pauses]) -> Fetcher:
    return begun[0]


async def test_the_first_request_goes_out_at_once_and_the_broker_hardly_holds_it(fetcher: Fetcher) -> None:
    assert [asked[:2] for asked in fetcher.asked] == [("ours", 1)]
    assert fetcher.asked[0][2]._max_wait_ms == SHORTEST_HOLD_MS


async def test_the_next_one_waits_until_the_pause_is_over(begun: tuple[Fetcher, list[float], Pauses]) -> None:
    fetcher, length, _ = begun
    waiting = asyncio.create_task(fetcher._proc_fetch_request("ours", 1, request()))
    await turns()
    assert len(fetcher.asked) == 1
    waiting.cancel()
    length[0] = NONE
    assert await fetcher._proc_fetch_request("ours", 1, request())
    assert len(fetcher.asked) == 2


async def test_a_short_pause_ends_by_itself(begun: tuple[Fetcher, list[float], Pauses]) -> None:
    fetcher, length, _ = begun
    length[0] = 0.01
    loop = asyncio.get_running_loop()
    fetcher.asked.clear()
    assert await fetcher._proc_fetch_request("ours", 1, request())
    began = loop.time()
    assert await fetcher._proc_fetch_request("ours", 1, request())
    assert loop.time() - began >= 0.009
    assert len(fetcher.asked) == 2


async def test_a_pause_is_cut_short(begun: tuple[Fetcher, list[float], Pauses]) -> None:
    fetcher, _, pauses = begun
    waiting = asyncio.create_task(fetcher._proc_fetch_request("ours", 1, request()))
    await turns()
    pauses.cut_short()
    assert await waiting
    assert len(fetcher.asked) == 2


async def test_what_is_told_during_a_request_leaves_out_the_next_pause_and_no_other(
    begun: tuple[Fetcher, list[float], Pauses],
) -> None:
    fetcher, _, pauses = begun
    pauses.cut_short()
    assert await fetcher._proc_fetch_request("ours", 1, request())
    waiting = asyncio.create_task(fetcher._proc_fetch_request("ours", 1, request()))
    await turns()
    assert len(fetcher.asked) == 2
    waiting.cancel()


async def test_a_request_that_is_cancelled_while_it_waits_was_none(fetcher: Fetcher) -> None:
    waiting = asyncio.create_task(fetcher._proc_fetch_request("ours", 1, request()))
    await turns()
    waiting.cancel()
    assert await waiting is False
    assert len(fetcher.asked) == 1


async def test_every_partition_is_the_first_of_a_request_now_and_then(
    begun: tuple[Fetcher, list[float], Pauses],
) -> None:
    fetcher, length, _ = begun
    length[0] = NONE
    first: set[tuple[str, int]] = set()
    for _ in range(8):
        asked = request(topics=2, partitions=4)
        assert await fetcher._proc_fetch_request("ours", 1, asked)
        first.add((asked.topics[0][0], asked.topics[0][1][0][0]))
        assert sorted((topic, sorted(partitions)) for topic, partitions in asked.topics) == request(2, 4).topics
    assert len(first) == 8


async def test_what_need_not_be_fetched_is_left_out_for_a_while_and_begins_where_it_is_told() -> None:
    fetcher = Fetcher()
    plans = {TP("topic 0", 0): Ask(7, False, False), TP("topic 0", 1): Ask(9, True, False)}
    Pauses(fetcher, lambda: NONE, lambda assignment, tp, offset: plans[tp])
    asked: list[Any] = []
    for _ in range(2):
        one = request(partitions=2)
        assert await fetcher._proc_fetch_request("ours", 1, one)
        asked.append([(topic, sorted(partitions)) for topic, partitions in one.topics])
    assert asked == [[("topic 0", [(0, 7, 1), (1, 9, 1)])], [("topic 0", [(1, 9, 1)])]]
    await asyncio.sleep(REST_S)
    one = request(partitions=2)
    assert await fetcher._proc_fetch_request("ours", 1, one)
    assert {partition for _, partitions in one.topics for partition, _, _ in partitions} == {0, 1}


async def test_a_request_of_which_nothing_is_left_is_not_sent() -> None:
    fetcher = Fetcher()
    Pauses(fetcher, lambda: NONE, lambda assignment, tp, offset: Ask(offset, False, False))
    assert await fetcher._proc_fetch_request("ours", 1, request())
    assert await fetcher._proc_fetch_request("ours", 1, request()) is False
    assert len(fetcher.asked) == 1


async def test_who_is_behind_and_gets_nothing_gives_the_broker_longer_each_time() -> None:
    fetcher = Fetcher()
    behind = {0: False, 1: True}
    Pauses(fetcher, lambda: NONE, lambda assignment, tp, offset: Ask(offset, True, behind[tp.partition]))

    async def hold(*, found: bool) -> int:
        fetcher.finds = found
        await fetcher._proc_fetch_request("ours", 1, request(partitions=2))
        return int(fetcher.asked[-1][2]._max_wait_ms)

    longer = [await hold(found=False) for _ in range(12)]
    assert longer[:3] == [SHORTEST_HOLD_MS, 2 * SHORTEST_HOLD_MS, 4 * SHORTEST_HOLD_MS]
    assert longer[-2:] == [LONGEST_HOLD_MS, LONGEST_HOLD_MS]
    assert [await hold(found=True) for _ in range(2)] == [LONGEST_HOLD_MS] * 2  # long enough, and more is waiting
    behind[1] = False
    assert await hold(found=False) == SHORTEST_HOLD_MS
    behind[1] = True
    assert await hold(found=True) == SHORTEST_HOLD_MS


async def test_who_is_behind_is_asked_for_each_time_whoever_writes_there() -> None:
    fetcher = Fetcher()
    Pauses(fetcher, lambda: NONE, lambda assignment, tp, offset: Ask(offset, False, tp.partition == 1))
    for _ in range(2):
        assert await fetcher._proc_fetch_request("ours", 1, request(partitions=2))
    assert fetcher.asked[-1][2].topics == [("topic 0", [(1, 0, 1)])]

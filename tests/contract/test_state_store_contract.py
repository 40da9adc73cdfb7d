"""What `sinks.base.StateStore` promises, checked on the fake and on Redis."""

import asyncio

import pytest

from schemas.effects import NO_OFFSET, Outputs, Timer
from sinks.base import Fenced
from tests.contract.conftest import AnyStateStore
from tests.contract.examples import SLOT, signal
from tests.contract.inboxes import inbox

pytestmark = pytest.mark.anyio
OTHER = SLOT._replace(partition=4)
AGAIN = SLOT._replace(incarnation="00000001")
FOREVER = 2**52


async def test_a_fence_is_compared_and_set(store: AnyStateStore) -> None:
    assert await store.fence(SLOT) == NO_OFFSET
    with pytest.raises(Fenced):
        await store.commit(SLOT, 3, 5, Outputs(states={"lead:a": b"x"}))
    await store.commit(SLOT, NO_OFFSET, 5, Outputs())
    refused = Outputs(states={"lead:a": b"x"}, timers={("lead:a", "t"): 1}, views={"v:a": b"x"})
    for expected in (NO_OFFSET, 4, 6):
        with pytest.raises(Fenced):
            await store.commit(SLOT, expected, 9, refused)
    assert await store.fence(SLOT) == 5
    assert await store.load(SLOT, ["lead:a"]) == [None]
    assert await store.due(SLOT, FOREVER) == []
    assert await store.view("facts", SLOT.partition, "v") == {}
    await store.commit(SLOT, 5, 9, Outputs())
    assert await store.fence(SLOT) == 9


@pytest.mark.parametrize("last", [4, 5])
async def test_a_fence_only_moves_forward(store: AnyStateStore, last: int) -> None:
    await store.commit(SLOT, NO_OFFSET, 5, Outputs())
    with pytest.raises(ValueError, match="forward"):
        await store.commit(SLOT, 5, last, Outputs())


async def test_of_concurrent_committers_exactly_one_moves_the_fence(store: AnyStateStore) -> None:
    async def attempt(number: int) -> bool:
        try:
            await store.commit(SLOT, NO_OFFSET, 5, Outputs(states={"lead:a": str(number).encode()}))
        except Fenced:
            return False
        return True

    won = await asyncio.gather(*(attempt(number) for number in range(8)))
    assert won.count(True) == 1
    assert await store.load(SLOT, ["lead:a"]) == [str(won.index(True)).encode()]


async def test_states_are_stored_loaded_in_order_and_removed(store: AnyStateStore) -> None:
    blobs: dict[str, bytes | None] = {"lead:a": b"\0\xff\r\n", "rep:王": b"", "~partition": b"p", "deal:{x}": b"d"}
    await store.commit(SLOT, NO_OFFSET, 1, Outputs(states=blobs))
    assert await store.load(SLOT, ["none", *blobs, "lead:a"]) == [None, *blobs.values(), b"\0\xff\r\n"]
    assert await store.load(SLOT, []) == []
    await store.commit(SLOT, 1, 2, Outputs(states={"lead:a": None, "none": None, "rep:王": b"2"}))
    assert await store.load(SLOT, ["lead:a", "rep:王", "~partition"]) == [None, b"2", b"p"]


async def test_states_and_timers_outlive_an_incarnation_but_the_fence_does_not(store: AnyStateStore) -> None:
    given = Outputs(states={"lead:a": b"x"}, timers={("lead:a", "t"): 7})
    await store.commit(SLOT, NO_OFFSET, 5, given)
    assert await store.fence(AGAIN) == NO_OFFSET
    assert await store.load(AGAIN, ["lead:a"]) == [b"x"]
    assert await store.due(AGAIN, 7) == [Timer(7, "lead:a", "t")]
    await store.commit(AGAIN, NO_OFFSET, 0, Outputs(states={"lead:a": b"y"}))
    assert (await store.fence(AGAIN), await store.fence(SLOT)) == (0, 5)
    assert await store.load(SLOT, ["lead:a"]) == [b"y"]


async def test_what_is_brought_up_is_there_and_the_fences_are_as_given(store: AnyStateStore) -> None:
    await store.commit(
        AGAIN, NO_OFFSET, 2, Outputs(states={"lead:a": b"old", "lead:c": b"c"}, timers={("lead:a", "t"): 7})
    )
    many = {f"lead:{number}": str(number).encode() for number in range(2_500)}
    due = {(lead, "t"): number for number, lead in enumerate(many)}
    given = Outputs(states={**many, "lead:a": b"x", "lead:c": None}, timers={**due, ("lead:a", "t"): None})
    await store.bring_up("facts", SLOT.partition, given, {})
    assert await store.fences("facts", SLOT.partition) == {AGAIN.incarnation: 2}
    assert await store.load(SLOT, ["lead:a", "lead:c", *many]) == [b"x", None, *many.values()]
    assert await store.due(SLOT, FOREVER) == [Timer(number, lead, "t") for number, lead in enumerate(many)]
    await store.bring_up("facts", SLOT.partition, Outputs(), {SLOT.incarnation: 9, AGAIN.incarnation: 3})
    assert await store.fences("facts", SLOT.partition) == {SLOT.incarnation: 9, AGAIN.incarnation: 3}
    await store.commit(SLOT, 9, 10, Outputs())
    assert await store.fences("facts", OTHER.partition) == await store.fences("touchpoints", SLOT.partition) == {}


async def test_partitions_and_topics_share_nothing(store: AnyStateStore) -> None:
    await store.commit(SLOT, NO_OFFSET, 5, Outputs(states={"lead:a": b"x"}, timers={("lead:a", "t"): 7}))
    for slot in (OTHER, SLOT._replace(topic="touchpoints")):
        assert await store.fence(slot) == NO_OFFSET
        assert await store.load(slot, ["lead:a"]) == [None]
        assert await store.due(slot, FOREVER) == []


async def test_timers_are_due_in_order_of_time_entity_and_name(store: AnyStateStore) -> None:
    wanted = [
        Timer(-5, "lead:z", "a"), Timer(0, "lead:a", "t"), Timer(7, "lead:a", "t2"), Timer(7, "lead:a!", "t"),
        Timer(7, "lead:a!", "u"), Timer(7, "lead:b", ""), Timer(7, "lead:王", "t"), Timer(7, "lead:𠮷", "t"),
        Timer(1_763_690_000_123, "lead:a", "late"),
    ]  # fmt: skip
    assert wanted == sorted(wanted)
    timers: dict[tuple[str, str], int | None] = {(timer.entity, timer.name): timer.due for timer in reversed(wanted)}
    await store.commit(SLOT, NO_OFFSET, 1, Outputs(timers=timers))
    assert await store.due(SLOT, FOREVER) == wanted
    assert await store.due(SLOT, 7) == wanted[:-1]
    assert await store.due(SLOT, 6) == wanted[:2]
    assert await store.due(SLOT, -6) == []


async def test_a_timer_is_unique_per_entity_and_name_moved_and_cleared(store: AnyStateStore) -> None:
    await store.commit(SLOT, NO_OFFSET, 1, Outputs(timers={("lead:a", "t"): 5, ("lead:a", "u"): 6}))
    await store.commit(SLOT, 1, 2, Outputs(timers={("lead:a", "t"): 9, ("lead:a", "u"): None, ("none", "x"): None}))
    assert await store.due(SLOT, FOREVER) == [Timer(9, "lead:a", "t")]


async def test_views_are_stored_by_member_and_removed(store: AnyStateStore) -> None:
    views: dict[str, bytes | None] = {"grades:lead:a": b"A", "grades:lead:b": b"B", "totals:": b"3"}
    await store.commit(SLOT, NO_OFFSET, 1, Outputs(views=views))
    await store.commit(SLOT, 1, 2, Outputs(views={"grades:lead:b": None, "grades:lead:c": b"C", "none:x": None}))
    assert await store.view("facts", SLOT.partition, "grades") == {"lead:a": b"A", "lead:c": b"C"}
    assert await store.view("facts", SLOT.partition, "totals") == {"": b"3"}
    assert await store.view("facts", OTHER.partition, "grades") == {}


async def test_a_large_batch_is_one_unit(store: AnyStateStore) -> None:
    states: dict[str, bytes | None] = {f"lead:{n}": bytes(1_000) + str(n).encode() for n in range(5_000)}
    timers: dict[tuple[str, str], int | None] = {(f"lead:{n}", "t"): n for n in range(12_000)}
    views: dict[str, bytes | None] = {f"v:{n}": b"x" for n in range(9_000)}
    await store.commit(SLOT, NO_OFFSET, 1, Outputs(states=states, timers=timers, views=views))
    assert await store.load(SLOT, list(states)) == list(states.values())
    assert len(await store.due(SLOT, FOREVER)) == 12_000
    assert len(await store.view("facts", SLOT.partition, "v")) == 9_000
    nothing = Outputs(states=dict.fromkeys(states), timers=dict.fromkeys(timers), views=dict.fromkeys(views))
    await store.commit(SLOT, 1, 2, nothing)
    assert set(await store.load(SLOT, list(states))) == {None}
    assert await store.due(SLOT, FOREVER) == []
    assert await store.view("facts", SLOT.partition, "v") == {}


async def test_signals_reach_each_recipient_once(store: AnyStateStore) -> None:
    first, second = signal(1, to=("rep:r17", "role:manager", "rep:r17")), signal(2, 3)
    for batch in ([first], [first, second], [second], []):
        await store.deliver(SLOT, batch)
    assert await inbox(store, "rep:r17") == [first.as_json(), second.as_json()]
    assert await inbox(store, "role:manager") == [first.as_json()]
    assert await inbox(store, "rep:nobody") == []


async def test_signals_of_one_record_are_told_apart_by_index(store: AnyStateStore) -> None:
    signals = [signal(0, 0), signal(0, 1), signal(9, 0), signal(10, 0)]
    await store.deliver(SLOT, [signals[1], signals[0]])
    await store.deliver(SLOT, signals)
    assert await inbox(store, "rep:r17") == [given.as_json() for given in signals]


async def test_slots_do_not_hide_one_anothers_signals(store: AnyStateStore) -> None:
    for slot in (SLOT, OTHER, AGAIN, SLOT):
        await store.deliver(slot, [signal(5)])
    assert len(await inbox(store, "rep:r17")) == 3


async def test_a_batch_may_end_elsewhere_the_second_time(store: AnyStateStore) -> None:
    signals = [signal(n, to=("rep:r17",) if n % 2 else ("rep:r18", "rep:r17")) for n in range(6)]
    await store.deliver(SLOT, signals[:4])
    await store.deliver(SLOT, signals[2:5])
    await store.deliver(SLOT, signals)
    assert await inbox(store, "rep:r17") == [given.as_json() for given in signals]
    assert await inbox(store, "rep:r18") == [given.as_json() for given in signals[::2]]


async def test_concurrent_deliveries_append_once(store: AnyStateStore) -> None:
    signals = [signal(n, to=tuple(f"rep:{r}" for r in range(20))) for n in range(10)]
    await asyncio.gather(*(store.deliver(SLOT, signals) for _ in range(6)))
    for rep in range(20):
        assert await inbox(store, f"rep:{rep}") == [given.as_json() for given in signals]


async def test_odd_recipients_have_an_inbox_each(store: AnyStateStore) -> None:
    odd = ("rep:", "rep:{x}", "rep:{", "rep:}{", "rep:王", "rep:a b")
    await store.deliver(SLOT, [signal(1, to=odd)])
    for recipient in odd:
        assert await inbox(store, recipient) == [signal(1, to=odd).as_json()]

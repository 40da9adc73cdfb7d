"""A store that is lost, whole or its tail, is brought back by the log; nobody is alerted about the past again."""

import asyncio
from copy import deepcopy
from typing import Any

import pytest

from schemas.effects import NO_OFFSET, Outputs, Slot
from schemas.times import HOUR
from sinks.memory import MemoryLibrary, MemoryStateStore
from streams.lost_state import StateBehind
from streams.stages.library_mark import LibraryBehind
from tests.memory_world import INCARNATIONS, World
from tests.unit.detector_bench import NINE
from tests.unit.test_delivery import RULES, results, story

SLICE = 3
SLOT = Slot("facts", INCARNATIONS["facts"], 0)
PEOPLE = ("rep:r1", "rep:r2", "rep:r3", "role:manager")


def world() -> World:
    made = World(RULES, partitions=1, detect_size=SLICE)
    made.settings = made.settings.model_copy(update={"slice_records": SLICE})
    made._start()
    made.publish(story(), NINE + 9 * HOUR)
    return made


def again(made: World, state: MemoryStateStore) -> None:
    """Go on with another state store, as a new worker."""
    made.state = state
    made._start()
    asyncio.run(made.run())


def entries(made: World) -> set[int]:
    return {signal.origin.offset for who in PEOPLE for signal in made.state.inbox(who)}


def test_a_state_store_that_is_lost_whole_is_rebuilt_quietly() -> None:
    made = world()
    asyncio.run(made.run())
    states, signals = made.states(), made.signals()
    told = asyncio.run(made.library.fence("detect", SLOT)) - SLICE
    before = {topic: len(records) for topic, records in made.producer.records.items()}
    offsets = entries(made)
    assert min(offsets) <= told < max(offsets)
    again(made, MemoryStateStore())
    assert made.states() == states
    assert made.signals() == signals
    assert entries(made) == {offset for offset in offsets if offset > told}
    repeated = {topic: len(records) - before[topic] for topic, records in made.producer.records.items()}
    assert repeated["signals"] == sum(signal.origin.offset > told for signal in made.library.signals)
    assert repeated["touchpoints"] == repeated["rejected"] == 0


def test_a_state_store_that_lost_its_tail_gets_it_again_inboxes_too() -> None:
    made, undisturbed = world(), world()
    asyncio.run(undisturbed.run())
    kept: list[dict[str, Any]] = []
    commit = made.state.commit

    async def keep(*arguments: Any) -> None:
        await commit(*arguments)
        kept.append(deepcopy({name: value for name, value in vars(made.state).items() if name != "commit"}))

    made.state.commit = keep  # type: ignore[method-assign]
    asyncio.run(made.run())
    older = MemoryStateStore()
    vars(older).update(kept[len(kept) // 2])
    assert asyncio.run(older.fence(SLOT)) < asyncio.run(made.state.fence(SLOT))
    again(made, older)
    assert results(made) == results(undisturbed)


def test_a_state_that_no_log_gives_back_stops_the_worker_and_says_what_to_do() -> None:
    made = world()
    asyncio.run(made.run())
    made.state = MemoryStateStore()
    elsewhere = Slot("facts", "99999999", 0)  # a topic that is gone
    asyncio.run(made.library.commit("detect", elsewhere, NO_OFFSET, 8, Outputs()))
    made._start()
    with pytest.raises(StateBehind, match=r"facts\[0\] lacks what PostgreSQL holds, .* `whetstone prepare`"):
        asyncio.run(made.run())
    asyncio.run(made.state.commit(elsewhere, NO_OFFSET, 8, Outputs()))
    asyncio.run(made.run())


@pytest.mark.parametrize(("held", "refused"), [(NO_OFFSET, True), (3, True), (4, False)])
def test_a_log_that_begins_behind_what_the_state_holds_stops_the_worker(held: int, *, refused: bool) -> None:
    made = world()
    asyncio.run(made.run())
    state = MemoryStateStore()
    if held > NO_OFFSET:
        asyncio.run(state.commit(SLOT, NO_OFFSET, held, Outputs()))
    made.state = state
    made._start()
    stage = made.detect

    async def from_five() -> None:
        await stage.assigned(0)
        made._positions["facts", 0] = 5
        piece = made._piece("facts", 0)
        assert piece is not None
        await stage.handle(piece)

    if refused:
        with pytest.raises(StateBehind):
            asyncio.run(from_five())
    else:
        asyncio.run(from_five())


def test_a_library_that_is_behind_what_it_held_stops_the_worker_and_says_what_to_do() -> None:
    made = world()
    asyncio.run(made.run())
    assert made.library.leads
    made.library = MemoryLibrary()  # emptied, or restored from an older copy
    made._start()
    with pytest.raises(LibraryBehind, match=r"facts\[0\] is stored up to offset -1, .* history restore --topic"):
        asyncio.run(made.run())


def test_a_library_that_took_everything_over_from_a_copy_is_not_behind() -> None:
    made = world()
    asyncio.run(made.run())
    changes = [row for lead in made.library.leads for row in made.library.history(lead)]
    last = max(row.origin.offset for row in changes)
    made.library = MemoryLibrary()
    asyncio.run(made.library.commit("detect", SLOT, NO_OFFSET, last, Outputs(changes=changes)))
    made._start()
    asyncio.run(made.run())

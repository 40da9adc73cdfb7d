"""A state that is lost with its log is made of the library: the rows are the same, and the history goes on unbroken."""

import asyncio
import random

import pytest

from processors.history import damages, fields_of
from processors.leads.recalled import caught_up, stored_of
from processors.merging.moves import row_of_lead, timers_of
from processors.state import EntityState, decode_entity, encode_entity
from schemas.effects import Outputs, Slot
from schemas.ids import partition_of
from sinks.memory import MemoryStateStore
from tests.memory_world import INCARNATIONS, World
from tests.property.test_merging_stories import WHO, lead_of, play, story
from tests.unit.test_merging_live import RULES


def recalled(world: World, states: dict[str, EntityState]) -> dict[str, EntityState]:
    """Return the states of all leads of a library, made of it and of those that there are."""
    library = world.library
    rows = {lead: library.history(lead) for lead in library.leads}
    verified = {
        lead: {(key.kind, key.value) for key in keys if library._identifiers.present([key])[key].verified}
        for lead, keys in library._identifiers.of_leads(rows).items()
    }
    people = library.evidence.people.values()
    return {lead: caught_up(stored_of(lead, rows, verified, people), states.get(lead), RULES.lead) for lead in rows}


def states_of(world: World) -> dict[str, EntityState]:
    found = {}
    for partition in range(world.settings.fact_partitions):
        blobs = world.state.states(Slot("facts", INCARNATIONS["facts"], partition))
        found.update({name: decode_entity(blob) for name, blob in blobs.items() if name.startswith("lead:")})
    return found


def rows(world: World) -> dict[str, dict[str, str]]:
    """Return the row of each lead, as its history has it."""
    return {
        lead: {name: text for name, text in fields_of(world.library.history(lead)).items() if text is not None}
        for lead in world.library.leads
    }


def bring_up(world: World, states: dict[str, EntityState]) -> None:
    """Go on with a state store that holds these states alone, from where the library is."""
    store, of = MemoryStateStore(), world.settings.fact_partitions
    for partition in range(of):
        mine = {lead: state for lead, state in states.items() if partition_of(lead, of) == partition}
        outputs = Outputs(states={lead: encode_entity(state) for lead, state in mine.items()})
        timers = {lead: timers_of(lead, state) for lead, state in mine.items()}
        outputs.timers = {(lead, name): due for lead, theirs in timers.items() for name, due in theirs.items()}
        fences = asyncio.run(world.library.fences("detect", "facts", partition))
        asyncio.run(store.bring_up("facts", partition, outputs, fences))
    world.state = store
    world._start()


@pytest.mark.parametrize("part", range(4))
def test_a_state_made_of_the_library_shows_its_rows_and_goes_on_with_its_history(part: int) -> None:
    for seed in range(25 * part, 25 * part + 25):
        draw = random.Random(f"recalled {seed}")
        steps = story(draw)
        lost = draw.randrange(3, len(steps))
        world = play(steps[:lost], merging=True)
        made = recalled(world, {})
        assert {lead: row_of_lead(lead, state) for lead, state in made.items()} == rows(world), seed
        bring_up(world, made)
        play(steps, merging=True, world=world, begin=lost)
        for lead in world.library.leads:
            assert not list(damages(world.library.history(lead))), (seed, lead)
        after = states_of(world)
        assert {lead: row_of_lead(lead, after[lead]) for lead in world.library.leads} == rows(world), seed
        assert len({lead_of(world, who) for who in range(len(WHO))}) == len(WHO), seed


def test_a_state_that_lacks_the_last_rows_is_given_them_and_keeps_what_it_remembers() -> None:
    behind = 0
    for seed in range(40):
        draw = random.Random(f"behind {seed}")
        steps = story(draw)
        lost = draw.randrange(3, len(steps))
        world = play(steps[:lost], merging=True)
        before = states_of(world)
        play(steps, merging=True, world=world, begin=lost)
        whole, kept = states_of(world), {lead: encode_entity(state) for lead, state in before.items()}
        behind += sum(state.seq < whole[lead].seq for lead, state in before.items())
        made = recalled(world, before)
        assert {lead: row_of_lead(lead, state) for lead, state in made.items()} == rows(world), seed
        for lead, state in made.items():
            assert (state.seq, state.hash) == (whole[lead].seq, whole[lead].hash)
            if lead in kept and decode_entity(kept[lead]).seq == state.seq:
                assert encode_entity(state) == kept[lead], (seed, lead)
    assert behind > 60

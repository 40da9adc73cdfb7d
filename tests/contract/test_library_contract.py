"""What `sinks.base.Library` and `sinks.read.LibraryReader` promise, checked on the fake and on PostgreSQL."""

import asyncio

import msgspec
import pytest

from schemas.effects import NO_OFFSET, Outputs
from schemas.evidence import EvidenceClaim
from schemas.identity import PUBLIC, IdKey, IdMove, Past
from schemas.lead_query import LeadQuery
from schemas.signal import Signal
from sinks.base import Fenced, HistoryConflict, LostRace
from tests.contract.conftest import AnyLibrary
from tests.contract.examples import EMAIL, PHONE, SLOT, change, claim, event, move, origin, signal

pytestmark = pytest.mark.anyio
OTHER = SLOT._replace(partition=4)


async def lead_of(library: AnyLibrary, key: IdKey = PHONE) -> str | None:
    found = (await library.lookup([key])).get(key)
    return found.lead if found else None


async def test_what_a_slice_asks_comes_in_one_answer(library: AnyLibrary) -> None:
    decision, identifier = event("e1", 5), claim("lead:a")
    await library.claim([decision], [identifier])
    decided, held, past = await library.known(["unknown", "e1"], [EMAIL, PHONE])
    assert decided == {"e1": decision}
    assert held == {PHONE: identifier}
    assert past == {}
    assert await library.known([], []) == ({}, {}, {})


async def test_a_slice_is_told_who_held_its_numbers_until_when(library: AnyLibrary) -> None:
    await library.claim([event("e1", 5)], [claim("lead:a"), claim("lead:a", EMAIL)])
    await library.claim([event("e2", 6)], [], [move("lead:a", until=50), move("lead:a", EMAIL, 50)])
    assert await library.known(["new"], [EMAIL, PHONE]) == ({}, {}, {PHONE.value: [Past(50, 1, "lead:a", "e2", "e1")]})
    await library.claim([event("e3", 7)], [claim("lead:b", since=60)])
    await library.claim([event("e4", 8)], [], [move("lead:b", until=70)])
    assert [past[:3] for past in (await library.known([], [PHONE])).past[PHONE.value]] == [
        (50, 1, "lead:a"), (70, 60, "lead:b"),
    ]  # fmt: skip


async def test_a_number_may_have_been_held_by_whom_nobody_had_heard_of(library: AnyLibrary) -> None:
    gone = IdMove(PHONE, "lead:a", 50, "e2", 40)
    await library.claim([event("e2", 6)], [claim("lead:b", since=50, event_id="e2")], [], held_before(gone))
    _, held, past = await library.known(["e2"], [PHONE])
    assert held[PHONE].lead == "lead:b"
    assert past == {PHONE.value: [Past(50, 40, "lead:a", "e2", "e2")]}


async def test_nobody_claims_a_number_from_a_time_at_which_it_was_somebody_else_s(library: AnyLibrary) -> None:
    await library.claim([event("e2", 6)], [], [], held_before(IdMove(PHONE, "lead:a", 50, "e2", 40)))
    with pytest.raises(LostRace):
        await library.claim([event("e3", 7)], [claim("lead:b", since=49)])
    assert await library.lookup([PHONE]) == {}
    await library.claim([event("e3", 7)], [claim("lead:b", since=50)])
    for late in (IdMove(PHONE, "lead:c", 60, "e4", 59), IdMove(PHONE, "lead:c", 50, "e4", 49)):
        with pytest.raises(LostRace):
            await library.claim([event("e4", 8)], [], [], held_before(late))
    assert len((await library.known([], [PHONE])).past[PHONE.value]) == 1


async def test_a_number_that_was_let_go_may_be_claimed_from_any_time(library: AnyLibrary) -> None:
    await library.claim([event("e1", 5)], [claim("lead:a")])
    await library.claim([event("e2", 6)], [], [move("lead:a", until=50, event_id=PUBLIC + "e2")])
    await library.claim([event("e3", 7)], [claim("lead:b", since=20)])
    assert (await library.lookup([PHONE]))[PHONE].lead == "lead:b"


def held_before(move: IdMove) -> EvidenceClaim:
    return EvidenceClaim(looked=(), newest=0, region=(), changed=0, ended=(move,))


async def test_event_ids_are_claimed_with_their_decision(library: AnyLibrary) -> None:
    claims = [event("e1", 5, "lead:a"), event("e2", 6, ""), event("e3", 1, "lead:b", OTHER)]
    await library.claim(claims)
    assert await library.decisions(["e3", "e1", "new", "e2", "e1"]) == {held.event_id: held for held in claims}


async def test_nothing_is_asked_and_nothing_is_claimed(library: AnyLibrary) -> None:
    await library.claim([])
    assert await library.decisions([]) == {}
    assert await library.lookup([]) == {}
    assert await library.identifiers([]) == {}


async def test_any_characters_may_stand_in_an_identifier(library: AnyLibrary) -> None:
    odd = ["a\nb\t", 'a"b', "a\\b", "\\n", "{,}", "NULL", "", " ", "王𠮷", "'; --", "\x7f"]
    keys = [IdKey("device", value) for value in odd]
    await library.claim([event("e1", 5)], [claim(f"lead:{place}", key) for place, key in enumerate(keys)])
    leads = {key: f"lead:{place}" for place, key in enumerate(keys)}
    for some in (keys, *[[key] for key in keys]):
        assert {key: held.lead for key, held in (await library.lookup(some)).items()} == {
            key: leads[key] for key in some
        }
    assert (await library.known([], keys)).held.keys() == set(keys)


@pytest.mark.parametrize("odd", ["\0", "x" * 64, "工单-1", "a\nb", "'; DROP TABLE leads; --", "{,}", "\\"])
async def test_any_characters_may_stand_in_an_event_id(library: AnyLibrary, odd: str) -> None:
    await library.claim([event(odd, 5)])
    assert await library.decisions([odd, odd + "."]) == {odd: event(odd, 5)}


async def test_a_claimed_event_id_loses_the_race_and_nothing_is_done(library: AnyLibrary) -> None:
    await library.claim([event("e1", 5)])
    with pytest.raises(LostRace):
        await library.claim([event("e1", 5), event("e2", 6)], [claim("lead:a")])
    assert list(await library.decisions(["e1", "e2"])) == ["e1"]
    assert await lead_of(library) is None


async def test_an_event_id_twice_in_a_call_is_refused(library: AnyLibrary) -> None:
    with pytest.raises(ValueError, match="twice"):
        await library.claim([event("e1", 5), event("e1", 6)])
    assert await library.decisions(["e1"]) == {}


async def test_identifiers_are_claimed_and_found(library: AnyLibrary) -> None:
    claims = [claim("lead:a", verified=True, since=7), claim("lead:a", EMAIL), claim("lead:b", IdKey("qq", "1"))]
    await library.claim([], claims)
    assert await library.lookup([PHONE, EMAIL, IdKey("qq", "2")]) == {PHONE: claims[0], EMAIL: claims[1]}
    owned = await library.identifiers(["lead:b", "lead:a", "lead:c"])
    assert {lead: list(keys) for lead, keys in owned.items()} == {
        "lead:a": [EMAIL, PHONE],
        "lead:b": [IdKey("qq", "1")],
    }


async def test_an_identifier_of_another_lead_loses_the_race_and_nothing_is_done(library: AnyLibrary) -> None:
    await library.claim([], [claim("lead:a")])
    with pytest.raises(LostRace):
        await library.claim([event("e2")], [claim("lead:b", EMAIL), claim("lead:b", PHONE)])
    assert await library.decisions(["e2"]) == {}
    assert (await lead_of(library), await lead_of(library, EMAIL)) == ("lead:a", None)


async def test_a_lead_may_claim_its_own_identifier_again_and_it_stays_verified(library: AnyLibrary) -> None:
    for verified in (False, True, False):
        await library.claim([], [claim("lead:a", verified=verified, event_id=f"e{verified}")])
    assert await library.lookup([PHONE]) == {PHONE: claim("lead:a", verified=True, event_id="eFalse")}


async def test_repeats_in_a_call_become_one_claim(library: AnyLibrary) -> None:
    await library.claim([], [claim("lead:a", since=3), claim("lead:a", since=1, verified=True)])
    assert await library.lookup([PHONE]) == {PHONE: claim("lead:a", since=3, verified=True)}


async def test_a_phone_changes_hands(library: AnyLibrary) -> None:
    await library.claim([], [claim("lead:a")])
    await library.claim([], [claim("lead:b", since=9, event_id="e2")], [move("lead:a")])
    assert await library.lookup([PHONE]) == {PHONE: claim("lead:b", since=9, event_id="e2")}
    assert await library.identifiers(["lead:a"]) == {}


async def test_a_moved_identifier_belongs_to_nobody_and_may_come_back(library: AnyLibrary) -> None:
    await library.claim([], [claim("lead:a")])
    await library.claim([], [], [move("lead:a")])
    assert await lead_of(library) is None
    await library.claim([], [], [move("lead:a")])
    await library.claim([], [claim("lead:a", since=9)])
    assert await lead_of(library) == "lead:a"


async def test_what_belongs_to_another_lead_cannot_be_moved(library: AnyLibrary) -> None:
    await library.claim([], [claim("lead:a")])
    with pytest.raises(LostRace):
        await library.claim([event("e9")], [claim("lead:b", EMAIL)], [move("lead:b")])
    assert (await lead_of(library), await lead_of(library, EMAIL)) == ("lead:a", None)
    assert await library.decisions(["e9"]) == {}


async def test_one_identifier_for_two_leads_in_a_call_is_refused(library: AnyLibrary) -> None:
    with pytest.raises(ValueError, match="two leads"):
        await library.claim([event("e1")], [claim("lead:a"), claim("lead:b")])
    with pytest.raises(ValueError, match="two leads"):
        await library.claim([event("e1")], [], [move("lead:a"), move("lead:b")])
    assert await library.decisions(["e1"]) == {}


async def test_of_concurrent_claimers_exactly_one_wins(library: AnyLibrary) -> None:
    async def attempt(number: int) -> bool:
        slot = SLOT._replace(partition=number)
        ids = [f"e{i}" for i in range(300)]
        ids = ids if number % 2 else ids[::-1]
        mine = [event(event_id, i, f"lead:{number}", slot) for i, event_id in enumerate(ids)]
        try:
            await library.claim(mine, [claim(f"lead:{number}"), claim(f"lead:{number}", EMAIL)])
        except LostRace:
            return False
        return True

    won = await asyncio.gather(*(attempt(number) for number in range(6)))
    assert won.count(True) == 1
    winner = f"lead:{won.index(True)}"
    assert {await lead_of(library), await lead_of(library, EMAIL)} == {winner}
    assert {held.lead for held in (await library.decisions([f"e{i}" for i in range(300)])).values()} == {winner}


async def test_event_ids_are_forgotten_by_age(library: AnyLibrary) -> None:
    await library.claim([event("e1"), event("e2")])
    assert await library.forget_events(-1) == 0
    assert len(await library.decisions(["e1", "e2"])) == 2
    assert await library.forget_events(2**42) == 2
    await library.claim([event("e1")])


async def kinds_told(library: AnyLibrary) -> list[str]:
    """The kinds of all signals that one person was told of, the first one first."""
    return [notice.signal["kind"] for notice in reversed(await library.inbox(["rep:r17"], None, 99))]


async def test_a_fence_is_compared_and_set(library: AnyLibrary) -> None:
    assert await library.fence("detect", SLOT) == NO_OFFSET
    with pytest.raises(Fenced):
        await library.commit("detect", SLOT, 3, 5, Outputs())
    await library.commit("detect", SLOT, NO_OFFSET, 5, Outputs())
    for expected in (NO_OFFSET, 4, 6):
        with pytest.raises(Fenced):
            await library.commit("detect", SLOT, expected, 9, Outputs(changes=[change(1)], signals=[signal(1)]))
    assert await library.lead("lead:a") is None
    assert await kinds_told(library) == []
    assert await library.fence("detect", SLOT) == 5
    await library.commit("detect", SLOT, 5, 9, Outputs())
    assert await library.fence("detect", SLOT) == 9


async def test_fences_belong_to_stage_topic_incarnation_and_partition(library: AnyLibrary) -> None:
    await library.commit("detect", SLOT, NO_OFFSET, 5, Outputs())
    for slot in (OTHER, SLOT._replace(incarnation="00000000"), SLOT._replace(topic="touchpoints")):
        assert await library.fence("detect", slot) == NO_OFFSET
    assert await library.fence("cleanse", SLOT) == NO_OFFSET
    await library.commit("detect", SLOT._replace(incarnation="00000000"), NO_OFFSET, 7, Outputs())
    await library.commit("detect", OTHER, NO_OFFSET, 8, Outputs())
    found = await library.fences("detect", SLOT.topic, SLOT.partition)
    assert found == {SLOT.incarnation: 5, "00000000": 7}
    assert await library.fences("cleanse", SLOT.topic, SLOT.partition) == {}


@pytest.mark.parametrize("last", [4, 5])
async def test_a_fence_only_moves_forward(library: AnyLibrary, last: int) -> None:
    await library.commit("detect", SLOT, NO_OFFSET, 5, Outputs())
    with pytest.raises(ValueError, match="forward"):
        await library.commit("detect", SLOT, 5, last, Outputs())


async def test_of_concurrent_committers_exactly_one_moves_the_fence(library: AnyLibrary) -> None:
    async def attempt(number: int) -> bool:
        try:
            outputs = Outputs(changes=[change(1, new=str(number))], signals=[signal(number)])
            await library.commit("detect", SLOT, NO_OFFSET, 5, outputs)
        except Fenced:
            return False
        return True

    won = await asyncio.gather(*(attempt(number) for number in range(6)))
    assert won.count(True) == 1
    lead = await library.lead("lead:a")
    assert lead is not None
    assert lead.fields == {"phone": str(won.index(True))}
    assert await kinds_told(library) == ["lead_created"]


async def test_changes_make_and_change_a_lead(library: AnyLibrary) -> None:
    first = [change(1, "phone", "1", at=50), change(3, "phone", "3", at=40), change(2, "name", "王")]
    await library.commit("detect", SLOT, NO_OFFSET, 5, Outputs(changes=first))
    await library.commit("detect", SLOT, 5, 6, Outputs(changes=[change(4, "name", None, at=60), change(5, "qq", "7")]))
    lead = await library.lead("lead:a")
    assert lead is not None
    assert (lead.fields, lead.version) == ({"phone": "3", "qq": "7"}, 5)
    assert (lead.created_at, lead.updated_at) == (50, 1_005)
    assert len([lead async for leads in library.select_leads(LeadQuery()) for lead in leads]) == 1


async def test_history_that_stands_is_kept_and_not_applied_again(library: AnyLibrary) -> None:
    await library.commit("detect", SLOT, NO_OFFSET, 5, Outputs(changes=[change(1, new="a"), change(2, new="b")]))
    again = Outputs(changes=[change(1, new="a"), change(3, "name", "王")])
    await library.commit("detect", SLOT, 5, 6, again)
    lead = await library.lead("lead:a")
    assert lead is not None
    assert lead.fields == {"phone": "b", "name": "王"}


async def test_another_row_in_history_is_a_conflict_and_nothing_is_done(library: AnyLibrary) -> None:
    await library.commit("detect", SLOT, NO_OFFSET, 5, Outputs(changes=[change(1, new="a")]))
    with pytest.raises(HistoryConflict) as caught:
        await library.commit(
            "detect", SLOT, 5, 6, Outputs(changes=[change(1, new="b"), change(2)], signals=[signal(6)])
        )
    assert (caught.value.lead, caught.value.seq) == ("lead:a", 1)
    assert await library.fence("detect", SLOT) == 5
    assert await kinds_told(library) == []


async def test_signals_are_stored_once_and_told_to_each_recipient_once(library: AnyLibrary) -> None:
    told = signal(1, to=("rep:r17", "role:manager", "rep:r17"), region="华东", model="m1")
    await library.commit("detect", SLOT, NO_OFFSET, 1, Outputs(signals=[told, told]))
    await library.commit("detect", SLOT, 1, 2, Outputs(signals=[told, signal(2, kind="data_gap")]))
    assert await kinds_told(library) == ["lead_created", "data_gap"]
    for recipient in ("rep:r17", "role:manager"):
        notices = await library.inbox([recipient], None, 10)
        assert [dict(notice.signal) for notice in notices][-1:] == [told.as_json()]
    assert len(await library.inbox(["rep:r17"], None, 10)) == 2
    assert len(await library.inbox(["role:manager"], None, 10)) == 1


async def test_an_inbox_is_read_newest_first_page_by_page(library: AnyLibrary) -> None:
    signals = [signal(n, to=("rep:r17", "role:manager") if n % 2 else ("rep:r17",)) for n in range(7)]
    await library.commit("detect", SLOT, NO_OFFSET, 9, Outputs(signals=signals))
    seen: list[str] = []
    before = None
    while page := await library.inbox(["rep:r17", "role:manager"], None, 2, before):
        assert [notice.seq for notice in page] == sorted((notice.seq for notice in page), reverse=True)
        seen += [notice.signal["signal_id"] for notice in page]
        before = page[-1].seq
    assert seen == [f"s{n}.0" for n in reversed(range(7))]


async def test_a_region_limits_what_comes_through_a_role(library: AnyLibrary) -> None:
    east, south, anywhere, mine = (
        signal(1, to=("role:manager",), region="华东"),
        signal(2, to=("role:manager",), region="华南"),
        signal(3, to=("role:manager",)),
        signal(4, to=("role:manager", "rep:r17"), region="华南"),
    )
    await library.commit("detect", SLOT, NO_OFFSET, 9, Outputs(signals=[east, south, anywhere, mine]))
    notices = await library.inbox(["role:manager", "rep:r17"], ["华东"], 10)
    assert [notice.signal["signal_id"] for notice in notices] == ["s4.0", "s3.0", "s1.0"]
    assert [notice.signal["signal_id"] for notice in await library.inbox(["role:manager"], [], 10)] == ["s3.0"]


async def test_acknowledging_counts_once(library: AnyLibrary) -> None:
    await library.commit("detect", SLOT, NO_OFFSET, 9, Outputs(signals=[signal(1, to=("rep:r17", "role:manager"))]))
    assert await library.acked("s1.0", ["rep:r17"]) is None
    assert await library.ack("s1.0", ["rep:r17", "rep:r17"], "r17", 77) == 1
    assert await library.ack("s1.0", ["rep:r17", "role:manager"], "m1", 88) == 1
    assert await library.ack("none", ["rep:r17"], "r17", 99) == 0
    assert await library.acked("none", ["rep:r17"]) is None
    assert await library.acked("s1.0", ["role:manager"]) == ("m1", 88)
    assert await library.acked("s1.0", ["role:manager", "rep:r17", "rep:r17"]) == ("r17", 77)
    (notice,) = await library.inbox(["rep:r17"], None, 10)
    assert (notice.acked_at, notice.acked_by) == (77, "r17")


async def test_odd_text_does_not_stop_a_commit(library: AnyLibrary) -> None:
    odd = "a\x00b \\u0000 \\\x00 \"'\n\t王𠮷"
    outputs = Outputs(changes=[change(1, "name", odd)], signals=[signal(1, evidence={"odd": odd})])
    await library.commit("detect", SLOT, NO_OFFSET, 1, outputs)
    lead = await library.lead("lead:a")
    (notice,) = await library.inbox(["rep:r17"], None, 1)
    assert lead is not None
    for stored in (lead.fields["name"], notice.signal["evidence"]["odd"]):
        assert stored.replace("\0", "\ufffd") == odd.replace("\0", "\ufffd")


async def test_inputs_are_left_untouched(library: AnyLibrary) -> None:
    outputs = Outputs(changes=[change(2), change(1)], signals=[signal(2), signal(1)])
    before = msgspec.json.encode([outputs.changes, outputs.signals])
    await library.commit("detect", SLOT, NO_OFFSET, 9, outputs)
    assert msgspec.json.encode([outputs.changes, outputs.signals]) == before
    assert origin(1) == outputs.signals[1].origin


async def test_alerts_go_back_to_the_lead_that_parted_and_what_was_told_stays(library: AnyLibrary) -> None:
    def parted(offset: int, lead: str, *ids: str) -> Signal:
        evidence = {"lead": lead, "alerts": {lead: list(ids)}}
        return signal(offset, kind="leads_unmerged", entity=lead, evidence=evidence, to=("role:manager",))

    await library.commit("detect", SLOT, NO_OFFSET, 3, Outputs(signals=[signal(1), signal(2), signal(3)]))
    await library.commit("detect", OTHER, NO_OFFSET, 9, Outputs(signals=[parted(8, "lead:b", "s1.0", "s3.0")]))
    found = {each.signal["signal_id"]: each.signal for each in await library.inbox(["rep:r17"], None, 10)}
    assert {name: (each["entity"], each.get("told_of")) for name, each in found.items()} == {
        "s1.0": ("lead:b", "lead:a"), "s2.0": ("lead:a", None), "s3.0": ("lead:b", "lead:a")
    }  # fmt: skip
    await library.commit("detect", OTHER, 9, 12, Outputs(signals=[parted(12, "lead:c", "s3.0")]))
    found = {each.signal["signal_id"]: each.signal for each in await library.inbox(["rep:r17"], None, 10)}
    assert [found[name]["entity"] for name in ("s1.0", "s2.0", "s3.0")] == ["lead:b", "lead:a", "lead:c"]
    assert len(await library.inbox(["rep:r17"], None, 10)) == 3  # nobody is told twice

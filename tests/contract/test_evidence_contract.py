"""What the lead library promises about evidence, on the fake and on PostgreSQL."""

import asyncio
from contextlib import AbstractAsyncContextManager

import msgspec
import pytest

from schemas.evidence import (
    Consequence,
    Decision,
    EvidenceClaim,
    EvidenceEdge,
    EvidenceRecord,
    Membership,
    Outcome,
    Question,
)
from schemas.fact import Origin
from schemas.identity import EventClaim, IdClaim, IdKey, IdMove
from sinks.base import LostRace
from tests.contract.conftest import AnyLibrary

pytestmark = pytest.mark.anyio
ORIGIN = Origin("touchpoints", "aaaaaaaa", 0, 7)


def record(name: str, lead: str, *keys: int) -> EvidenceRecord:
    return EvidenceRecord(
        node=name, lead=lead, profile=name.encode() + b"\x00\xff", at=5, event_id=f"e {name}", keys=keys
    )


def edge(left: str, right: str, left_lead: str, right_lead: str) -> EvidenceEdge:
    return EvidenceEdge(
        left=left, right=right, left_lead=left_lead, right_lead=right_lead, findings=b"\x00\x01", verdict="same",
        score=4.25,
    )  # fmt: skip


def member(lead: str, person: str, version: int = 0) -> Membership:
    return Membership(lead=lead, person=person, address=lead, version=version)


def question(left: str, right: str, closed: str = "") -> Question:
    return Question(
        left=left, right=right, score=1.5, reason="evidence is weak", evidence={"for": {"name": 9.0}, "against": {}},
        source="excel", file="a.xlsx", event_id="e", at=3, closed=closed,
    )  # fmt: skip


EMPTY = EvidenceClaim(looked=(), newest=0, region=(), changed=0)


async def add(library: AnyLibrary, *events: str, **added: object) -> None:
    """Claim what is new, as if all that is known had just been read."""
    newest = (await library.evidence_near([], [], 1)).newest
    changed = (await library.evidence_around([], 1)).changed
    claim = msgspec.structs.replace(EMPTY, newest=newest, changed=changed, **added)  # type: ignore[arg-type]
    await library.claim([EventClaim(event, ORIGIN, "lead:a") for event in events], evidence=claim)


async def test_records_are_found_under_their_keys_and_by_name(library: AnyLibrary) -> None:
    await add(library, records=(record("n1", "lead:a", 1, -(2**63)), record("n2", "lead:b", 1, 2**63 - 1)))
    near = await library.evidence_near([1, -(2**63), 99], [], 5)
    assert near.buckets == {1: ("n1", "n2"), -(2**63): ("n1",)}
    assert [(each.node, each.lead, each.profile) for each in near.records] == [
        ("n1", "lead:a", b"n1\x00\xff"), ("n2", "lead:b", b"n2\x00\xff"),
    ]  # fmt: skip
    named = await library.evidence_near([], ["n2", "unknown"], 5)
    assert ([each.node for each in named.records], named.buckets, named.full) == (["n2"], {}, frozenset())


async def test_an_event_id_may_hold_any_character(library: AnyLibrary) -> None:
    await add(library, "e\0", records=(msgspec.structs.replace(record("n1", "lead:a", 1), event_id='e\0{,"}'),))
    found = (await library.evidence_near([1], [], 5)).records
    assert [each.event_id.replace("\0", "\ufffd") for each in found] == ['e\ufffd{,"}']


async def test_a_key_with_too_many_records_is_named_without_them(library: AnyLibrary) -> None:
    await add(library, records=tuple(record(f"n{n}", f"lead:{n}", 1, 10 + n) for n in range(3)))
    near = await library.evidence_near([1, 11], [], 2)
    assert (near.buckets, near.full) == ({11: ("n1",)}, frozenset({1}))
    assert (await library.evidence_near([1], [], 3)).full == frozenset()


async def test_all_that_hangs_together_is_found_and_nothing_else(library: AnyLibrary) -> None:
    leads = ["lead:a", "lead:b", "lead:c", "lead:d", "lead:far"]
    await add(
        library,
        records=tuple(record(f"n{lead[-1]}", lead, n) for n, lead in enumerate(leads)),
        edges=(edge("na", "nb", "lead:a", "lead:b"),),
        people=(member("lead:b", "lead:b"), member("lead:c", "lead:b", 1)),
        decisions=(Decision(left="lead:c", right="lead:d", answer="different", by="rep:r1", at=9, event_id="e9"),),
        questions=(question("lead:a", "lead:c"), question("lead:a", "lead:far")),
    )
    for begin in ("lead:a", "lead:d"):
        around = await library.evidence_around([begin], 10)
        assert [each.node for each in around.records] == ["na", "nb", "nc", "nd"]
        assert [(each.left, each.findings, each.score) for each in around.edges] == [("na", b"\x00\x01", 4.25)]
        assert around.people == [member("lead:b", "lead:b"), member("lead:c", "lead:b", 1)]
        assert [(each.answer, each.by, each.at) for each in around.decisions] == [("different", "rep:r1", 9)]
        assert list(around.questions) == [question("lead:a", "lead:c")]
        assert around.whole
    alone = await library.evidence_around(["lead:far"], 10)
    assert ([each.node for each in alone.records], alone.edges, alone.whole) == (["nr"], [], True)


async def test_more_leads_than_asked_for_are_not_the_whole(library: AnyLibrary) -> None:
    chain = tuple(edge(f"n{n}", f"n{n + 1}", f"lead:{n}", f"lead:{n + 1}") for n in range(9))
    await add(library, edges=chain)
    assert not (await library.evidence_around(["lead:0"], 5)).whole
    assert (await library.evidence_around(["lead:0"], 10)).whole


async def test_the_latest_membership_and_question_stand(library: AnyLibrary) -> None:
    await add(library, people=(member("lead:b", "lead:a", 1),), questions=(question("lead:a", "lead:b"),))
    await add(library, people=(member("lead:b", "lead:b", 2),), questions=(question("lead:a", "lead:b", "settled"),))
    assert await library.people(["lead:a", "lead:b"]) == {"lead:b": member("lead:b", "lead:b", 2)}
    assert [each.closed for each in (await library.evidence_around(["lead:a", "lead:b"], 5)).questions] == ["settled"]


async def test_all_leads_of_the_people_of_some_leads_are_found(library: AnyLibrary) -> None:
    pairs = (("lead:b", "lead:a"), ("lead:a", "lead:a"), ("lead:Z", "lead:z"), ("lead:d", "lead:d"))
    await add(library, people=tuple(member(*pair) for pair in pairs))
    found = await library.companions(["lead:b", "lead:Z", "lead:x"])
    assert list(found) == [member("lead:Z", "lead:z"), member("lead:a", "lead:a"), member("lead:b", "lead:a")]
    assert not await library.companions([])


async def test_open_questions_are_found_by_pattern_the_likeliest_first(library: AnyLibrary) -> None:
    likely = msgspec.structs.replace(question("lead:c", "lead:d"), score=3.0, file="b.xlsx")
    await add(library, questions=(question("lead:a", "lead:b"), likely, question("lead:e", "lead:f", "same")))
    assert list(await library.questions()) == [likely, question("lead:a", "lead:b")]
    assert list(await library.questions(limit=1)) == [likely]
    assert list(await library.questions(file="a.xlsx", reason="evidence is weak", source="excel")) == [
        question("lead:a", "lead:b")
    ]
    assert not await library.questions(source="web")


async def test_all_questions_about_two_people_are_found_by_any_of_their_leads(library: AnyLibrary) -> None:
    people = (
        member("lead:a", "lead:a"),
        member("lead:b", "lead:a"),
        member("lead:c", "lead:d"),
        member("lead:d", "lead:d"),
    )
    likely = msgspec.structs.replace(question("lead:b", "lead:d"), score=3.0)
    asked = question("lead:a", "lead:c"), likely
    others = (question("lead:a", "lead:d", "same"), question("lead:a", "lead:e"), question("lead:e", "lead:f"),
              question("lead:a", "lead:b"))  # fmt: skip
    await add(library, people=people, questions=(*asked, *others))
    for left, right in (("lead:a", "lead:c"), ("lead:d", "lead:b")):
        assert list(await library.questions_beside(left, right)) == [likely, asked[0]]
    assert list(await library.questions_beside("lead:f", "lead:e")) == [others[2]]
    assert not await library.questions_beside("lead:c", "lead:x")
    assert await library.question_counts() == {("evidence is weak", "excel", "a.xlsx"): 5}


async def test_consequences_are_told_again_with_the_event(library: AnyLibrary) -> None:
    told = Consequence(entity="lead:a", type="leads_moved", data={"leads": {"lead:a": 1}, "to": "lead:b", "名": "张"})
    await add(library, "e1", outcomes=(Outcome(event_id="e1", origin=ORIGIN, consequences=(told,)),))
    assert dict(await library.consequences(["e0", "e1"])) == {"e1": (told,)}


async def test_a_record_that_came_in_between_under_a_key_loses_the_race(library: AnyLibrary) -> None:
    near = await library.evidence_near([1, 2], [], 5)
    await add(library, records=(record("n1", "lead:a", 1),))
    late = msgspec.structs.replace(EMPTY, newest=near.newest, looked=(1, 2), records=(record("n2", "lead:b", 1),))
    with pytest.raises(LostRace):
        await library.claim([EventClaim("e2", ORIGIN, "lead:b")], evidence=late)
    assert not await library.decisions(["e2"])
    assert (await library.evidence_near([1], ["n2"], 5)).buckets == {1: ("n1",)}
    elsewhere = msgspec.structs.replace(late, looked=(2,), records=(record("n2", "lead:b", 2),))
    await library.claim([EventClaim("e2", ORIGIN, "lead:b")], evidence=elsewhere)


async def test_a_record_of_a_lead_of_the_region_that_came_in_between_loses_the_race(library: AnyLibrary) -> None:
    near = await library.evidence_near([1], [], 5)
    await add(library, records=(record("n1", "lead:a", 9),))
    late = msgspec.structs.replace(EMPTY, newest=near.newest, looked=(1,), region=("lead:a", "lead:b"))
    with pytest.raises(LostRace, match="a record of the same lead"):
        await library.claim([EventClaim("e2", ORIGIN, "lead:b")], evidence=late)
    assert not await library.decisions(["e2"])
    now = (await library.evidence_near([1], [], 5)).newest
    await library.claim([], evidence=msgspec.structs.replace(late, newest=now))
    await library.claim([], evidence=msgspec.structs.replace(late, region=("lead:b",)))


async def test_turns_come_one_after_another(library: AnyLibrary) -> None:
    inside = 0

    async def take(turn: AbstractAsyncContextManager[None]) -> None:
        nonlocal inside
        async with turn:
            inside += 1
            assert inside == 1
            await library.evidence_near([1], [], 5)
            await library.decisions(["e"])
            inside -= 1

    await asyncio.gather(*[take(library.turn()) for _ in range(8)])


async def test_a_decision_on_the_same_leads_in_between_loses_the_race(library: AnyLibrary) -> None:
    before = await library.evidence_around(["lead:a"], 5)
    await add(library, edges=(edge("na", "nb", "lead:a", "lead:b"),))
    await add(library, people=(member("lead:x", "lead:y", 1),))
    for region in ("lead:a", "lead:b", "lead:x", "lead:y"):
        late = msgspec.structs.replace(EMPTY, region=(region,), changed=before.changed)
        with pytest.raises(LostRace):
            await library.claim([], evidence=late)
    await library.claim([], evidence=msgspec.structs.replace(EMPTY, region=("lead:far",), changed=before.changed))


async def test_a_record_that_is_kept_already_loses_the_race_and_nothing_is_done(library: AnyLibrary) -> None:
    await add(library, records=(record("n1", "lead:a", 1),))
    with pytest.raises(LostRace):
        await add(library, records=(record("n3", "lead:c", 3), record("n1", "lead:b", 2)))
    assert not (await library.evidence_near([3], ["n3"], 5)).records


async def test_a_number_remembers_when_it_was_given_up(library: AnyLibrary) -> None:
    key = IdKey("phone", "+8613800138000")
    await library.claim([], [IdClaim(key, "lead:a", True, 1, "e1")])
    await library.claim([], [], [IdMove(key, "lead:a", 50, "e2")])
    await library.claim([], [IdClaim(key, "lead:b", True, 60, "e3")])
    past = await library.past("phone", [key.value, "+8613900139000"])
    assert {value: [each.until for each in ends] for value, ends in past.items()} == {key.value: [50]}


async def test_what_is_common_is_sampled_and_kept(library: AnyLibrary) -> None:
    assert await library.population() is None
    await add(library, records=tuple(record(f"n{n}", "lead:a", n) for n in range(20)))
    sample, people = await library.evidence_sample(1_000)
    assert (len(sample), people) == (20, 20)
    await library.keep_population(b'{"people": 20}')
    await library.keep_population(b'{"people": 40}')
    assert await library.population() == {"people": 40}

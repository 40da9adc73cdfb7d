"""The topic `lead-history` as a copy: what both stages tell it rebuilds the library, to the row."""

from itertools import count
from typing import Any

import pytest

from schemas.identity import PUBLIC
from schemas.ids import derived_id, entity_key
from schemas.times import HOUR, to_iso
from sinks.postgres import PostgresLibrary
from sinks.postgres.copied_evidence import CopiedEvidence
from sinks.postgres.copies import CopiedHistory
from sinks.postgres.rebuild import take_over
from sinks.postgres.snapshot import moment
from streams.archive.copies import take
from streams.archive.verifying import Verdict, compare_identifiers, verify_library
from tests.contract.archives import content, execute
from tests.memory_world import CODEC, Crash, World
from tests.unit.detector_bench import NINE
from tests.unit.test_delivery import RULES, story
from tests.unit.test_identity_live import BAIDU, form
from tests.unit.test_merging_live import judged

pytestmark = [pytest.mark.anyio, pytest.mark.services]

LEADS = "lead_id, fields, created_at, updated_at, version"
IDS = "kind, value, lead, event_id, verified, since, until, moved_by"
ROWS = "lead, seq, field, old, new, rule, event_id, actor, at, log_offset, output_index, previous, hash"
EVIDENCE = (
    "SELECT node, lead, profile, at, event_id FROM evidence_records",
    "SELECT key, node FROM blocking_keys JOIN evidence_records USING (record_no)",
    "SELECT left_node, right_node, left_lead, right_lead, findings, verdict, score FROM evidence_edges",
    "SELECT lead, person, address, version FROM people",
    "SELECT lead, person, version FROM people_log",
    "SELECT left_lead, right_lead, answer, decided_by, at, event_id FROM identity_decisions",
    "SELECT * FROM questions",
)
LONG_AGO = 1_000_000_000_000  # ms: told before the last minutes, whatever the clock of the machine
OLD, NEW, LATER = "+8613800138000", "+8613912345678", "+8613712345678"


class Told:
    """A record of the topic, as Kafka gives it."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    def value(self) -> bytes:
        return self._value

    def timestamp(self) -> tuple[int, int]:
        return 1, LONG_AGO


def changed_hands() -> list[dict[str, Any]]:
    """Numbers that move, come back, and move on."""
    numbers = count()

    def event(type_: str, minute: int, about: str, **data: Any) -> dict[str, Any]:
        ids = [{"kind": "phone", "value": about, "verified": True}]
        at = to_iso(NINE + 5 * HOUR + minute * 60_000)
        return {"event_id": f"hands-{next(numbers)}", "type": type_, "source": "website", "occurred_at": at,
                "subject": {"ids": ids}, "data": data}  # fmt: skip

    def moved(minute: int, old: str, new: str) -> dict[str, Any]:
        return event("phone_changed", minute, old, old=old, new=new, old_code_verified=True, new_code_verified=True)

    form = {"form": "trial", "region": "华东"}
    return [
        event("form_submitted", 0, OLD, **form, phone=OLD, email="a@example.com"),
        moved(1, OLD, NEW),
        event("form_submitted", 2, OLD, **form, phone=OLD),
        moved(3, OLD, LATER),
        moved(4, NEW, OLD),
    ]


def one_desk() -> list[dict[str, Any]]:
    """One number under so many names that it points to nobody any more."""
    names = ["李小明", "赵大海", "欧阳娜娜", "钱学森", "孙中山", "周树人", "吴敬梓", "郑成功", "司马光", "诸葛亮"]
    return [form(f"desk-{n}", name=name, phone="13587654321", minute=300 + n) for n, name in enumerate(names)]


def one_person() -> list[list[dict[str, Any]]]:
    """Evidence joins two, raises a question about two, and people say what they are; told one after another."""
    pairs = [(lead_of("masked-a"), lead_of("masked-b")), (lead_of("asked-a"), lead_of("asked-b"))]
    return [
        [
            form("masked-a", name="张伟杰", phone="13800138001"),
            form("masked-b", name="张伟杰", phone="138****8001"),
            form("asked-a", name="欧阳建国", company="小米科技有限责任公司", phone="13511112222", minute=400),
            form("asked-b", name="欧阳建国", company="小米科技有限责任公司", email="oy@example.com", minute=401),
            form("doubt-a", name="张伟", phone="13800138005", company=BAIDU, minute=402),
            form("doubt-b", name="章伟", phone="13900139005", company=BAIDU, minute=403),
        ],
        [judged("parted", "different", *pairs[0], minute=450)],
        [judged("joined", "same", *pairs[1], minute=451), judged("joined-too", "same", *pairs[0], minute=452)],
    ]


def lead_of(event_id: str) -> str:
    return entity_key("lead", derived_id("lead", event_id))


def world(library: Any) -> World:
    made = World(RULES, partitions=2, cleanse_size=3)
    made.library = library
    made._start()
    return made


async def rebuilt(made: World, dsn: str, schema: str) -> None:
    records = [Told(record.value) for record in made.producer.records["lead-history"]]
    async with moment(dsn, schema) as now:
        copied = CopiedHistory(now)
        await copied.begin()
        evidence = CopiedEvidence(now)
        await evidence.begin()
        await take(copied, records, CODEC, evidence)  # type: ignore[arg-type]
        await copied.settle()
        await take_over(now)
        await evidence.take_over()
        assert (await verify_library(now)).whole


async def library_of(dsn: str, schema: str) -> dict[str, Any]:
    everything = await content(dsn, schema, leads=LEADS, identifiers=IDS, history=ROWS)
    fences = await execute(dsn, schema, "SELECT topic, partition, log_offset FROM fences JOIN slots USING (slot_id)")
    counts = await execute(
        dsn, schema, "SELECT partition, count FROM counts JOIN slots USING (slot_id) WHERE what = 'lead'"
    )
    return {name: everything[name] for name in ("leads", "identifiers", "history")} | {
        "partitions": sorted(row[:2] for row in fences), "counts": sorted(counts), **await evidence_of(dsn, schema)
    }  # fmt: skip


async def evidence_of(dsn: str, schema: str) -> dict[str, Any]:
    return {query: sorted(map(repr, await execute(dsn, schema, query))) for query in EVIDENCE}


@pytest.mark.parametrize("crash", [None, "after a claim", "twice"])
async def test_what_the_stages_told_rebuilds_the_library(
    postgres_library: PostgresLibrary, dsn: str, elsewhere: str, crash: str | None
) -> None:
    made = world(postgres_library)
    for number, events in enumerate([[*story(), *changed_hands()], *one_person()]):
        made.publish(events, NINE + (9 + number) * HOUR)
        if crash is not None:
            for wanted in (1, 4) if crash == "twice" and not number else (1,):
                await _crash_after_claim(made, wanted)
        await made.run()
    await rebuilt(made, dsn, elsewhere)
    ended = await execute(dsn, elsewhere, "SELECT value FROM identifiers WHERE until IS NOT NULL")
    assert len(ended) >= 2
    assert all((await evidence_of(dsn, elsewhere)).values())
    assert await library_of(dsn, elsewhere) == await library_of(dsn, postgres_library._schema)


TAMPERED = [
    ("pointed elsewhere", "UPDATE identifiers SET lead = 'lead:x' WHERE value = %(mail)s", "missing"),
    ("gone", "DELETE FROM identifiers WHERE value = %(mail)s", "missing"),
    ("another value", "UPDATE identifiers SET value = 'b@example.com' WHERE value = %(mail)s", "missing"),
    ("older", "UPDATE identifiers SET since = since - 1 WHERE value = %(mail)s", "not what"),
    ("ended by nobody", "UPDATE identifiers SET until = since, moved_by = 'x' WHERE value = %(mail)s", "not what"),
    ("held on to", "UPDATE identifiers SET until = until + 1 WHERE until IS NOT NULL", "not what"),
    ("ended by another", "UPDATE identifiers SET moved_by = 'x' WHERE until IS NOT NULL", "not what"),
    ("confirmed by nobody", "UPDATE identifiers SET verified = false WHERE verified", "not what"),
]  # fmt: skip


@pytest.mark.parametrize(("attack", "says"), [case[1:] for case in TAMPERED], ids=[case[0] for case in TAMPERED])
async def test_an_identifier_that_is_not_what_the_topic_tells_is_named(
    postgres_library: PostgresLibrary, dsn: str, attack: str, says: str
) -> None:
    made, schema = world(postgres_library), postgres_library._schema
    made.publish(changed_hands(), NINE + 9 * HOUR)
    await _crash_after_claim(made, 2)
    await made.run()
    assert await identifiers_damaged(made, dsn, schema) == []
    await execute(
        dsn, schema, "ALTER TABLE identifiers DISABLE TRIGGER ALL", attack.replace("%(mail)s", "'a@example.com'")
    )
    damages = await identifiers_damaged(made, dsn, schema)
    assert damages
    assert all(f"in `identifiers` is {says}" in damage for damage in damages), damages
    assert not any("a@example.com" in damage or OLD in damage for damage in damages), "it is masked"


async def test_what_the_topic_was_not_told_yet_is_no_damage(postgres_library: PostgresLibrary, dsn: str) -> None:
    """A worker claims before it tells; verifying must not cry while it does."""
    made, schema = world(postgres_library), postgres_library._schema
    made.publish([*changed_hands(), *one_desk()], NINE + 9 * HOUR)
    await made.run()
    assert await execute(dsn, schema, f"SELECT value FROM identifiers WHERE starts_with(moved_by, '{PUBLIC}')")  # noqa: S608
    for number in range(len(made.producer.records["lead-history"])):
        assert await identifiers_damaged(made, dsn, schema, number) == []


async def identifiers_damaged(made: World, dsn: str, schema: str, first: int | None = None) -> list[str]:
    """Return what is wrong with identifiers by what the topic was told, or by the first records of it."""
    records = [Told(record.value) for record in made.producer.records["lead-history"][:first]]
    async with moment(dsn, schema) as now:
        copied, verdict = CopiedHistory(now), Verdict()
        await copied.begin()
        await take(copied, records, CODEC)  # type: ignore[arg-type]
        await compare_identifiers(verdict, now)
    return list(map(str, verdict.damages))


async def _crash_after_claim(made: World, wanted: int) -> None:
    """Run until a claim is stored and nothing more happens; a new worker starts over."""
    seen = 0
    original = made.library.claim

    async def claim(*given: Any, **more: Any) -> None:
        nonlocal seen
        await original(*given, **more)
        seen += 1
        if seen == wanted:
            raise Crash

    made.library.claim = claim  # type: ignore[method-assign]
    try:
        await made._open()
        while await made._turn():
            pass
    except Crash:
        made.crashes += 1
    finally:
        made.library.claim = original  # type: ignore[method-assign]
        made._start()

"""The topic `lead-history` as a copy: what both stages tell it rebuilds leads, identifiers and history, to the row."""

from itertools import count
from typing import Any

import pytest

from schemas.times import HOUR, to_iso
from sinks.postgres import PostgresLibrary
from sinks.postgres.copies import CopiedHistory
from sinks.postgres.rebuild import take_over
from sinks.postgres.snapshot import moment
from streams.archive.copies import take
from streams.archive.verifying import verify_library
from tests.contract.archives import content, execute
from tests.memory_world import CODEC, Crash, World
from tests.unit.detector_bench import NINE
from tests.unit.test_delivery import RULES, story

pytestmark = [pytest.mark.anyio, pytest.mark.services]

LEADS = "lead_id, fields, created_at, updated_at, version"
IDS = "kind, value, lead, event_id, verified, since, until, moved_by"
ROWS = "lead, seq, field, old, new, rule, event_id, actor, at, log_offset, output_index, previous, hash"
OLD, NEW, LATER = "+8613800138000", "+8613912345678", "+8613712345678"


class Told:
    """A record of the topic, as Kafka gives it."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    def value(self) -> bytes:
        return self._value

    def timestamp(self) -> tuple[int, int]:
        return 1, NINE


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
        await take(copied, records, CODEC)  # type: ignore[arg-type]
        await copied.settle()
        await take_over(now)
        assert (await verify_library(now)).whole


async def library_of(dsn: str, schema: str) -> dict[str, Any]:
    everything = await content(dsn, schema, leads=LEADS, identifiers=IDS, history=ROWS)
    fences = await execute(dsn, schema, "SELECT topic, partition, log_offset FROM fences JOIN slots USING (slot_id)")
    counts = await execute(
        dsn, schema, "SELECT partition, count FROM counts JOIN slots USING (slot_id) WHERE what = 'lead'"
    )
    return {name: everything[name] for name in ("leads", "identifiers", "history")} | {
        "partitions": sorted(row[:2] for row in fences), "counts": sorted(counts)
    }  # fmt: skip


@pytest.mark.parametrize("crash", [None, "after a claim", "twice"])
async def test_what_the_stages_told_rebuilds_the_library(
    postgres_library: PostgresLibrary, dsn: str, elsewhere: str, crash: str | None
) -> None:
    made = world(postgres_library)
    made.publish([*story(), *changed_hands()], NINE + 9 * HOUR)
    if crash is not None:
        for wanted in (1, 4) if crash == "twice" else (3,):
            await _crash_after_claim(made, wanted)
    await made.run()
    await rebuilt(made, dsn, elsewhere)
    ended = await execute(dsn, elsewhere, "SELECT value FROM identifiers WHERE until IS NOT NULL")
    assert len(ended) >= 2
    assert await library_of(dsn, elsewhere) == await library_of(dsn, postgres_library._schema)


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

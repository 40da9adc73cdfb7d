"""What it costs to say who an event is about, over a library of a given size: `python -m tests.bench.identity_cost`.

Fills a library of its own, in services of its own, with the people of `streams.bench.population`, then places batches
of cleansed events as the cleanse stage does, claims included, once by identifiers alone and once with evidence. CPU of
this process and of the server's backends, per event: means over the batches after the first twenty, in which caches
fill.
"""

import argparse
import asyncio
import gc
import random
import time
from collections.abc import Iterator
from typing import Any

import psutil

from processors.cleanse import Cleansed, cleanse
from processors.cleanse_batch import CleanseBatch, Item
from processors.cleansing.record import CleansingOptions
from schemas.fact import Origin
from schemas.rules import RuleBook
from schemas.touchpoint import SubjectId, Touchpoint
from sinks.postgres import PostgresLibrary, migrate
from streams.bench.installation import installation
from streams.bench.library import fill
from streams.bench.population import somebody
from streams.stages.identify import Identify
from streams.worker.process import COLLECTOR_THRESHOLDS

RULES = RuleBook.model_validate({"identity": {"resolver": "full"}})
OPTIONS = CleansingOptions(RULES.cleansing, b"k" * 32)
SCHEMA = "identity_cost"
RUNS = ("exact", "full")
BATCH, BATCHES, WARM = 500, 40, 20
NEWCOMERS = 100_000_000  # from this number on nobody is in the library


def person(number: int) -> dict[str, str]:
    """Return what somebody types into a form about themselves."""
    one = somebody(number)
    told = {"name": one.name, "phone": f"+86{one.phone}", "address": one.address, "company": one.company}
    return {name: value for name, value in told.items() if value}


def cleansed(event_id: str, type_: str, data: dict[str, Any], phone: str | None = None) -> Cleansed:
    """Return a touchpoint as the stage has it before it asks who it is about."""
    ids = (SubjectId("phone", phone, False),) if phone else ()
    touchpoint = Touchpoint(
        event_id=event_id,
        type=type_,
        source="web",
        occurred_at=2,
        received_at=2,
        ids=ids,
        rep_id=None,
        data=data,
        extra={},
    )
    found = cleanse(touchpoint, OPTIONS)
    assert isinstance(found, Cleansed), found
    return found


def said(fields: dict[str, str], **other: str) -> dict[str, str]:
    """Return a form with these fields."""
    return {"form": "trial", **fields, **other}


def events(kind: str, leads: int, run: str) -> Iterator[Cleansed]:
    """Give events of a kind."""
    draw = random.Random(f"{run} {kind}")  # others than another kind draws: who was joined before costs more
    for number in range(BATCH * BATCHES):
        event_id = f"{run}-{kind}-{number}"
        known = person(draw.randrange(leads))
        match kind:
            case "new people":
                yield cleansed(event_id, "form_submitted", said(person(NEWCOMERS * (1 + RUNS.index(run)) + number)))
            case "known people, new number":
                phone = f"+86199{draw.randrange(10**8):08d}"
                yield cleansed(event_id, "form_submitted", said(known, phone=phone))
            case "known people, masked number":
                masked = known["phone"][3:6] + "****" + known["phone"][-4:]
                yield cleansed(event_id, "form_submitted", said(known, phone=masked))
            case "known identifier, views":
                yield cleansed(event_id, "page_viewed", {"url": "https://example.com/"}, known["phone"])
            case _:
                yield cleansed(event_id, "form_submitted", said(known))


async def measured(
    library: PostgresLibrary, identify: Identify | None, batches: list[list[Cleansed]], first: int
) -> tuple[float, float, int]:
    """Return CPU in µs per event of this process and of the server, and how many leads changed their person."""
    server = [
        process for process in psutil.process_iter(["name", "pid"]) if process.info["pid"] in await backends(library)
    ]
    joined = 0
    gc.collect()
    gc.freeze()  # the events that wait here would not be there in a worker
    gc.set_threshold(*COLLECTOR_THRESHOLDS)  # as in a worker
    begun = spent(server)
    for number, batch in enumerate(batches):
        if number == WARM:
            begun = spent(server)
        items = [
            Item(Origin("touchpoints", "bbbbbbbb", 0, first + BATCH * number + place), each, 2)
            for place, each in enumerate(batch)
        ]
        work = CleanseBatch(items, alone=identify is None)
        decisions, held, past = await library.known(work.event_ids(), work.identifiers())
        if identify is None:
            plan = work.plan(decisions, held, {}, past)
        else:
            plan = await identify.plan(work.decide(decisions, held, {}, past), past)
        await library.claim(plan.events, plan.claims, plan.moves, plan.evidence)
        joined += len(plan.evidence.people) if plan.evidence is not None else 0
    scale = 1e6 / BATCH / (len(batches) - WARM)
    client, other = ((end - begin) * scale for begin, end in zip(begun, spent(server), strict=True))
    return client, other, joined


async def backends(library: PostgresLibrary) -> set[int]:
    """Return the processes that serve the library."""
    return {row[0] for row in await library.rows(b"SELECT pg_backend_pid()")}


def spent(server: list[psutil.Process]) -> tuple[float, float]:
    """Return CPU seconds of this process, and of the server's."""
    times = [process.cpu_times() for process in server]
    return time.process_time(), sum(each.user + each.system for each in times)


KINDS = ("new people", "known people, new number", "known people, masked number", "known identifier, views",
         "known identifier, forms")  # fmt: skip


async def main(dsn: str, leads: int) -> None:
    """Fill a library and measure."""
    await migrate(dsn, SCHEMA)
    await asyncio.to_thread(fill, dsn, SCHEMA, leads)
    print(f"{leads:,} leads", flush=True)
    async with PostgresLibrary(dsn, SCHEMA, connections=1) as library:
        full = Identify(library, RULES.identity)
        await full.refresh()
        first = 0
        for kind in KINDS:
            for title, identify in zip(RUNS, (None, full), strict=True):
                found = list(events(kind, leads, title))
                batches = [found[begin : begin + BATCH] for begin in range(0, len(found), BATCH)]
                client, server, joined = await measured(library, identify, batches, first)
                first += len(found)
                print(
                    f"{kind:30} {title:6} client {client:7.1f}  server {server:7.1f} µs/event  joined {joined}",
                    flush=True,
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    count = parser.parse_args().leads
    with installation("embedded") as made:
        asyncio.run(main(made.settings.postgres_dsn.get_secret_value(), count))

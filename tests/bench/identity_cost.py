"""What it costs to say who an event is about, over a library of a given size: `python -m tests.bench.identity_cost`.

Fills a schema of its own in the PostgreSQL of the settings with simulated leads (names by the frequencies of surnames,
mobile numbers in real segments, half of them with an address, a third with an employer), then places batches of
cleansed events as the cleanse stage does, claims included, once by identifiers alone and once with evidence. CPU of
this process and of the server's backends, per event: means over the batches after the first two.
"""

import argparse
import asyncio
import gc
import random
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import numpy
import psutil
import psycopg
from psycopg import sql

from processors.cleanse import Cleansed, cleanse
from processors.cleanse_batch import CleanseBatch, Item
from processors.cleansing.record import CleansingOptions
from processors.identity import Known
from processors.resolver.live_keys import live_keys
from processors.resolver.packed import live_profile, pack, unpack
from processors.resolver.population import counted, to_document
from schemas.fact import Origin
from schemas.identity import IdKey
from schemas.rules import RuleBook
from schemas.touchpoint import SubjectId, Touchpoint
from sinks.postgres import PostgresLibrary, migrate
from streams.settings import settings
from streams.stages.identify import Identify
from streams.worker import COLLECTOR_THRESHOLDS
from tests.bench.identity_masks import GIVEN, SEGMENTS, SURNAMES

RULES = RuleBook.model_validate({"identity": {"resolver": "full"}})
OPTIONS = CleansingOptions(RULES.cleansing, b"k" * 32)
DISTRICTS = (
    ("北京市", "北京市", "海淀区"),
    ("上海市", "上海市", "徐汇区"),
    ("广东省", "广州市", "天河区"),
    ("广东省", "深圳市", "南山区"),
    ("浙江省", "杭州市", "西湖区"),
    ("四川省", "成都市", "武侯区"),
)
ROADS = ("中关村大街", "人民路", "解放路", "建设路", "和平路", "新华街", "文化路", "长江路")
BATCH, BATCHES, WARM = 500, 10, 2
COMMON = [chr(code) for code in range(0x4E00, 0x4E00 + 1_500)]
SHARES = SURNAMES.split()


def person(number: int) -> dict[str, str]:
    """Return the fields of somebody, always the same for a number."""
    draw = random.Random(number)
    surname = draw.choices([word[0] for word in SHARES], [float(word[1:]) for word in SHARES])[0]
    given = "".join(
        draw.choice(GIVEN) if draw.random() < 0.6 else draw.choice(COMMON) for _ in range(draw.choice((1, 2, 2, 2)))
    )
    phone = f"+86{SEGMENTS.split()[number % 27]}{number * 48_271 % 10**8:08d}"  # nobody has another's number
    fields = {"name": surname + given, "phone": phone}
    if draw.random() < 0.5:
        province, city, district = draw.choice(DISTRICTS)
        fields |= {"province": province, "city": city, "district": district}
        fields["address"] = f"{province}{city}{district}{draw.choice(ROADS)}{draw.randrange(1, 900)}号"
    if draw.random() < 0.33:
        fields["company"] = (
            f"{draw.choice(['北京', '上海', '深圳', '杭州'])}{''.join(draw.choices(COMMON, k=3))}科技有限公司"
        )
    return fields


async def fill(library: PostgresLibrary, dsn: str, schema: str, leads: int) -> None:
    """Put so many leads with identifiers and evidence into the library, by COPY."""
    keys = numpy.empty(leads * 16, dtype=numpy.int64)
    owners = numpy.empty(leads * 16, dtype=numpy.int64)
    filled = 0
    sample: list[bytes] = []
    phones: list[str] = []
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
        await connection.execute("SET synchronous_commit = off")
        cursor = connection.cursor()
        async with cursor.copy("COPY evidence_records (node, lead, profile, at, event_id) FROM STDIN") as copy:
            for number in range(leads):
                fields = person(number)
                phones.append(fields["phone"])
                profile = live_profile(fields, [Known(IdKey("phone", fields["phone"]), False)], 1, {})
                blob = pack(profile)
                if len(sample) < 20_000:
                    sample.append(blob)
                await copy.write_row((profile.content, f"lead:{number}", blob, 1, "e"))
                for key in live_keys(profile).kept:
                    keys[filled], owners[filled] = key, number + 1
                    filled += 1
        order = numpy.lexsort((owners[:filled], keys[:filled]))
        keys, owners = keys[:filled][order], owners[:filled][order]
        async with cursor.copy("COPY blocking_keys (key, record_no) FROM STDIN") as copy:
            for begin in range(0, filled, 100_000):
                pairs = zip(
                    keys[begin : begin + 100_000].tolist(), owners[begin : begin + 100_000].tolist(), strict=True
                )
                await copy.write("".join(f"{key}\t{owner}\n" for key, owner in pairs))
        async with cursor.copy("COPY identifiers (kind, value, lead, event_id, verified, since) FROM STDIN") as copy:
            for number, phone in enumerate(phones):
                await copy.write_row(("phone", phone, f"lead:{number}", "e", False, 1))
        await connection.execute("VACUUM ANALYZE")
    await library.keep_population(to_document(counted(map(unpack, sample), leads)))
    print(f"{leads:,} leads, {filled:,} keys", flush=True)


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
    """Return what somebody types into a form."""
    kept = {name: value for name, value in fields.items() if name in ("name", "phone", "address", "company")}
    return {"form": "trial", **kept, **other}


def events(kind: str, leads: int, run: str) -> Iterator[Cleansed]:
    """Give events of a kind."""
    draw = random.Random(run)
    for number in range(BATCH * BATCHES):
        event_id = f"{run}-{kind}-{number}"
        known = person(draw.randrange(leads))
        match kind:
            case "new people":
                yield cleansed(event_id, "form_submitted", said(person(leads + hash((run, number)) % 10**12)))
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
        work = CleanseBatch(items)
        decisions, held, ended = await library.known(work.event_ids(), work.identifiers())
        if identify is None:
            plan = work.plan(decisions, held, {})
        else:
            plan = await identify.plan(work.decide(decisions, held, {}), ended)
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


async def main(leads: int) -> None:
    """Fill a library and measure."""
    dsn, name = settings().postgres_dsn.get_secret_value(), f"bench{uuid4().hex[:8]}"
    await migrate(dsn, name)
    try:
        async with PostgresLibrary(dsn, name, connections=1) as library:
            await fill(library, dsn, name, leads)
            full = Identify(library, RULES.identity)
            await full.refresh()
            first = 0
            for kind in KINDS:
                for title, identify in (("exact", None), ("full", full)):
                    found = list(events(kind, leads, title))
                    batches = [found[begin : begin + BATCH] for begin in range(0, len(found), BATCH)]
                    client, server, joined = await measured(library, identify, batches, first)
                    first += len(found)
                    print(
                        f"{kind:30} {title:6} client {client:7.1f}  server {server:7.1f} µs/event  joined {joined}",
                        flush=True,
                    )
    finally:
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000)
    sys.exit(asyncio.run(main(parser.parse_args().leads)))

"""Fills a lead library with simulated people: leads, their identifiers and their evidence, by COPY."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import NamedTuple

import msgspec
import psycopg
from psycopg import sql

from processors.identity import Known
from processors.resolver.live.keys import live_keys
from processors.resolver.packed import live_profile, pack, unpack
from processors.resolver.population import counted, to_document
from schemas.identity import IdKey
from streams.bench.population import somebody

AT_ONCE = 5_000
SAMPLED = 20_000  # records by which it is counted how common values are, as workers do
TABLES = (
    ("leads", "lead_id, fields, created_at, updated_at, version"),
    ("identifiers", "kind, value, lead, event_id, verified, since"),
    ("evidence_records", "node, lead, profile, at, event_id"),
)
KEYS = "CREATE TEMP TABLE filled (key bigint, node text) ON COMMIT DROP"
FIND = """
    INSERT INTO {schema}.blocking_keys (key, record_no)
    SELECT key, record_no FROM filled JOIN {schema}.evidence_records USING (node) ORDER BY 1, 2
"""


class Rows(NamedTuple):
    """Some people as text of COPY: one for each of `TABLES`, the keys of their records, and their packed profiles."""

    tables: tuple[str, ...]
    keys: str
    profiles: list[bytes]


def fill(dsn: str, namespace: str, leads: int) -> None:
    """Put the first `leads` people into the library of a schema; none of them has any history."""
    schema = sql.Identifier(namespace)
    sample: list[bytes] = []
    with psycopg.connect(dsn) as connection:
        connection.execute(KEYS)
        for rows in _rows(leads):
            for (table, columns), text in zip(TABLES, rows.tables, strict=True):
                copy = sql.SQL("COPY {}.{} ({}) FROM STDIN").format(schema, sql.Identifier(table), sql.SQL(columns))
                _copy(connection, copy, text)
            _copy(connection, sql.SQL("COPY filled FROM STDIN"), rows.keys)
            sample += rows.profiles[: SAMPLED - len(sample)]
        connection.execute(sql.SQL(FIND).format(schema=schema))
        connection.execute(
            sql.SQL("INSERT INTO {}.populations (document) VALUES (%s::json)").format(schema),
            (to_document(counted(map(unpack, sample), leads)).decode(),),
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def _copy(connection: psycopg.Connection, statement: sql.Composed | sql.SQL, text: str) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(text)


def _rows(leads: int) -> Iterator[Rows]:
    """Make the rows in as many processes as there are cores, a few parts ahead."""
    parts = iter([(begin, min(begin + AT_ONCE, leads)) for begin in range(0, leads, AT_ONCE)])
    with ProcessPoolExecutor(None, get_context("spawn")) as pool:
        ahead = [pool.submit(rows_of, *part) for part in islice(parts, 8)]
        while ahead:
            yield ahead.pop(0).result()
            ahead += [pool.submit(rows_of, *part) for part in islice(parts, 1)]


def rows_of(begin: int, end: int) -> Rows:
    """Return what the library holds of the people from `begin` up to `end`, as workers would have left it."""
    texts: tuple[list[str], ...] = ([], [], [])
    keys: list[str] = []
    profiles: list[bytes] = []
    encode = msgspec.json.Encoder().encode
    for number in range(begin, end):
        one, lead, event = somebody(number), f"lead:bench{number}", f"bench{number}"
        fields = {"name": one.name, "phone": f"+86{one.phone}", "region": one.region}
        ids = [IdKey("phone", f"+86{one.phone}")]
        if one.email:
            fields["email"] = one.email
            ids.append(IdKey("email", one.email))
        if one.company:
            fields["company"] = one.company
        if one.road:
            fields |= zip(("province", "city", "district"), one.division, strict=True)
            fields["address"] = one.address
        profile = live_profile(fields, [Known(key, False) for key in ids], 1, {})
        blob = pack(profile)
        texts[0].append(f"{lead}\t{encode(fields).decode()}\t1\t1\t0\n")
        texts[1].extend(f"{key.kind}\t{key.value}\t{lead}\t{event}\tf\t1\n" for key in ids)
        texts[2].append(f"{profile.content}\t{lead}\t\\\\x{blob.hex()}\t1\t{event}\n")
        keys.extend(f"{key}\t{profile.content}\n" for key in live_keys(profile).kept)
        profiles.append(blob)
    return Rows(tuple(map("".join, texts)), "".join(keys), profiles)

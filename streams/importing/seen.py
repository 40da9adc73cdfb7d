"""What the rows read so far have said: identifiers and values of leads, on disk, so that memory does not grow."""

import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

import orjson

from schemas.identity import IdClaim, IdKey
from streams.importing.kept_evidence import KeptEvidence

CACHE_KIB = 32_768


class Earlier(NamedTuple):
    """What the file has said of a lead: on which line first, how many rows, and the last value of each field."""

    line: int
    rows: int
    fields: dict[str, str]


class Seen:
    """The overlay over the library. An anonymous SQLite file: it goes with the connection, also after a crash."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{CACHE_KIB}")
        self.evidence = KeptEvidence(self._db)
        self._db.executescript("""
            CREATE TABLE ids (key TEXT PRIMARY KEY, lead TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE leads (lead TEXT PRIMARY KEY, line INT, rows INT, fields BLOB) WITHOUT ROWID;
            BEGIN;
        """)

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def claim(self, key: IdKey) -> IdClaim | None:
        """Return to whom an earlier row of the file gave an identifier."""
        found = self._db.execute("SELECT lead FROM ids WHERE key = ?", (str(key),)).fetchone()
        return IdClaim(key, found[0], False, 0, "") if found else None

    def lead(self, lead: str) -> Earlier | None:
        """Return what earlier rows said of a lead."""
        found = self._db.execute("SELECT line, rows, fields FROM leads WHERE lead = ?", (lead,)).fetchone()
        return Earlier(found[0], found[1], orjson.loads(found[2])) if found else None

    def take(self, person: str, lead: str, claims: list[IdKey], line: int, fields: Mapping[str, str]) -> None:
        """Keep what a row that is sent says of a person, and which identifiers it gives to which lead."""
        before = self.lead(person) or Earlier(line, 0, {})
        merged = orjson.dumps({**before.fields, **fields})
        self._db.execute(
            "INSERT OR REPLACE INTO leads VALUES (?, ?, ?, ?)", (person, before.line, before.rows + 1, merged)
        )
        self._db.executemany("INSERT OR REPLACE INTO ids VALUES (?, ?)", [(str(key), lead) for key in claims])

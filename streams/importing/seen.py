"""What the rows read so far have said: identifiers and values of leads, on disk, so that memory does not grow."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import orjson

from schemas.identity import IdClaim, IdKey
from streams.importing.kept_evidence import KeptEvidence

CACHE_KIB = 32_768
AT_ONCE = 500  # identifiers in one query


class Earlier(NamedTuple):
    """What the file has said of a lead: on which line first, how many rows, and the last value of each field."""

    line: int
    rows: int
    fields: dict[str, str]


class Seen:
    """The overlay over the library. An anonymous SQLite file: it goes with the connection, also after a crash.

    For each batch `look` first, and `keep` when all of it is judged: between them everything is in memory.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{CACHE_KIB}")
        self.evidence = KeptEvidence(self._db)
        self._db.executescript("""
            CREATE TABLE ids (key TEXT PRIMARY KEY, lead TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE leads (lead TEXT PRIMARY KEY, line INT, rows INT, fields BLOB) WITHOUT ROWID;
            BEGIN;
        """)
        self._ids: dict[IdKey, str | None] = {}
        self._leads: dict[str, Earlier | None] = {}
        self._new_ids: dict[IdKey, str] = {}
        self._new_leads: dict[str, Earlier] = {}

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def look(self, keys: Sequence[IdKey]) -> None:
        """Ask to whom earlier rows gave the identifiers of a batch."""
        names = {str(key): key for key in keys}
        self._ids = dict.fromkeys(keys)
        for some in _batched(names, AT_ONCE):
            query = f"SELECT key, lead FROM ids WHERE key IN ({','.join('?' * len(some))})"  # noqa: S608
            for name, lead in self._db.execute(query, some):
                self._ids[names[name]] = lead

    def claim(self, key: IdKey) -> IdClaim | None:
        """Return to whom an earlier row of the file gave an identifier."""
        if key not in self._ids:
            found = self._db.execute("SELECT lead FROM ids WHERE key = ?", (str(key),)).fetchone()
            self._ids[key] = found[0] if found else None
        lead = self._ids[key]
        return IdClaim(key, lead, False, 0, "") if lead is not None else None

    def lead(self, lead: str) -> Earlier | None:
        """Return what earlier rows said of a lead."""
        if lead not in self._leads:
            found = self._db.execute("SELECT line, rows, fields FROM leads WHERE lead = ?", (lead,)).fetchone()
            self._leads[lead] = Earlier(found[0], found[1], orjson.loads(found[2])) if found else None
        return self._leads[lead]

    def begins(self, lead: str) -> None:
        """Note that a lead begins in this batch: no earlier row said anything of it."""
        self._leads.setdefault(lead, None)

    def take(self, person: str, lead: str, claims: Iterable[IdKey], line: int, fields: Mapping[str, str]) -> None:
        """Note what a row that is sent says of a person, and which identifiers it gives to which lead."""
        before = self.lead(person)
        now = Earlier(line, 1, dict(fields)) if before is None else _with(before, fields)
        self._leads[person] = self._new_leads[person] = now
        for key in claims:
            self._ids[key] = self._new_ids[key] = lead

    def keep(self) -> None:
        """Write down what a batch said."""
        dumps = orjson.dumps
        leads = [(lead, line, rows, dumps(fields)) for lead, (line, rows, fields) in sorted(self._new_leads.items())]
        self._db.executemany("INSERT OR REPLACE INTO leads VALUES (?, ?, ?, ?)", leads)
        ids = sorted([(str(key), lead) for key, lead in self._new_ids.items()])
        self._db.executemany("INSERT OR REPLACE INTO ids VALUES (?, ?)", ids)
        for known in (self._ids, self._leads, self._new_ids, self._new_leads):
            known.clear()


def _with(before: Earlier, fields: Mapping[str, str]) -> Earlier:
    return Earlier(before.line, before.rows + 1, {**before.fields, **fields})


def _batched(names: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield names in lists of a size (Python 3.12 has `itertools.batched`)."""
    rest = iter(names)
    while some := list(islice(rest, size)):
        yield some

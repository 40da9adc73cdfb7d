"""The evidence that the rows of a file add, on disk: what the library will hold of them once the workers are done."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import orjson

from processors.resolver.live.types import Additions
from schemas.evidence import Around, EvidenceEdge, EvidenceRecord, Membership, Near, Question

BEHIND = 2**40  # records of the file come after all of the library
TABLES = """
    CREATE TABLE records (no INTEGER PRIMARY KEY, node TEXT UNIQUE, lead TEXT, profile BLOB, at INT, event_id TEXT);
    CREATE INDEX records_of_lead ON records (lead);
    CREATE TABLE keys (key INT, no INT, PRIMARY KEY (key, no)) WITHOUT ROWID;
    CREATE TABLE edges (lead TEXT, other TEXT, pair TEXT, edge BLOB, PRIMARY KEY (lead, pair)) WITHOUT ROWID;
    CREATE TABLE people (lead TEXT PRIMARY KEY, person TEXT, member BLOB) WITHOUT ROWID;
    CREATE INDEX leads_of_person ON people (person);
    CREATE TABLE questions (lead TEXT, other TEXT, question BLOB, PRIMARY KEY (lead, other)) WITHOUT ROWID;
"""
# Each asks for many at once: what is asked for comes as one JSON list, and is the outer loop.
UNDER = "SELECT value, no FROM json_each(?) AS asked CROSS JOIN keys ON keys.key = asked.value"
RECORD = "SELECT no, node, lead, profile, at, event_id FROM json_each(?) AS asked CROSS JOIN records ON records"
NUMBERED, NAMED, OF_LEADS = (f"{RECORD}.{column} = asked.value" for column in ("no", "node", "lead"))
EDGES = "SELECT edge FROM json_each(?) AS asked CROSS JOIN edges ON edges.lead = asked.value"
MEMBERS = "SELECT member FROM json_each(?) AS asked CROSS JOIN people ON people.lead = asked.value"
QUESTIONS = "SELECT question FROM json_each(?) AS asked CROSS JOIN questions ON questions.lead = asked.value"
TIED = """
    WITH asked AS (SELECT value FROM json_each(?))
    SELECT other FROM asked CROSS JOIN edges ON lead = value
    UNION SELECT other.lead FROM asked CROSS JOIN people AS mine ON mine.lead = value
        CROSS JOIN people AS other ON other.person = mine.person
    UNION SELECT person FROM asked CROSS JOIN people ON lead = value
    UNION SELECT lead FROM asked CROSS JOIN people ON person = value
"""


class KeptEvidence:
    """Answers as `Evidence` does, in tables of an SQLite connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._no = BEHIND
        self._full: set[int] = set()
        db.executescript(TABLES)

    def near(self, keys: Sequence[int], nodes: Iterable[str], most: int) -> Near:
        """See `Evidence.evidence_near`; quickest for keys in order."""
        under: dict[int, list[int]] = {}
        for key, number in self._found(UNDER, [key for key in keys if key not in self._full]):
            under.setdefault(key, []).append(number)
        for key in [key for key, numbers in under.items() if len(numbers) > most]:
            self._full.add(key)
            del under[key]
        numbers = dict.fromkeys(number for each in under.values() for number in each)
        found = {one.no: one for one in map(_record, self._found(NUMBERED, list(numbers)))}
        buckets = {key: [found[number].node for number in each] for key, each in under.items()}
        found |= {one.no: one for one in map(_record, self._found(NAMED, list(nodes)))}
        full = frozenset(key for key in keys if key in self._full)
        return Near(buckets=buckets, full=full, records=[one for _, one in sorted(found.items())], newest=0)

    def beside(self, leads: Iterable[str]) -> dict[str, None]:
        """Return the leads that the file ties to some, these included."""
        region = dict.fromkeys(leads)
        waiting = list(region)
        while waiting:
            waiting = [lead for (lead,) in self._found(TIED, waiting) if lead not in region]
            region.update(dict.fromkeys(waiting))
        return region

    def around(self, leads: Sequence[str]) -> Around:
        """Return what the file says of some leads."""
        inside = frozenset(leads)
        edges = {blob: _edge(blob) for (blob,) in self._found(EDGES, leads)}.values()  # each stands under both leads
        questions = {blob: _question(blob) for (blob,) in self._found(QUESTIONS, leads)}.values()
        return Around(
            records=list(map(_record, self._found(OF_LEADS, leads))),
            edges=[each for each in edges if each.left_lead in inside and each.right_lead in inside],
            people=list(self.people(leads).values()),
            decisions=(),
            questions=[each for each in questions if each.left in inside and each.right in inside],
            whole=True,
            changed=0,
        )

    def people(self, leads: Sequence[str]) -> Mapping[str, Membership]:
        """See `Evidence.people`."""
        members = [_member(blob) for (blob,) in self._found(MEMBERS, leads)]
        return {member.lead: member for member in members}

    def keep(self, added: Additions) -> None:
        """Keep what a batch of rows adds."""
        run, encode, full = self._db.executemany, _encode, self._full
        numbered = list(enumerate(added.records, self._no + 1))
        self._no += len(numbered)
        run(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)",
            [(number, one.node, one.lead, one.profile, one.at, one.event_id) for number, one in numbered],
        )
        keys = [(key, number) for number, one in numbered for key in one.keys if key not in full]
        run("INSERT OR IGNORE INTO keys VALUES (?, ?)", sorted(keys))
        for edge in added.edges:
            blob, pair = encode(edge), f"{edge.left} {edge.right}"
            ends = ((edge.left_lead, edge.right_lead), (edge.right_lead, edge.left_lead))
            run("INSERT OR IGNORE INTO edges VALUES (?, ?, ?, ?)", [(*end, pair, blob) for end in ends])
        people = [(member.lead, member.person, encode(member)) for member in added.people.values()]
        run("INSERT OR REPLACE INTO people VALUES (?, ?, ?)", people)
        for (left, right), question in added.questions.items():
            both = [(left, right, encode(question)), (right, left, encode(question))]
            run("INSERT OR REPLACE INTO questions VALUES (?, ?, ?)", both)

    def _found(self, query: str, asked: Sequence[str] | Sequence[int]) -> Iterator[tuple[Any, ...]]:
        return iter(self._db.execute(query, (orjson.dumps(asked).decode(),)) if asked else ())


_encode = msgspec.msgpack.Encoder().encode
_edge = msgspec.msgpack.Decoder(EvidenceEdge).decode
_member = msgspec.msgpack.Decoder(Membership).decode
_question = msgspec.msgpack.Decoder(Question).decode


def _record(row: tuple[Any, ...]) -> EvidenceRecord:
    number, node, lead, profile, at, event_id = row
    return EvidenceRecord(node=node, lead=lead, profile=profile, at=at, event_id=event_id, no=number)

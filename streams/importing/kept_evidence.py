"""The evidence that the rows of a file add, on disk: what the library will hold of them once the workers are done."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from processors.resolver.live_types import Additions
from schemas.evidence import Around, EvidenceEdge, EvidenceRecord, Membership, Near, Question

AT_ONCE = 500  # keys in one query
BEHIND = 2**40  # records of the file come after all of the library


class KeptEvidence:
    """Answers as `Evidence` does, in tables of an SQLite connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._no = BEHIND
        self._full: set[int] = set()
        db.executescript("""
            CREATE TABLE records (no INTEGER PRIMARY KEY, node TEXT UNIQUE, lead TEXT, record BLOB);
            CREATE INDEX records_of_lead ON records (lead);
            CREATE TABLE keys (key INT, no INT, PRIMARY KEY (key, no)) WITHOUT ROWID;
            CREATE TABLE edges (lead TEXT, other TEXT, pair TEXT, edge BLOB, PRIMARY KEY (lead, pair)) WITHOUT ROWID;
            CREATE TABLE people (lead TEXT PRIMARY KEY, person TEXT, member BLOB) WITHOUT ROWID;
            CREATE INDEX leads_of_person ON people (person);
            CREATE TABLE questions (lead TEXT, other TEXT, question BLOB, PRIMARY KEY (lead, other)) WITHOUT ROWID;
        """)
        self._encode = msgspec.msgpack.Encoder().encode

    def near(self, keys: Sequence[int], nodes: Iterable[str], most: int) -> Near:
        """See `Evidence.evidence_near`."""
        buckets: dict[int, list[str]] = {}
        full: set[int] = set()
        found: dict[int, EvidenceRecord] = {}
        for some in _batched([key for key in keys if key not in self._full], AT_ONCE):
            under: dict[int, list[int]] = {}
            marks = ",".join("?" * len(some))
            for key, number in self._db.execute(f"SELECT key, no FROM keys WHERE key IN ({marks})", some):  # noqa: S608
                under.setdefault(key, []).append(number)
            for key, numbers in under.items():
                if len(numbers) > most:
                    self._full.add(key)
                    continue
                for number in numbers:
                    if number not in found:
                        found[number] = self._read(number)
                    buckets.setdefault(key, []).append(found[number].node)
        full.update(key for key in keys if key in self._full)
        for node in nodes:
            for number, blob in self._db.execute("SELECT no, record FROM records WHERE node = ?", (node,)):
                found.setdefault(number, _record(blob))
        return Near(buckets=buckets, full=frozenset(full), records=[one for _, one in sorted(found.items())], newest=0)

    def beside(self, leads: Iterable[str]) -> dict[str, None]:
        """Return the leads that the file ties to some, these included."""
        region = dict.fromkeys(leads)
        waiting = list(region)
        tied = (
            "SELECT other FROM edges WHERE lead = :lead UNION SELECT other.lead FROM people AS mine"
            " JOIN people AS other USING (person) WHERE mine.lead = :lead"
            " UNION SELECT person FROM people WHERE lead = :lead UNION SELECT lead FROM people WHERE person = :lead"
        )
        while waiting:
            for (lead,) in self._db.execute(tied, {"lead": waiting.pop()}):
                if lead not in region:
                    region[lead] = None
                    waiting.append(lead)
        return region

    def around(self, leads: Sequence[str]) -> Around:
        """Return what the file says of some leads."""
        inside = frozenset(leads)
        edges: dict[tuple[str, str], EvidenceEdge] = {}
        asked: dict[tuple[str, str], Question] = {}
        records: list[EvidenceRecord] = []
        for lead in leads:
            records += map(_record, self._blobs("SELECT record FROM records WHERE lead = ? ORDER BY no", lead))
            for blob in self._blobs("SELECT edge FROM edges WHERE lead = ?", lead):
                edge = _edge(blob)
                edges[edge.left, edge.right] = edge
            for blob in self._blobs("SELECT question FROM questions WHERE lead = ?", lead):
                question = _question(blob)
                asked[question.left, question.right] = question
        return Around(
            records=records,
            edges=[each for each in edges.values() if inside.issuperset((each.left_lead, each.right_lead))],
            people=list(self.people(leads).values()),
            decisions=(),
            questions=[each for pair, each in asked.items() if inside.issuperset(pair)],
            whole=True,
            changed=0,
        )

    def people(self, leads: Iterable[str]) -> Mapping[str, Membership]:
        """See `Evidence.people`."""
        found = ((lead, self._blobs("SELECT member FROM people WHERE lead = ?", lead)) for lead in leads)
        return {lead: _member(blob) for lead, blobs in found for blob in blobs}

    def keep(self, added: Additions) -> None:
        """Keep what a batch of rows adds."""
        db, encode = self._db, self._encode
        for record in added.records:
            self._no += 1
            blob = encode(msgspec.structs.replace(record, no=self._no, keys=()))
            db.execute("INSERT INTO records VALUES (?, ?, ?, ?)", (self._no, record.node, record.lead, blob))
            db.executemany(
                "INSERT OR IGNORE INTO keys VALUES (?, ?)",
                [(key, self._no) for key in record.keys if key not in self._full],
            )
        for edge in added.edges:
            blob, pair = encode(edge), f"{edge.left} {edge.right}"
            ends = ((edge.left_lead, edge.right_lead), (edge.right_lead, edge.left_lead))
            db.executemany("INSERT OR IGNORE INTO edges VALUES (?, ?, ?, ?)", [(*end, pair, blob) for end in ends])
        db.executemany(
            "INSERT OR REPLACE INTO people VALUES (?, ?, ?)",
            [(member.lead, member.person, encode(member)) for member in added.people.values()],
        )
        for (left, right), question in added.questions.items():
            both = [(left, right, encode(question)), (right, left, encode(question))]
            db.executemany("INSERT OR REPLACE INTO questions VALUES (?, ?, ?)", both)

    def _read(self, number: int) -> EvidenceRecord:
        return _record(self._db.execute("SELECT record FROM records WHERE no = ?", (number,)).fetchone()[0])

    def _blobs(self, query: str, lead: str) -> Iterator[bytes]:
        return (row[0] for row in self._db.execute(query, (lead,)))


_record = msgspec.msgpack.Decoder(EvidenceRecord).decode
_edge = msgspec.msgpack.Decoder(EvidenceEdge).decode
_member = msgspec.msgpack.Decoder(Membership).decode
_question = msgspec.msgpack.Decoder(Question).decode


def _batched(keys: Sequence[int], size: int) -> Iterator[list[int]]:
    """Yield keys in lists of a size (Python 3.12 has `itertools.batched`)."""
    rest = iter(keys)
    while some := list(islice(rest, size)):
        yield some

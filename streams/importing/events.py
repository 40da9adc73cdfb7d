"""From a row to the touchpoint `lead_imported`: checked and cleansed as the workers do it, and ready to be sent."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from processors.cleanse import Cleansed, cleanse
from processors.cleansing.record import CleansingOptions
from processors.decode import decode_object
from processors.decoding.envelope import KINDS
from processors.detectors.lead import FIELDS as LEAD_FIELDS
from processors.identity import Known, is_once
from processors.leads.numbers import said_in
from schemas.identity import IdKey, PastHolders
from schemas.ids import derived_id
from schemas.outcome import Refusal
from schemas.times import to_iso
from sinks.records import Record
from streams.importing.columns import Columns
from streams.importing.deciding import event_id_of
from streams.importing.evidence import Evidence, evidence_of, phones_in
from streams.importing.tables import Row
from streams.importing.unusable import Unusable, unusable_of
from streams.touchpoint_records import JSON_HEADER, kafka_key, key_of

_iso = lru_cache(1)(to_iso)  # all rows of an import happen at one time
NOBODY: frozenset[str] = frozenset()
SAID = ("phone_others", "phone_masked", "province", "city", "district")  # beside lead fields: what evidence is made of


class Draft(msgspec.Struct, frozen=True):
    """A row as an event: what judging needs of it, small enough to travel between processes.

    `refusal` says why the event path would refuse it; then the rest is empty. `ids` and `shared` are its subject's,
    `values` are the lead fields that the lead's record would take from it, `said` what else tells who it is,
    `evidence` what all of it says of a person where no number was ever given up, `body` and `key` what is sent to
    Kafka. `unusable` are the values that were refused, where that leaves none of their field; `numbers` are further
    ones.
    """

    row: Row
    event_id: str
    refusal: Refusal | None = None
    ids: tuple[Known, ...] = ()
    shared: tuple[Known, ...] = ()
    values: Mapping[str, str] = {}
    said: Mapping[str, Any] = {}
    body: bytes = b""
    key: bytes = b""
    unusable: tuple[Unusable, ...] = ()
    numbers: tuple[str, ...] = ()
    evidence: Evidence | None = None

    @property
    def given(self) -> list[IdKey]:
        """The ids that a system gave and of which a person has one."""
        return [known.key for known in self.ids if is_once(known.key.kind) and known.key.kind not in LEAD_FIELDS]

    def told(self, at: int, past: PastHolders) -> Evidence | None:
        """Return `evidence`, knowing which numbers were given up until when."""
        if not past:
            return self.evidence
        fields, ids = {**self.values, **self.said}, (*self.ids, *self.shared)
        given_up = any(number in past for number in phones_in(fields, ids))
        return evidence_of(fields, ids, at, past) if given_up else self.evidence

    def alone(self) -> "Draft":
        """Return the same where nothing but identifiers says whose row it is, see `Subject.alone`."""
        return msgspec.structs.replace(self, ids=(*self.ids, *self.shared), shared=()) if self.shared else self


@dataclass(frozen=True, slots=True)
class Batch:
    """Makes events of the rows of one table.

    `digest` and `sheet` name the table: with the line they give the event id, so the same file gives the same ids.
    `at` (ms since 1970) is when the import began, `topic` the real name of `touchpoints`.
    """

    columns: Columns
    options: CleansingOptions
    file: str
    digest: str
    sheet: str
    source: str
    at: int
    topic: str

    def draft(self, row: Row, dropped: Set[str] = NOBODY) -> Draft:
        """Return a row's event, decoded and cleansed; without the fields in `dropped`.

        A row with a formula that was never computed is refused: what is missing would be taken for nothing.
        """
        values = self.columns.row(row.cells)
        event: dict[str, Any] = {
            "event_id": event_id_of(self.columns, row.cells) or derived_id("import", self.digest, self.sheet, row.line),
            "type": "lead_imported",
            "source": self.source,
            "occurred_at": _iso(self.at),
            "data": {
                "row": {name: value for name, value in values.items() if name not in dropped} if dropped else values,
                "file": self.file,
                "line": row.line,
            },
        }
        if given := [one for one in self.columns.identifiers(row.cells) if one["kind"] not in dropped]:
            event["subject"] = {"ids": given}
        if row.uncomputed:
            message = f"{', '.join(row.uncomputed)}: never computed"
            return Draft(row, event["event_id"], Refusal("bad_field", "/data/row", message, event["event_id"]))
        payload = _payload(event)
        touchpoint = decode_object(event, self.at, payload)
        outcome = touchpoint if isinstance(touchpoint, Refusal) else cleanse(touchpoint, self.options)
        if isinstance(outcome, Refusal):
            return Draft(row, event["event_id"], outcome)
        return _draft(row, payload, outcome, self.at)

    def record(self, draft: Draft, verified: Set[str] = NOBODY, earlier: int = 0) -> Record:
        """Return what is sent for a draft that was not refused.

        Identifiers of the fields in `verified` are marked so, as a person decided that they are right. `earlier` rows
        of the file spoke of the same lead: this one comes a millisecond after each.
        """
        body = draft.body
        if verified or earlier:
            event = orjson.loads(body)
            decided = [one for one in (*draft.ids, *draft.shared) if one.key.kind in verified]
            subject = _subject(decided, True, event.get("subject", {}).get("ids", ()))
            body = orjson.dumps({**event, "occurred_at": to_iso(self.at + earlier), **subject})
        return Record(self.topic, body, draft.key, headers=JSON_HEADER)


def _payload(event: dict[str, Any]) -> bytes:
    """Return an event as JSON; empty where it holds what is no Unicode, which decoding refuses."""
    try:
        return orjson.dumps(event)
    except TypeError:
        return b""


def _draft(row: Row, payload: bytes, cleansed: Cleansed, at: int) -> Draft:
    """Return the draft; its first identifier stands in `subject`, so that a person's rows share a partition.

    So do those that a system gave: they are no field of the row.
    """
    subject, contacts = cleansed.subject, cleansed.subject.contacts
    fields = cleansed.data.get("row", {})
    values = {name: value for name, value in fields.items() if name in LEAD_FIELDS and isinstance(value, str) and value}
    said = {name: fields[name] for name in SAID if name in fields}
    return Draft(
        row,
        cleansed.touchpoint.event_id,
        None,
        subject.ids,
        subject.shared,
        values,
        said,
        payload if cleansed.touchpoint.ids else _with(payload, _subject(contacts[:1], False)),
        key_of(*contacts[0].key) if contacts else kafka_key(cleansed.touchpoint),
        unusable_of(cleansed.notes, fields) if cleansed.notes else (),
        tuple(said_in(fields)),
        evidence_of({**values, **said}, (*subject.ids, *subject.shared), at, {}),
    )


def _with(payload: bytes, fields: Mapping[str, Any]) -> bytes:
    """Return a JSON object with further fields at its end."""
    return payload[:-1] + b"," + orjson.dumps(fields)[1:] if fields else payload


def _subject(ids: Sequence[Known], verified: bool, others: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the field `subject` with those identifiers that may stand in it, behind others that stood there."""
    named = [
        {"kind": one.key.kind, "value": one.key.value, "verified": verified} for one in ids if one.key.kind in KINDS
    ]
    kept = [one for one in others if one["kind"] not in {each["kind"] for each in named}]
    return {"subject": {"ids": [*kept, *named]}} if named or kept else {}

"""From a row to the touchpoint `lead_imported`: checked and cleansed as the workers do it, and ready to be sent."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from processors.cleanse import Cleansed, cleanse
from processors.cleansing.record import CleansingOptions
from processors.decode import decode_object
from processors.decoding.envelope import KINDS
from schemas.ids import derived_id
from schemas.outcome import Refusal
from schemas.times import to_iso
from schemas.touchpoint import SubjectId
from sinks.records import Record
from streams.gateway.intake import JSON_HEADER, kafka_key
from streams.importing.columns import Columns
from streams.importing.tables import Row


@dataclass(frozen=True, slots=True)
class Draft:
    """A row as an event, and what decoding and cleansing made of it."""

    row: Row
    event: dict[str, Any]
    outcome: Cleansed | Refusal


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

    def draft(self, row: Row) -> Draft:
        """Return a row's event, decoded and cleansed."""
        event = {
            "event_id": derived_id("import", self.digest, self.sheet, row.line),
            "type": "lead_imported",
            "source": self.source,
            "occurred_at": to_iso(self.at),
            "data": {"row": self.columns.row(row.cells), "file": self.file, "line": row.line},
        }
        return self._draft(row, event)

    def without(self, draft: Draft, fields: Set[str]) -> Draft:
        """Return the draft without some fields of its row."""
        data = draft.event["data"]
        row = {name: value for name, value in data["row"].items() if name not in fields}
        return self._draft(draft.row, {**draft.event, "data": {**data, "row": row}})

    def record(self, draft: Draft, verified: Set[str], earlier: int) -> Record:
        """Return what is sent for a draft that was not refused.

        Its first identifier stands in `subject`, so that rows of one person follow each other in one partition;
        those of the fields in `verified` too, as a person decided that they are right. `earlier` rows of the file
        spoke of the same lead: this one comes a millisecond after each.
        """
        cleansed = draft.outcome
        if isinstance(cleansed, Refusal):
            raise ValueError("a refused row is not sent")
        keys = [known.key for known in cleansed.subject.ids]
        named = [key for key in keys if key.kind in verified] or keys[:1]
        event = {**draft.event, "occurred_at": to_iso(self.at + earlier)}
        ids = [
            {"kind": key.kind, "value": key.value, "verified": key.kind in verified}
            for key in named
            if key.kind in KINDS
        ]
        if ids:
            event["subject"] = {"ids": ids}
        about = (SubjectId(keys[0].kind, keys[0].value),) if keys else ()
        touchpoint = msgspec.structs.replace(cleansed.touchpoint, ids=about)
        return Record(self.topic, orjson.dumps(event), kafka_key(touchpoint), headers=JSON_HEADER)

    def _draft(self, row: Row, event: dict[str, Any]) -> Draft:
        outcome = decode_object(event, self.at)
        return Draft(row, event, outcome if isinstance(outcome, Refusal) else cleanse(outcome, self.options))

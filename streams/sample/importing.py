"""The sample's import: the messy file goes in through the code of `whetstone import`; what came of it is looked up."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg import sql

from streams.importing.outcomes import OUTCOMES, Judged
from streams.importing.report import Report
from streams.importing.session import import_table
from streams.importing.tables import open_table
from streams.sample.verdict import Check
from streams.sample.workbook import SOURCE, Entry, Plan
from streams.settings import Settings


class Imported(NamedTuple):
    """What an import made of a file: its rows, how many of each outcome, how many were sent."""

    judged: list[Judged]
    counts: Counter[str]

    @property
    def sent(self) -> int:
        """How many rows were sent."""
        return sum(one.record is not None for one in self.judged)


class Row(NamedTuple):
    """A row of history: what happened to a field of a lead."""

    field: str
    old: str | None
    new: str | None
    rule: str
    actor: str


def import_file(settings: Settings, path: Path, report: Path | None, *, dry_run: bool = False) -> Imported:
    """Import a file, as the command does. Raises FileProblem, SinkUnavailable."""
    judged: list[Judged] = []
    with open_table(path) as table:
        written = Report(report, table.columns) if report else None

        def take(batch: Sequence[Judged]) -> None:
            judged.extend(batch)
            if written is not None:
                written.add(batch)

        try:
            counts = asyncio.run(import_table(settings, table, SOURCE, take, dry_run=dry_run))
        finally:
            if written is not None:
                written.close()
    return Imported(judged, counts)


class Leads:
    """What the lead library says of the leads of an import. A context manager."""

    def __init__(self, settings: Settings) -> None:
        self._schema = sql.Identifier(settings.namespace)
        self._connection = psycopg.connect(settings.postgres_dsn.get_secret_value(), autocommit=True)

    def __enter__(self) -> "Leads":
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close()

    def fields(self, entry: Entry) -> tuple[str, dict[str, str]]:
        """Return the lead of a row, found by its phone or else e-mail, and its values; empty when there is none."""
        kind = "phone" if "phone" in entry.values else "email"
        rows = self._rows("SELECT lead_id, fields FROM {}.leads WHERE fields ->> %s = %s", kind, entry.values[kind])
        return (rows[0][0], rows[0][1]) if rows else ("", {})

    def history(self, lead: str) -> list[Row]:
        """Return the history of a lead, oldest first."""
        query: LiteralString = "SELECT field, old, new, rule, actor FROM {}.history WHERE lead = %s ORDER BY seq"
        return [Row(*row) for row in self._rows(query, lead)]

    def _rows(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.SQL(query).format(self._schema), values).fetchall()


def checks(planned: Plan, preview: Imported, first: Imported, again: Imported, leads: Leads) -> list[Check]:
    """Return whether every row became what it must, the preview told the truth and a second import changed nothing."""
    found = {one.row.line: one.outcome for one in first.judged}
    wrong = [line for line, entry in planned.lines() if found.get(line) != entry.outcome]
    wanted = [(line, entry) for line, entry in planned.lines() if entry.outcome in ("new", "update")]
    poor = [line for line, entry in wanted if not entry.values.items() <= leads.fields(entry)[1].items()]
    return [
        Check("rows of the file by outcome", _told(planned.counts), _told(first.counts) + _lines(wrong), not wrong),
        Check("the preview said the same", _told(first.counts), _told(preview.counts), preview.counts == first.counts),
        Check("leads as their rows say", str(len(wanted)), str(len(wanted) - len(poor)) + _lines(poor), not poor),
        Check("rows sent by a second import", "0", str(again.sent), again.sent == 0),
    ]  # fmt: skip


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{outcome} {counts[outcome]}" for outcome in OUTCOMES)


def _lines(wrong: list[int]) -> str:
    return f"; not so: lines {', '.join(map(str, wrong[:5]))}" if wrong else ""

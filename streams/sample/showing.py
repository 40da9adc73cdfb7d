"""Shows the sample's import on the screen: rows before and after, what waits for a decision, a lead's history."""

from collections.abc import Iterator, Mapping, Sequence

from streams.importing.outcomes import Judged
from streams.sample.importing import Imported, Leads, Row
from streams.sample.screen import Screen
from streams.sample.workbook import NAME, PHONE, Entry, Plan

AFTER = ("name", "phone", "wechat", "email", "company", "title", "address", "reachability")
LONGEST = 34


def show(screen: Screen, planned: Plan, imported: Imported, leads: Leads) -> None:
    """Show rows before and after, the review queue, and the history of a lead that the file brought more about."""
    screen.table(
        "Before and after", ("line", "what is messy", "as it stood in the file", "the lead"), _rows(planned, leads)
    )
    held = [one for one in imported.judged if one.outcome in ("conflict", "rejected")]
    screen.table(
        "The review queue: held back until somebody decides", ("line", "", "why", "known → in the file"), _held(held)
    )
    for line, entry in planned.lines():
        if entry.outcome == "update" and entry.shows:
            lead, _ = leads.fields(entry)
            title = f"History of {lead}, to which line {line} added (append-only, hash-chained)"
            screen.table(title, ("field", "old", "new", "rule", "by"), _history(leads.history(lead)))
            return


def _rows(planned: Plan, leads: Leads) -> Iterator[Sequence[str]]:
    for line, entry in planned.lines():
        if entry.shows and entry.outcome == "new":
            yield str(line), entry.shows, _cells(entry), _lead(leads.fields(entry)[1])


def _cells(entry: Entry) -> str:
    others = [value for column, value in entry.cells.items() if column not in (NAME, PHONE)]
    first = [entry.cells[column] for column in (NAME, PHONE) if column in entry.cells]
    return " | ".join(_short(str(value)) for value in (*first, *others))


def _lead(fields: Mapping[str, str]) -> str:
    return " · ".join(_short(fields[name]) for name in AFTER if fields.get(name))


def _held(held: Sequence[Judged]) -> Iterator[Sequence[str]]:
    for one in held:
        differences = "; ".join(f"{two.field}: {two.known} → {two.given}" for two in one.differences)
        yield str(one.row.line), one.outcome, one.reason.en, differences


def _history(rows: Sequence[Row]) -> Iterator[Sequence[str]]:
    for row in rows:
        yield row.field, _short(row.old or ""), _short(row.new or ""), row.rule, row.actor


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

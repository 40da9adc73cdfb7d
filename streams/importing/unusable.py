"""What of a row was refused, and why it reaches nobody, said so that whoever has the table knows what to mend."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from processors.cleanse import CONTACT_FIELDS
from processors.cleansing.text import clean_text
from processors.leads.fields import FIELD_NAMES
from schemas.fact import Note
from schemas.outcome import Refusal
from schemas.rules.cleansing_names import RULES
from streams.importing.columns import Columns
from streams.importing.headings import LEAD_ID
from streams.importing.outcomes import NO_IDENTIFIER, Judged, digits_lost, not_computed, refused
from streams.importing.problems import Said
from streams.importing.tables import Row

TOTALS = frozenset({"合计", "总计", "小计", "共计", "总共", "汇总", "累计", "total", "subtotal", "grandtotal", "sum"})
TOTAL = re.compile(rf"(?:{'|'.join(sorted(TOTALS))})(?:[:：共]*[\d.,，]+[家人条个位户名行]?)?", re.IGNORECASE)
TOTAL_ROW = Said("合计行，不是客户", "a row of totals, nobody's")
HEADER_AGAIN = Said("重复的表头", "the header once more")
EXPORTED = Said(
    "从线索库导出的行，没有完整的联系方式（遮盖导出的表不能再导入）",
    "a row that was exported from the library without any contact in full (a masked export cannot be imported again)",
)
NOTHING_READ = Said("能识别的列都是空的", "nothing stands in any column that is understood")
OF_THE_RULE = frozenset({
    "invalid", "masked", "service", "area_code", "gone", "rounded", "no_key",
    "ambiguous", "partial", "lunar", "implausible", "of_another",
})  # fmt: skip
TOLD = (*CONTACT_FIELDS, "name", "birth_date")


class Unusable(NamedTuple):
    """A value that was given and cannot be used: the field, and the rule that refused it."""

    field: str
    rule: str

    @property
    def said(self) -> Said:
        """What was refused, and why."""
        zh, en = FIELD_NAMES[self.field]
        return Said(f"{zh}：{RULES[self.rule].zh}", f"{en}: {RULES[self.rule].en}")


def unusable_of(notes: Sequence[Note], fields: Mapping[str, object]) -> tuple[Unusable, ...]:
    """Return what rules refused so that nothing stands in the cleansed fields, one a field; part of a number does.

    Words that say "nothing" (无) are refused too, but nobody misses them.
    """
    refused: dict[str, str] = {}
    for note in notes:
        if note.rule.rpartition(".")[2] in OF_THE_RULE and clean_text(note.raw).value is not None:
            refused.setdefault(note.field, note.rule)
    there = fields.keys() | {"phone"} if "phone_masked" in fields else fields.keys()
    return tuple([Unusable(name, refused[name]) for name in TOLD if name in refused and name not in there])


def with_refused(reason: Said, unusable: Sequence[Unusable]) -> Said:
    """Say besides what of a row was not taken, and why."""
    told = [one.said for one in unusable]
    return Said("；".join([reason.zh, *(one.zh for one in told)]), "; ".join([reason.en, *(one.en for one in told)]))


def with_what_was_refused(judged: Judged, unusable: Sequence[Unusable]) -> Judged:
    """Return what becomes of a row with what of it was refused."""
    if not unusable or judged.outcome == "rejected":
        return judged
    return replace(judged, reason=with_refused(judged.reason, unusable))


def of_nobody(cells: Sequence[str], columns: Columns) -> Said | None:
    """Return what a row is that speaks of no customer: the header once more, a row of totals; None for any other."""
    filled = {place: " ".join(cell.split()) for place, cell in enumerate(cells) if cell}
    if all(place < len(columns.headings) and columns.headings[place] == cell for place, cell in filled.items()):
        return HEADER_AGAIN
    first = next(iter(filled.values()), "")
    if TOTAL.fullmatch("".join(first.split()).strip(":：")):
        return TOTAL_ROW
    return None


def unread(row: Row, columns: Columns) -> Said | None:
    """Return why a row was not read as it was meant: formulas without a value, ids without their last digits."""
    if row.uncomputed:
        return not_computed(row.uncomputed)
    lost = columns.rounded(row.cells)
    return digits_lost(lost) if lost else None


def lead_places(columns: Columns) -> tuple[int, ...]:
    """Return the places of columns that say which lead a row is: those of an export of the library."""
    return tuple(place for place, heading in enumerate(columns.headings) if heading in LEAD_ID.values())


def exported(cells: Sequence[str], places: Sequence[int]) -> str | None:
    """Return the lead that an exported row says it is, at one of these places; None for any other row."""
    said = (cells[place].strip() for place in places if place < len(cells))
    return next((lead for lead in said if lead.startswith("lead:")), None)


def marked(cells: Sequence[str], columns: Columns) -> bool:
    """Return whether values of a row are hidden in part, beside those of which the library knows no more."""
    hidden = FIELD_NAMES["phone_masked"]
    places = {place for each in columns.fields.values() for place in each if columns.headings[place] not in hidden}
    return any("*" in cells[place] for place in places if place < len(cells))


def why_nobody(cells: Sequence[str], columns: Columns, unusable: Sequence[Unusable]) -> Said:
    """Return why a row without any identifier is of no use."""
    if (told := of_nobody(cells, columns)) is not None:
        return told
    contacts = [one.said for one in unusable if one.field in CONTACT_FIELDS]
    if not contacts:
        return NO_IDENTIFIER if columns.row(cells) else NOTHING_READ
    zh, en = "；".join(one.zh for one in contacts), "; ".join(one.en for one in contacts)
    return Said(f"没有可用的联系方式（{zh}）", f"nothing to recognise the person by ({en})")


def why_refused(row: Row, columns: Columns, refusal: Refusal) -> Said:
    """Return why the event path would refuse a row."""
    if not columns.row(row.cells):  # its words would be about an empty mapping
        return why_nobody(row.cells, columns, ())
    return refused(refusal.reason, refusal.pointer, refusal.message)

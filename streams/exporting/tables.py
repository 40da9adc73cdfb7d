"""Leads out of the library into a table: masked, row by row, and never as a formula."""

import csv
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol, get_args

from processors.cleansing.reachability import reachability
from processors.detectors.lead import FIELD_NAMES
from processors.leads.facets import FACETS, facets
from processors.leads.row import MERGED_INTO
from schemas.masking import mask_record
from schemas.times import to_iso
from sinks.read import LeadRow
from streams.importing.book import Book, named
from streams.importing.cells import harmless
from streams.importing.headings import LEAD_ID

FIELDS = (*FIELD_NAMES, "rep_id", "grade", "reachability")
Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
OWN = ("rep_id", "grade", "reachability", "next_field", "created_at", "updated_at", MERGED_INTO)
OWN_ZH = ("销售", "等级", "可达性", "待补信息", "创建时间", "更新时间", "并入线索")
HEADINGS: dict[Language, tuple[str, ...]] = {
    "zh": (LEAD_ID["zh"], *(zh for zh, _ in FIELD_NAMES.values()), *OWN_ZH, *(zh for zh, _ in FACETS.values())),
    "en": (LEAD_ID["en"], *(en for _, en in FIELD_NAMES.values()), *OWN, *(en for _, en in FACETS.values())),
}
SHEET = "leads"
SHOWN_AS_THEY_ARE = frozenset({"rep_id", "grade", "reachability"})  # a company's name may hold a telephone number
SHOWN_WHOLE = ("company", "title", "region", "interest", "rep_id", "grade", "reachability")
"""Fields that nobody is recognised by: a masked export shows them, so its conditions may look into them."""


class TooMany(Exception):
    """More leads than were allowed."""


class Target(Protocol):
    """Takes rows of text."""

    def write(self, texts: Sequence[str]) -> None:
        """Write one row."""

    def close(self) -> None:
        """Finish the file. Raises OSError."""

    def discard(self) -> None:
        """Leave no file behind."""


async def export(
    leads: AsyncIterator[list[LeadRow]],
    target: Target,
    *,
    masked: bool,
    progress: Callable[[int], None],
    language: Language = "zh",
    most: int | None = None,
) -> int:
    """Write leads with a header in the reader's language and return how many; `progress` hears it of each list.

    Raises TooMany where there are more than `most`.
    """
    target.write(HEADINGS[language])
    count = 0
    async for some in leads:
        if most is not None and count + len(some) > most:
            raise TooMany(f"more than {most:,} leads")
        for lead in some:
            target.write(row_of(lead, masked=masked, language=language))
        count += len(some)
        progress(len(some))
    return count


def row_of(lead: LeadRow, *, masked: bool, language: Language = "zh") -> list[str]:
    """Return a lead's row: contact data, names and addresses hidden in part where it is masked.

    `next_field` is the field that would help most to reach the person, empty where nothing is missing; `merged_into`
    the lead that this one goes by. The last columns are its facets: what its phone and title tell.
    """
    fields: Mapping[str, str] = lead.fields
    shown = [_shown(name, fields.get(name, ""), masked) for name in FIELDS]
    missing = reachability(fields).missing or ""
    if language == "zh" and missing:
        missing = FIELD_NAMES[missing][0]
    times = (to_iso(lead.created_at), to_iso(lead.updated_at))
    told = (getattr(facet, language) for facet in facets(fields, masked=masked).values())
    return [lead.lead_id, *shown, missing, *times, fields.get(MERGED_INTO, ""), *told]


def _shown(name: str, text: str, masked: bool) -> str:
    if not masked or not text or name in SHOWN_AS_THEY_ARE:
        return text
    return str(mask_record(text, name))


def open_target(path: Path) -> Target:
    """Return what writes to a file: .csv is CSV in UTF-8 with a byte order mark, anything else a workbook."""
    return CsvTarget(path) if path.suffix.lower() == ".csv" else BookTarget(path)


class CsvTarget:
    """A CSV that Excel opens as it is; the file appears when it is complete."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._file = self._part.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)

    def write(self, texts: Sequence[str]) -> None:
        """See `Target`."""
        try:
            self._writer.writerow([harmless(text) for text in texts])
        except OSError as error:
            raise named(error, self._path) from error

    def close(self) -> None:
        """See `Target`."""
        try:
            self._file.close()
            self._part.replace(self._path)
        except OSError as error:
            raise named(error, self._path) from error

    def discard(self) -> None:
        """Leave no file behind, also where nothing can be written any more."""
        with suppress(OSError):  # what is still to be written is wanted by nobody
            self._file.close()
        self._part.unlink(missing_ok=True)


class BookTarget:
    """A workbook; further sheets begin where one is full."""

    def __init__(self, path: Path) -> None:
        self._book = Book(path)
        self._header: Sequence[str] = ()
        self._sheet = self._book.sheet(SHEET)
        self.close = self._book.close
        self.discard = self._book.discard

    def write(self, texts: Sequence[str]) -> None:
        """See `Target`."""
        if not self._header:
            self._header = texts
        elif self._sheet.full:
            self._sheet = self._book.sheet(SHEET, self._sheet.number + 1)
            self._sheet.write(self._header)
        self._sheet.write(texts)

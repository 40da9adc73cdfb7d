"""Which row is the header, and which column means which field of a lead."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

import yaml

from processors.cleansing.firm_title import firm_and_title
from streams.importing.cells import is_rounded
from streams.importing.choosing import firms_apart, name_of_parts, of_wards, weak_ones
from streams.importing.headings import (
    CONTACTS,
    DECISION,
    FIELDS,
    OWN,
    ROW_ID,
    field_of,
    fields_of,
    name_part_of,
    weak_field_of,
)
from streams.importing.problems import FileProblem
from streams.importing.saved_map import SavedMap, is_id

LOOKED_AT = 30
MOST_COLUMNS = 512
WIDEST = MOST_COLUMNS + 1  # cells of a row that are kept: as many as tell that a header has too many
LONGEST_KEY = 200
BOTH = ("company", "title")
HEADER_ROWS = 2  # above the one that was found
# several columns of these make one text; of others the first filled one counts, and the rest keep their headings
SEVERAL = frozenset({"phone", "address", "location"})


@dataclass(frozen=True, slots=True)
class Columns:
    """The header of a table: where it stands and what each column means.

    `fields`: lead field → places of its columns. `ids`: kind of an identifier → place of its column. `extra`: key →
    place of columns kept under a name of their own. `unknown`: headings that mean no lead field; they are kept too.
    `decision` and `row_id`: places of our own columns, if any. `name_in_parts`: the name's columns are its family and
    given name. `together`: place of a column that holds both firm and title.
    `nameless`: the first value of each column that has no heading, as far as was looked: nothing of them is kept.
    """

    line: int
    headings: tuple[str, ...]
    fields: Mapping[str, tuple[int, ...]]
    extra: Mapping[str, int]
    unknown: tuple[str, ...]
    decision: int | None = None
    row_id: int | None = None
    together: int | None = None
    saved: frozenset[str] = frozenset()
    nameless: tuple[str, ...] = ()
    ids: Mapping[str, int] = field(default_factory=dict)
    name_in_parts: bool = False

    @property
    def used(self) -> set[int]:
        """The places of the columns that are imported."""
        several = {place for places in self.fields.values() for place in places}
        return several | {*self.ids.values(), *self.extra.values()}

    def identifiers(self, cells: Sequence[str]) -> list[dict[str, str]]:
        """Return the identifiers of a row that a system gave, as a touchpoint has them."""
        found = ((kind, cells[place]) for kind, place in self.ids.items() if place < len(cells))
        return [{"kind": kind, "value": text} for kind, text in found if text and not is_rounded(text)]

    def rounded(self, cells: Sequence[str]) -> list[str]:
        """Return the headings of a row's ids that a spreadsheet has taken digits from: nobody knows whose they are."""
        places = [place for place in self.ids.values() if place < len(cells)]
        return [self.headings[place] for place in places if is_rounded(cells[place])]

    def row(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the filled values of a row: lead fields first, then what has a name of its own."""
        row: dict[str, str] = {}
        beside: list[int] = []
        width, written = len(cells), cells
        for name, places in self.fields.items():
            cells = written if self.together is None else self._parted(name, written)
            filled = [place for place in places if place < width and cells[place]]
            if len(filled) > 1:
                row[name] = self._joined(name, [cells[place] for place in filled])
                beside += filled[1:] if row[name] == cells[filled[0]] else ()
            elif filled:
                row[name] = cells[filled[0]]
        cells = written
        for name, place in self.extra.items():
            if place < width and cells[place]:
                row.setdefault(name, cells[place])
        for place in beside:
            if cells[place] not in row.values():
                row[_own_key(self.headings[place], row, ())] = cells[place]
        return row

    def _parted(self, name: str, cells: Sequence[str]) -> Sequence[str]:
        """Return the cells with that part of the one of firm and title which is the field `name`."""
        if name not in BOTH or self.together is None or self.together >= len(cells):
            return cells
        part = getattr(firm_and_title(cells[self.together]), name)
        return [*cells[: self.together], part, *cells[self.together + 1 :]]

    def _joined(self, name: str, texts: list[str]) -> str:
        if name == "name" and self.name_in_parts:
            return "".join(texts) if not "".join(texts).isascii() else " ".join(reversed(texts))
        distinct = list(dict.fromkeys(texts))
        if name in SEVERAL or name in self.saved:
            return (" / " if name == "phone" else " ").join(distinct)
        return distinct[0] if distinct else ""

    def named(self) -> dict[str, list[str]]:
        """Return the headings of all that is imported, by what a mapping calls it."""
        found = {name: [self.headings[place] for place in places] for name, places in self.fields.items()}
        found |= {kind: [self.headings[place]] for kind, place in self.ids.items()}
        return found | {f"extra.{name}": [self.headings[place]] for name, place in self.extra.items()}

    def as_yaml(self) -> str:
        """Return this mapping in the form that `read_map` reads."""
        found = {name: headings if len(headings) > 1 else headings[0] for name, headings in self.named().items()}
        return yaml.safe_dump(found, allow_unicode=True, sort_keys=False)


def find_columns(rows: Sequence[tuple[int, Sequence[str]]], saved: SavedMap | None = None) -> Columns:
    """Return the header among the first rows of a table: the row with most known headings, the first of equals.

    Raises FileProblem: `no_header`, `no_contact`, `no_column` (the saved mapping names one that is missing),
    `too_many_columns`.
    """
    given = saved or SavedMap()
    wanted = given.named()
    scores = [known_headings(cells, wanted) for _, cells in rows]
    place = scores.index(max(scores)) if any(scores) else -1
    if place < 0:
        if wanted:
            raise FileProblem("no_column", names=", ".join(sorted(wanted)))
        raise FileProblem("no_header", rows=len(rows))
    header = _completed(rows[place][1], [above for _, above in rows[:place]])
    if place + 1 < len(rows) and (finer := _parted(header, rows[place + 1][1], wanted)):
        place, header = place + 1, finer
    headings = [" ".join(cell.split()) for cell in header]
    while not headings[-1]:  # some row is wider than the header
        headings.pop()
    columns = _columns(rows[place][0], headings, given)
    return replace(columns, nameless=_nameless(headings, [below for _, below in rows[place + 1 :]]))


def _parted(header: Sequence[str], below: Sequence[str], wanted: Set[str]) -> list[str]:
    """Return a header with the row below where that parts its headings (手机 and 微信 under 联系方式), else nothing."""
    filled = [cell for cell in below[:MOST_COLUMNS] if cell]
    known = sum(cell in wanted or _meaning(cell) is not None for cell in filled)
    if known < 2 or 2 * known <= len(filled):  # a lonely 微信 names what the rows below it have in common
        return []
    both = [low or high for high, low in zip_longest(header, below, fillvalue="")]
    return both if known_headings(both, wanted) > known_headings(header, wanted) else []


def _completed(cells: Sequence[str], above: Sequence[Sequence[str]]) -> list[str]:
    """Return headings, those that are empty from up to two rows of headings above (a header of several rows)."""
    headings = list(cells)
    for row in above[: -HEADER_ROWS - 1 : -1]:
        if len(set(row) - {""}) < 2:  # a title
            break
        headings += [""] * (len(row) - len(headings))
        headings = [heading or (row[place] if place < len(row) else "") for place, heading in enumerate(headings)]
    return headings


def _nameless(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    width = min(max((len(row) for row in rows), default=0), MOST_COLUMNS)
    places = [place for place in range(width) if place >= len(headings) or not headings[place]]
    firsts = (next((row[place] for row in rows if place < len(row) and row[place]), "") for place in places)
    return tuple(first for first in firsts if first)


def known_headings(cells: Sequence[str], wanted: Set[str] = frozenset()) -> int:
    """Return how much a row is a header: how many things its cells mean, headings in `wanted` counting more.

    No more cells are looked at than a table may have columns.
    """
    looked = cells[:MOST_COLUMNS]
    return len({_meaning(cell) for cell in looked} - {None}) + 2 * sum(cell in wanted for cell in set(looked))


def _meaning(cell: str) -> str | None:
    return field_of(cell) or weak_field_of(cell) or name_part_of(cell)


def _columns(line: int, headings: list[str], saved: SavedMap) -> Columns:
    if len(headings) > MOST_COLUMNS:
        raise FileProblem("too_many_columns", limit=MOST_COLUMNS)
    fields, ids, extra = _by_map(headings, saved)
    taken = saved.named() | saved.ignore
    unknown: list[str] = []
    kept: list[int] = []
    for place, heading in enumerate(headings):
        if not heading or heading in taken or heading.startswith(OWN):
            continue
        names = fields_of(heading)
        kept += [] if names else [place]
        for name in names:
            if name not in saved.columns:
                fields[name] = (*fields.get(name, ()), place)
    in_parts = False
    if "name" not in saved.columns:
        kept += firms_apart(fields, headings)
        in_parts = name_of_parts(fields, headings, kept)
        of_wards(fields, headings, kept)
    weak_ones(fields, headings, kept, saved.columns)
    for place in sorted(kept):
        unknown.append(headings[place])
        extra[_own_key(headings[place], extra, headings)] = place
    if not CONTACTS & fields.keys() and not ids:
        raise FileProblem("no_contact")
    decision, row_id = (headings.index(own) if own in headings else None for own in (DECISION, ROW_ID))
    return Columns(
        line,
        tuple(headings),
        fields,
        extra,
        tuple(dict.fromkeys(unknown)),
        decision,
        row_id,
        saved=frozenset(saved.columns),
        ids=ids,
        name_in_parts=in_parts,
        together=next(iter(set(fields.get(BOTH[0], ())) & set(fields.get(BOTH[1], ()))), None),
    )


def _own_key(heading: str, extra: Mapping[str, Any], headings: Sequence[str]) -> str:
    """Return the name that a column is kept under: its heading, with a number where another column has it already."""
    key = name = heading[:LONGEST_KEY]
    number = 2
    while key in extra or (key != name and key in headings):
        key = f"{name} {number}"
        number += 1
    return key


def _by_map(headings: list[str], saved: SavedMap) -> tuple[dict[str, tuple[int, ...]], dict[str, int], dict[str, int]]:
    """Return the columns of lead fields, of identifiers, and of what has a name of its own."""
    missing = [heading for heading in sorted(saved.named()) if heading not in headings]
    if missing:
        raise FileProblem("no_column", names=", ".join(missing))
    fields: dict[str, tuple[int, ...]] = {}
    ids: dict[str, int] = {}
    extra: dict[str, int] = {}
    for name, wanted in saved.columns.items():
        places = tuple(headings.index(heading) for heading in wanted)
        if name in FIELDS:
            fields[name] = places
        elif is_id(name):
            ids[name] = places[0]
        else:
            extra |= {name.removeprefix("extra."): place for place in places}
    return fields, ids, extra

"""Decisions on conflicts: how a row of the report is known for the row of the file that it was.

The sheet of conflicts names, for each row, the event id of the row in its file, and a digest of its cells. So what was
decided is known when the file itself comes again, and a row that somebody changed in the report is another one.
"""

from collections.abc import Sequence
from hashlib import blake2b

from schemas.ids import derived_id
from streams.importing.columns import Columns
from streams.importing.headings import OWN
from streams.importing.problems import Said

FILE = frozenset(("file", "文件", "新", "new", "f", "采用文件"))
LIBRARY = frozenset(("library", "库", "旧", "old", "l", "keep", "保留"))
BAD_DECISION = Said("“采用”列只能填 文件 或 库", "the decision must be file or library")
DECIDED_BEFORE = Said(
    "此行的冲突已在导入报告中决定过", "the conflict of this row was decided before, in the report of an import"
)


def decision_of(columns: Columns, cells: Sequence[str]) -> str | None:
    """Return the decision on a row: None where the file has no such column, else the text, empty if undecided."""
    return _cell(columns.decision, cells).lower() if columns.decision is not None else None


def row_id(event_id: str, headings: Sequence[str], cells: Sequence[str]) -> str:
    """Return what the report says of a row, by which it is known when it comes back."""
    return f"{event_id} {_digest(headings, cells)}"


def event_id_of(columns: Columns, cells: Sequence[str]) -> str | None:
    """Return the event id of a row that comes from a report as it stood there; None for any other row.

    Undecided, it is the row of the file itself; each decision is an event of its own, so that it can be changed.
    """
    event_id, _, digest = _cell(columns.row_id, cells).partition(" ")
    if not event_id or digest != _digest(columns.headings, cells):
        return None
    file, library = decided_ids(event_id)
    decision = decision_of(columns, cells)
    return file if decision in FILE else library if decision in LIBRARY else event_id


def decided_ids(event_id: str) -> tuple[str, str]:
    """Return the event ids that decisions on a row have: for the file, for the library."""
    return derived_id("decided", event_id, "file"), derived_id("decided", event_id, "library")


def _cell(place: int | None, cells: Sequence[str]) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _digest(headings: Sequence[str], cells: Sequence[str]) -> str:
    """Return a digest of the cells that are not the report's own; white space does not count."""
    own = [heading.startswith(OWN) for heading in headings]
    texts = ["".join(cell.split()) for mine, cell in zip(own, cells, strict=False) if not mine]
    while texts and not texts[-1]:
        texts.pop()
    return blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

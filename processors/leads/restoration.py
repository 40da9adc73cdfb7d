"""What a lead's fields were at a time, from its history: what a person can put it back to. Pure."""

from collections.abc import Iterable

from processors.leads import numbers
from processors.leads.fields import FIELDS
from processors.leads.row import MERGED_INTO
from schemas.effects import Change

RESTORED = FIELDS | {numbers.FIELD, "rep_id"}
"""Fields that are put back. What detectors compute (grade, stage, reachability) follows from them and from events."""


def fields_at(rows: Iterable[tuple[Change, int]], at: int, *, written: bool = True) -> dict[str, str | None]:
    """Return field → value at a time (ms) for every field that the lead ever had; None: it had none then.

    `rows` are its history by number, each with when it was written. `written`: as the library showed it then;
    otherwise by event time: what had happened by then, as far as it is known today.
    """
    found: dict[str, str | None] = {}
    for change, written_at in rows:
        if change.field in RESTORED:
            found.setdefault(change.field, None)
            if (written_at if written else change.at) <= at:
                found[change.field] = change.new
    return found


def began(rows: Iterable[tuple[Change, int]], *, written: bool = True) -> int:
    """Return the time (ms) of the first row of a history that is not empty, by the clock of `fields_at`.

    A lead has no fields before it: putting it back to a time that is earlier would empty it.
    """
    return min(written_at if written else change.at for change, written_at in rows)


def joined_to(rows: Iterable[tuple[Change, int]]) -> str | None:
    """Return the lead that this one goes by since they were merged, whose history goes on; None where it is alone."""
    return {change.field: change.new for change, _ in rows}.get(MERGED_INTO)


def differences(
    rows: Iterable[tuple[Change, int]], wanted: dict[str, str | None]
) -> dict[str, tuple[str | None, str | None]]:
    """Return field → (value now, value wanted) where they differ.

    A lead that nobody had been given yet keeps its rep: nobody would look after it, and none is chosen again.
    """
    now = {change.field: change.new for change, _ in rows}
    asked = {name: value for name, value in sorted(wanted.items()) if name != "rep_id" or value is not None}
    return {name: (now.get(name), value) for name, value in asked.items() if now.get(name) != value}

"""The hash chain of a lead's history: a row that is changed, missing or moved no longer fits."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Literal, NamedTuple

import msgspec

from schemas.effects import Change

FIRST = bytes(16)  # what the first row of a lead has in place of a former hash
_EMPTY = blake2b(digest_size=16)
_encode = msgspec.msgpack.Encoder().encode
LOOKED_AT = 1_000  # other numbers under which a row is tried that does not fit its own: it was moved then
Fault = Literal["changed", "missing", "moved", "row"]


class Damage(NamedTuple):
    """What is wrong with one row of a lead's history.

    `changed`: it is not what was written; `missing`: it is not there; `moved`: it was written under another number;
    `row`: the rows are whole, but the lead's own row says otherwise.
    """

    lead: str
    seq: int
    fault: Fault
    says: str

    def __str__(self) -> str:
        return f"{self.lead}: {self.says}"


def change_hash(change: Change) -> bytes:
    """Return 16 bytes of BLAKE2b over everything in the row but the hash itself, the previous hash included."""
    row = (
        change.lead, change.seq, change.field, change.old, change.new, change.rule, change.rule_book,
        change.event_id, change.actor, change.at, change.previous,
    )  # fmt: skip
    digest = _EMPTY.copy()  # half the price of making one
    digest.update(_encode(row))
    return digest.digest()


def damages(rows: Sequence[Change], version: int | None = None) -> Iterator[Damage]:
    """Give everything that is wrong with the rows of one lead, in order of `seq`.

    `version` is the number of the last row as the lead's own row has it; None: it is not known.
    """
    last, previous = 0, FIRST
    known = True  # whether `previous` is what the next row must name
    for row in rows:
        if row.seq != last + 1:
            yield _missing(row.lead, last + 1, row.seq - 1)
            known = False
        if row.hash != change_hash(row):
            yield _altered(row, rows)
        elif known and row.previous != previous:
            yield Damage(row.lead, row.seq, "changed", f"row {row.seq} does not follow the row before it")
        last, previous, known = row.seq, row.hash, True
    if rows and version is not None and version > last:
        yield _missing(rows[0].lead, last + 1, version)


def _missing(lead: str, first: int, last: int) -> Damage:
    which = f"row {first} is" if first == last else f"rows {first} to {last} are"
    return Damage(lead, first, "missing", f"{which} missing")


def _altered(row: Change, rows: Iterable[Change]) -> Damage:
    """Tell a row that was moved, and fits its number no more, from one whose content was changed."""
    for other in islice(rows, LOOKED_AT):
        if change_hash(msgspec.structs.replace(row, seq=other.seq)) == row.hash:
            return Damage(row.lead, row.seq, "moved", f"row {row.seq} was written as row {other.seq}")
    return Damage(row.lead, row.seq, "changed", f"row {row.seq} was changed after it was written")


def fields_of(rows: Iterable[Change]) -> dict[str, str | None]:
    """Return the fields of a lead after these rows, given in order; None: a field that was taken away."""
    return {row.field: row.new for row in rows}

"""The hash chain of a lead's history: a row that is changed, missing or moved no longer fits."""

from hashlib import blake2b

import msgspec

from schemas.effects import Change


def change_hash(change: Change) -> bytes:
    """Return 16 bytes of BLAKE2b over everything in the row but the hash itself, the previous hash included."""
    row = (
        change.lead, change.seq, change.field, change.old, change.new, change.rule, change.rule_book,
        change.event_id, change.actor, change.at, change.previous,
    )  # fmt: skip
    return blake2b(msgspec.msgpack.encode(row), digest_size=16).digest()


def broken_link(rows: list[Change]) -> str | None:
    """Return what is wrong with the rows of one lead, given in order of `seq` from 1; None when they are whole."""
    previous = bytes(16)
    for number, row in enumerate(rows, start=1):
        if row.seq != number:
            return f"{row.lead}: row {number} is missing (found row {row.seq})"
        if row.previous != previous:
            return f"{row.lead}: row {number} does not follow the row before it"
        if row.hash != change_hash(row):
            return f"{row.lead}: row {number} was changed after it was written"
        previous = row.hash
    return None

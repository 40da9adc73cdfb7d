"""Rows of history with true hashes."""

from collections.abc import Sequence

import msgspec

from processors.history import FIRST, change_hash
from schemas.effects import Change
from tests.contract.examples import origin


def chain(lead: str, values: Sequence[tuple[str, str | None]], offset: int) -> list[Change]:
    """Return the history of a lead whose fields took these values one after another, from an offset on."""
    rows: list[Change] = []
    held: dict[str, str | None] = {}
    for number, (field, value) in enumerate(values):
        change = Change(
            lead=lead, seq=number + 1, field=field, old=held.get(field), new=value, rule="test", rule_book="b1",
            event_id=f"e{number}", actor="website", at=1_000 + offset + number, origin=origin(offset + number),
            previous=rows[-1].hash if rows else FIRST, hash=b"",
        )  # fmt: skip
        rows.append(msgspec.structs.replace(change, hash=change_hash(change)))
        held[field] = value
    return rows

"""The row of a lead in the library, as the states of its detectors say: what merging and parting must put right."""

from collections.abc import Iterator, Mapping

from processors.detector import EMPTY, State
from processors.effects import SetField

States = Mapping[str, State]
MERGED_INTO = "merged_into"
HELD = {
    "rep_id": ("lead", "rep"), "reachability": ("lead", "reach"), "grade": ("grade", "grade"),
    "stage": ("funnel", "stage"), "variant": ("funnel", "variant"), "strategic_change": ("strategic", "mark"),
}  # fmt: skip
"""Field of the row → (detector, key of its state)."""


def row_of(states: States) -> dict[str, str]:
    """Return the fields of a lead's row, as they follow from what its detectors remember."""
    row = {name: held[0] for name, held in states.get("lead", EMPTY).get("fields", EMPTY).items()}
    for name, (detector, key) in HELD.items():
        value = states.get(detector, EMPTY).get(key)
        if isinstance(value, str):
            row[name] = value
    if "stage" in row and isinstance(source := states.get("lead", EMPTY).get("source"), str):
        row["source"] = source
    return row


def changes(before: Mapping[str, str], after: Mapping[str, str], rule: str, actor: str) -> Iterator[SetField]:
    """Yield the changes from one row to another, by field."""
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield SetField(field=name, old=before.get(name), new=after.get(name), rule=rule, actor=actor)

"""How far the lead library was, as Redis remembers it: PostgreSQL restored from an older copy is noticed.

With every commit that follows changes of leads, the state keeps the offset of the last one, beside the partition's own
state. A library whose fence is below it has lost rows of history that no worker would ever write again.
"""

from collections.abc import Sequence

from schemas.effects import Change, Slot

STORED = "~stored"  # a pseudo entity, as those of `processors.state`


class LibraryBehind(Exception):
    """PostgreSQL lacks history that it held before: it was restored from an older copy, or emptied. Stop."""

    def __init__(self, slot: Slot, fence: int, mark: int) -> None:
        super().__init__(
            f"PostgreSQL is behind what it held: {slot.topic}[{slot.partition}] is stored up to offset {fence}, and was"
            f" up to {mark} at least. It was restored from an older copy, or emptied. Stop all workers, then run"
            " `whetstone history restore --topic` (with --missing where the database is not empty, with --backup FOLDER"
            " where there is one); or follow `PostgreSQL restored from a backup` in docs/operations.md"
        )


def mark_of(slot: Slot, changes: Sequence[Change]) -> bytes:
    """Return what to remember once these changes (at least one, in log order) are stored."""
    return f"{slot.incarnation}:{changes[-1].origin.offset}".encode()


def refuse_behind(slot: Slot, fence: int, remembered: bytes | None) -> None:
    """Raise LibraryBehind when the library's fence is below what is remembered of this incarnation."""
    if remembered is None:
        return
    incarnation, _, offset = remembered.decode().partition(":")
    if incarnation == slot.incarnation and fence < int(offset):
        raise LibraryBehind(slot, fence, int(offset))

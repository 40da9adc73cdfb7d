"""What persons decided about records, as a log that only grows: merging and parting are entries, so is taking back."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What an entry says of two records; `WITHDRAWN` takes an earlier entry back."""

    JOINED = "joined"
    PARTED = "parted"
    WITHDRAWN = "withdrawn"


class Entry(NamedTuple):
    """One decision. `left`, `right`: record ids, the lesser first; `target`: the place of the entry taken back."""

    kind: Kind
    left: str
    right: str
    by: str
    at: int
    target: int = -1


class Standing(NamedTuple):
    """What holds after all entries: pairs of record ids."""

    joined: frozenset[tuple[str, str]]
    parted: frozenset[tuple[str, str]]


class Decisions:
    """The log. What holds follows from it alone, so taking the last entry back restores exactly what was before."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: list[Entry] = []
        for entry in entries:
            self.append(entry)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, oldest first."""
        return tuple(self._entries)

    def append(self, entry: Entry) -> int:
        """Add an entry and return its place. Raises ValueError when it takes back what does not stand."""
        if entry.kind is Kind.WITHDRAWN:
            if not 0 <= entry.target < len(self._entries) or entry.target in self._withdrawn():
                raise ValueError(f"decision {entry.target} does not stand: there is nothing to take back")
            if self._entries[entry.target].kind is Kind.WITHDRAWN:
                raise ValueError("taking back is final: decide anew instead")
        elif entry.left >= entry.right:
            raise ValueError("a decision is about two records, the lesser id first")
        self._entries.append(entry)
        return len(self._entries) - 1

    def standing(self) -> Standing:
        """Return what holds; of a joining and a parting of the same two the later counts."""
        gone = self._withdrawn()
        last: dict[tuple[str, str], Kind] = {}
        for place, entry in enumerate(self._entries):
            if place not in gone and entry.kind is not Kind.WITHDRAWN:
                last[entry.left, entry.right] = entry.kind
        joined = frozenset(pair for pair, kind in last.items() if kind is Kind.JOINED)
        return Standing(joined, frozenset(last) - joined)

    def _withdrawn(self) -> frozenset[int]:
        return frozenset(entry.target for entry in self._entries if entry.kind is Kind.WITHDRAWN)

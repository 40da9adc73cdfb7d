"""The fake state store."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from schemas.effects import NO_OFFSET, Outputs, Slot, Timer
from schemas.signal import Signal
from sinks.base import Fenced

Partition = tuple[str, int]
Key = TypeVar("Key")
Value = TypeVar("Value")


class MemoryStateStore:
    """`StateStore` in dictionaries."""

    def __init__(self) -> None:
        self._fences: dict[Slot, int] = {}
        self._states: dict[Partition, dict[str, bytes]] = defaultdict(dict)
        self._timers: dict[Partition, dict[tuple[str, str], int]] = defaultdict(dict)
        self._views: dict[Partition, dict[str, bytes]] = defaultdict(dict)
        self._inboxes: dict[str, list[Signal]] = defaultdict(list)
        self._delivered: dict[tuple[str, Slot], tuple[int, int]] = {}

    async def fence(self, slot: Slot) -> int:
        """See `StateStore`."""
        return self._fences.get(slot, NO_OFFSET)

    async def fences(self, topic: str, partition: int) -> Mapping[str, int]:
        """See `StateStore`."""
        return {slot.incarnation: at for slot, at in self._fences.items() if _partition(slot) == (topic, partition)}

    async def load(self, slot: Slot, names: Sequence[str]) -> list[bytes | None]:
        """See `StateStore`."""
        states = self._states[_partition(slot)]
        return [states.get(name) for name in names]

    async def due(self, slot: Slot, until: int) -> list[Timer]:
        """See `StateStore`."""
        return [timer for timer in self.timers(slot) if timer.due <= until]

    async def deliver(self, slot: Slot, signals: Sequence[Signal]) -> None:
        """See `StateStore`."""
        for signal in sorted(signals, key=_place):
            for recipient in dict.fromkeys(signal.to):
                if _place(signal) > self._delivered.get((recipient, slot), (NO_OFFSET, 0)):
                    self._delivered[(recipient, slot)] = _place(signal)
                    self._inboxes[recipient].append(signal)

    async def commit(self, slot: Slot, expected: int, last: int, outputs: Outputs) -> None:
        """See `StateStore`."""
        if last <= expected:
            raise ValueError(f"a fence only moves forward, not from {expected} to {last}")
        if self._fences.get(slot, NO_OFFSET) != expected:
            raise Fenced("memory state store", slot, expected)
        self._fences[slot] = last
        _store(self._states[_partition(slot)], outputs.states)
        _store(self._timers[_partition(slot)], outputs.timers)
        _store(self._views[_partition(slot)], outputs.views)

    async def bring_up(self, topic: str, partition: int, outputs: Outputs, fences: Mapping[str, int]) -> None:
        """See `StateStore`."""
        _store(self._states[topic, partition], outputs.states)
        _store(self._timers[topic, partition], outputs.timers)
        self._fences.update({Slot(topic, incarnation, partition): at for incarnation, at in fences.items()})

    async def view(self, topic: str, partition: int, name: str) -> dict[str, bytes]:
        """Return one partition's part of a view: what `Outputs.views` stored under `name:member`, by member."""
        mine = {key.partition(":"): value for key, value in self._views[(topic, partition)].items()}
        return {member: value for (view, _, member), value in mine.items() if view == name}

    def inbox(self, recipient: str) -> list[Signal]:
        """Return the signals in a recipient's inbox, oldest first."""
        return list(self._inboxes[recipient])

    def states(self, slot: Slot) -> dict[str, bytes]:
        """Return all blobs of the slot's partition by name."""
        return dict(self._states[_partition(slot)])

    def timers(self, slot: Slot) -> list[Timer]:
        """Return all timers of the slot's partition, ordered by (due, entity, name)."""
        timers = self._timers[_partition(slot)]
        return sorted(Timer(due, entity, name) for (entity, name), due in timers.items())


def _partition(slot: Slot) -> Partition:
    return slot.topic, slot.partition


def _place(signal: Signal) -> tuple[int, int]:
    return signal.origin.offset, signal.origin.index


def _store(into: dict[Key, Value], given: dict[Key, Value | None]) -> None:
    for key, value in given.items():
        if value is None:
            into.pop(key, None)
        else:
            into[key] = value

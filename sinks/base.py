"""What every store promises; one contract suite (`tests/contract`) runs over the fakes and the real ones."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from schemas.effects import Outputs, Slot, Timer
from schemas.evidence import EvidenceClaim
from schemas.identity import EventClaim, IdClaim, IdKey, IdMove, PastHolders
from schemas.signal import Signal
from sinks.evidence import Evidence


class SinkUnavailable(Exception):
    """A store could not be reached or refused for now. Try the same call again after `retry_after` seconds."""

    def __init__(self, store: str, why: str, retry_after: float = 1.0) -> None:
        super().__init__(f"{store} is unavailable: {why}")
        self.store = store
        self.why = why
        self.retry_after = retry_after


def first_line(error: BaseException) -> str:
    """Say what went wrong in one line; what follows may hold values, as PostgreSQL's DETAIL does."""
    silent = "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
    return (str(error).splitlines() or [silent])[0]


class SchemaRefused(Exception):
    """The registry refuses a schema or us: wrong credentials, or a subject with an incompatible schema. Fix it."""


class Fenced(Exception):
    """Somebody else moved the fence of this slot. Forget what was cached, read the fence, go on from there."""

    def __init__(self, store: str, slot: Slot, expected: int) -> None:
        super().__init__(f"{store}: the fence of {slot} is no longer at {expected}")
        self.store = store
        self.slot = slot
        self.expected = expected


class LostRace(Exception):
    """Somebody claimed one of the events or identifiers first; nothing was claimed. Look up, resolve, claim again."""


class HistoryConflict(Exception):
    """The history holds another row under this (lead, seq): state and library disagree. Stop; a person must decide.

    It can only happen when one store was restored or emptied without the other. The same row again is no conflict.
    """

    def __init__(self, lead: str, seq: int) -> None:
        super().__init__(f"the history of {lead} holds another row {seq}; verify it before the worker goes on")
        self.lead = lead
        self.seq = seq


class Known(NamedTuple):
    """What the library knows about a slice: `decisions` of event ids, `held` of identifiers (as `lookup` has it), and
    `past`: who held its phone numbers until when, earliest end first, as `Evidence.past` has it."""

    decisions: Mapping[str, EventClaim]
    held: Mapping[IdKey, IdClaim]
    past: PastHolders


class Library(Evidence, Protocol):
    """The lead library: identifiers, duplicates, leads, history, signals, inboxes. Postgres, or the fake."""

    async def decisions(self, event_ids: Sequence[str]) -> Mapping[str, EventClaim]:
        """Return the claim of each event id that has one: who holds it, and what was decided about its lead.

        A holder with the caller's own origin (topic, incarnation, partition, offset) is our own redelivery, whose
        decision stands; any other holder makes the event a duplicate. Nearly always this finds nothing: be quick.
        """

    async def lookup(self, keys: Sequence[IdKey]) -> Mapping[IdKey, IdClaim]:
        """Return the present claim of each identifier that has one."""

    async def known(self, event_ids: Sequence[str], keys: Sequence[IdKey]) -> Known:
        """Return what the cleanse stage asks per slice, in one round trip."""

    async def identifiers(self, leads: Sequence[str]) -> Mapping[str, Sequence[IdKey]]:
        """Return the identifiers that point to these leads at present."""

    async def claim(
        self,
        events: Sequence[EventClaim],
        claims: Sequence[IdClaim] = (),
        moves: Sequence[IdMove] = (),
        evidence: EvidenceClaim | None = None,
    ) -> None:
        """Claim event ids with their decisions, end the moved claims, make the new ones, add evidence: one transaction.

        Raises LostRace (nothing done) when one of the event ids is claimed already, by anybody, an identifier
        belongs to another lead, or evidence came in that the decisions do not know of; and ValueError when the call
        itself gives one identifier to two leads, takes it from two, or claims an event id twice: such batches are
        for the caller to split.
        """

    async def forget_events(self, before: int) -> int:
        """Forget event ids claimed before a time (ms since 1970); return how many. A repeat of one counts as new."""

    async def fence(self, stage: str, slot: Slot) -> int:
        """Return the offset of the last record whose outputs are stored; -1 before the first."""

    async def fences(self, stage: str, topic: str, partition: int) -> Mapping[str, int]:
        """Return the fence of every incarnation of a partition that has one."""

    async def commit(self, stage: str, slot: Slot, expected: int, last: int, outputs: Outputs) -> None:
        """Store changes (lead rows, history) and signals (with notices) and move the fence, in one transaction.

        Outputs at or below the fence are left out by the caller. Raises Fenced when the fence is not `expected`,
        HistoryConflict when a history row differs from the one stored. History rows that stand already are kept.
        """


class StateStore(Protocol):
    """Entity state, timers and inboxes of the live page: Redis, or the fake. One slot is one atomic unit.

    States and timers belong to (topic, partition) and outlive an incarnation of the topic; the fence belongs to
    the slot with its incarnation, because offsets begin again when a topic is made anew.
    """

    async def fence(self, slot: Slot) -> int:
        """Return the offset of the last record that the state includes; -1 before the first."""

    async def fences(self, topic: str, partition: int) -> Mapping[str, int]:
        """Return the fence of every incarnation of a partition that has one."""

    async def load(self, slot: Slot, names: Sequence[str]) -> list[bytes | None]:
        """Return the blobs of these entities, None where there is none, in one round trip."""

    async def due(self, slot: Slot, until: int) -> list[Timer]:
        """Return all timers due at or before `until` (ms), ordered by (due, entity, name)."""

    async def deliver(self, slot: Slot, signals: Sequence[Signal]) -> None:
        """Append signals to their recipients' inbox streams, each exactly once however often it is called.

        Recognised by (slot, offset, index), which only ever grow within a slot.
        """

    async def commit(self, slot: Slot, expected: int, last: int, outputs: Outputs) -> None:
        """Store states, timers and views and move the fence from `expected` to `last`, all or nothing.

        Raises Fenced when the fence is not `expected`.
        """

    async def bring_up(self, topic: str, partition: int, outputs: Outputs, fences: Mapping[str, int]) -> None:
        """Store states and timers, then set these fences: for somebody outside of the log, while no worker runs."""


__all__ = ["Fenced", "HistoryConflict", "Known", "Library", "LostRace", "SinkUnavailable", "StateStore"]

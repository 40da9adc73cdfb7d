"""Who holds which identifier while a batch is decided on, and what of that the library must be told."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from processors.number_periods import Periods
from schemas.identity import IdClaim, IdKey, IdMove, Past, PastHolders


class Holder(NamedTuple):
    """A lead that held a number, and since when (ms) that is known."""

    lead: str
    number: IdKey
    since: int


class Claims:
    """The claims that the library holds on a batch's identifiers, those that the batch makes (`made`), and what ends.

    Times are those of events (ms): a number's holder is the one at the time of an event, whenever that comes.
    """

    def __init__(self, held: Mapping[IdKey, IdClaim], owned: Mapping[str, Iterable[IdKey]], past: PastHolders) -> None:
        self.made: dict[IdKey, IdClaim] = {}
        self.moves: list[IdMove] = []
        self.ended: list[IdMove] = []
        self._held = dict(held)
        self._owned = {lead: {key.kind: key for key in keys} for lead, keys in owned.items()}
        self._periods = Periods(past)

    def holder(self, key: IdKey, at: int) -> str | None:
        """Return the lead that an identifier points to at a moment."""
        if self._periods.known and (past := self._periods.holder(key, at)) is not None:
            return past
        claim = self._held.get(key)
        return claim.lead if claim is not None else None

    def owned(self, lead: str) -> Mapping[str, IdKey]:
        """Return an identifier of each kind that a lead is known to hold: of those that were asked for, and claimed."""
        return self._owned.get(lead, {})

    def claim(self, key: IdKey, verified: bool, lead: str, at: int, event_id: str) -> None:
        """Let an identifier point to a lead since an event, unless it points to one already."""
        if self.holder(key, at) is not None:
            return
        claim = IdClaim(key, lead, verified, at, event_id)
        self._held[key] = self.made[key] = claim
        self._owned.setdefault(lead, {})[key.kind] = key

    def before(self, key: IdKey, at: int) -> Holder | None:
        """Return who is known to have held a number just before a moment."""
        if past := self._periods.ending(key, at):
            return Holder(past.lead, key, past.since) if past.until == at or past.since < at else None
        claim = self._held.get(key)
        return Holder(claim.lead, key, claim.since) if claim is not None and claim.since < at else None

    def after(self, key: IdKey, at: int) -> Holder | None:
        """Return who is known to have held a number from a moment on, and not before it."""
        if past := self._periods.ending(key, at + 1):
            return Holder(past.lead, key, past.since) if past.since >= at else None
        claim = self._held.get(key)
        return Holder(claim.lead, key, claim.since) if claim is not None and claim.since >= at else None

    def end(self, key: IdKey, lead: str, at: int, event_id: str) -> None:
        """Let a number point to a lead until an event and no longer."""
        claim, past = self._held.get(key), self._periods.ending(key, at)
        if past is not None and past.until == at:
            return
        if past is None and claim is not None and claim.since < at:
            since, kept = claim.since, self.made.pop(key, None) is None
            del self._held[key]
        else:  # nothing more may be known than that it was held until then
            since, kept = past.since if past is not None and past.since < at else at - 1, False
        if kept:
            self.moves.append(IdMove(key, lead, at, event_id))
        else:
            self.ended.append(IdMove(key, lead, at, event_id, since))
        self._periods.add(key, Past(at, since, lead, event_id, event_id))

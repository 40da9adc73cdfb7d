"""Who an event is about. Pure: given what the library knows of its identifiers, decide, and say what to claim.

The rule here: an identifier that is known decides, the strongest kind first; a device decides only for people of
whom nothing personal contradicts it; nobody known makes a new lead, whose id is derived from the event.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from processors.number_periods import Periods
from schemas.identity import IdClaim, IdKey, IdMove, Past, PastHolders
from schemas.ids import derived_id, entity_key

# Strongest first. `crm:<system>` stands with `crm`.
STRENGTH = (
    "customer", "crm", "id_number", "wechat_unionid", "phone", "email", "wechat_openid", "qq", "douyin", "kuaishou",
    "wechat", "device",
)  # fmt: skip
_RANK = {kind: rank for rank, kind in enumerate(STRENGTH)}
WEAK = frozenset({"device"})


class Known(msgspec.Struct, frozen=True):
    """One identifier of a subject, normalised."""

    key: IdKey
    verified: bool


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whom one event is about, as it says itself. `moves_from`/`moves_to`: a confirmed change of number."""

    event_id: str
    at: int
    ids: tuple[Known, ...]
    moves_from: IdKey | None = None
    moves_to: IdKey | None = None


class Holder(NamedTuple):
    """A lead that held a number, and since when (ms) that is known."""

    lead: str
    number: IdKey
    since: int


class NumberChange(msgspec.Struct, frozen=True):
    """A confirmed change of number: both codes were read by one person at one moment.

    `lead` is the event's. `same` held the old number until then, or the new one from then on: one person with it.
    `former` held the new number before: one person too unless something speaks against it, since nobody gave the
    number up. `fresh`: leads that nobody has heard of.
    """

    lead: str
    old: IdKey
    new: IdKey
    same: tuple[Holder, ...]
    former: Holder
    fresh: tuple[str, ...]


class Resolution(msgspec.Struct):
    """The decisions on a batch: a lead (or None) per subject, and what must be claimed before anybody is told."""

    leads: list[str | None] = msgspec.field(default_factory=list)
    claims: dict[IdKey, IdClaim] = msgspec.field(default_factory=dict)
    moves: list[IdMove] = msgspec.field(default_factory=list)
    ended: list[IdMove] = msgspec.field(default_factory=list)
    """What was held for a while, of which the library has no claim that could end."""
    changes: dict[str, NumberChange] = msgspec.field(default_factory=dict)
    """Confirmed changes of number, by event id."""


@lru_cache(8_192)
def own_lead(event_id: str) -> str:
    """Return the lead that begins with an event of whose subject nothing is known."""
    return entity_key("lead", derived_id("lead", event_id))


def former_lead(event_id: str) -> str:
    """Return the lead that held a number before a change of number gave it to somebody, while nobody else is known."""
    return entity_key("lead", derived_id("lead", event_id, "held before"))


def keys_of(subjects: Iterable[Subject]) -> list[IdKey]:
    """Return every identifier that the library must be asked for, once each, in order."""
    keys: dict[IdKey, None] = {}
    for subject in subjects:
        for known in subject.ids:
            keys[known.key] = None
        if subject.moves_from is not None:
            keys[subject.moves_from] = None
        if subject.moves_to is not None:
            keys[subject.moves_to] = None
    return list(keys)


def devices_in_question(subjects: Iterable[Subject], held: Mapping[IdKey, IdClaim]) -> list[str]:
    """Return the leads known by a device alone to an event that also brings an unknown personal identifier."""
    leads: dict[str, None] = {}
    for subject in subjects:
        if len(subject.ids) < 2:
            continue
        personal = [known.key for known in subject.ids if known.key.kind not in WEAK]
        if personal and not any(key in held for key in personal):
            for known in subject.ids:
                if known.key.kind in WEAK and known.key in held:
                    leads[held[known.key].lead] = None
    return list(leads)


def resolve(
    subjects: Sequence[Subject],
    held: Mapping[IdKey, IdClaim],
    owned: Mapping[str, Iterable[IdKey]],
    decided: Mapping[str, str],
    past: PastHolders,
) -> Resolution:
    """Decide for each subject in order; a decision is known to the subjects after it.

    `held` is what the library says of `keys_of(subjects)`, `owned` the identifiers of `devices_in_question`.
    `decided` are the decisions (event id → lead, empty for none) that an earlier delivery of the same records has
    already made and claimed: they stand, whatever became of the identifiers since. `past` says who held phone numbers
    before: a number's holder is the one at the time of the event, whenever that comes.
    """
    owners = {lead: {key.kind: key for key in keys} for lead, keys in owned.items()}
    resolver = _Resolver(dict(held), owners, Periods(past))
    for subject in subjects:
        before = decided.get(subject.event_id)
        resolver.resolution.leads.append(resolver.decide(subject) if before is None else before or None)
    return resolver.resolution


class _Resolver:
    def __init__(self, held: dict[IdKey, IdClaim], owned: dict[str, dict[str, IdKey]], periods: Periods) -> None:
        self.held = held
        self.owned = owned
        self.periods = periods
        self.resolution = Resolution()

    def decide(self, subject: Subject) -> str | None:
        if subject.moves_from is not None and subject.moves_to is not None:
            return self._change(subject, subject.moves_from, subject.moves_to)
        if not subject.ids:
            return None
        if len(subject.ids) == 1 and not self.periods.known:
            key = subject.ids[0].key
            claim = self.held.get(key)
            if claim is not None and key.kind not in WEAK:
                return claim.lead  # known by what is held already: nothing to weigh, nothing to claim
        ids = sorted(subject.ids, key=_strength) if len(subject.ids) > 1 else subject.ids
        lead = self._known(subject, ids) or own_lead(subject.event_id)
        for known in ids:
            self._claim(known.key, known.verified, lead, subject)
        return lead

    def _known(self, subject: Subject, ids: Sequence[Known], told: Mapping[IdKey, str | None] = {}) -> str | None:
        """Return whom identifiers name at the time of the event; `told` are holders that were found out already."""
        for known in ids:
            lead = told[known.key] if known.key in told else self._holder(known.key, subject.at)
            if lead is not None and (known.key.kind not in WEAK or self._fits(lead, ids)):
                return lead
        return None

    def _holder(self, key: IdKey, at: int) -> str | None:
        if self.periods.known and (past := self.periods.holder(key, at)) is not None:
            return past
        claim = self.held.get(key)
        return claim.lead if claim is not None else None

    def _fits(self, lead: str, ids: Sequence[Known]) -> bool:
        """A device's lead fits unless it holds another identifier of a kind that this subject brings."""
        owned = self.owned.get(lead, {})
        return all(known.key.kind in WEAK or owned.get(known.key.kind, known.key) == known.key for known in ids)

    def _claim(self, key: IdKey, verified: bool, lead: str, subject: Subject) -> None:
        if key in self.held or (self.periods.known and self.periods.holder(key, subject.at) is not None):
            return
        claim = IdClaim(key, lead, verified, subject.at, subject.event_id)
        self.held[key] = self.resolution.claims[key] = claim
        self.owned.setdefault(lead, {})[key.kind] = key

    def _change(self, subject: Subject, old: IdKey, new: IdKey) -> str:
        """Let one person hold the old number until a moment, and the new one from then on.

        Whoever was known to hold either on that side of the moment keeps it, so that it does not matter what came
        first; that they are one person is evidence (`NumberChange`), not a claim.
        """
        at, event_id = subject.at, subject.event_id
        giver, taker = self._before(old, at), self._after(new, at)
        ids = sorted(subject.ids, key=_strength)
        told = {old: giver and giver.lead, new: taker and taker.lead}
        lead = self._known(subject, ids, told) or told[old] or told[new] or own_lead(event_id)
        for known in ids:
            if known.key not in told:
                self._claim(known.key, known.verified, lead, subject)
        former = self._before(new, at) or Holder(former_lead(event_id), new, at - 1)
        self._end(old, told[old] or lead, subject)
        if former.lead != lead:
            self._end(new, former.lead, subject)
        if new not in self.held and self.periods.ending(new, at + 1) is None:
            self._claim(new, True, lead, subject)
        fresh = tuple(sorted({own_lead(event_id), former_lead(event_id)} & {lead, former.lead}))
        same = tuple([each for each in (giver, taker) if each is not None and each.lead != lead])
        self.resolution.changes[event_id] = NumberChange(lead, old, new, same, former, fresh)
        return lead

    def _before(self, key: IdKey, at: int) -> Holder | None:
        """Return who is known to have held a number just before a moment."""
        if past := self.periods.ending(key, at):
            return Holder(past.lead, key, past.since) if past.until == at or past.since < at else None
        claim = self.held.get(key)
        return Holder(claim.lead, key, claim.since) if claim is not None and claim.since < at else None

    def _after(self, key: IdKey, at: int) -> Holder | None:
        """Return who is known to have held a number from a moment on, and not before it."""
        if past := self.periods.ending(key, at + 1):
            return Holder(past.lead, key, past.since) if past.since >= at else None
        claim = self.held.get(key)
        return Holder(claim.lead, key, claim.since) if claim is not None and claim.since >= at else None

    def _end(self, key: IdKey, lead: str, subject: Subject) -> None:
        """Let a number point to a lead until the moment of an event and no longer."""
        at, event_id = subject.at, subject.event_id
        claim, past = self.held.get(key), self.periods.ending(key, at)
        if past is not None and past.until == at:
            return
        if past is None and claim is not None and claim.since < at:
            since, kept = claim.since, self.resolution.claims.pop(key, None) is None
            del self.held[key]
        else:  # nothing more may be known than that it was held until then
            since, kept = past.since if past is not None and past.since < at else at - 1, False
        if kept:
            self.resolution.moves.append(IdMove(key, lead, at, event_id))
        else:
            self.resolution.ended.append(IdMove(key, lead, at, event_id, since))
        self.periods.add(key, Past(at, since, lead, event_id, event_id))


def _strength(known: Known) -> tuple[bool, int, IdKey]:
    kind = known.key.kind.partition(":")[0]
    return known.key.kind in WEAK, _RANK.get(kind, len(STRENGTH)) - (50 if known.verified else 0), known.key

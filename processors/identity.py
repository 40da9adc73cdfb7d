"""Who an event is about. Pure: given what the library knows of its identifiers, decide, and say what to claim.

The rule here: an identifier that is known decides, the strongest kind first; a device decides only for people of
whom nothing personal contradicts it, a contact only for those who have no other id of which a person has one; nobody
known makes a new lead, whose id is derived from the event.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from processors.claims import Claims, Holder
from schemas.identity import IdClaim, IdKey, IdMove, PastHolders, let_go
from schemas.ids import derived_id, entity_key

# Strongest first. `crm:<system>` stands with `crm`.
STRENGTH = (
    "customer", "crm", "id_number", "wechat_unionid", "phone", "email", "wechat_openid", "qq", "douyin", "kuaishou",
    "wechat", "device",
)  # fmt: skip
_RANK = {kind: rank for rank, kind in enumerate(STRENGTH)}
WEAK = frozenset({"device"})
ONCE = frozenset({"customer", "id_number", "wechat_unionid"})
"""Kinds of which a person has one; so of `crm:<system>`, see `is_once`."""


class Known(msgspec.Struct, frozen=True):
    """One identifier of a subject, normalised.

    `new`: the event brings it as a new value for the person whom its other identifiers name, as `lead_updated` does.
    """

    key: IdKey
    verified: bool
    new: bool = False


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whom one event is about, as it says itself; `change`: its old number and the new one, both confirmed.

    `shared` are contacts that an office or a household has in common, beside a name: evidence of who it is, but no
    identifiers, unless identifiers decide alone.
    """

    event_id: str
    at: int
    ids: tuple[Known, ...]
    shared: tuple[Known, ...] = ()
    change: tuple[IdKey, IdKey] | None = None

    @property
    def contacts(self) -> tuple[Known, ...]:
        """All that it says, identifiers first."""
        return (*self.ids, *self.shared) if self.shared else self.ids

    def alone(self) -> "Subject":
        """Return the same where nothing but identifiers says who it is."""
        return msgspec.structs.replace(self, ids=self.contacts, shared=()) if self.shared else self


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


class NamedTogether(NamedTuple):
    """Two leads that one event named, by an identifier each: one person, unless something speaks against it.

    Had the event come first, both identifiers would have been one lead's from the start. `sure`: neither is a contact
    that anybody might have typed.
    """

    lead: str
    by: IdKey
    other: str
    other_by: IdKey
    sure: bool


class Resolution(msgspec.Struct):
    """The decisions on a batch: a lead (or None) per subject, and what must be claimed before anybody is told."""

    leads: list[str | None]
    claims: dict[IdKey, IdClaim]
    moves: list[IdMove]
    ended: list[IdMove]
    """What was held for a while, of which the library has no claim that could end."""
    changes: dict[str, NumberChange]
    """Confirmed changes of number, by event id."""
    ties: dict[str, list[NamedTogether]]
    """Leads that one event named, by event id."""


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
        keys.update(dict.fromkeys(subject.change or ()))
    return list(keys)


def is_once(kind: str) -> bool:
    """Tell whether a person has one identifier of a kind."""
    return kind in ONCE or kind.startswith("crm:")


def leads_in_question(subjects: Iterable[Subject], held: Mapping[IdKey, IdClaim], past: PastHolders) -> list[str]:
    """Return the leads of which `resolve` must know all identifiers; nearly always none. They are leads

    - that an event names by a device, while it brings a personal identifier that may be somebody else's;
    - that it names by a contact, while it brings an id of which a person has one (see `is_once`);
    - of which it names several, or will when the slice has claimed what it brings.
    """
    subjects = tuple(subjects)
    leads: dict[str, None] = {}
    brought = Counter(known.key for subject in subjects for known in subject.ids)
    for subject in subjects:
        if len(subject.ids) < 2:
            continue
        if any(is_once(known.key.kind) for known in subject.ids):
            leads.update(dict.fromkeys(_by_contacts(subject, held, past)))
        personal = [known.key for known in subject.ids if known.key.kind not in WEAK]
        weak = [known.key for known in subject.ids if known.key.kind in WEAK]
        named = dict.fromkeys(lead for key in personal for lead in _holders(key, held, past))
        used = dict.fromkeys(held[key].lead for key in weak if key in held)
        if len(named) > 1 or (named and any(key not in held and brought[key] > 1 for key in personal)):
            leads.update(named)
        if personal and not any(key in held for key in personal):
            leads.update(used)
        elif named and (used.keys() - named.keys() or any(key not in held and brought[key] > 1 for key in weak)):
            leads.update(named | used)
    return list(leads)


def _by_contacts(subject: Subject, held: Mapping[IdKey, IdClaim], past: PastHolders) -> Iterator[str]:
    """Yield the leads that an event names by contacts and devices, and not by the ids of which a person has one."""
    named = {held[known.key].lead for known in subject.ids if is_once(known.key.kind) and known.key in held}
    for known in subject.ids:
        if not is_once(known.key.kind):
            yield from (lead for lead in _holders(known.key, held, past) if lead not in named)


def _holders(key: IdKey, held: Mapping[IdKey, IdClaim], past: PastHolders) -> list[str]:
    """Return whom an identifier names, at one time or another: a late event names who held a number then."""
    before = [each.lead for each in past.get(key.value, ()) if not let_go(each.by)] if key.kind == "phone" else []
    return [*before, held[key].lead] if key in held else before


def resolve(
    subjects: Sequence[Subject],
    held: Mapping[IdKey, IdClaim],
    owned: Mapping[str, Iterable[IdKey]],
    decided: Mapping[str, str],
    past: PastHolders,
) -> Resolution:
    """Decide for each subject in order; a decision is known to the subjects after it.

    `held` is what the library says of `keys_of(subjects)`, `owned` the identifiers of `leads_in_question`.
    `decided` are the decisions (event id → lead, empty for none) that an earlier delivery of the same records has
    already made and claimed: they stand, whatever became of the identifiers since. `past` says who held phone numbers
    before: a number's holder is the one at the time of the event, whenever that comes.
    """
    claims = Claims(held, owned, past)
    resolver = _Resolver(claims)
    leads = []
    for subject in subjects:
        before = decided.get(subject.event_id)
        leads.append(resolver.decide(subject) if before is None else before or None)
    return Resolution(leads, claims.made, claims.moves, claims.ended, resolver.changes, resolver.ties)


class _Resolver:
    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self.changes: dict[str, NumberChange] = {}
        self.ties: dict[str, list[NamedTogether]] = {}

    def decide(self, subject: Subject) -> str | None:
        if subject.change is not None:
            return self._change(subject, *subject.change)
        if not subject.ids:
            return None
        if len(subject.ids) == 1:
            key = subject.ids[0].key
            if key.kind not in WEAK and (lead := self._claims.holder(key, subject.at)) is not None:
                return lead  # known by what is held already: nothing to weigh, nothing to claim
        ids = sorted(subject.ids, key=_strength) if len(subject.ids) > 1 else subject.ids
        lead = self._known(subject, ids) or own_lead(subject.event_id)
        for known in ids:
            self._claims.claim(known.key, known.verified, lead, subject.at, subject.event_id)
        if len(ids) > 1:
            self._tie(subject, ids, lead)
        return lead

    def _tie(self, subject: Subject, ids: Sequence[Known], lead: str) -> None:
        """Note whom else an event names."""
        named: dict[str, Known] = {}
        for known in ids:
            holder = self._claims.holder(known.key, subject.at)
            if holder is not None:
                named.setdefault(holder, known)
        if len(named) < 2 or lead not in named:
            return
        by = named.pop(lead)
        self.ties[subject.event_id] = [
            NamedTogether(lead, by.key, other, known.key, _is_sure(by) and _is_sure(known))
            for other, known in named.items()
            if not self._differ(lead, other, known.key.kind)
        ]

    def _differ(self, lead: str, other: str, kind: str) -> bool:
        """Tell whether two leads have different ids of a kind of which a person has one; by a device, of any kind."""
        mine, theirs = self._claims.owned(lead), self._claims.owned(other)
        both = mine.keys() & theirs.keys() - WEAK
        return any(mine[each] != theirs[each] for each in both if kind in WEAK or is_once(each))

    def _known(self, subject: Subject, ids: Sequence[Known], told: Mapping[IdKey, str | None] = {}) -> str | None:
        """Return whom identifiers name at the time of the event; `told` are holders that were found out already."""
        for known in ids:
            lead = told[known.key] if known.key in told else self._claims.holder(known.key, subject.at)
            if lead is not None and self._may_be(lead, known.key.kind, ids, subject.at):
                return lead
        return None

    def _may_be(self, lead: str, kind: str, ids: Sequence[Known], at: int) -> bool:
        """Tell whether a lead that an identifier of a kind names may be whom an event is about."""
        if kind in WEAK:
            return self._fits(lead, ids)
        if len(ids) == 1 or is_once(kind):
            return True
        owned = self._claims.owned(lead)
        return not any(
            is_once(known.key.kind)
            and owned.get(known.key.kind, known.key) != known.key
            and self._claims.holder(known.key, at) != lead
            for known in ids
        )

    def _fits(self, lead: str, ids: Sequence[Known]) -> bool:
        """Tell whether a device's lead may be meant: it holds no other value of a kind that the subject brings."""
        owned = self._claims.owned(lead)
        return all(known.key.kind in WEAK or owned.get(known.key.kind, known.key) == known.key for known in ids)

    def _change(self, subject: Subject, old: IdKey, new: IdKey) -> str:
        """Let one person hold the old number until a moment, and the new one from then on.

        Whoever was known to hold either on that side of the moment keeps it, so that it does not matter what came
        first; that they are one person is evidence (`NumberChange`), not a claim.
        """
        at, event_id, claims = subject.at, subject.event_id, self._claims
        giver, taker = claims.before(old, at), claims.after(new, at)
        ids = sorted(subject.ids, key=_strength)
        told = {old: giver and giver.lead, new: taker and taker.lead}
        lead = self._known(subject, ids, told) or told[old] or told[new] or own_lead(event_id)
        for known in ids:
            if known.key not in told:
                claims.claim(known.key, known.verified, lead, at, event_id)
        former = claims.before(new, at) or Holder(former_lead(event_id), new, at - 1)
        claims.end(old, told[old] or lead, at, event_id)
        if former.lead != lead:
            claims.end(new, former.lead, at, event_id)
        claims.claim(new, True, lead, at, event_id)
        fresh = tuple(sorted({own_lead(event_id), former_lead(event_id)} & {lead, former.lead}))
        same = tuple([each for each in (giver, taker) if each is not None and each.lead != lead])
        self.changes[event_id] = NumberChange(lead, old, new, same, former, fresh)
        return lead


def _is_sure(known: Known) -> bool:
    """Tell whether an identifier was confirmed or made by a program, and not typed."""
    return known.verified or known.key.kind == "wechat_openid" or is_once(known.key.kind)


def _strength(known: Known) -> tuple[bool, bool, int, IdKey]:
    kind = known.key.kind.partition(":")[0]
    return known.key.kind in WEAK, known.new, _RANK.get(kind, len(STRENGTH)) - (50 if known.verified else 0), known.key

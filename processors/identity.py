"""Who an event is about. Pure: given what the library knows of its identifiers, decide, and say what to claim.

The rule here: an identifier that is known decides, the strongest kind first; a device decides only for people of
whom nothing personal contradicts it; nobody known makes a new lead, whose id is derived from the event.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from schemas.identity import IdClaim, IdKey, IdMove
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


class Resolution(msgspec.Struct):
    """The decisions on a batch: a lead (or None) per subject, and what must be claimed before anybody is told."""

    leads: list[str | None] = msgspec.field(default_factory=list)
    claims: dict[IdKey, IdClaim] = msgspec.field(default_factory=dict)
    moves: list[IdMove] = msgspec.field(default_factory=list)
    ended: list[IdMove] = msgspec.field(default_factory=list)
    """Moves of what this batch would have claimed: it came and went."""


@lru_cache(8_192)
def own_lead(event_id: str) -> str:
    """Return the lead that begins with an event of whose subject nothing is known."""
    return entity_key("lead", derived_id("lead", event_id))


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
    owned: Mapping[str, Iterable[IdKey]] = {},
    decided: Mapping[str, str] = {},
) -> Resolution:
    """Decide for each subject in order; a decision is known to the subjects after it.

    `held` is what the library says of `keys_of(subjects)`, `owned` the identifiers of `devices_in_question`.
    `decided` are the decisions (event id → lead, empty for none) that an earlier delivery of the same records has
    already made and claimed: they stand, whatever became of the identifiers since.
    """
    resolver = _Resolver(dict(held), {lead: {key.kind: key for key in keys} for lead, keys in owned.items()})
    for subject in subjects:
        before = decided.get(subject.event_id)
        resolver.resolution.leads.append(resolver.decide(subject) if before is None else before or None)
    return resolver.resolution


class _Resolver:
    def __init__(self, held: dict[IdKey, IdClaim], owned: dict[str, dict[str, IdKey]]) -> None:
        self.held = held
        self.owned = owned
        self.resolution = Resolution()

    def decide(self, subject: Subject) -> str | None:
        if subject.moves_from is None:
            if not subject.ids:
                return None
            if len(subject.ids) == 1:
                key = subject.ids[0].key
                claim = self.held.get(key)
                if claim is not None and key.kind not in WEAK:
                    return claim.lead  # known by what is held already: nothing to weigh, nothing to claim
        ids = sorted(subject.ids, key=_strength) if len(subject.ids) > 1 else subject.ids
        lead = self._known(subject, ids) or own_lead(subject.event_id)
        for known in ids:
            if known.key != subject.moves_from or subject.moves_to is None:
                self._claim(known.key, known.verified, lead, subject)
        if subject.moves_from is not None and subject.moves_to is not None:
            self._move(subject.moves_from, subject.moves_to, lead, subject)
        return lead

    def _known(self, subject: Subject, ids: Sequence[Known]) -> str | None:
        for known in ids:
            claim = self.held.get(known.key)
            if claim is not None and (known.key.kind not in WEAK or self._fits(claim.lead, ids)):
                return claim.lead
        moved = self.held.get(subject.moves_from) if subject.moves_from else None
        return moved.lead if moved else None

    def _fits(self, lead: str, ids: Sequence[Known]) -> bool:
        """A device's lead fits unless it holds another identifier of a kind that this subject brings."""
        owned = self.owned.get(lead, {})
        return all(known.key.kind in WEAK or owned.get(known.key.kind, known.key) == known.key for known in ids)

    def _claim(self, key: IdKey, verified: bool, lead: str, subject: Subject) -> None:
        if key in self.held:
            return
        claim = IdClaim(key, lead, verified, subject.at, subject.event_id)
        self.held[key] = self.resolution.claims[key] = claim
        self.owned.setdefault(lead, {})[key.kind] = key

    def _move(self, old: IdKey, new: IdKey, lead: str, subject: Subject) -> None:
        if old == new:
            return
        self._claim(new, True, lead, subject)  # one that is somebody else's stays so: a question for people
        former = self.held.get(old)
        if former is None or former.lead != lead:
            return
        move = IdMove(old, lead, subject.at, subject.event_id)
        if self.resolution.claims.pop(old, None) is None:
            self.resolution.moves.append(move)
        else:
            self.resolution.ended.append(move)
        del self.held[old]


def _strength(known: Known) -> tuple[bool, int, IdKey]:
    kind = known.key.kind.partition(":")[0]
    return known.key.kind in WEAK, _RANK.get(kind, len(STRENGTH)) - (50 if known.verified else 0), known.key

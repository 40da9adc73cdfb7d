"""A record of a slice meets what is found under its keys, before anybody decides who is who."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import msgspec

from processors.resolver.compare import Comparison, compare
from processors.resolver.glance import fits
from processors.resolver.judge import Verdict
from processors.resolver.judgements import Judgements
from processors.resolver.live.keys import Keys
from processors.resolver.live.types import Additions, Arrival, Changed, Met, Tie
from processors.resolver.live.view import View
from processors.resolver.packed import PackedProfile, pack
from processors.resolver.profile import CHANGED, Profile
from processors.resolver.prospects import Prospects, Scale
from schemas.evidence import EvidenceRecord

OWN_RECORDS = 10  # of one lead under the same keys: more would fill them, and tell nothing new


class Meeting:
    """Compares arrivals in order; each is found by those after it. `public`: numbers under too many names."""

    def __init__(self, view: View, judgements: Judgements, added: Additions) -> None:
        self.public: dict[tuple[str, str], None] = {}
        self._view = view
        self._judgements = judgements
        self._added = added
        self._scale = Scale(judgements.weights)
        self._looked_ahead: dict[str, tuple[Prospects, set[str]]] = {}

    def meet(self, event: Arrival, keys: Keys) -> Met:
        """Compare an arrival with what stands under its keys, and add it to what is found there."""
        view, profile = self._view, event.profile
        node, lead = profile.content, event.lead
        before = view.lead_of.get(node)
        if before is not None and before != lead:
            if event.fresh and not event.known_by and self._is_one(profile):
                return Met(event, before, touched=(before,))
            node = blake2b(f"{node}\x1f{lead}".encode(), digest_size=12).hexdigest()
            before = view.lead_of.get(node)
        if before is not None:
            return Met(event, lead)
        found, touched, own = self._compared(event, lead, keys)
        if own >= OWN_RECORDS:
            return Met(event, lead)
        self._keep(event, node, lead, profile, keys.kept, event.at)
        for field, value, key in view.public(profile):
            if key not in view.full:
                self.public[field, value] = None
            # Its own lead, too: what named that and another together has no record under the number.
            touched.update(dict.fromkeys(view.lead_of[other] for other in view.buckets.get(key, ())))
        if not event.fresh:  # what joins it with others, or does not, is weighed against all of its records
            touched[lead] = None
        return Met(event, lead, node, tuple(found), tuple(touched))

    def changed(self, event: Changed, keys: Keys) -> Met:
        """Add what a change of number says to what is found under its numbers.

        Every lead that it ties is given a record, so that what ties them lies between records like all evidence.
        """
        touched: dict[str, None] = dict.fromkeys(tie.lead for tie in event.tied)
        for other in self._view.under(keys.looked) if event.profile.texts else ():
            touched[self._view.lead_of[other]] = None
        touched.pop(event.lead, None)
        own = change_node(event.known_as)
        self._keep(event, own, event.lead, event.profile, keys.kept, event.at)
        for tie in event.tied:
            if tie.lead != event.lead:
                node = change_node(event.known_as, tie)
                self._keep(event, node, tie.lead, PackedProfile(), (), tie.since)
        return Met(event, event.lead, own, (), tuple(touched))

    def _keep(
        self, event: Arrival | Changed, node: str, lead: str, profile: Profile, keys: tuple[int, ...], at: int
    ) -> None:
        profile = profile if profile.content else msgspec.structs.replace(profile, content=node)
        self._view.add(node, lead, profile, keys, at)
        record = EvidenceRecord(node=node, lead=lead, profile=pack(profile), at=at, event_id=event.event_id, keys=keys)
        self._added.records.append(record)

    def _compared(
        self, event: Arrival, lead: str, keys: Keys
    ) -> tuple[list[tuple[str, Comparison]], dict[str, None], int]:
        """Return what was found, the leads it concerns, and how many records of the same lead there are."""
        view = self._view
        found: list[tuple[str, Comparison]] = []
        touched: dict[str, None] = {}
        own = 0
        others = view.under(keys.looked)
        if not others:
            return found, touched, own
        profile = event.profile
        prospects, passed_over = self._looked_ahead.get(profile.content) or self._prospects(profile)
        profile = view.dated(profile, event.at)
        for other in others:
            theirs = view.lead_of[other]
            if other in view.changes:
                touched[theirs] = None  # what ties a change to others may hold no more, or again
                continue
            if theirs == lead:
                own += 1
                continue
            beside = view.dated(view.profiles[other], view.at[other])
            hopeless = other in passed_over or prospects.hopeless(beside)
            findings = () if hopeless else self._judgements.between(profile, beside)
            if findings:
                found.append((other, findings))
                touched[theirs] = None
            elif beside.masks and fits(beside, profile):
                touched[theirs] = None
        return found, touched, own

    def ahead(self, profile: Profile, keys: Keys) -> Iterator[str]:
        """Yield the leads that `meet` may touch because of a record that is still to come; too many do no harm."""
        view = self._view
        if (same := view.lead_of.get(profile.content)) is not None:
            yield same
        others = view.under(keys.looked)
        others.pop(profile.content, None)  # its lead is told of already
        if others:
            yield from self._near(profile, others)
        for _, _, key in view.public(profile):
            yield from (view.lead_of[other] for other in view.buckets.get(key, ()))

    def _near(self, profile: Profile, others: Iterable[str]) -> Iterator[str]:
        """Yield the leads of the records among some that a record may be joined with, or whose mask it may fit."""
        view = self._view
        prospects, passed_over = self._looked_ahead[profile.content] = self._prospects(profile)
        for other in others:
            beside = view.profiles[other]
            hopeless = prospects.hopeless(beside)
            if hopeless:
                passed_over.add(other)
            if (
                (not hopeless and self._judgements.between(profile, beside))
                or (beside.masks and fits(beside, profile))
                or (profile.masks and fits(profile, beside))
            ):
                yield view.lead_of[other]

    def _prospects(self, profile: Profile) -> tuple[Prospects, set[str]]:
        """Return what a record may have in common with others, and room for those with whom it has not."""
        return Prospects(profile, self._scale), set()

    def _is_one(self, profile: Profile) -> bool:
        return self._judgements.of(compare(profile, profile)).verdict is Verdict.SAME


def change_node(known_as: str, tie: Tie | None = None) -> str:
    """Return the name of the record that a `Changed` leaves with its lead, or with one that it ties to that."""
    parts = (known_as,) if tie is None else (known_as, tie.value, tie.field)
    return CHANGED + blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()

"""The full resolver over a slice: which of its events bring evidence, and what follows for facts and claims. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from processors.claims import Holder
from processors.cleanse import Cleansed, facts_of
from processors.cleanse_batch import JUDGED, Decided, Plan, brings_evidence, plan_of
from processors.identity import NamedTogether, own_lead
from processors.resolver.live.keys import named
from processors.resolver.live.meeting import change_node
from processors.resolver.live.resolver import LiveResolver, keys_for
from processors.resolver.live.types import Arrival, Changed, Placed, Said, Tie
from processors.resolver.packed import PackedProfile, change_profile, live_profile, telling
from processors.resolver.profile import national
from processors.resolver.weights import BOUND, KEPT, TAKEN, TOGETHER, Weights
from schemas.evidence import Around, Consequence, EvidenceClaim, Near, Outcome
from schemas.fact import Fact, Origin
from schemas.identity import PUBLIC, EventClaim, IdKey, IdMove, PastHolders

_FIRST = 16  # index of the first consequence: below are the facts that the event itself is


class Placing:
    """One slice. Call `begin`, `take`, `touched`, `take_around`, `unread`, `take`, then `finish`."""

    def __init__(self, decided: Decided, weights: Weights) -> None:
        self._decided = decided
        self._resolver = LiveResolver(weights)
        tied = decided.resolution.changes.keys() | decided.resolution.ties.keys()
        self._wanted = [
            (number, cleansed)
            for number, (_, cleansed) in enumerate(decided.fresh)
            if cleansed.touchpoint.event_id not in decided.before
            and (brings_evidence(cleansed) or cleansed.touchpoint.event_id in tied)
        ]
        self._places: list[int] = []
        self._events: list[Arrival | Said | Changed] = []
        self._keys: list[Any] = []
        self._region: list[str] = []
        self._tied: set[str] = set()

    @property
    def any(self) -> bool:
        """Whether, since `begin`, there is anything to place."""
        return bool(self._events)

    def leads(self) -> list[str]:
        """Return the leads whose address must be known: those that identifiers or earlier decisions name.

        A lead that begins with an event of this slice is nobody else yet, unless the event's id was forgotten.
        """
        decided = self._decided
        held = {claim.lead for claim in decided.held.values()}
        asked: dict[str, bool] = {}
        for (_, cleansed), lead in zip(decided.fresh, decided.resolution.leads, strict=True):
            if lead and lead not in asked:
                event_id = cleansed.subject.event_id
                asked[lead] = lead in held or event_id in decided.before or lead != own_lead(event_id)
        return [lead for lead, ask in asked.items() if ask]

    def begin(self, past: PastHolders) -> tuple[list[int], list[str]]:
        """Make profiles; return the keys to look under and the names of records to look for."""
        self._resolver.view.told(past)
        for number, cleansed in self._wanted:
            for event in self._said(cleansed, self._decided.resolution.leads[number], past):
                self._places.append(number)
                self._events.append(event)
                self._keys.append(keys_for(event))
        keys = dict.fromkeys(key for each in self._keys if each is not None for key in each.looked)
        nodes = dict.fromkeys(name for event in self._events if (name := _record_of(event)))
        return list(keys), list(nodes)

    def take(self, near: Near, keys: Iterable[int]) -> None:
        """Take in what stands under keys."""
        self._resolver.view.take(near, keys)

    def touched(self) -> list[str]:
        """Compare; return the leads of which all must be known. Nearly always there are none."""
        self._leave_out_told()
        self._region = self._resolver.meet(self._events, self._keys)
        return self._region

    def take_around(self, around: Around) -> list[int]:
        """Take in what is known around them; return the keys that must still be looked under."""
        self._resolver.view.take_around(around)
        self._region = list(dict.fromkeys((*self._region, *(record.lead for record in around.records))))
        return self._resolver.view.unread(record.node for record in around.records)

    def finish(
        self, addresses: Mapping[str, str], told: Mapping[str, Sequence[Consequence]], looked: Sequence[int] = ()
    ) -> Plan:
        """Decide; `addresses` of leads that are not their own, `told` what followed from events decided before."""
        placed: dict[int, Placed] = {}
        for number, each in zip(self._places, self._resolver.place(), strict=True):
            first = placed[number].consequences if number in placed else ()
            placed[number] = Placed(lead=each.lead, consequences=(*first, *each.consequences))
        self._let_go()
        facts: list[Fact] = []
        events: list[EventClaim] = []
        outcomes: list[Outcome] = []
        before, people = self._decided.before, self._resolver.view.people
        for number, ((item, cleansed), lead) in enumerate(
            zip(self._decided.fresh, self._decided.resolution.leads, strict=True)
        ):
            event_id, origin = cleansed.subject.event_id, item.origin
            following: Sequence[Consequence] = ()
            if what := placed.get(number):
                lead, following = what.lead or None, what.consequences
                if following:
                    outcomes.append(Outcome(event_id=event_id, origin=origin, consequences=following))
            address = people[lead].address if lead in people else addresses.get(lead, lead) if lead else None
            facts += facts_of(cleansed, address, origin, item.known_at, lead)
            if event_id in before:
                following = told.get(event_id, ())
            else:
                events.append(EventClaim(event_id, origin, lead or ""))
            if following:
                facts += _facts(following, cleansed, origin, item.known_at)
        return plan_of(self._decided, facts, events, self._claim(outcomes, looked))

    def _said(self, cleansed: Cleansed, lead: str | None, past: PastHolders) -> Iterator[Arrival | Said | Changed]:
        """Yield what an event says of who is who: first whom it names together, then what it says of its own lead."""
        event_id = cleansed.touchpoint.event_id
        for tie in self._decided.resolution.ties.get(event_id, ()):
            event = _named(tie, cleansed)
            if event.known_as not in self._tied:
                self._tied.add(event.known_as)
                yield event
        if brings_evidence(cleansed) or event_id in self._decided.resolution.changes:
            own = self._event(cleansed, lead, past)
            if own is not None:
                yield own

    def _event(self, cleansed: Cleansed, lead: str | None, past: PastHolders) -> Arrival | Said | Changed | None:
        touchpoint, data = cleansed.touchpoint, cleansed.data
        if (change := self._decided.resolution.changes.get(touchpoint.event_id)) is not None:
            return Changed(
                event_id=touchpoint.event_id, known_as=touchpoint.event_id, lead=change.lead, at=touchpoint.occurred_at,
                fresh=change.fresh, profile=change_profile(change.old, change.new),
                tied=(*[_tie(each, TAKEN) for each in change.same], _tie(change.former, KEPT)),
            )  # fmt: skip
        if touchpoint.type == JUDGED:
            return Said(
                event_id=touchpoint.event_id, left=data["left"], right=data["right"], answer=data["answer"],
                by=data["by"], at=touchpoint.occurred_at, keep=data.get("keep"),
            )  # fmt: skip
        profile = live_profile(data.get("row", data), cleansed.subject.contacts, touchpoint.occurred_at, past)
        if not telling(profile):
            return None
        own = own_lead(touchpoint.event_id)
        return Arrival(
            event_id=touchpoint.event_id, lead=lead or own, fresh=lead is None or lead == own,
            known_by=bool(cleansed.subject.ids), profile=profile, at=touchpoint.occurred_at,
            source=touchpoint.source, file=str(data.get("file") or ""),
        )  # fmt: skip

    def _leave_out_told(self) -> None:
        """Leave out whom leads were tied to before, and changes of number that are heard again."""
        known = self._resolver.view.lead_of
        events = enumerate(self._events)
        told = {at for at, event in events if isinstance(event, Changed) and _record_of(event) in known}
        for each in (self._places, self._events, self._keys) if told else ():
            each[:] = [kept for at, kept in enumerate(each) if at not in told]

    def _let_go(self) -> None:
        """Let numbers that are used under too many names point to nobody any more."""
        resolution = self._decided.resolution
        events = {event.event_id: event.at for event in self._events}
        last = max(events.items(), key=lambda each: (each[1], each[0]), default=("", 0))
        for kind, value in self._resolver.public:
            plain = value if kind != "phone" or value.startswith("+") else f"+86{value}"
            for key in (IdKey(kind, plain), IdKey(kind, f"+{value}")):
                claim = resolution.claims.get(key)
                if claim is not None and claim.event_id in events:
                    del resolution.claims[key]
                held = self._decided.held.get(key)
                if held is not None and all(move.key != key for move in resolution.moves):
                    resolution.moves.append(IdMove(key, held.lead, max(last[1], held.since), PUBLIC + last[0]))

    def _claim(self, outcomes: Sequence[Outcome], looked: Sequence[int]) -> EvidenceClaim | None:
        added, view = self._resolver.added, self._resolver.view
        ended = self._decided.resolution.ended
        kinds = (added.records, added.edges, added.people, added.decisions, added.questions, outcomes, ended)
        if not any(kinds):
            return None
        return EvidenceClaim(
            looked=tuple(looked),
            newest=view.newest or 0,
            region=tuple(self._region) if view.changed is not None else (),
            changed=view.changed or 0,
            records=tuple(added.records),
            edges=tuple(added.edges),
            people=tuple(added.people.values()),
            decisions=tuple(added.decisions),
            questions=tuple(added.questions.values()),
            outcomes=tuple(outcomes),
            ended=tuple(ended),
        )


def _tie(holder: Holder, field: str) -> Tie:
    return Tie(holder.lead, national(holder.number.value), holder.since, field)


def _named(tie: NamedTogether, cleansed: Cleansed) -> Changed:
    """Return that an event names two leads. Said again, by whatever event, it is known."""
    value = "\n".join(sorted((named(tie.by), named(tie.other_by))))
    at, field = cleansed.touchpoint.occurred_at, BOUND if tie.sure else TOGETHER
    return Changed(
        event_id=cleansed.touchpoint.event_id, known_as="\n".join((value, field, *sorted((tie.lead, tie.other)))),
        lead=tie.lead,
        tied=(Tie(tie.other, value, at, field),), fresh=(), profile=PackedProfile(), at=at,
    )  # fmt: skip


def _record_of(event: Arrival | Said | Changed) -> str:
    """Return the name of the record that an event leaves, empty for a decision, which leaves none."""
    if isinstance(event, Arrival):
        return event.profile.content
    return change_node(event.known_as) if isinstance(event, Changed) else ""


def _facts(consequences: Sequence[Consequence], cleansed: Cleansed, origin: Origin, known_at: int) -> list[Fact]:
    return [
        Fact(
            entity=told.entity,
            type=told.type,
            at=cleansed.touchpoint.occurred_at,
            known_at=known_at,
            origin=msgspec.structs.replace(origin, index=_FIRST + number),
            event_id=cleansed.touchpoint.event_id,
            source=cleansed.touchpoint.source,
            data=told.data,
        )
        for number, told in enumerate(consequences)
    ]

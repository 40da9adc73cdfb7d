"""The resolver of the event path: who each event of a slice is about, where identifiers alone do not tell.

Leads that identifiers make are never taken apart; evidence joins leads into people. Each record is met (compared with
what is found under its keys), then, in the order of arrival, the people around it are worked out anew from all that
is known of them, as in `resolver`: so who is who does not depend on the order, and a link that a later record makes
doubtful is taken back. What changes is told to the leads concerned, as facts (see `processors/merging/moves`).
"""

from collections.abc import Iterator, Sequence

from processors.resolver.compare import Agreement, Comparison
from processors.resolver.judgements import Judgements
from processors.resolver.live.keys import Keys, keys_named, live_keys
from processors.resolver.live.meeting import Meeting, change_node
from processors.resolver.live.members import paired
from processors.resolver.live.people import People
from processors.resolver.live.records import LAST
from processors.resolver.live.types import Additions, Arrival, Changed, Met, Placed, Said
from processors.resolver.live.view import View
from processors.resolver.packed import pack_findings
from processors.resolver.profile import Profile
from processors.resolver.weights import Weights
from schemas.evidence import Decision, EvidenceEdge


class LiveResolver:
    """Resolves one slice. First `view.take` what is under the keys, `meet`, `view.take_around`, then `place`."""

    def __init__(self, weights: Weights) -> None:
        self.view = View(weights.rules.limits)
        self.added = Additions()
        self._judgements = Judgements(weights)
        self._meeting = Meeting(self.view, self._judgements, self.added)
        self._people = People(self.view, self._judgements, self.added)
        self._met: list[Met] = []

    @property
    def public(self) -> dict[tuple[str, str], None]:
        """The numbers of the slice that are known to be used under too many names."""
        return self._meeting.public

    def meet(self, events: Sequence[Arrival | Said | Changed], keys: Sequence[Keys | None]) -> list[str]:
        """Compare the events of the slice, in order, and return the leads to ask for with those around them."""
        touched: dict[str, None] = {}
        for event, its in zip(events, keys, strict=True):
            if isinstance(event, Said):
                self._met.append(Met(event, ""))
                continue
            assert its is not None  # noqa: S101 - see `keys_for`
            if isinstance(event, Changed):
                self._met.append(self._meeting.changed(event, its))
                continue
            self._met.append(self._meeting.meet(event, its))
        for met in self._met:
            if isinstance(met.event, Said):
                touched.update({met.event.left: None, met.event.right: None})
            elif met.touched:
                touched.update(dict.fromkeys((met.lead, *met.touched)))
        return list(touched)

    def ahead(self, profile: Profile, keys: Keys) -> Iterator[str]:
        """Yield the leads that must be known before a record is met and placed; too many do no harm."""
        return self._meeting.ahead(profile, keys)

    def place(self) -> list[Placed]:
        """Decide on every event, in order."""
        return [self._place(met) for met in self._met]

    def place_one(self, event: Arrival, keys: Keys) -> Placed:
        """Meet and place one event, whose surroundings the view has; the next one is given when this is decided."""
        return self._placed(self._meeting.meet(event, keys))

    def _place(self, met: Met) -> Placed:
        if isinstance(met.event, Said):
            return self._said(met.event)
        return self._changed(met, met.event) if isinstance(met.event, Changed) else self._placed(met)

    def _placed(self, met: Met) -> Placed:
        event = met.event
        assert isinstance(event, Arrival)  # noqa: S101 - the caller has looked
        if not met.node:
            return Placed(lead=met.lead)
        self.view.begin(met.node, met.lead, LAST + len(self.view.order))
        for other, findings in met.found:
            self._join(met.node, other, findings)
        if not met.touched:
            return Placed(lead=met.lead)
        if event.fresh:
            self._people.fresh.add(met.lead)
        consequences = self._people.work_out((met.lead, *met.touched), event, met.lead)
        self._people.fresh.discard(met.lead)
        return Placed(lead=met.lead, consequences=consequences)

    def _said(self, said: Said) -> Placed:
        left, right = paired(said.left, said.right)
        self.view.answer(left, right, said.answer)
        decision = Decision(left=left, right=right, answer=said.answer, by=said.by, at=said.at, event_id=said.event_id)
        self.added.decisions.append(decision)
        return Placed(lead="", consequences=self._people.work_out((left, right), said, left))

    def _changed(self, met: Met, event: Changed) -> Placed:
        self.view.begin(met.node, event.lead, LAST + len(self.view.order))
        for tie in event.tied:
            if tie.lead != event.lead:
                node = change_node(event.known_as, tie)
                self.view.begin(node, tie.lead, LAST + len(self.view.order))
                self._join(met.node, node, (Agreement(tie.field, 1, tie.value),))
        self._people.fresh.update(event.fresh)
        consequences = self._people.work_out((event.lead, *met.touched), event, event.lead)
        self._people.fresh.difference_update(event.fresh)
        return Placed(lead=event.lead, consequences=consequences)

    def _join(self, left: str, right: str, findings: Comparison) -> None:
        first, second = paired(left, right)
        self.view.join(first, second, findings)
        judgement = self._judgements.of(findings)
        leads = self.view.lead_of
        edge = EvidenceEdge(
            left=first, right=second, left_lead=leads[first], right_lead=leads[second],
            findings=pack_findings(findings), verdict=judgement.verdict, score=round(judgement.score, 2),
        )  # fmt: skip
        self.added.edges.append(edge)


def keys_for(event: Arrival | Said | Changed) -> Keys | None:
    """Return the keys of what an event brings, None for a decision, which has none."""
    if isinstance(event, Said):
        return None
    if isinstance(event, Changed) and not event.profile.texts:
        named = (key for tie in event.tied for key in keys_named(tie.value))
        return Keys((), tuple(named))
    return live_keys(event.profile)

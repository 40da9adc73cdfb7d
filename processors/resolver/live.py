"""The resolver of the event path: who each event of a slice is about, where identifiers alone do not tell.

Leads that identifiers make are never taken apart; evidence joins leads into people. Each record is met (compared with
what is found under its keys), then, in the order of arrival, the people around it are worked out anew from all that
is known of them, as in `resolver`: so who is who does not depend on the order, and a link that a later record makes
doubtful is taken back. What changes is told to the leads concerned, as facts (see `processors/merging`).
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import pairwise

import msgspec

from processors.resolver.cluster import Clustering, Edge, cluster
from processors.resolver.compare import Comparison, compare
from processors.resolver.glance import fits, may_agree
from processors.resolver.judge import Judgement, Verdict, judge
from processors.resolver.live_keys import Keys, live_keys
from processors.resolver.live_types import Additions, Arrival, Met, Placed, Said
from processors.resolver.live_view import LAST, Pair, View, paired
from processors.resolver.packed import PackedProfile, pack, pack_findings
from processors.resolver.profile import Profile
from processors.resolver.promise import promising
from processors.resolver.review import sums
from processors.resolver.weights import Weights
from schemas.evidence import Consequence, Decision, EvidenceEdge, EvidenceRecord, Membership, Question

OWN_RECORDS = 10  # of one lead under the same keys: more would fill them, and tell nothing new


class LiveResolver:
    """Resolves one slice. First `view.take` what is under the keys, `meet`, `view.take_around`, then `place`."""

    def __init__(self, weights: Weights) -> None:
        self.rules = weights.rules
        self.view = View(weights.rules.limits)
        self.added = Additions()
        self._weights = weights
        self._judgements: dict[Comparison, Judgement] = {}
        self._met: list[Met] = []
        self._fresh: set[str] = set()
        self.public: dict[tuple[str, str], None] = {}

    def meet(self, events: Sequence[Arrival | Said], keys: Sequence[Keys | None]) -> list[str]:
        """Compare the events of the slice, in order, and return the leads to ask for with those around them."""
        for event, its in zip(events, keys, strict=True):
            self._met.append(Met(event, "") if its is None else self._meet(event, its))  # type: ignore[arg-type]
        touched: dict[str, None] = {}
        for met in self._met:
            if isinstance(met.event, Said):
                touched.update({met.event.left: None, met.event.right: None})
            elif met.touched:
                touched.update(dict.fromkeys((met.lead, *met.touched)))
        return list(touched)

    def place(self) -> list[Placed]:
        """Decide on every event, in order."""
        return [self._said(met) if isinstance(met.event, Said) else self._placed(met) for met in self._met]

    def place_one(self, event: Arrival, keys: Keys) -> Placed:
        """Meet and place one event, whose surroundings the view has; the next one is given when this is decided."""
        return self._placed(self._meet(event, keys))

    def _meet(self, event: Arrival, keys: Keys) -> Met:
        view, profile = self.view, event.profile
        node, lead = profile.content, event.lead
        before = view.lead_of.get(node)
        if before is not None and before != lead:
            if event.fresh and not event.known_by and self._is_one(profile):
                return Met(event, before, touched=(before,))
            node = blake2b(f"{node}\x1f{lead}".encode(), digest_size=12).hexdigest()
            before = view.lead_of.get(node)
        if before is not None:
            return Met(event, lead)
        found: list[tuple[str, Comparison]] = []
        touched: dict[str, None] = {}
        own = 0
        for other in view.under(keys.looked):
            theirs = view.lead_of[other]
            if theirs == lead:
                own += 1
                continue
            beside = view.profiles[other]
            findings = compare(profile, beside) if may_agree(profile, beside) else ()
            if findings and promising(findings, self.rules) and self._judged(findings).verdict is not Verdict.DIFFERENT:
                found.append((other, findings))
                touched[theirs] = None
            elif beside.masks and fits(beside, profile):
                touched[theirs] = None
        if own >= OWN_RECORDS:
            return Met(event, lead)
        view.add(node, lead, profile, keys.kept)
        self.public.update(dict.fromkeys(view.shared(profile)))
        touched.update((view.lead_of[other], None) for other in view.public(profile) if view.lead_of[other] != lead)
        record = EvidenceRecord(
            node=node, lead=lead, profile=pack(profile), at=event.at, event_id=event.event_id, keys=keys.kept
        )
        self.added.records.append(record)
        return Met(event, lead, node, tuple(found), tuple(touched))

    def _judged(self, findings: Comparison) -> Judgement:
        known = self._judgements.get(findings)
        if known is None:
            known = self._judgements[findings] = judge(findings, self._weights)
        return known

    def _is_one(self, profile: Profile) -> bool:
        return judge(compare(profile, profile), self._weights).verdict is Verdict.SAME

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
            self._fresh.add(met.lead)
        consequences = self._work_out((met.lead, *met.touched), event, met.lead)
        self._fresh.discard(met.lead)
        return Placed(lead=met.lead, consequences=consequences)

    def _said(self, met: Met) -> Placed:
        said = met.event
        assert isinstance(said, Said)  # noqa: S101 - the caller has looked
        left, right = paired(said.left, said.right)
        self.view.answer(left, right, said.answer)
        decision = Decision(left=left, right=right, answer=said.answer, by=said.by, at=said.at, event_id=said.event_id)
        self.added.decisions.append(decision)
        return Placed(lead="", consequences=self._work_out((left, right), said, left))

    def _join(self, left: str, right: str, findings: Comparison) -> None:
        first, second = paired(left, right)
        self.view.join(first, second, findings)
        judgement = self._judged(findings)
        leads = self.view.lead_of
        edge = EvidenceEdge(
            left=first, right=second, left_lead=leads[first], right_lead=leads[second],
            findings=pack_findings(findings), verdict=judgement.verdict, score=round(judgement.score, 2),
        )  # fmt: skip
        self.added.edges.append(edge)

    def _work_out(self, seeds: Iterable[str], event: Arrival | Said, mine: str) -> tuple[Consequence, ...]:
        """Work out who is who around some leads, and return what has changed."""
        region, edges = self._region(seeds)
        if not self.view.whole or len(region) > self.rules.limits.region:
            return ()
        names = {lead: self.view.nodes.get(lead) or [lead] for lead in region}
        profiles = {
            node: self.view.profiles.get(node) or PackedProfile(content=node)
            for each in names.values()
            for node in each
        }
        joined = [(left, right) for each in names.values() for left, right in pairwise(each)]
        parted: list[Pair] = []
        inside = sorted({paired(lead, other) for lead in region for other in self.view.answered.get(lead, ())})
        for left, right in inside:
            answer = self.view.answers[left, right]
            if left in names and right in names and answer != "withdrawn":
                (joined if answer == "same" else parted).append(paired(names[left][0], names[right][0]))
        clustering = cluster(profiles, edges, self._weights, joined, parted)
        lead_at = {node: lead for lead, each in names.items() for node in each}
        groups = [sorted({lead_at[node] for node in person}) for person in clustering.people]
        evidence = {
            paired(lead_at[edge.pair[0]], lead_at[edge.pair[1]]): edge
            for edge in sorted(edges, key=lambda each: each.judgement.score)
        }
        moved = self._regroup(groups, evidence, event)
        return (*moved, *self._ask(region, clustering, lead_at, event, mine))

    def _region(self, seeds: Iterable[str]) -> tuple[list[str], list[Edge]]:
        """Return the leads that hang together with some, and the edges between their records."""
        view = self.view
        edges: dict[Pair, Edge] = {}
        waiting = list(dict.fromkeys(seeds))
        region = set(waiting)
        while waiting:
            lead = waiting.pop()
            near = view.beside(lead)
            for node in view.nodes.get(lead, ()):
                for other, findings in view.edges.get(node, {}).items():
                    pair = paired(node, other)
                    if other in view.waiting:
                        continue
                    if pair not in edges:
                        standing = view.standing(*pair, findings)
                        edges[pair] = Edge(pair, standing, self._judged(standing))
                    if edges[pair].judgement.verdict is not Verdict.DIFFERENT:
                        near.add(view.lead_of[other])
            waiting.extend(sorted(near - region))
            region |= near
        return sorted(region), [each for each in edges.values() if each.judgement.verdict is not Verdict.DIFFERENT]

    def _regroup(
        self, groups: Iterable[Sequence[str]], evidence: dict[Pair, Edge], event: Arrival | Said
    ) -> list[Consequence]:
        """Give every group its name, and tell the entities that hold leads which now belong elsewhere."""
        view = self.view
        moved: dict[Pair, dict[str, int]] = {}
        for group in groups:
            heads = [lead for lead in group if lead not in self._fresh and view.person(lead) == lead] or group
            head = min(heads, key=lambda lead: (view.order.get(lead, LAST), lead))
            for lead in group:
                before, former = view.people.get(lead), view.person(lead)
                if former == head and (before is not None or len(group) == 1):
                    continue
                fresh = lead in self._fresh
                version = 0 if before is None else before.version
                member = Membership(
                    lead=lead,
                    person=head,
                    address=before.address if before else head if fresh else lead,
                    version=version + (former != head and not fresh),
                )
                view.move(member)
                self.added.people[lead] = member
                if former != head and not fresh:
                    moved.setdefault((former, head), {})[lead] = member.version
        return [
            Consequence(entity=former, type="leads_moved", data=_because(head, leads, evidence, event))
            for (former, head), leads in sorted(moved.items())
        ]

    def _ask(
        self, region: Iterable[str], clustering: Clustering, lead_at: dict[str, str], event: Arrival | Said, mine: str
    ) -> list[Consequence]:
        """Open the questions that are new, close those that are none any more."""
        view = self.view
        inside = set(region)
        asked: dict[Pair, tuple[Edge, str]] = {}
        for edge, reason in clustering.review:
            pair = paired(lead_at[edge.pair[0]], lead_at[edge.pair[1]])
            if view.answers.get(pair, "withdrawn") == "withdrawn":
                asked.setdefault(pair, (edge, reason))
        told: list[Consequence] = []
        for pair, (edge, reason) in asked.items():
            if pair not in view.questions:
                question = _question(pair, edge, reason, event)
                view.questions[pair] = self.added.questions[pair] = question
                told.append(self._tell(question, mine))
        for pair in [pair for pair in view.questions if pair not in asked and inside.issuperset(pair)]:
            closed = view.answers.get(pair, "settled")
            ended = msgspec.structs.replace(view.questions.pop(pair), closed=closed)
            self.added.questions[pair] = ended
        return told

    def _tell(self, question: Question, mine: str) -> Consequence:
        lead = mine if mine in (question.left, question.right) else question.left
        other = question.right if lead == question.left else question.left
        data = {
            "lead": lead, "other": other, "score": question.score, "reason": question.reason,
            "evidence_for": question.evidence["for"], "evidence_against": question.evidence["against"],
            "file": question.file,
        }  # fmt: skip
        member = self.view.people.get(lead)
        return Consequence(entity=member.address if member else lead, type="identity_questioned", data=data)


def keys_for(event: Arrival | Said) -> Keys | None:
    """Return the keys of what an event brings, None for a decision, which has none."""
    return live_keys(event.profile) if isinstance(event, Arrival) else None


def _because(head: str, leads: dict[str, int], evidence: dict[Pair, Edge], event: Arrival | Said) -> dict[str, object]:
    by, keep = (event.by, event.keep) if isinstance(event, Said) else (None, None)
    pairs = [pair for pair in evidence if (pair[0] in leads) != (pair[1] in leads)]
    best = evidence[pairs[-1]].judgement if pairs else None
    told = sums(best.evidence) if best else {"for": {}, "against": {}}
    score = round(best.score, 2) if best else 0.0
    return {
        "leads": leads, "to": head, "by": by, "keep": keep, "score": score,
        "evidence_for": told["for"], "evidence_against": told["against"],
    }  # fmt: skip


def _question(pair: Pair, edge: Edge, reason: str, event: Arrival | Said) -> Question:
    return Question(
        left=pair[0],
        right=pair[1],
        score=round(edge.judgement.score, 2),
        reason=reason,
        evidence=sums(edge.judgement.evidence),
        source=event.source if isinstance(event, Arrival) else "",
        file=event.file if isinstance(event, Arrival) else "",
        event_id=event.event_id,
        at=event.at,
    )

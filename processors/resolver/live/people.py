"""The people around some leads, worked out anew from all that is known of them, and what changes by that."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from processors.resolver.cluster import Edge, cluster
from processors.resolver.judge import Verdict
from processors.resolver.judgements import Judgements
from processors.resolver.live.members import Pair, paired
from processors.resolver.live.questions import Questions
from processors.resolver.live.records import LAST
from processors.resolver.live.types import Additions, Arrival, Changed, Said
from processors.resolver.live.view import View
from processors.resolver.packed import PackedProfile
from processors.resolver.review import sums
from schemas.evidence import Consequence, Membership


class People:
    """Decides who is who. `fresh` are leads that begin with the event at hand: nobody was told of them yet."""

    def __init__(self, view: View, judgements: Judgements, added: Additions) -> None:
        self.fresh: set[str] = set()
        self._view = view
        self._judgements = judgements
        self._added = added
        self._questions = Questions(view, added)

    def work_out(self, seeds: Iterable[str], event: Arrival | Said | Changed, mine: str) -> tuple[Consequence, ...]:
        """Work out who is who around some leads, and return what has changed."""
        view, weights = self._view, self._judgements.weights
        region, edges = self._region(seeds)
        if not view.whole or len(region) > weights.rules.limits.region:
            return ()
        names = {lead: view.nodes.get(lead) or [lead] for lead in region}
        profiles = {
            node: view.now(node) if node in view.profiles else PackedProfile(content=node)
            for each in names.values()
            for node in each
        }
        joined, parted = self._decided(names)
        clustering = cluster(profiles, edges, weights, joined, parted)
        lead_at = {node: lead for lead, each in names.items() for node in each}
        groups = [sorted({lead_at[node] for node in person}) for person in clustering.people]
        edges.sort(key=_score)
        evidence = {paired(lead_at[edge.pair[0]], lead_at[edge.pair[1]]): edge for edge in edges}
        moved = self._regroup(groups, evidence, event)
        asked = self._questions.ask(region, clustering.review, lead_at, event, mine)
        return (*moved, *asked)

    def _decided(self, names: dict[str, list[str]]) -> tuple[list[Pair], list[Pair]]:
        """Return which records are together, those of one lead among them, and which are apart, as persons said."""
        view = self._view
        joined = [pair for each in names.values() for pair in pairwise(each)]
        parted: list[Pair] = []
        inside = {paired(lead, other) for lead in names for other in view.answered.get(lead, ())}
        for left, right in sorted(inside):
            answer = view.answers[left, right]
            if left in names and right in names and answer != "withdrawn":
                (joined if answer == "same" else parted).append(paired(names[left][0], names[right][0]))
        return joined, parted

    def _region(self, seeds: Iterable[str]) -> tuple[list[str], list[Edge]]:
        """Return the leads that hang together with some, and the edges between their records."""
        view = self._view
        edges: dict[Pair, Edge] = {}
        waiting = list(dict.fromkeys(seeds))
        region = set(waiting)
        while waiting:
            lead = waiting.pop()
            near = view.beside(lead)
            for node in view.nodes.get(lead, ()):
                for other, findings in view.edges.get(node, {}).items():
                    if other in view.waiting:
                        continue
                    pair = paired(node, other)
                    edge = edges.get(pair)
                    if edge is None:
                        standing = view.standing(*pair, findings)
                        edge = edges[pair] = Edge(pair, standing, self._judgements.of(standing))
                    if edge.judgement.verdict is not Verdict.DIFFERENT:
                        near.add(view.lead_of[other])
            if not near <= region:
                waiting.extend(sorted(near - region))
                region |= near
        return sorted(region), [each for each in edges.values() if each.judgement.verdict is not Verdict.DIFFERENT]

    def _regroup(
        self, groups: Iterable[Sequence[str]], evidence: dict[Pair, Edge], event: Arrival | Said | Changed
    ) -> list[Consequence]:
        """Give every group its name, and tell the entities that hold leads which now belong elsewhere."""
        view = self._view
        moved: dict[Pair, dict[str, int]] = {}
        for group in groups:
            heads = [lead for lead in group if lead not in self.fresh and view.person(lead) == lead] or group
            head = min(heads, key=lambda lead: (view.order.get(lead, LAST), lead))
            for lead in group:
                before, former = view.people.get(lead), view.person(lead)
                if former == head and (before is not None or len(group) == 1):
                    continue
                member = self._member(lead, head, before, moves=former != head)
                view.move(member)
                self._added.people[lead] = member
                if former != head and lead not in self.fresh:
                    moved.setdefault((former, head), {})[lead] = member.version
        return [
            Consequence(entity=former, type="leads_moved", data=_because(head, leads, evidence, event))
            for (former, head), leads in sorted(moved.items())
        ]

    def _member(self, lead: str, head: str, before: Membership | None, *, moves: bool) -> Membership:
        fresh = lead in self.fresh
        version = 0 if before is None else before.version
        address = before.address if before else head if fresh else lead
        return Membership(lead=lead, person=head, address=address, version=version + (moves and not fresh))


def _score(edge: Edge) -> float:
    return edge.judgement.score


def _because(
    head: str, leads: dict[str, int], evidence: dict[Pair, Edge], event: Arrival | Said | Changed
) -> dict[str, object]:
    by, keep = (event.by, event.keep) if isinstance(event, Said) else (None, None)
    pairs = [pair for pair in evidence if (pair[0] in leads) != (pair[1] in leads)]
    best = evidence[pairs[-1]].judgement if pairs else None
    told = sums(best.evidence) if best else {"for": {}, "against": {}}
    score = round(best.score, 2) if best else 0.0
    return {
        "leads": leads, "to": head, "by": by, "keep": keep, "score": score,
        "evidence_for": told["for"], "evidence_against": told["against"],
    }  # fmt: skip

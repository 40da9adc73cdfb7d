"""Questions about leads that may be one person: opened when they are new, closed when they are none any more."""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from processors.resolver.cluster import Edge
from processors.resolver.live.members import Pair, paired
from processors.resolver.live.types import Additions, Arrival, Changed, Said
from processors.resolver.live.view import View
from processors.resolver.review import sums
from schemas.evidence import Consequence, Question


class Questions:
    """The questions of a slice."""

    def __init__(self, view: View, added: Additions) -> None:
        self._view = view
        self._added = added

    def ask(
        self,
        region: Collection[str],
        review: Iterable[tuple[Edge, str]],
        lead_at: Mapping[str, str],
        event: Arrival | Said | Changed,
        mine: str,
    ) -> list[Consequence]:
        """Open the questions that are new, close those that are none any more; return whom to tell."""
        view = self._view
        asked: dict[Pair, tuple[Edge, str]] = {}
        for edge, reason in review:
            pair = paired(lead_at[edge.pair[0]], lead_at[edge.pair[1]])
            if view.answers.get(pair, "withdrawn") == "withdrawn":
                asked.setdefault(pair, (edge, reason))
        told: list[Consequence] = []
        for pair, (edge, reason) in asked.items():
            if pair not in view.questions:
                question = _question(pair, edge, reason, event, view.closed.get(pair))
                view.ask(question)
                self._added.questions[pair] = question
                told.append(self._tell(question, mine))
        if view.questions:
            self._close(region, asked)
        return told

    def _close(self, region: Collection[str], asked: Mapping[Pair, object]) -> None:
        view = self._view
        for pair in view.asked(region):
            if pair in asked:
                continue
            closed = view.answers.get(pair, "settled")
            ended = msgspec.structs.replace(view.questions.pop(pair), closed=closed)
            self._added.questions[pair] = view.closed[pair] = ended

    def _tell(self, question: Question, mine: str) -> Consequence:
        lead = mine if mine in (question.left, question.right) else question.left
        other = question.right if lead == question.left else question.left
        data = {
            "lead": lead, "other": other, "score": question.score, "reason": question.reason,
            "evidence_for": question.evidence["for"], "evidence_against": question.evidence["against"],
            "file": question.file,
        }  # fmt: skip
        member = self._view.people.get(lead)
        return Consequence(entity=member.address if member else lead, type="identity_questioned", data=data)


def _question(
    pair: Pair, edge: Edge, reason: str, event: Arrival | Said | Changed, former: Question | None
) -> Question:
    """Return a question; one that was closed before and is open again came from where it came from then."""
    source = event if isinstance(event, Arrival) else former
    return Question(
        left=pair[0],
        right=pair[1],
        score=round(edge.judgement.score, 2),
        reason=reason,
        evidence=sums(edge.judgement.evidence),
        source=source.source if source is not None else "",
        file=source.file if source is not None else "",
        event_id=event.event_id,
        at=event.at,
    )

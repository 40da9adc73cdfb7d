"""Answers to questions: the rep explains, somebody else decides. Nobody decides about themselves."""

from typing import Any

from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Emit
from processors.leads.view import recipients
from schemas.fact import Fact

NEXT = {
    "explained": frozenset({"open"}),
    "withdrawn": frozenset({"open", "explained", "confirmed"}),
    "confirmed": frozenset({"open", "explained"}),
}
"""Which states of an appeal an answer can follow; one that was withdrawn rests."""
WORDS = {
    "explained": ("已说明情况", "was explained"),
    "withdrawn": ("已撤销", "was withdrawn"),
    "confirmed": ("已确认", "was confirmed"),
}


def answered(state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
    """Follow an answer. One to a question that is not known (any more), or out of turn, changes nothing."""
    rep = ctx.entity.partition(":")[2]
    answer, by = fact.data.get("answer"), fact.data.get("by")
    flags: list[Any] = list(state.get("flags", ()))
    place = next((index for index, flag in enumerate(flags) if flag[0] == fact.data.get("flag")), None)
    if place is None or flags[place][4] not in NEXT.get(answer or "", ()):
        return state, NOTHING
    if answer != "explained" and by in (None, rep):
        return state, NOTHING
    flag, doubt, key, at, former = flags[place]
    flags[place] = [flag, doubt, key, at, answer]
    return {**state, "flags": flags}, (_told(fact, rep, doubt, former, ctx),)


def _told(fact: Fact, rep: str, doubt: str, former: str, ctx: Context) -> Emit:
    answer = fact.data["answer"]
    zh, en = WORDS[answer]
    return Emit(
        kind="fake_visit_answered",
        severity="info",
        to=recipients(ctx.rules.visits.recipients, rep),
        title={"zh": f"{rep} 的外勤疑问{zh}", "en": f"A question about a visit of {rep} {en}"},
        rule=f"visits.{doubt}",
        evidence={
            "flag": fact.data["flag"],
            "rep_id": rep,
            "doubt": doubt,
            "appeal": {"before": former, "state": answer},
            "by": fact.data.get("by") or rep,
            "reason": fact.data.get("reason"),
            "event_id": fact.event_id,
        },
    )

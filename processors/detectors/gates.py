"""Deal gates: a deal may not be in a stage without the evidence that the table of stages asks for."""

from typing import Any

from processors.detector import Context, State
from processors.effects import NOTHING, ClearTimer, Effect, Effects, Emit, SetTimer, Tell
from processors.leads.view import recipients
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import entity_key
from schemas.rules.deals import STAGES, DealRules, EvidenceKind
from schemas.times import MINUTE, to_iso

GRACE = "grace"
Problems = dict[str, str]  # evidence → what is wrong with it


class DealGates:
    """State: stage [name, since], from (the stage before), rep, rep_at (when that was said, ms), evidence {kind: [at,
    signed by, signed at]} (the latest), blocked {evidence: what is wrong with it}, while the gate does not hold.

    Evidence is judged when the stage is entered (after the grace) and again with every piece that comes.
    """

    name = "gates"
    kinds = frozenset({"deal"})
    facts = frozenset({"deal_updated", "evidence_attached"})
    order = 10

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Take over the stage or the evidence, then look whether the gate holds."""
        if fact.type == "evidence_attached":
            return _attached(state, fact, ctx)
        after = _owned(state, fact)
        stage, held = fact.data.get("stage"), state.get("stage")
        if stage is None or (held is not None and (held[0] == stage or held[1] > fact.at)):
            return after, NOTHING
        entered = {**after, "stage": [stage, fact.at], "from": held[0] if held else None}
        if ctx.rules.deals.grace_minutes and problems(entered, ctx.rules.deals, ctx.at):
            return entered, (SetTimer(GRACE, ctx.now + ctx.rules.deals.grace_minutes * MINUTE),)
        judged, effects = _judged(entered, ctx, "deals.stage_entered")
        return judged, (ClearTimer(GRACE), *effects)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Judge: the time in which evidence might have followed is over."""
        return _judged(state, ctx, "deals.stage_entered")


def _owned(state: State, fact: Fact) -> State:
    """Return the state with whose deal it is; the latest word holds."""
    if not fact.rep_id or state.get("rep_at", fact.at) > fact.at:
        return state
    return {**state, "rep": fact.rep_id, "rep_at": fact.at}


def _attached(state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
    kind = fact.data.get("kind")
    evidence: dict[str, list[Any]] = state.get("evidence", {})
    if not kind or (kind in evidence and evidence[kind][0] >= fact.at):
        return state, NOTHING
    piece = [fact.at, fact.data.get("signed_by"), fact.data.get("signed_at")]
    after = {**state, "evidence": {**evidence, kind: piece}}
    if "stage" not in after or not ("blocked" in state or kind in _voids(ctx.rules.deals)):
        return after, NOTHING
    return _judged(after, ctx, "deals.evidence_refused", attached=kind)


def _voids(rules: DealRules) -> frozenset[EvidenceKind]:
    """Return the kinds of evidence that make other evidence void: a contract that was changed after its clearance."""
    return frozenset(kind for older in rules.newer_than.values() for kind in older)


def _judged(state: State, ctx: Context, rule: str, attached: str | None = None) -> tuple[State, Effects]:
    """Return the state and what to tell: blocked, blocked otherwise, or no longer blocked."""
    found = problems(state, ctx.rules.deals, ctx.at)
    former: Problems = state.get("blocked", {})
    if not found:
        free = {name: value for name, value in state.items() if name != "blocked"}
        return free, _told(state, ctx, found) if former else NOTHING
    after = {**state, "blocked": found}
    if found == former:
        return after, NOTHING
    fewer = attached is not None and attached not in found and bool(former)
    effects: list[Effect] = [] if fewer else [_blocked(after, ctx, rule)]
    return after, (*effects, *_told(after, ctx, found))


def problems(state: State, rules: DealRules, now: int) -> Problems:
    """Return what is wrong with a deal's evidence for its stage, in the order of the table; empty: the gate holds."""
    if "stage" not in state:
        return {}
    found = ((kind, _wrong(kind, state, rules, now)) for kind in rules.needs(state["stage"][0]))
    return {kind: why for kind, why in found if why is not None}


def _wrong(kind: EvidenceKind, state: State, rules: DealRules, now: int) -> str | None:
    evidence = state.get("evidence", {})
    if kind not in evidence:
        return "missing"
    at, signed_by, signed_at = evidence[kind]
    if kind in rules.signed:
        if not signed_by:
            return "not_signed"
        allowed = rules.signers.get(kind)
        if (signed_by not in allowed) if allowed else (signed_by == state.get("rep")):
            return "signer_has_no_right"
        if signed_at is not None and signed_at > max(now, at):
            return "signed_in_the_future"
    dated = signed_at if signed_at is not None else at
    for older in rules.newer_than.get(kind, ()):
        if older in evidence and evidence[older][0] > dated:
            return f"older_than_{older}"
    return None


def _blocked(state: State, ctx: Context, rule: str) -> Emit:
    rules, found, (stage, since) = ctx.rules.deals, state["blocked"], state["stage"]
    skipped = _skipped(state.get("from"), stage)
    return Emit(
        kind="deal_blocked",
        severity="warning",
        to=recipients(rules.recipients, state.get("rep")),
        title=rules.title.filled(deal=ctx.entity.partition(":")[2], stage=stage, count=len(found)),
        rule=rule,
        evidence={
            "stage": stage,
            "from": state.get("from"),
            "since": to_iso(since),
            "missing": [{"evidence": kind, "why": why} for kind, why in found.items()],
            "skipped_stages": skipped,
            "present": sorted(state.get("evidence", {})),
            "rep_id": state.get("rep"),
        },
    )


def _skipped(former: str | None, stage: str) -> list[str]:
    order: list[str] = list(STAGES[:-1])
    if stage not in order:
        return []
    return order[order.index(former) + 1 if former in order else 0 : order.index(stage)]


def _told(state: State, ctx: Context, found: Problems) -> Effects:
    data: dict[str, Any] = {"deal": ctx.entity, "stage": state["stage"][0], "blocked": bool(found)}
    if found:
        data["missing"] = ", ".join(found)
    rep = state.get("rep")
    whom = [ctx.entity, *([entity_key("rep", rep)] if rep else [])]
    return tuple(Tell(entity=entity, type="deal_gate_changed", data=data, rep_id=rep) for entity in whom)


DETECTOR = DealGates()

"""Flags: a finding becomes a question, which the rep can answer and a person decides. The state keeps the last ones."""

from typing import Any

from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Emit
from processors.leads.view import recipients
from processors.visits.finding import Finding
from schemas.ids import derived_id
from schemas.rules.visits import VisitRules
from schemas.signal import Severity
from schemas.times import DAY, HOUR, to_iso

MOST_FLAGS = 32
SERIOUS = frozenset({"mock_location", "replayed_track", "shared_track"})
Changes = dict[str, Any]


def raised(state: State, finding: Finding, at: int, ctx: Context) -> tuple[Changes, Effects]:
    """Ask about a finding. State: flags [[id, doubt, key, at, appeal]]; the same is not asked again for a while."""
    rules = ctx.rules.visits
    flags: list[Any] = list(state.get("flags", ()))
    if finding.doubt in rules.off or _asked(flags, finding, at, rules):
        return {}, NOTHING
    flag = derived_id("visit_flag", ctx.entity, finding.doubt, finding.key, at)
    kept = [*flags, [flag, finding.doubt, finding.key, at, "open"]][-MOST_FLAGS:]
    return {"flags": kept}, (_question(flag, finding, at, ctx),)


def _asked(flags: list[Any], finding: Finding, at: int, rules: VisitRules) -> bool:
    return any(
        doubt == finding.doubt and key == finding.key and abs(at - then) < rules.quiet_hours * HOUR
        for _, doubt, key, then, _ in flags
    )


def _question(flag: str, finding: Finding, at: int, ctx: Context) -> Emit:
    rules, rep = ctx.rules.visits, ctx.entity.partition(":")[2]
    severity: Severity = "critical" if finding.doubt in SERIOUS else "warning"
    return Emit(
        kind="fake_visit_suspected",
        severity=severity,
        to=recipients(rules.recipients, rep),
        title=rules.title(finding.doubt, rep),
        rule=f"visits.{finding.doubt}",
        evidence={
            "flag": flag,
            "rep_id": rep,
            **finding.evidence,
            "appeal": {"state": "open", "until": to_iso(at + round(rules.appeal_days * DAY))},
        },
    )

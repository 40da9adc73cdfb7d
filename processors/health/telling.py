"""What people hear about health: the change, the behaviours that made it, what is not known."""

from collections.abc import Mapping
from typing import Any

from processors.detector import Context
from processors.effects import Emit
from processors.health.behaviours import CODES
from processors.health.index import Index, Value
from processors.leads.view import lead_view, recipients
from schemas.rules.health import Colour, HealthRules
from schemas.signal import Severity

SEVERITY: dict[str, Severity] = {"green": "info", "yellow": "warning", "red": "critical"}
KEPT = "kept_for_unknown"


def with_kept(index: Index) -> dict[str, float]:
    """Return the points of an index with those kept for unknown behaviours: all that add up to it."""
    return {**index.points, **({KEPT: index.kept} if index.kept > 0 else {})}


def changed(
    before: tuple[Index, Colour] | None, after: tuple[Index, Colour], values: Mapping[str, Value], ctx: Context,
    rules: HealthRules,
) -> Emit:  # fmt: skip
    """Return the signal of a change, with the points by which each behaviour moved it; they add up to the change."""
    lead = lead_view(ctx)
    former = round(before[0].value, 1) if before else None
    return Emit(
        kind="health_changed",
        severity=SEVERITY[after[1]],
        to=recipients(rules.recipients, lead.rep),
        title=rules.title.filled(
            label=lead.label, before="–" if former is None else round(former), after=round(after[0].value)
        ),
        rule="health.index" if before and before[1] == after[1] else "health.colour",
        evidence={
            "before": former,
            "after": round(after[0].value, 1),
            "colour": {"before": before[1] if before else None, "after": after[1]},
            "moved_by": moved_by(before[0] if before else None, after[0], values),
            "coverage": round(after[0].coverage, 3),
            "unknown": [name for name in CODES if name not in values],
        },
        region=lead.region,
    )


def moved_by(before: Index | None, after: Index, values: Mapping[str, Value]) -> list[dict[str, Any]]:
    """Return each behaviour with its points before, after and between, those that moved most first."""
    former, now = with_kept(before) if before else {}, with_kept(after)
    rows = []
    for name in {**former, **now}:
        row: dict[str, Any] = {
            "behaviour": name,
            "before": round(former.get(name, 0.0), 2),
            "after": round(now.get(name, 0.0), 2),
            "points": round(now.get(name, 0.0) - former.get(name, 0.0), 2),
        }
        if name in values:
            row["value"] = round(values[name].value, 3)
            row["own_level"] = None if values[name].level is None else round(values[name].level or 0.0, 3)
        elif name != KEPT:
            row["value"] = None
        rows.append(row)
    return sorted(rows, key=lambda row: (-abs(row["points"]), row["behaviour"]))


def unknown(index: Index, values: Mapping[str, Value], former: Colour | None, ctx: Context, rules: HealthRules) -> Emit:
    """Return the signal that too little is known for an index."""
    lead = lead_view(ctx)
    return Emit(
        kind="health_unknown",
        severity="warning" if former is not None else "info",
        to=recipients(rules.recipients, lead.rep),
        title=rules.unknown_title.filled(label=lead.label),
        rule="health.coverage",
        evidence={
            "coverage": round(index.coverage, 3),
            "coverage_needed": rules.coverage,
            "known": list(values),
            "unknown": [name for name in CODES if name not in values],
            "last_colour": former,
        },
        region=lead.region,
    )

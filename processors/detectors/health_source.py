"""The source as an entity: a field that it stops sending is told once, whoever's events lack it."""

from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Emit
from processors.leads.view import recipients
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.times import to_iso

MOST_GAPS = 64


class HealthSource:
    """State: gaps {type.field: since when (ms)}, at most 64; a field that comes back leaves it."""

    name = "health_source"
    kinds = frozenset({"source"})
    facts = frozenset({"field_went"})
    order = 0

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Tell a gap when the first customer shows it."""
        event, field, source = fact.data.get("event"), fact.data.get("field"), fact.data.get("source")
        if not event or not field or not source:
            return state, NOTHING
        key, gaps = f"{event}.{field}", dict(state.get("gaps", {}))
        if not fact.data.get("missing"):
            return ({"gaps": {name: at for name, at in gaps.items() if name != key}} if key in gaps else state), NOTHING
        if key in gaps:
            return state, NOTHING
        gaps[key] = fact.at
        kept = dict(sorted(gaps.items(), key=lambda item: (item[1], item[0]))[-MOST_GAPS:])
        emitted = Emit(
            kind="data_gap",
            severity="warning",
            to=recipients(ctx.rules.health.gap_recipients, None),
            title={
                "zh": f"来源 {source} 不再发送 {event} 的字段 {field}",
                "en": f"Source {source} no longer sends the field {field} of {event}",
            },
            rule="health.data_gap",
            evidence={
                "source": source,
                "event": event,
                "field": field,
                "events_without": ctx.rules.health.gap_events,
                "first_seen_at": fact.lead,
                "since": to_iso(fact.at),
            },
        )
        return {"gaps": kept}, (emitted,)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


DETECTOR = HealthSource()

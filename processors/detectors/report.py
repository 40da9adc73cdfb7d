"""The month's greatest deviations from forecasts, on the first of the next month."""

from datetime import date
from typing import Any

from processors.calendars import day_of, iso_day, start_of_day
from processors.calendars.public import day_number
from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Emit, SetTimer
from processors.leads.view import recipients
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.rules.calendar import minutes_of
from schemas.times import MINUTE

MONTH = "month"
NAMES = ("deal", "outcome", "committed_on", "closed_on", "deviation_days", "cause", "amount")


class Report:
    """State: months {YYYY-MM: {count, causes {name: n}, top: [items]}}, reported (the last month that is out).

    A deal that is heard of after its month's report counts in the month that is open then.
    """

    name = "report"
    kinds = frozenset({"report"})
    facts = frozenset({"forecast_closed"})
    order = 0

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Take a deviation into its month."""
        if "deviation_days" not in fact.data:
            return state, NOTHING
        month, reported = _month(ctx.at), state.get("reported", "")
        if month <= reported:
            month = max(_following(reported), _month(ctx.now))
        months: dict[str, Any] = dict(state.get("months", {}))
        held = months.get(month, {"count": 0, "causes": {}, "top": []})
        cause = fact.data.get("cause") or "unknown"
        item = {name: fact.data[name] for name in NAMES if name in fact.data} | {"rep_id": fact.rep_id}
        top = sorted([*held["top"], item], key=lambda one: (-abs(one["deviation_days"]), one.get("deal", "")))
        months[month] = {
            "count": held["count"] + 1,
            "causes": {**held["causes"], cause: held["causes"].get(cause, 0) + 1},
            "top": top[: ctx.rules.forecast.report_length],
        }
        return {**state, "months": months}, (SetTimer(MONTH, _due(min(months), ctx.rules.forecast.report_at)),)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Report the oldest month that is waiting."""
        months = dict(state.get("months", {}))
        if not months:
            return state, NOTHING
        month = min(months)
        found = months.pop(month)
        after = {**state, "months": months, "reported": max(month, state.get("reported", ""))}
        again = (SetTimer(MONTH, _due(min(months), ctx.rules.forecast.report_at)),) if months else NOTHING
        rules = ctx.rules.forecast
        emitted = Emit(
            kind="forecast_report",
            severity="info",
            to=recipients(rules.report_recipients, None),
            title=rules.report_title.filled(month=month, count=found["count"], top=len(found["top"])),
            rule="forecast.report",
            evidence={"month": month, **found},
        )
        return after, (emitted, *again)


def _month(ms: int) -> str:
    return iso_day(day_of(ms))[:7]


def _following(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return date(year + number // 12, number % 12 + 1, 1).isoformat()[:7]


def _due(month: str, clock: str) -> int:
    return start_of_day(day_number(f"{_following(month)}-01")) + minutes_of(clock) * MINUTE


DETECTOR = Report()

"""The company as an entity: it knows its leads and deals, and tells them what happens to it."""

from collections.abc import Mapping
from typing import Any

from processors.calendars import start_of_day
from processors.calendars.public import day_number
from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Tell
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import kind_of
from schemas.rules.market import CompanyRules
from schemas.times import DAY

NEWS_TYPES = {"lead": "company_news", "deal": "tender_found"}
KEPT = {"lead": "news", "deal": "tenders"}
FIELDS = {
    "company_changed": ("company", "what", "url"),
    "tender_published": ("tender_id", "buyer", "title", "budget", "closes_on"),
}


class Company:
    """State: members {entity: when it joined}, news and tenders {id: [when, data]}, all bounded by the rule book.

    Leads hear news, deals hear tenders: those that are there at once, those that join later what is not yet old.
    """

    name = "company"
    kinds = frozenset({"company"})
    facts = frozenset({"company_joined", "company_left", "company_changed", "tender_published"})
    order = 0

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Keep members; pass on what happens."""
        match fact.type:
            case "company_joined":
                return _joined(state, fact.data.get("member"), ctx)
            case "company_left":
                return _left(state, fact.data.get("member"))
            case "company_changed":
                return _happened(state, "lead", fact.data.get("what"), fact, ctx)
            case _:
                return _happened(state, "deal", fact.data.get("tender_id"), fact, ctx)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


def _joined(state: State, member: str | None, ctx: Context) -> tuple[State, Effects]:
    if not member or kind_of(member) not in KEPT:
        return state, NOTHING
    rules, kind = ctx.rules.company, kind_of(member)
    members: dict[str, int] = {**state.get("members", {}), member: ctx.at}
    if len(members) > rules.members:
        oldest = min(members, key=lambda name: (members[name], name))
        del members[oldest]
    waiting = sorted(
        (data for at, data in state.get(KEPT[kind], {}).values() if _fresh(at, data, ctx.at, rules)),
        key=lambda data: str(sorted(data.items())),
    )
    return {**state, "members": members}, tuple(_tell(member, data) for data in waiting)


def _left(state: State, member: str | None) -> tuple[State, Effects]:
    members = state.get("members", {})
    if member not in members:
        return state, NOTHING
    return {**state, "members": {name: at for name, at in members.items() if name != member}}, NOTHING


def _happened(state: State, kind: str, key: str | None, fact: Fact, ctx: Context) -> tuple[State, Effects]:
    if not key:
        return state, NOTHING
    rules, kept = ctx.rules.company, KEPT[kind]
    data = {name: fact.data[name] for name in FIELDS[fact.type] if fact.data.get(name) is not None}
    known: dict[str, list[Any]] = {
        name: held for name, held in state.get(kept, {}).items() if _fresh(held[0], held[1], ctx.at, rules)
    }
    known[key] = [fact.at, data]
    latest = sorted(known, key=lambda name: (known[name][0], name))[-rules.news :]
    members = sorted(name for name in state.get("members", {}) if kind_of(name) == kind)
    after = {**state, kept: {name: known[name] for name in latest}}
    return after, tuple(_tell(member, data) for member in members)


def _fresh(at: int, data: Mapping[str, Any], now: int, rules: CompanyRules) -> bool:
    if at < now - rules.memory_days * DAY:
        return False
    return "closes_on" not in data or start_of_day(day_number(data["closes_on"]) + 1) > now


def _tell(member: str, data: Mapping[str, Any]) -> Tell:
    kind = kind_of(member)
    return Tell(entity=member, type=NEWS_TYPES[kind], data=data, lead=member if kind == "lead" else None)


DETECTOR = Company()

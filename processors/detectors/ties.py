"""Ties of a lead: to its company and its deals. They find each other by facts, so each keeps its own state."""

from collections.abc import Mapping
from typing import Any

from processors.companies import company_entity
from processors.detector import EMPTY, Context, State
from processors.effects import NOTHING, Effects, Tell
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import entity_key

MOST_DEALS = 8
ENDED = ("won", "lost")
DEAL_FACTS = frozenset({"deal_updated", "evidence_attached", "forecast_submitted"})


class Ties:
    """State: company (its entity), joined (True once the company knows the lead), deals (ids of open ones, at most 8).

    A lead joins its company when both are known, brings its open deals with it, and leaves when the company's name
    is corrected to another's. Notes of contacts are passed on to the deals, which want to know why they are late.
    """

    name = "ties"
    kinds = frozenset({"lead"})
    facts = frozenset({"form_submitted", "lead_updated", "lead_imported", "contact_noted"}) | DEAL_FACTS
    order = 10

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Follow the lead's company and deals."""
        if fact.type == "contact_noted":
            return state, _passed_on(state, fact)
        if fact.type in DEAL_FACTS:
            return _deal(state, fact)
        return _company(state, fact.entity, ctx)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


def _company(state: State, lead: str, ctx: Context) -> tuple[State, Effects]:
    record: Mapping[str, Any] = ctx.states.get("lead", EMPTY)
    held = record.get("fields", EMPTY).get("company")
    if held is None or "created" not in record:
        return state, NOTHING
    company = company_entity(held[0], ctx.rules.cleansing.company_short_names)
    former = state.get("company")
    if company == former:
        return state, NOTHING
    members = [lead, *(entity_key("deal", deal) for deal in state.get("deals", ()))]
    effects = [_told(former, "company_left", member) for member in members if former]
    effects += [_told(company, "company_joined", member) for member in members if company]
    return {**state, "company": company}, tuple(effects)


def _told(company: str, type_: str, member: str) -> Tell:
    return Tell(entity=company, type=type_, data={"member": member})


def _deal(state: State, fact: Fact) -> tuple[State, Effects]:
    deal, company = fact.data.get("deal_id"), state.get("company")
    if not deal:
        return state, NOTHING
    deals: list[str] = state.get("deals", [])
    ended = fact.data.get("stage") in ENDED
    if ended == (deal not in deals):
        return state, NOTHING
    member = entity_key("deal", deal)
    if ended:
        kept = [one for one in deals if one != deal]
        return {**state, "deals": kept}, (_told(company, "company_left", member),) if company else NOTHING
    dropped = deals[: len(deals) + 1 - MOST_DEALS] if len(deals) >= MOST_DEALS else []
    kept = [*deals, deal][-MOST_DEALS:]
    effects = [_told(company, "company_joined", member)] if company else []
    effects += [_told(company, "company_left", entity_key("deal", one)) for one in dropped if company]
    return {**state, "deals": kept}, tuple(effects)


def _passed_on(state: State, fact: Fact) -> Effects:
    topic = fact.data.get("topic")
    if not topic:
        return NOTHING
    data = {"topic": topic[:200]}
    if fact.data.get("mood"):
        data["mood"] = fact.data["mood"]
    return tuple(
        Tell(entity=entity_key("deal", deal), type="deal_contact", data=data, lead=fact.entity, rep_id=fact.rep_id)
        for deal in state.get("deals", ())
    )


DETECTOR = Ties()

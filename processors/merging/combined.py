"""The memory of a person, from the memories of two of their leads. Pure.

The lead record and the purchase model's memory are merged. Of every other detector the senior's memory stands, and the
other's where the senior has none. Senior is the person as it stands, first of all the lead whose entity holds it.
"""

from collections.abc import Mapping
from typing import Any

from processors.detector import EMPTY, State
from processors.leads import numbers
from processors.leads.beginning import AWAITS, joined
from processors.leads.fields import grade_of
from processors.leads.survivorship import EXPIRES, Correction, better, combined, holding
from processors.models import Models, PurchaseModel
from processors.purchase.labels import OWNER, TIMER
from schemas.rules import RuleBook

States = Mapping[str, State]
Timers = Mapping[str, int]


def combine(
    senior: tuple[States, Timers],
    other: tuple[States, Timers],
    rules: RuleBook,
    models: Models,
    keep: str | None = None,
) -> tuple[dict[str, Any], dict[str, int]]:
    """Return states and timers of one person, of those of two leads; `keep`: see `leads_judged`."""
    states: dict[str, Any] = {name: dict(state) for name, state in senior[0].items()}
    taken = {name for name in other[0] if name not in states}
    states.update({name: dict(other[0][name]) for name in taken})
    if "lead" in senior[0] and "lead" in other[0]:
        states["lead"] = _lead(senior[0]["lead"], other[0]["lead"], rules, keep)
    timers = dict(senior[1])
    for name, due in other[1].items():
        owner = name.partition(".")[0]
        if owner in taken or (owner == "lead" and name not in timers):
            timers[name] = due
    for field, correction in states.get("lead", EMPTY).get("corrections", EMPTY).items():
        if (name := f"lead.{EXPIRES}{field}") in timers:
            timers[name] = correction["until"]
    if OWNER in senior[0] and OWNER in other[0] and models.purchase is not None:
        states[OWNER] = _purchase(senior[0][OWNER], other[0][OWNER], models.purchase)
        if "due" in states[OWNER]:
            timers[TIMER] = states[OWNER]["due"]
    return states, timers


def _purchase(senior: State, other: State, model: PurchaseModel) -> dict[str, Any]:
    """Return what is remembered of one buyer: what both did, the open scorings of both, one episode."""
    merged = {**other, **senior}
    if "f" in senior and "f" in other:
        merged["f"] = model.joined(senior["f"], other["f"])
    if "m" in other:
        merged["m"] = model.joined_memory(senior.get("m", EMPTY), other["m"])
    for name, chosen in (("k", max), ("told", max), ("due", min)):
        if name in senior and name in other:
            merged[name] = chosen(senior[name], other[name])
    return merged


def _corrections(first: State, second: State, rules: RuleBook) -> dict[str, Correction]:
    """Return the corrections of both leads, as if all that was said of either had been said of one."""
    mine, theirs = (lead.get("corrections", EMPTY) for lead in (first, second))
    held, beside = (lead.get("fields", EMPTY) for lead in (first, second))
    return {
        name: combined(name, (mine.get(name), held.get(name)), (theirs.get(name), beside.get(name)), rules.lead)
        for name in dict.fromkeys((*mine, *theirs))
    }


def _lead(senior: State, other: State, rules: RuleBook, keep: str | None) -> dict[str, Any]:
    first, second = (senior, other) if "created" in senior or "created" not in other else (other, senior)
    merged = {**second, **first}
    fields: dict[str, Any] = dict(first.get("fields", EMPTY))
    for name, held in second.get("fields", EMPTY).items():
        if name not in fields:
            fields[name] = held
        elif keep == "newest":
            fields[name] = max(fields[name], held, key=lambda each: (each[2], each[0]))
        else:
            fields[name] = better(name, fields[name], held, rules.lead)
    corrections = _corrections(first, second, rules)
    for name, correction in corrections.items():
        fields[name] = holding(name, correction, rules.lead)
    merged["fields"] = fields
    phones = [lead.get("fields", EMPTY).get("phone") for lead in (first, second)]
    further = numbers.joined(first.get("numbers", EMPTY), second.get("numbers", EMPTY))
    for one, another in (phones, phones[::-1]):
        further = numbers.joined(further, numbers.of_phone(one, another) if another else {})
    if further:
        merged["numbers"] = further
        merged["fields"] = fields = dict(numbers.shown(fields, further, numbers.corrected_at(corrections))[0])
    if corrections:
        merged["corrections"] = corrections
    if "created" in first and "created" in second:
        merged["created"] = min(first["created"], second["created"])
        if "bulk" not in first or "bulk" not in second:
            merged.pop("bulk", None)
    if "created" in merged:
        merged.pop(AWAITS, None)
    elif (asking := joined(first, second)) is not None:
        merged[AWAITS] = asking
    merged["reach"] = grade_of(fields)
    return merged

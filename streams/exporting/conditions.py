"""Conditions of a query as people write them: `手机=138 0013 8000`, `grade=A|B`, `公司~科技`."""

import re
from collections.abc import Iterable, Sequence
from typing import get_args

from processors.cleansing.fields import LEAD_FIELDS
from processors.cleansing.record import CleansingOptions
from processors.leads.fields import FIELD_NAMES
from schemas.lead_query import CLOCKS, Bound, Clock, Condition, LeadQuery, Operator, Sight
from schemas.masking import mask_record, mask_text
from schemas.times import DAY, parse_iso, to_local
from streams.exporting.tables import FIELDS, OWN, OWN_ZH
from streams.importing.headings import field_of

SIGNS: dict[str, Operator] = {"=": "is", "!=": "not", "~": "contains", ">=": "from", "<=": "to"}
WRITTEN = {operator: sign for sign, operator in SIGNS.items()}
EITHER = "|"
SYNTAX = f"FIELD=VALUE (or != ~ >= <=; several values as A{EITHER}B; nothing behind = for an empty field)"

_NAMED = {word: name for name, words in FIELD_NAMES.items() for word in words} | dict(zip(OWN_ZH, OWN, strict=True))
_CONDITION = re.compile(r"([^=!~<>]+)(!=|>=|<=|=|~)(.*)", re.DOTALL)
_DEFAULTS = CleansingOptions()


class BadCondition(ValueError):
    """A condition that nobody can read, or that can never hold; says which, and what would do."""


def conditions_of(texts: Iterable[str]) -> tuple[list[Condition], list[Bound]]:
    """Return what conditions mean, their values as the library holds them. Raises BadCondition."""
    conditions: list[Condition] = []
    bounds: list[Bound] = []
    for text in texts:
        parts = _CONDITION.fullmatch(text)
        if not parts:
            raise BadCondition(f"{text!r}: {SYNTAX}")
        name = _field(parts[1].strip())
        if not name:
            raise BadCondition(f"{text!r}: no field of a lead; there are {', '.join((*FIELDS, *CLOCKS))}")
        operator = SIGNS[parts[2]]
        if name in CLOCKS:
            bounds.append(bound_of(name, operator, parts[3], text))
        else:
            conditions.append(condition_of(name, operator, parts[3].split(EITHER) if parts[3] else (), text))
    _refuse_what_cannot_be(conditions)
    return conditions, bounds


def condition_of(name: str, operator: Operator, values: Sequence[str], text: str) -> Condition:
    """Return a condition; whole values are cleansed as the library's are. `text` is what the error shows.

    Raises BadCondition.
    """
    if any("\0" in value for value in values):
        raise BadCondition(f"{name}: a value with a NUL character is no value of a lead")
    if operator in ("is", "not"):
        return Condition(name, operator, tuple([as_held(name, value) for value in values]))
    if not values or not all(values):
        raise BadCondition(f"{text!r}: nothing to compare with; {SYNTAX}")
    if name == "id_number":
        raise BadCondition(f"{text!r}: an id number is kept as a hash, which is the same or not: use = or !=")
    return Condition(name, operator, tuple(values))


def bound_of(clock: Clock, operator: Operator, value: str, text: str) -> Bound:
    """Return a bound of time: a day of Asia/Shanghai, or a moment. Raises BadCondition."""
    day = parse_iso(f"{value.strip()}T00:00") if len(value.strip()) == len("2026-11-21") else None
    at = day if day is not None else parse_iso(value.strip())
    if at is None or operator not in get_args(Bound.__annotations__["operator"]):
        example = f"{clock}>=2026-11-01 or {clock}<=2026-11-21T10:00:00+08:00"
        raise BadCondition(f"{text!r}: times are compared as in {example}")
    whole = day is not None and operator == "to"
    return Bound(clock, "from" if operator == "from" else "to", at + DAY - 1 if whole else at)


def as_held(name: str, value: str) -> str:
    """Return a field's value as the library holds it, as it is where cleansing makes nothing of it."""
    rule = LEAD_FIELDS.get(name) if name != "id_number" else None  # its hash is the library's alone
    return (rule.clean(value, _DEFAULTS).value if rule else None) or value


def said(query: LeadQuery) -> str:
    """Return which leads a query asks for, for who reads the trace. Conditions may name people: they are masked."""
    parts = [_masked(condition) for condition in query.conditions]
    parts += [f"{each.clock}{WRITTEN[each.operator]}{to_local(each.at)}" for each in query.bounds]
    return ", ".join([*parts, *_seen(query.sight), *(["merged ones too"] if query.merged else [])]) or "all leads"


def _masked(condition: Condition) -> str:
    values = [str(mask_record(value, condition.field)) for value in condition.values]
    return condition.field + WRITTEN[condition.operator] + EITHER.join(values)


def _seen(sight: Sight) -> list[str]:
    if sight.regions is None:
        return []
    reps, regions = (" ".join(map(mask_text, names)) for names in (sight.reps, sight.regions))
    return [f"{what} {names}" for what, names in (("of reps", reps), ("of regions", regions)) if names] or ["of nobody"]


def _field(heading: str) -> str | None:
    known = (*FIELDS, *CLOCKS)
    name = heading if heading in known else _NAMED.get(heading) or field_of(heading)
    return name if name in known else None


def _refuse_what_cannot_be(conditions: Iterable[Condition]) -> None:
    allowed: dict[str, set[str]] = {}
    for condition in conditions:
        if condition.operator != "is" or not condition.values:
            continue
        values = allowed.setdefault(condition.field, set(condition.values))
        values.intersection_update(condition.values)
        if not values:
            raise BadCondition(f"{condition.field} cannot be two things at once; A{EITHER}B means either")

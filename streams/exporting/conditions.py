"""Conditions of a query as people write them: `手机=138 0013 8000`, `grade=A|B`, `公司~科技`."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import get_args

from processors.cleansing.fields import LEAD_FIELDS
from processors.cleansing.reachability import GRADES
from processors.cleansing.record import CleansingOptions
from processors.leads.fields import FIELD_NAMES
from schemas.lead_query import CLOCKS, Bound, Clock, Condition, LeadQuery, Operator, Sight
from schemas.masking import mask_record, mask_text
from schemas.rules.names import Grade
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
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PART_OF_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)
_DATES = "dates are compared as in birth_date=1990-01-31, birth_date>=1990-01-01 or birth_date<=1990"
WORDS: dict[str, tuple[str, ...]] = {"grade": get_args(Grade), "reachability": GRADES}


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
        return Condition(name, operator, tuple([_checked(name, as_held(name, value), text) for value in values]))
    if not values or not all(values):
        raise BadCondition(f"{text!r}: nothing to compare with; {SYNTAX}")
    if name == "id_number":
        raise BadCondition(f"{text!r}: an id number is kept as a hash, which is the same or not: use = or !=")
    if operator != "contains":
        return Condition(name, operator, tuple([_limit(name, operator, value, text) for value in values]))
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


def _checked(name: str, value: str, text: str) -> str:
    """Return a value of a field whose values are of a kind: a date, one of a few words. Raises BadCondition."""
    if name == "birth_date" and not _is_day(value):
        raise BadCondition(f"{text!r}: {_DATES}")
    if name not in WORDS:
        return value
    meant = {word.lower(): word for word in WORDS[name]}
    if value.lower() not in meant:
        raise BadCondition(f"{text!r}: {name} is one of {', '.join(WORDS[name])}")
    return meant[value.lower()]


def _is_day(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _limit(name: str, operator: Operator, value: str, text: str) -> str:
    """Return a first or last value; of a year or month its first or last day. Raises BadCondition."""
    if name in WORDS:
        either = EITHER.join(WORDS[name][:2])
        raise BadCondition(f"{text!r}: {name} is a word, which has no order; name all that you want: {name}={either}")
    if name != "birth_date":
        return value
    if part := _PART_OF_DATE.fullmatch(value.strip()):
        year, month = part.groups()
        value = f"{year}-{month or '01'}-01" if operator == "from" else f"{year}-{month or '12'}-31"
        return value if "01" <= value[5:7] <= "12" else _checked(name, "", text)
    return _checked(name, as_held(name, value), text)


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

"""Which leads somebody asks for, and which of them they may see: one meaning, in SQL and in memory."""

from collections.abc import Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import Literal, get_args

import msgspec

Operator = Literal["is", "not", "contains", "from", "to"]
Clock = Literal["created_at", "updated_at"]
CLOCKS: tuple[Clock, ...] = get_args(Clock)
MANAGER = "role:manager"

_TO_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


class Condition(msgspec.Struct, frozen=True):
    """What a field of a lead has to be, see `holds`. Without `values`: empty (`is`), or filled (`not`)."""

    field: str
    operator: Operator
    values: tuple[str, ...] = ()


class Bound(msgspec.Struct, frozen=True):
    """From when on, or up to when (ms since 1970, both inclusive), a lead was created or last changed."""

    clock: Clock
    operator: Literal["from", "to"]
    at: int


class Sight(msgspec.Struct, frozen=True):
    """Whose leads somebody may see: those of `reps` and those in `regions`; everybody's where `regions` is None.

    A lead without a region is in none.
    """

    reps: tuple[str, ...] = ()
    regions: tuple[str, ...] | None = None


EVERYTHING = Sight()


class LeadQuery(msgspec.Struct, frozen=True):
    """Leads of which all conditions and bounds hold, as far as `sight` goes.

    Leads that go by another's name (`merged_into`) are left out unless `merged`: their person is the other one.
    """

    conditions: tuple[Condition, ...] = ()
    bounds: tuple[Bound, ...] = ()
    sight: Sight = EVERYTHING
    merged: bool = False


def sight_of(recipients: Sequence[str], regions: Sequence[str] | None) -> Sight | None:
    """Return whose leads belong to a person who reads these inboxes, None where no lead does.

    A salesperson (`rep:…`) sees their own; a manager those of `regions`, None being all.
    """
    reps = tuple([who.removeprefix("rep:") for who in recipients if who.startswith("rep:")])
    if MANAGER in recipients:
        return Sight(reps, None if regions is None else tuple(regions))
    return Sight(reps, ()) if reps else None


def is_seen(fields: Mapping[str, str], sight: Sight) -> bool:
    """Tell whether a lead with these fields may be seen."""
    return sight.regions is None or fields.get("region") in sight.regions or fields.get("rep_id") in sight.reps


def holds(condition: Condition, fields: Mapping[str, str]) -> bool:
    """Tell whether a condition holds of a lead's fields.

    `is` one of the values, `not` any of them, `contains` one of them (capitals of ASCII count as small letters);
    `from` and `to` compare by code point and include the value. An empty field is what `is` without values finds, and
    no value that `not` names.
    """
    value, values = fields.get(condition.field), condition.values
    match condition.operator:
        case "is":
            return value in values if values else value is None
        case "not":
            return value not in values if values else value is not None
        case "contains":
            return value is not None and any(_lower(each) in _lower(value) for each in values)
        case "from":
            return value is not None and any(value >= each for each in values)
        case "to":
            return value is not None and any(value <= each for each in values)


def is_wanted(fields: Mapping[str, str], times: Mapping[Clock, int], query: LeadQuery) -> bool:
    """Tell whether a query finds a lead."""
    return (
        is_seen(fields, query.sight)
        and (query.merged or "merged_into" not in fields)
        and all(holds(condition, fields) for condition in query.conditions)
        and all(
            times[bound.clock] >= bound.at if bound.operator == "from" else times[bound.clock] <= bound.at
            for bound in query.bounds
        )
    )


def _lower(text: str) -> str:
    return text.translate(_TO_LOWER)

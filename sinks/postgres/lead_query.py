"""A query of leads in SQL: every value is a parameter, also the names of fields."""

from collections.abc import Iterator
from typing import LiteralString

from psycopg.types.json import Jsonb

from schemas.lead_query import Bound, Condition, LeadQuery

Part = tuple[LiteralString, tuple[object, ...]]

# What `lower` and comparisons mean must not depend on the database's locale: see `schemas.lead_query.holds`.
_FIELD: LiteralString = "(fields ->> %s)"
_TESTS: dict[str, LiteralString] = {
    "is": _FIELD + " = ANY(%s)",
    "not": "coalesce(" + _FIELD + " <> ALL(%s), true)",
    "contains": "EXISTS (SELECT FROM unnest(%s::text[]) AS part"
    " WHERE strpos(lower(" + _FIELD + ' COLLATE "C"), lower(part COLLATE "C")) > 0)',
    "from": _FIELD + ' COLLATE "C" >= ANY(%s)',
    "to": _FIELD + ' COLLATE "C" <= ANY(%s)',
}
_BOUNDS: dict[tuple[str, str], LiteralString] = {
    ("created_at", "from"): "created_at >= %s",
    ("created_at", "to"): "created_at <= %s",
    ("updated_at", "from"): "updated_at >= %s",
    ("updated_at", "to"): "updated_at <= %s",
}


def condition_of(query: LeadQuery) -> tuple[LiteralString, list[object]]:
    """Return what stands behind WHERE, and its values."""
    parts = list(_parts(query))
    return " AND ".join([text for text, _ in parts]) or "true", [value for _, values in parts for value in values]


def _parts(query: LeadQuery) -> Iterator[Part]:
    if not query.merged:
        yield "fields ->> 'merged_into' IS NULL", ()
    if query.sight.regions is not None:
        yield "(region = ANY(%s) OR rep_id = ANY(%s))", (list(query.sight.regions), list(query.sight.reps))
    yield from map(_test, query.conditions)
    yield from map(_bound, query.bounds)


def _test(condition: Condition) -> Part:
    field, operator, values = condition.field, condition.operator, list(condition.values)
    if not values and operator in ("is", "not"):
        return _FIELD + (" IS NULL" if operator == "is" else " IS NOT NULL"), (field,)
    if operator == "is" and len(values) == 1:
        return "fields @> %s", (Jsonb({field: values[0]}),)
    return _TESTS[operator], (values, field) if operator == "contains" else (field, values)


def _bound(bound: Bound) -> Part:
    return _BOUNDS[bound.clock, bound.operator], (bound.at,)

"""Fields that a source used to send and does not send any more: told to the source as an entity, which tells people."""

from typing import Any

from processors.detector import State
from processors.effects import NOTHING, Effects, Tell
from processors.health.behaviours import FIELDS
from schemas.fact import Fact
from schemas.ids import entity_key

MOST_FIELDS = 16


def watched(state: State, fact: Fact, source: int, least: int) -> tuple[dict[str, Any], Effects]:
    """Return the changed state and what the source is told. State: fields {n.type.field: events in a row without}."""
    names = FIELDS.get(fact.type)
    if names is None:
        return {}, NOTHING
    fields: dict[str, int] = dict(state.get("fields", {}))
    told: list[Tell] = []
    for name in names:
        key = f"{source}.{fact.type}.{name}"
        held = fields.get(key)
        if fact.data.get(name) is not None:
            if held is not None or len(fields) < MOST_FIELDS:
                fields[key] = 0
            if held is not None and held >= least:
                told.append(_told(fact, name, missing=False))
        elif held is not None and held < least:
            fields[key] = held + 1
            if held + 1 == least:
                told.append(_told(fact, name, missing=True))
    if fields == state.get("fields", {}):
        return {}, NOTHING
    return {"fields": fields}, tuple(told)


def _told(fact: Fact, field: str, *, missing: bool) -> Tell:
    source = fact.source or "-"
    data = {"source": source, "event": fact.type, "field": field, "missing": missing}
    return Tell(entity=entity_key("source", source), type="field_went", data=data, lead=fact.entity)

"""Fields that a source used to send and does not send any more: told to the source as an entity, which tells people."""

from collections.abc import Mapping
from typing import Any

from processors.detector import EMPTY, State
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
    before: Mapping[str, int] = state.get("fields", EMPTY)
    after = before
    told: list[Tell] = []
    for name in names:
        key = f"{source}.{fact.type}.{name}"
        held = before.get(key)
        if fact.data.get(name) is not None:
            if held is None:
                after = {**after, key: 0} if len(after) < MOST_FIELDS else after
            elif held:
                after = {**after, key: 0}
                if held >= least:
                    told.append(_told(fact, name, missing=False))
        elif held is not None and held < least:
            after = {**after, key: held + 1}
            if held + 1 == least:
                told.append(_told(fact, name, missing=True))
    return ({}, NOTHING) if after is before else ({"fields": after}, tuple(told))


def _told(fact: Fact, field: str, *, missing: bool) -> Tell:
    source = fact.source or "-"
    data = {"source": source, "event": fact.type, "field": field, "missing": missing}
    return Tell(entity=entity_key("source", source), type="field_went", data=data, lead=fact.entity)

"""Fields that a source used to send and does not send any more: told to the source as an entity, which tells people."""

from collections.abc import Mapping
from typing import Any

from processors.detector import EMPTY
from processors.effects import NOTHING, Effects, Tell
from processors.health.behaviours import FIELDS
from schemas.fact import Fact
from schemas.ids import entity_key

MOST_FIELDS = 16


def watch(state: dict[str, Any], fact: Fact, source: int, least: int) -> Effects:
    """Put into a state which fields a fact has; return what the source is told once `least` in a row lack one.

    State: fields {n.type.field: events in a row without}.
    """
    before: Mapping[str, int] = state.get("fields", EMPTY)
    after = before
    told: list[Tell] = []
    for name in FIELDS.get(fact.type, ()):
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
    if after is before:
        return NOTHING
    state["fields"] = after
    return tuple(told)


def _told(fact: Fact, field: str, *, missing: bool) -> Tell:
    source = fact.source or "-"
    data = {"source": source, "event": fact.type, "field": field, "missing": missing}
    return Tell(entity=entity_key("source", source), type="field_went", data=data, lead=fact.entity)

"""Control records: a partition takes the clock, the rule book and the models from its log."""

from typing import assert_never

import msgspec

from processors.detector import Registry
from processors.models import Models
from processors.state import CLOCK, MODEL, RULES, Head, encode_clock
from processors.stepping.outcome import Outcome
from schemas.effects import TAUGHT_RULES, Example
from schemas.fact import ModelChange, RuleBookChange, Tick
from schemas.ids import entity_key
from schemas.rules import read_applied


def taken(record: Tick | RuleBookChange | ModelChange, outcome: Outcome, registry: Registry) -> None:
    """Put into force what a control record says, from here on."""
    match record:
        case Tick():
            head = outcome.head
            head.clock = head.clock.advanced(record)
            outcome.outputs.states[CLOCK] = encode_clock(head.clock)
        case RuleBookChange():
            _take_rules(record, outcome, registry)
        case ModelChange():
            _take_model(record, outcome, registry)
        case _:
            assert_never(record)


def models_of(head: Head, registry: Registry) -> Models:
    """Make models of what the partition holds; of nothing, where another release wrote what this cannot read."""
    try:
        head.in_force = registry.read_models(head.models, head.rules)
    except ValueError:
        head.in_force = registry.read_models({}, head.rules)
    return head.in_force


def _take_rules(record: RuleBookChange, outcome: Outcome, registry: Registry) -> None:
    """Put a rule book in force; what this release refuses of it is reported and has its default."""
    head = outcome.head
    head.rules, head.refused = read_applied(record.document)
    outcome.outputs.states[RULES] = record.document.encode()
    outcome.models = models_of(head, registry)
    if head.refused:
        outcome.fail("rules", RULES, "; ".join(head.refused))
    if outcome.slot.partition == 0:  # every partition has the book: one of them tells the learner, once and in order
        data = {"kind": TAUGHT_RULES, "version": record.version, "document": record.document}
        entity = entity_key("model", "rules")
        told = Example(entity=entity, at=record.applied_at, origin=outcome.origin(), data=data)
        outcome.outputs.examples.append(told)


def _take_model(record: ModelChange, outcome: Outcome, registry: Registry) -> None:
    """Put a published model in force; one that cannot be read is reported and changes nothing."""
    head, held = outcome.head, {"version": record.version, "snapshot": record.snapshot}
    if head.models.get(record.name) == held:
        return  # told again, by a learner that went on from before
    models = dict(sorted({**head.models, record.name: held}.items()))
    try:
        head.in_force = outcome.models = registry.read_models(models, head.rules)
    except ValueError as error:
        outcome.fail("models", MODEL, f"{type(error).__name__}: {error}")
        return
    head.models = models
    outcome.outputs.states[MODEL] = msgspec.msgpack.encode(models)

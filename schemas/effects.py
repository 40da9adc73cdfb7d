"""What the entity step asks the world to do; the sinks carry it out, the delivery decides when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from schemas.fact import Fact, Origin
from schemas.signal import Signal


class Timer(NamedTuple):
    """A durable timer: unique per entity and name; ordered by (due, entity, name). `due` in ms since 1970 UTC."""

    due: int
    entity: str
    name: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One row of history: a field of a lead took a new value. Rows of a lead are numbered and hash-chained.

    `seq` counts the lead's rows from 1; `hash` is 16 bytes of BLAKE2b over the row and `previous`, the hash of
    the row before it (16 zero bytes for the first).
    """

    lead: str
    seq: int
    field: str
    old: str | None
    new: str | None
    rule: str
    rule_book: str
    event_id: str
    actor: str
    at: int
    origin: Origin
    previous: bytes
    hash: bytes


TAUGHT_RULES = "rules"
"""Kind of the example that is none: the rule book that holds for all examples behind it (`version`, `document`)."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A training example for the learner; `data` is plain data."""

    entity: str
    at: int
    origin: Origin
    data: Mapping[str, Any] = {}


@dataclass(slots=True)
class Outputs:
    """Everything that one run of the entity step over some records of one partition asks for, in log order.

    Each output carries its origin, whose offset tells a store whether it holds that output already.
    `states` maps an entity (or a pseudo entity that begins with `~`, for the partition's own state) to its new
    blob; None removes it. `timers` maps (entity, name) to its new due time; None removes it.
    """

    signals: list[Signal] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    states: dict[str, bytes | None] = field(default_factory=dict)
    timers: dict[tuple[str, str], int | None] = field(default_factory=dict)
    views: dict[str, bytes | None] = field(default_factory=dict)


class Slot(NamedTuple):
    """One partition of one incarnation of a topic: what a fence belongs to."""

    topic: str
    incarnation: str
    partition: int


NO_OFFSET = -1  # the fence of a store that has not seen a record yet


def unseen(outputs: list[Any], fence: int) -> list[Any]:
    """Return the outputs, in log order, whose origin lies above a store's fence: what it does not hold yet."""
    if outputs and outputs[0].origin.offset > fence:
        return outputs  # nearly always all of them
    return [output for output in outputs if output.origin.offset > fence]

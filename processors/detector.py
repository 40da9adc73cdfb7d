"""What a detector is, and the registry that finds them: one file each in `processors/detectors/`."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, runtime_checkable

import msgspec

from processors.effects import Effects
from processors.models import NO_MODELS, Models, ReadModels, no_models
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.rules import RuleBook

State = Mapping[str, Any]  # plain data that msgpack can hold; replaced, never changed in place
EMPTY: State = {}


class Context(msgspec.Struct, frozen=True):
    """All that a detector may know besides its state and the fact or timer.

    `at` is the event time (ms): of the fact, or the timer's due time. `now` is the later of `at` and when we could
    know: duties of people count from it. `states` are the states of all detectors of this entity, before this step.
    `models` are those in force at this place of the log.
    """

    entity: str
    at: int
    now: int
    rules: RuleBook
    states: Mapping[str, State]
    models: Models = NO_MODELS


@runtime_checkable
class Detector(Protocol):
    """A pure function from (state, fact or timer, context) to (new state, effects).

    `name` is the key of its state and the prefix of its timers; `kinds` the kinds of entity it watches; `facts` the
    types it is called for, None for all; `order` sorts the detectors of one fact (lower first, then by name).
    Returning the state object that came in says that it did not change.
    """

    name: str
    kinds: frozenset[str]
    facts: frozenset[str] | None
    order: int

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Return the new state and what is to be done about a fact."""

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the new state and what is to be done about a timer; `timer.name` has no prefix here."""


class Registry:
    """The detectors in force, indexed by what they are called for; and what makes models of published bytes."""

    def __init__(self, detectors: tuple[Detector, ...], read_models: ReadModels = no_models) -> None:
        self.read_models = read_models
        ordered = sorted(detectors, key=lambda detector: (detector.order, detector.name))
        self.by_name = {detector.name: detector for detector in ordered}
        if len(self.by_name) != len(ordered):
            raise ValueError("two detectors have the same name: " + ", ".join(sorted(d.name for d in ordered)))
        self._wanted: dict[tuple[str, str], tuple[Detector, ...]] = {}

    def wanted(self, kind: str, fact_type: str) -> tuple[Detector, ...]:
        """Return the detectors for a fact of this type about an entity of this kind, in order."""
        key = (kind, fact_type)
        found = self._wanted.get(key)
        if found is None:
            found = tuple(
                detector
                for detector in self.by_name.values()
                if kind in detector.kinds and (detector.facts is None or fact_type in detector.facts)
            )
            self._wanted[key] = found
        return found


@cache
def shipped(read_models: ReadModels = no_models) -> Registry:
    """Return the registry of all detectors in `processors/detectors/`: every module's `DETECTOR`."""
    import processors.detectors as package

    modules = sorted(module.name for module in iter_modules(package.__path__))
    return Registry(tuple(import_module(f"{package.__name__}.{name}").DETECTOR for name in modules), read_models)

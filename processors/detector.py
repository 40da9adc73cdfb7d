"""What a detector is, and the registry that finds them: one file each in `processors/detectors/`."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, runtime_checkable

import msgspec

from processors.effects import Effects
from processors.models import NO_MODELS, Models, ReadModels, no_models
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import kind_of
from schemas.rules import RuleBook

State = Mapping[str, Any]  # plain data that msgpack can hold; replaced, never changed in place
EMPTY: State = {}


class Context(msgspec.Struct, frozen=True):
    """All that a detector may know besides its state and the fact or timer.

    `at` is the event time (ms): of the fact, or the timer's due time. `now` is the later of `at` and when we could
    know: duties of people count from it. `states` are the states of all detectors of this entity as they are now: those
    that come before in `order` have taken the fact already. `models` are those in force at this place of the log.
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


@runtime_checkable
class Choosy(Protocol):
    """A detector that says in advance which facts cannot concern it, so that it is not called for them."""

    def minds(self, fact_type: str, rules: RuleBook, *, stranger: bool) -> bool:
        """Return False where `on_fact` returns the state that it was given and nothing to do, whatever that state is.

        `stranger`: the entity has no lead record (yet), as most visitors of a website never have, and the fact brings
        none: it names nobody by what is verified.
        """


FactCall = tuple[str, Callable[[State, Fact, Context], tuple[State, Effects]]]
"""Name of a detector and what to call for a fact."""
RECORD = "lead"  # the detector whose state is the lead record
MOST_BOOKS = 64  # rule books whose calls are remembered; a worker has one in force, and while it changes two


class Registry:
    """The detectors in force, indexed by what they are called for; and what makes models of published bytes."""

    def __init__(self, detectors: tuple[Detector, ...], read_models: ReadModels = no_models) -> None:
        self.read_models = read_models
        ordered = sorted(detectors, key=lambda detector: (detector.order, detector.name))
        self.by_name = {detector.name: detector for detector in ordered}
        if len(self.by_name) != len(ordered):
            raise ValueError("two detectors have the same name: " + ", ".join(sorted(d.name for d in ordered)))
        self._calls: dict[str, Calls] = {}

    def under(self, rules: RuleBook) -> "Calls":
        """Return what is called for facts while a rule book is in force."""
        found = self._calls.get(rules.version)
        if found is None:
            if len(self._calls) >= MOST_BOOKS:
                self._calls.clear()
            found = self._calls[rules.version] = Calls(tuple(self.by_name.values()), rules)
        return found


class Calls:
    """What is called for a fact under one rule book: worked out once for each kind of entity and type of fact."""

    def __init__(self, detectors: tuple[Detector, ...], rules: RuleBook) -> None:
        self._detectors = detectors
        self._rules = rules
        self._found: dict[tuple[str, str, bool], tuple[FactCall, ...]] = {}

    def wanted(self, entity: str, fact: Fact, states: Mapping[str, Any]) -> tuple[FactCall, ...]:
        """Return the detectors to call, in order, for a fact about an entity with these states."""
        fact_type = fact.type
        key = (kind_of(entity), fact_type, RECORD not in states and not fact.verified)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = tuple((one.name, one.on_fact) for one in self._minding(*key))
        return found

    def _minding(self, kind: str, fact_type: str, stranger: bool) -> Iterator[Detector]:
        for one in self._detectors:
            if kind not in one.kinds or (one.facts is not None and fact_type not in one.facts):
                continue
            if not isinstance(one, Choosy) or one.minds(fact_type, self._rules, stranger=stranger):
                yield one
                stranger = stranger and one.name != RECORD  # those behind it may find the record that it has begun


@cache
def shipped(read_models: ReadModels = no_models) -> Registry:
    """Return the registry of all detectors in `processors/detectors/`: every module's `DETECTOR`."""
    import processors.detectors as package

    modules = sorted(module.name for module in iter_modules(package.__path__))
    return Registry(tuple(import_module(f"{package.__name__}.{name}").DETECTOR for name in modules), read_models)

"""Random sequences of calls, made on the fake and on the real store: answers and refusals must be the same."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from schemas.effects import NO_OFFSET, Change, Outputs, Slot
from schemas.identity import EventClaim, IdClaim, IdKey, IdMove
from schemas.signal import Signal
from sinks.base import Fenced, HistoryConflict, LostRace
from sinks.memory import MemoryLibrary, MemoryStateStore
from sinks.postgres import PostgresLibrary
from sinks.redis import RedisStateStore
from tests.contract.examples import change, signal

BOUNDED = settings(  # no shrinking: every attempt at it would be a conversation with two stores
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
RUNS = count()
KEYS = [IdKey("phone", "1"), IdKey("phone", "2"), IdKey("email", "1")]
few = st.integers(0, 3)
leads = st.sampled_from("abc")
texts = st.sampled_from(["x", "王", "", None])


class Twin(RuleBasedStateMachine):
    """A fake and a real store, and names that no other run uses: what is stored stays stored."""

    def __init__(self, fake: Any, real: Any, runner: asyncio.Runner) -> None:
        super().__init__()
        self.fake, self.real, self.runner = fake, real, runner
        self.run = f"{next(RUNS)}."
        self.slot = Slot("facts" + self.run, "9f86d081", 3)
        self.fences = {self.slot: NO_OFFSET}
        self.compared = 0

    def both(self, call: Callable[[Any], Awaitable[Any]]) -> Any:
        """Make a call on both stores, compare what comes of it, and return it."""
        fake, real = (self.runner.run(_outcome(call(store))) for store in (self.fake, self.real))
        self.compared += 1
        assert fake == real
        return fake

    def teardown(self) -> None:
        """A run that compared nothing has shown nothing."""
        assert self.compared

    def committed(self, outcome: Any, last: int) -> None:
        """Keep the fence in mind."""
        if outcome is None:
            self.fences[self.slot] = last


async def _outcome(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except (Fenced, HistoryConflict, LostRace, ValueError) as error:
        return type(error)


class LibraryTwin(Twin):
    """Event ids, identifiers that change hands, leads and inboxes."""

    fake: MemoryLibrary
    real: PostgresLibrary

    @rule(
        events=st.lists(st.tuples(st.integers(0, 9), few, leads), max_size=4),
        claims=st.lists(st.tuples(st.sampled_from(KEYS), leads, st.booleans()), max_size=3),
        moves=st.lists(st.tuples(st.sampled_from(KEYS), leads), max_size=2),
        number=st.integers(0, 9),
    )
    def claim(self, events: list[Any], claims: list[Any], moves: list[Any], number: int) -> None:
        run, event_id = self.run, f"{self.run}e{number}"
        taken = [EventClaim(f"{run}{n}", signal(offset).origin, run + lead) for n, offset, lead in events]
        made = [IdClaim(self._own(key), run + lead, sure, number, event_id) for key, lead, sure in claims]
        ended = [IdMove(self._own(key), run + lead, number, event_id) for key, lead in moves]
        self.both(lambda library: library.claim(taken, made, ended))

    @rule(
        shift=st.sampled_from([0, 0, 0, 0, 1, -1]),
        changes=st.lists(st.tuples(leads, few, st.sampled_from(["name", "phone"]), texts), max_size=4),
        signals=st.lists(st.tuples(few, few, st.sampled_from([None, "华东", "华南"])), max_size=3),
    )
    def commit(self, shift: int, changes: list[Any], signals: list[Any]) -> None:
        expected = self.fences[self.slot] + shift
        outputs = Outputs(changes=self._changes(changes), signals=[self._signal(*given) for given in signals])
        outcome = self.both(lambda library: library.commit("detect", self.slot, expected, expected + 1, outputs))
        self.committed(outcome, expected + 1)

    @rule(offset=few, index=few, recipient=few)
    def ack(self, offset: int, index: int, recipient: int) -> None:
        signal_id, name = f"{self.run}{offset}.{index}", f"rep:{self.run}{recipient}"
        self.both(lambda library: library.ack(signal_id, [name], "r17", 77))

    @invariant()
    def says_the_same(self) -> None:
        own = [self._own(key) for key in KEYS]
        names = [self.run + name for name in "abc"]
        self.both(lambda library: library.decisions([f"{self.run}{n}" for n in range(10)]))
        self.both(lambda library: library.lookup(own))
        self.both(lambda library: library.identifiers(names))
        self.both(lambda library: library.fence("detect", self.slot))
        self.both(lambda library: library.fences("detect", self.slot.topic, self.slot.partition))
        for name in names:
            self.both(lambda library, name=name: library.lead(name))
        for regions in (None, [], ["华东"]):
            fake, real = (self._listed(store, regions) for store in (self.fake, self.real))
            assert fake == real

    def _own(self, key: IdKey) -> IdKey:
        return IdKey(key.kind, self.run + key.value)

    def _changes(self, given: list[Any]) -> list[Change]:
        versions = {name: lead.version for name, lead in self.fake.leads.items()}
        made = [
            change(max(1, versions.get(self.run + lead, 0) + ahead), field, new, self.run + lead, at=50 * ahead)
            for lead, ahead, field, new in given
        ]
        return list({(row.lead, row.seq): row for row in made}.values())

    def _signal(self, offset: int, index: int, region: str | None) -> Signal:
        to = (f"rep:{self.run}{index}", f"role:{self.run}m")
        return signal(offset, index, to, signal_id=f"{self.run}{offset}.{index}", region=region)

    def _listed(self, library: Any, regions: list[str] | None) -> list[Any]:
        recipients = [f"role:{self.run}m", *(f"rep:{self.run}{n}" for n in range(3))]
        notices = self.runner.run(library.inbox(recipients, regions, 5))
        return [(notice.recipient, notice.signal, notice.acked_at, notice.acked_by) for notice in notices]


class StateTwin(Twin):
    """States, timers, views, inboxes, and an incarnation that changes."""

    fake: MemoryStateStore
    real: RedisStateStore

    @rule()
    def topic_is_made_anew(self) -> None:
        self.slot = self.slot._replace(incarnation=f"{len(self.fences):08x}")
        self.fences[self.slot] = NO_OFFSET

    @rule(
        shift=st.sampled_from([0, 0, 0, 0, 1, -1]),
        states=st.dictionaries(st.sampled_from(["lead:a", "~p", ""]), st.none() | st.binary(max_size=3)),
        timers=st.dictionaries(st.tuples(leads, st.sampled_from(["", "t", "t!"])), st.none() | few),
        views=st.dictionaries(st.sampled_from(["v:a", "v:b", "w:"]), st.none() | st.binary(max_size=3)),
    )
    def commit(self, shift: int, states: Any, timers: Any, views: Any) -> None:
        expected = self.fences[self.slot] + shift
        outputs = Outputs(states=states, timers=timers, views=views)
        outcome = self.both(lambda store: store.commit(self.slot, expected, expected + 2, outputs))
        self.committed(outcome, expected + 2)

    @rule(places=st.lists(st.tuples(few, few), max_size=4))
    def deliver(self, places: list[tuple[int, int]]) -> None:
        signals = [signal(*place, to=(f"rep:{self.run}{place[0] % 2}", f"rep:{self.run}")) for place in places]
        self.both(lambda store: store.deliver(self.slot, signals))

    @invariant()
    def says_the_same(self) -> None:
        self.both(lambda store: store.fence(self.slot))
        self.both(lambda store: store.fences(self.slot.topic, self.slot.partition))
        self.both(lambda store: store.load(self.slot, ["lead:a", "~p", ""]))
        for until in (-1, 1, 9):
            self.both(lambda store, until=until: store.due(self.slot, until))
        for view in "vw":
            self.both(lambda store, view=view: store.view(self.slot.topic, 3, view))

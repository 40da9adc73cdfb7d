"""Both stages on the shipped fakes, in one process: a log in memory, slices of any size, a crash at any await."""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import Any, Protocol

import msgspec
import orjson

from online_models.in_force import models_of
from processors.cleansing.record import CleansingOptions
from processors.decode import TimeLimits
from processors.detector import Registry, shipped
from processors.state import decode_entity
from schemas.effects import Slot
from schemas.fact import Fact
from schemas.registry import FileRegistry
from schemas.rules import RuleBook
from schemas.signal import Signal
from schemas.wire import Codec
from sinks.memory import MemoryLibrary, MemoryStateStore
from sinks.memory.kafka import MemoryProducer
from sinks.records import Record
from streams.settings import Settings
from streams.stages.cleanse import CleanseStage
from streams.stages.common import Surroundings
from streams.stages.detect import DetectStage
from streams.stages.ticker import Ticker
from streams.transport.slices import OwnRecord, Slice

INCARNATIONS = {"touchpoints": "aaaaaaaa", "facts": "bbbbbbbb", "examples": "cccccccc"}
JSON_HEADER = (("content-type", b"application/json"),)
CODEC = Codec(FileRegistry())


class Crash(Exception):
    """The call after which, or before which, everything stops."""


class Crashes(Protocol):
    """Whose calls are listed, and which of them is the last, before or after it took effect (0: none)."""

    calls: list[str]
    crash_before: int
    crash_after: int


class Crashing:
    """Hands calls on to a fake and crashes at the chosen one, before or after it took effect. Lists all calls."""

    def __init__(self, name: str, inner: Any, world: "Crashes") -> None:
        self._name, self._inner, self._world = name, inner, world

    def __getattr__(self, attribute: str) -> Any:
        target = getattr(self._inner, attribute)
        return self._wrapped(attribute, target) if iscoroutinefunction(target) else target

    def _wrapped(self, attribute: str, target: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any) -> Any:
            world = self._world
            world.calls.append(f"{self._name}.{attribute}")
            number = len(world.calls)
            if number == world.crash_before:
                raise Crash(f"before call {number}")
            result = await target(*arguments)
            if number == world.crash_after:
                raise Crash(f"after call {number}")
            return result

        return call


class World:
    """One worker, its stores and the log."""

    def __init__(
        self,
        rules: RuleBook,
        *,
        partitions: int = 2,
        cleanse_size: int = 5,
        detect_size: int = 5,
        registry: Registry | None = None,
    ) -> None:
        self.calls: list[str] = []
        self.crash_before = self.crash_after = 0
        self.crashes = 0
        self.settings = Settings(clock="events", touchpoint_partitions=partitions, fact_partitions=partitions)
        self.producer = MemoryProducer({"touchpoints": partitions, "facts": partitions})
        self.library, self.state = MemoryLibrary(), MemoryStateStore()
        self._registry = registry or shipped(models_of)
        self._rules = rules
        self._sizes = {"touchpoints": cleanse_size, "facts": detect_size}
        self._positions: dict[tuple[str, int], int] = {}
        self._turns = deque((topic, n) for topic in ("touchpoints", "facts") for n in range(partitions))
        self._start()

    def _start(self) -> None:
        around = Surroundings(
            self.settings, CODEC, Crashing("kafka", self.producer, self), Crashing("library", self.library, self),
            Crashing("state", self.state, self), INCARNATIONS, self._rules,
        )  # fmt: skip
        ticker = Ticker(
            around.producer, CODEC.encode_fact, topic="facts", partitions=self.settings.fact_partitions,
            of=self.settings.touchpoint_partitions, lateness=self.settings.allowed_lateness_ms, progress=self,
            wall=None,
        )  # fmt: skip
        self.cleanse = CleanseStage(around, ticker, CleansingOptions(self._rules.cleansing), TimeLimits())
        self.detect = DetectStage(around, self._registry)

    def caught_up(self, partition: int) -> bool:
        """See `Progress`."""
        return True

    def publish(self, events: Sequence[Any], received_at: int) -> None:
        """Append touchpoints (objects as JSON, bytes as they are) to the log, partition after partition in turn."""
        for number, event in enumerate(events):
            value = event if isinstance(event, bytes) else orjson.dumps(event)
            partition = number % self.settings.touchpoint_partitions
            record = Record("touchpoints", value, None, partition, received_at, JSON_HEADER)
            self.producer.records["touchpoints"].append(record)

    async def run(self) -> None:
        """Run both stages until nothing is left; after a crash, a new worker goes on from what the stores know.

        First all touchpoints, then all facts, one partition until it is empty and then the next, so that the order of
        the log is the same with and without crashes.
        """
        while True:
            try:
                await self._open()
                while await self._turn():
                    pass
                return
            except Crash:
                self.crashes += 1
                self._start()

    async def _open(self) -> None:
        for partition in range(self.settings.touchpoint_partitions):
            await self.cleanse.assigned(partition)
        for partition in range(self.settings.fact_partitions):
            offset = await self.detect.assigned(partition)
            assert offset is not None
            self._positions["facts", partition] = offset

    async def _turn(self) -> bool:
        """Handle a slice of the partition whose turn it is; False when no partition has anything left."""
        for topic, partition in list(self._turns):
            piece = self._piece(topic, partition)
            if piece is not None:
                await (self.cleanse if topic == "touchpoints" else self.detect).handle(piece)
                kept_as_written(piece)  # still: nobody may change what others are given, too
                self._positions[topic, partition] = piece.next_offset
                return True
            self._turns.rotate(-1)
        return False

    def _piece(self, topic: str, partition: int) -> Slice | None:
        log = [record for record in self.producer.records[topic] if record.partition == partition]
        begin = self._positions.get((topic, partition), 0)
        records = [logged(number, one) for number, one in enumerate(log[begin : begin + self._sizes[topic]], begin)]
        if not records:
            return None
        piece = Slice(topic, partition, 1, records, records[-1].offset + 1, len(log), 0)
        kept_as_written(piece)
        return piece

    # --- what came of it --------------------------------------------------------------------------------------

    def signals(self) -> Counter[str]:
        """Return the stored signals without what depends on the place in the log."""
        return Counter(_content(signal) for signal in self.library.signals)

    def inbox(self, recipient: str) -> Counter[str]:
        """Return a recipient's inbox likewise."""
        return Counter(_content(signal) for signal in self.state.inbox(recipient))

    def states(self) -> dict[str, Any]:
        """Return what the detectors remember of each entity, with hash chains and timers."""
        found: dict[str, Any] = {}
        for partition in range(self.settings.fact_partitions):
            slot = Slot("facts", INCARNATIONS["facts"], partition)
            for name, blob in self.state.states(slot).items():
                if not name.startswith("~"):
                    state = decode_entity(blob)
                    found[name] = (state.states, state.seq, state.hash, state.timers)
            found[f"timers {partition}"] = self.state.timers(slot)
        return found


def logged(offset: int, record: Record) -> OwnRecord:
    """Return a record as a worker hands it to itself."""
    return OwnRecord(offset, record.timestamp, record.key, record.value, record.headers, record.kept)


def kept_as_written(piece: Slice) -> None:
    """Look that what a worker hands to itself says the same as its bytes."""
    for record in piece.records:
        if isinstance(record, OwnRecord) and isinstance(record.kept, Fact):
            assert _typed(record.kept) == _typed(CODEC.decode_fact(record.value))


def _typed(value: Any) -> Any:
    """Return a value with the types of all that is in it."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        return {name: _typed(one) for name, one in value.items()}
    return type(value), [_typed(one) for one in value] if isinstance(value, list | tuple) else value


def _content(signal: Signal) -> str:
    plain = signal.as_json()
    del plain["signal_id"], plain["origin"]
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()

"""What both stages share: their surroundings, timing of steps, content types."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from time import perf_counter

from schemas.fact import Fact
from schemas.identity import IdLog
from schemas.ids import partition_of
from schemas.rules import RuleBook
from schemas.wire import Codec
from sinks.base import Library, StateStore
from sinks.records import Producer, Record
from streams.clock import wall_ms
from streams.metrics import WORKER_BATCH_RECORDS, WORKER_RECORDS, WORKER_SLICES, WORKER_STEP_SECONDS
from streams.registry import Learn, learn_nothing
from streams.settings import Settings

VERSION = version("whetstone")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a stage works with.

    `incarnations` maps the contract's topic names to their first 8 hex digits; `learn` is given the payloads of a
    slice before they are decoded (see `streams.registry.learner`).
    """

    settings: Settings
    codec: Codec
    producer: Producer
    library: Library
    state: StateStore
    incarnations: dict[str, str]
    rules: RuleBook
    learn: Learn = learn_nothing

    def fact_record(self, fact: Fact) -> Record:
        """Return the record that brings a fact to the partition of its entity."""
        partition = partition_of(fact.entity, self.settings.fact_partitions)
        return Record(self.settings.topic("facts"), self.codec.encode_fact(fact), fact.entity.encode(), partition)

    def identifiers_record(self, log: IdLog) -> Record:
        """Return the record that tells the copy of the lead library what became of a lead's identifiers."""
        return Record(self.settings.topic("lead-history"), self.codec.encode_identifiers(log), log.lead.encode())

    def stamp(self, component: str) -> tuple[str, str, int]:
        """Return what a rejected record says of who refused it: component, version, wall clock in ms."""
        return component, VERSION, wall_ms()


@contextmanager
def timed(stage: str, step: str) -> Iterator[None]:
    """Observe how long a step of a slice takes."""
    begun = perf_counter()
    try:
        yield
    finally:
        WORKER_STEP_SECONDS.labels(stage, step).observe(perf_counter() - begun)


def finished(stage: str, records: int) -> None:
    """Count a slice that is everywhere it belongs."""
    WORKER_SLICES.labels(stage).inc()
    WORKER_RECORDS.labels(stage).inc(records)
    WORKER_BATCH_RECORDS.labels(stage).observe(records)


def content_type(headers: Sequence[tuple[str, bytes | None]]) -> str | None:
    """Return the `content-type` header of a record, None when it has none."""
    for name, value in headers:
        if name.lower() == "content-type" and value is not None:
            return value.decode("latin-1")
    return None

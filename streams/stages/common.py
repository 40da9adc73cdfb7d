"""What the stages share: their surroundings, timing of steps, content types."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from time import perf_counter
from typing import Any

from prometheus_client import Counter, Histogram

from schemas.evidence import EvidenceLog
from schemas.fact import Fact
from schemas.identity import IdLog
from schemas.ids import partition_of_key
from schemas.rules import RuleBook
from schemas.wire import Codec
from sinks.base import Library, StateStore
from sinks.records import Producer, Record
from streams.clock import wall_ms
from streams.metrics import WORKER_BATCH_RECORDS, WORKER_RECORDS, WORKER_SLICES, WORKER_STEP_SECONDS
from streams.registry import Learn, learn_nothing
from streams.settings import Settings

VERSION = version("whetstone")
JSON_HEADER = ("content-type", b"application/json")  # what the gateway writes, and nothing besides


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

    def fact_records(self, facts: Sequence[Fact]) -> list[Record]:
        """Return the records that bring facts to the partitions of their entities."""
        topic, partitions = self.settings.topic("facts"), self.settings.fact_partitions
        encode = self.codec.encode_fact
        records = []
        for fact in facts:
            key = fact.entity.encode()
            records.append(Record(topic, encode(fact), key, partition_of_key(key, partitions), 0, (), fact))
        return records

    def copy_record(self, log: IdLog | EvidenceLog) -> Record:
        """Return the record that tells the copy of the lead library of identifiers or of evidence."""
        encode: Any = self.codec.encode_evidence if isinstance(log, EvidenceLog) else self.codec.encode_identifiers
        return Record(self.settings.topic("lead-history"), encode(log), log.lead.encode())

    def stamp(self, component: str) -> tuple[str, str, int]:
        """Return what a rejected record says of who refused it: component, version, wall clock in ms."""
        return component, VERSION, wall_ms()


async def both(first: Awaitable[None], second: Awaitable[None]) -> None:
    """Await two things side by side. Where one fails, the other still ends before the failure is raised."""
    for failed in await asyncio.gather(first, second, return_exceptions=True):
        if failed is not None:
            raise failed


class timed:
    """Observe how long a step of a slice takes: `with timed(stage, step): ...`; runs for every step of every slice."""

    __slots__ = ("_begun", "_seconds")

    def __init__(self, stage: str, step: str) -> None:
        self._seconds = _seconds_of(stage, step)

    def __enter__(self) -> None:
        self._begun = perf_counter()

    def __exit__(self, *_error: object) -> None:
        self._seconds.observe(perf_counter() - self._begun)


@cache
def _seconds_of(stage: str, step: str) -> Histogram:
    return WORKER_STEP_SECONDS.labels(stage, step)


@cache
def _finished(stage: str) -> tuple[Counter, Counter, Histogram]:
    return WORKER_SLICES.labels(stage), WORKER_RECORDS.labels(stage), WORKER_BATCH_RECORDS.labels(stage)


def finished(stage: str, records: int) -> None:
    """Count a slice that is everywhere it belongs."""
    slices, counted, sizes = _finished(stage)
    slices.inc()
    counted.inc(records)
    sizes.observe(records)


def content_type(headers: Sequence[tuple[str, bytes | None]]) -> str | None:
    """Return the `content-type` header of a record, None when it has none."""
    if len(headers) == 1 and headers[0] == JSON_HEADER:
        return "application/json"
    for name, value in headers:
        if name.lower() == "content-type" and value is not None:
            return value.decode("latin-1")
    return None

"""Facts: cleansed, typed, identity-resolved events, each addressed to one entity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec


class Origin(msgspec.Struct, frozen=True, order=True):
    """Where something came from: one output of one record of one incarnation of a topic.

    `topic` is the topic's name; `incarnation` 8 hex digits made of its topic id, because the embedded
    broker forgets its topics and begins again at offset 0; `index` counts the outputs of that record from 0.
    """

    topic: str
    incarnation: str
    partition: int
    offset: int
    index: int = 0

    @property
    def source(self) -> str:
        """The partition this came from, as a short key: `touchpoints.3.9f86d081`."""
        return f"{self.topic}.{self.partition}.{self.incarnation}"


class Note(NamedTuple):
    """One thing that cleansing did: which field, by which rule, and what stood there before."""

    field: str
    rule: str
    raw: str


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to one entity. Times are milliseconds since 1970-01-01 UTC.

    `at` is when it happened; `known_at` when we could first know it: duties of people count from the later.
    `data` holds the cleansed fields of the type in the catalogue (`schemas/catalogue`), unset ones left out.
    `lead` is the lead it is about where `entity` is somebody else (a rep, a deal). `via` are the identifiers
    (`kind:value`) by which the subject was recognised, kept so that a merge can be undone; `verified` are those
    of them that the front end had confirmed (by a code, say). Nobody changes any of it, however deep: the facts of a
    touchpoint share their data, from the stage that made them to the one that steps over them.
    """

    entity: str
    type: str
    at: int
    known_at: int
    origin: Origin
    event_id: str = ""
    source: str = ""
    rep_id: str | None = None
    lead: str | None = None
    data: Mapping[str, Any] = {}
    via: tuple[str, ...] = ()
    verified: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A control record: each source partition of `touchpoints` has been read up to a time (ms, lateness taken off).

    `sources` maps `Origin.source` of the partition to that time; `of` is how many partitions there are, so that
    the watermark waits until every one of them has spoken.
    """

    sources: Mapping[str, int]
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBookChange:
    """A control record: from here on this rule book holds. `document` is its canonical JSON."""

    version: str
    document: str
    applied_by: str
    applied_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChange:
    """A control record: from here on this model scores. `snapshot` is msgpack of plain data, never code."""

    name: str
    version: str
    snapshot: bytes


CONTROL_KEY = b"~control"  # of the record of a tick or a rule book, which is addressed to a partition
Control = Tick | RuleBookChange | ModelChange
FactRecord = Fact | Control

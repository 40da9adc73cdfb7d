"""Event ids as the database holds them: 16 bytes of BLAKE2b each, one after another."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from schemas.identity import EventClaim
from sinks.postgres.documents import int_array

Source = tuple[str, str, int]


def event_keys(event_ids: Iterable[str]) -> bytes:
    """Return the keys of event ids, 16 bytes each."""
    return b"".join(map(_key, event_ids))


@lru_cache(16_384)  # asked for, then claimed
def _key(event_id: str) -> bytes:
    return blake2b(event_id.encode(), digest_size=16).digest()


def by_source(events: Sequence[EventClaim]) -> list[tuple[Any, ...]]:
    """Return the arguments of one call of `claim_events` per source partition: none, or nearly always one."""
    sources = {(event.origin.topic, event.origin.incarnation, event.origin.partition) for event in events}
    if len(sources) == 1:
        return [_arguments(sources.pop(), events)]
    grouped: dict[Source, list[EventClaim]] = defaultdict(list)
    for event in events:
        grouped[(event.origin.topic, event.origin.incarnation, event.origin.partition)].append(event)
    return [_arguments(source, grouped[source]) for source in sorted(grouped)]


def _arguments(source: Source, events: Sequence[EventClaim]) -> tuple[Any, ...]:
    keys = event_keys([event.event_id for event in events])
    offsets = int_array([event.origin.offset for event in events])
    indexes = int_array([event.origin.index for event in events])
    return (*source, keys, offsets, indexes, [event.lead for event in events])

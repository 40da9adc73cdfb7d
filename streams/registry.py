"""Where schema ids come from: the files that ship, or the Confluent Schema Registry when its URL is set."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, runtime_checkable

from schemas.registry import FileRegistry, Registry
from streams.settings import Settings

Learn = Callable[[Iterable[bytes]], Awaitable[None]]


@runtime_checkable
class Learning(Protocol):
    """A registry that somebody else can add schemas to."""

    def unknown(self, payloads: Iterable[bytes], /) -> set[int]:
        """Return the ids in some records that have to be asked for; answers from memory."""

    def learn(self, schema_ids: Iterable[int], /) -> None:
        """Ask for schemas. Blocks; raises SinkUnavailable or SchemaRefused."""


def registry_of(settings: Settings) -> Registry:
    """Return the registry, opened. Blocks; raises SinkUnavailable or SchemaRefused, which say what to do."""
    if not settings.schema_registry_url:
        return FileRegistry()
    from sinks.schema_registry import SchemaRegistry  # its client takes long to import, and warns meanwhile

    registry = SchemaRegistry(settings.schema_registry_url)
    registry.open()
    return registry


async def learn_nothing(payloads: Iterable[bytes]) -> None:
    """Learn nothing: all schemas are there from the start."""


def learner(registry: Registry) -> Learn:
    """Return what asks a registry for the schemas of some records that are not known yet, before they are decoded.

    A registry that does not answer raises SinkUnavailable, so that a schema is only ever called unknown where the
    registry itself said so.
    """
    if not isinstance(registry, Learning):
        return learn_nothing
    known: Learning = registry

    async def learn(payloads: Iterable[bytes]) -> None:
        if ids := known.unknown(payloads):
            await asyncio.to_thread(known.learn, ids)

    return learn

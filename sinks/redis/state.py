"""The state store: one blob per entity, timers, views and the fence of each partition, and people's inboxes."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from redis.asyncio import RedisCluster
from redis.crc import key_slot

from schemas.effects import NO_OFFSET, Outputs, Slot, Timer
from schemas.signal import Signal
from sinks.base import Fenced
from sinks.redis.batches import brought_up, commit_call, deliveries, timer_of, view_key
from sinks.redis.client import STORE, Ask, Client, Script, unavailable
from sinks.redis.keys import inbox_key, partition_tag, seen_key
from sinks.redis.line import Line

INBOX_CAP = 1_000  # entries that a stream keeps, about


class RedisStateStore:
    """`StateStore` in Redis 6.2 or newer, Valkey, or a cluster of either.

    `client` must not decode answers (`sinks.redis.connect` makes one) and is closed with the store. Every method
    raises SinkUnavailable when the server is away, loading, read-only or full, and may be called again.
    """

    def __init__(self, client: Client, namespace: str, inbox_cap: int = INBOX_CAP) -> None:
        self._client = client
        self._namespace = namespace
        self._inbox_cap = inbox_cap
        self._line = None if isinstance(client, RedisCluster) else Line(client)
        self._ask: Ask = self._line or client.execute_command
        self._commit = Script("commit.lua")
        self._deliver = Script("deliver.lua")

    async def close(self) -> None:
        """Close every connection."""
        if self._line is not None:
            await self._line.close()
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def fence(self, slot: Slot) -> int:
        """See `StateStore`."""
        with unavailable():
            stored = await self._client.hget(self._tag(slot) + "fence", slot.incarnation)
        return NO_OFFSET if stored is None else int(stored)

    async def fences(self, topic: str, partition: int) -> Mapping[str, int]:
        """See `StateStore`."""
        with unavailable():
            stored: Any = await self._client.hgetall(partition_tag(self._namespace, topic, partition) + "fence")
        return {incarnation.decode(): int(at) for incarnation, at in stored.items()}

    async def load(self, slot: Slot, names: Sequence[str]) -> list[bytes | None]:
        """See `StateStore`."""
        if not names:
            return []
        prefix = self._tag(slot) + "s:"
        with unavailable():
            blobs: Any = await self._ask("MGET", *[prefix + name for name in names])
        return list(blobs)

    async def due(self, slot: Slot, until: int) -> list[Timer]:
        """See `StateStore`."""
        with unavailable():
            found: Any = await self._client.zrangebyscore(self._tag(slot) + "timers", "-inf", until, withscores=True)
        return [timer_of(member, due) for member, due in found]

    async def deliver(self, slot: Slot, signals: Sequence[Signal]) -> None:
        """See `StateStore`. A stream keeps about `inbox_cap` entries; what is older is in the library's inbox."""
        place = {recipient: self._place(recipient) for signal in signals for recipient in signal.to}
        source = f"{slot.topic}.{slot.partition}.{slot.incarnation}"
        for call in deliveries(signals, place):
            keys = [
                key
                for name in call.recipients
                for key in (inbox_key(self._namespace, name), seen_key(self._namespace, name))
            ]
            values = [source, self._inbox_cap, len(call.payloads), *call.payloads, *call.entries]
            await self._deliver(self._ask, keys, values)

    async def commit(self, slot: Slot, expected: int, last: int, outputs: Outputs) -> None:
        """See `StateStore`."""
        if last <= expected:
            raise ValueError(f"a fence only moves forward, not from {expected} to {last}")
        if not await self._commit(self._ask, *commit_call(self._tag(slot), slot, expected, last, outputs)):
            raise Fenced(STORE, slot, expected)

    async def bring_up(self, topic: str, partition: int, outputs: Outputs, fences: Mapping[str, int]) -> None:
        """See `StateStore`. Whatever fails on the way leaves the fences as they were."""
        tag = partition_tag(self._namespace, topic, partition)
        commands = brought_up(tag, outputs)
        if fences:
            commands.append(["HSET", tag + "fence", *(word for fence in fences.items() for word in fence)])
        with unavailable():
            for command in commands:
                await self._ask(*command)

    async def view(self, topic: str, partition: int, name: str) -> dict[str, bytes]:
        """Return one partition's part of a view: what `Outputs.views` stored under `name:member`, by member."""
        with unavailable():
            found: Any = await self._client.hgetall(view_key(partition_tag(self._namespace, topic, partition), name))
        return {member.decode(): value for member, value in found.items()}

    def _tag(self, slot: Slot) -> str:
        return partition_tag(self._namespace, slot.topic, slot.partition)

    def _place(self, recipient: str) -> int:
        """Return the slot of the cluster in which a recipient's inbox is; outside a cluster all are in one place."""
        in_cluster = isinstance(self._client, RedisCluster)
        return key_slot(inbox_key(self._namespace, recipient).encode()) if in_cluster else 0

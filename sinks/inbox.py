"""Reading people's inbox streams for the live page, and telling the others who hold a role of an acknowledgement.

Stream `NAMESPACE:inbox:RECIPIENT`; an entry has either the field `signal` (JSON of the signal, written by the state
store's `deliver`) or `ack` (JSON `{"signal_id", "by", "at"}`, written here). Entry ids are given by Redis.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

import msgspec
from redis.asyncio import RedisCluster
from redis.exceptions import RedisError

from sinks.base import SinkUnavailable
from sinks.redis.client import Client
from sinks.redis.keys import inbox_key

START = "0-0"  # before the first entry


class Entry(NamedTuple):
    """One entry of an inbox stream: whose, its id, what it is, its JSON text and what that says."""

    recipient: str
    id: str
    kind: Literal["signal", "ack"]
    text: bytes
    content: dict[str, Any]


class Inboxes(Protocol):
    """Inbox streams: Redis, or the fake. Every call raises SinkUnavailable when they cannot be reached."""

    async def last(self, recipients: Sequence[str]) -> Mapping[str, str]:
        """Return the id of each stream's newest entry, `0-0` where there is none."""

    async def since(self, recipient: str, after: str, limit: int) -> list[Entry] | None:
        """Return the entries after an id, oldest first; None when there are more than `limit` or some are gone."""

    async def read(self, positions: Mapping[str, str], block_ms: int) -> list[Entry]:
        """Return what is newer than these positions, waiting up to `block_ms` for something to come."""

    async def append_ack(self, recipient: str, ack: Mapping[str, Any]) -> None:
        """Tell all who read this inbox that a signal has been acknowledged."""

    async def first_use(self, token: str, ttl_s: int) -> bool:
        """Whether this token is used for the first time; remembered for `ttl_s` seconds."""


def entry_order(entry_id: str) -> tuple[int, int]:
    """Return what entry ids are ordered by. Raises ValueError for what is not an id."""
    ms, _, number = entry_id.partition("-")
    return int(ms), int(number)


def make_entry(recipient: str, entry_id: str, fields: Mapping[bytes, bytes]) -> Entry | None:
    """Return an entry from its fields, None for one that is neither a signal nor an acknowledgement."""
    for kind in ("signal", "ack"):
        text = fields.get(kind.encode())
        if text is not None:
            try:
                return Entry(recipient, entry_id, kind, text, msgspec.json.decode(text, type=dict[str, Any]))
            except msgspec.MsgspecError:
                return None
    return None


class RedisInboxes:
    """Inbox streams in Redis, below a namespace. `client` must not decode answers."""

    def __init__(self, client: Client, namespace: str, capped: int = 1_000) -> None:
        self._client = client
        self._namespace = namespace
        self._capped = capped

    async def last(self, recipients: Sequence[str]) -> Mapping[str, str]:
        """See `Inboxes.last`."""
        pipeline = self._client.pipeline(transaction=False)
        for recipient in recipients:
            pipeline.xrevrange(self._key(recipient), count=1)
        answers = await _reach(pipeline.execute())
        return {
            recipient: answer[0][0].decode() if answer else START
            for recipient, answer in zip(recipients, answers, strict=True)
        }

    async def since(self, recipient: str, after: str, limit: int) -> list[Entry] | None:
        """See `Inboxes.since`."""
        key = self._key(recipient)
        pipeline = self._client.pipeline(transaction=False)
        pipeline.xrange(key, min=f"({after}", count=limit + 1)
        pipeline.xrange(key, count=1)
        rows, oldest = await _reach(pipeline.execute())
        cut = after != START and (not oldest or entry_order(oldest[0][0].decode()) > entry_order(after))
        if len(rows) > limit or cut:
            return None
        return _entries(recipient, rows)

    async def read(self, positions: Mapping[str, str], block_ms: int) -> list[Entry]:
        """See `Inboxes.read`."""
        if not isinstance(self._client, RedisCluster):
            return await self._read(positions, block_ms)
        # The inboxes lie on several nodes of a cluster, and one XREAD reads from one.
        parts = await asyncio.gather(*(self._read({name: at}, block_ms) for name, at in positions.items()))
        return [entry for part in parts for entry in part]

    async def _read(self, positions: Mapping[str, str], block_ms: int) -> list[Entry]:
        owners = {self._key(recipient).encode(): recipient for recipient in positions}
        streams: dict[Any, Any] = dict(zip(owners, positions.values(), strict=True))
        answer = await _reach(self._client.xread(streams, count=500, block=block_ms))
        pairs = answer.items() if isinstance(answer, dict) else answer or ()
        found: list[Entry] = []
        for key, rows in pairs:
            # RESP3 answers with a list more around each stream's entries than RESP2 does.
            flat = rows[0] if isinstance(answer, dict) and rows and isinstance(rows[0], list) else rows
            found += _entries(owners[key], flat)
        return found

    def _key(self, recipient: str) -> str:
        return inbox_key(self._namespace, recipient)

    async def append_ack(self, recipient: str, ack: Mapping[str, Any]) -> None:
        """See `Inboxes.append_ack`."""
        key = self._key(recipient)
        await _reach(self._client.xadd(key, {"ack": msgspec.json.encode(ack)}, maxlen=self._capped, approximate=True))

    async def first_use(self, token: str, ttl_s: int) -> bool:
        """See `Inboxes.first_use`."""
        return bool(await _reach(self._client.set(f"{self._namespace}:once:{token}", b"1", nx=True, ex=ttl_s)))


async def _reach(call: Any) -> Any:
    try:
        return await call
    except (RedisError, OSError) as error:
        raise SinkUnavailable("redis", type(error).__name__) from error


def _entries(recipient: str, rows: Sequence[Any]) -> list[Entry]:
    made = (make_entry(recipient, entry_id.decode(), fields) for entry_id, fields in rows if fields)
    return [entry for entry in made if entry is not None]

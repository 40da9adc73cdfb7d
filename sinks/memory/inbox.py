"""The shipped fake of the inbox streams."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sinks.base import SinkUnavailable
from sinks.inbox import START, Entry, entry_order, make_entry


class MemoryInboxes:
    """Inbox streams in lists, capped as the real ones. While `outage` is set, every call raises SinkUnavailable."""

    def __init__(self, capped: int = 1_000) -> None:
        self.outage = False
        self._capped = capped
        self._entries: defaultdict[str, list[Entry]] = defaultdict(list)
        self._used: set[str] = set()
        self._number = 0
        self._grown = asyncio.Event()

    def deliver(self, recipient: str, signal: Mapping[str, Any], at: int = 1) -> None:
        """Append a signal (its JSON form), as the state store does; `at` (ms) becomes the id's first half."""
        self._append(recipient, "signal", signal, at)

    async def last(self, recipients: Sequence[str]) -> Mapping[str, str]:
        """See `Inboxes.last`."""
        self._reach()
        return {name: self._entries[name][-1].id if self._entries[name] else START for name in recipients}

    async def since(self, recipient: str, after: str, limit: int) -> list[Entry] | None:
        """See `Inboxes.since`."""
        self._reach()
        held = self._entries[recipient]
        newer = [entry for entry in held if entry_order(entry.id) > entry_order(after)]
        cut = after != START and (not held or entry_order(held[0].id) > entry_order(after))
        return None if len(newer) > limit or cut else newer

    async def read(self, positions: Mapping[str, str], block_ms: int) -> list[Entry]:
        """See `Inboxes.read`."""
        self._reach()
        found = self._newer(positions)
        if not found:
            self._grown.clear()
            try:
                async with asyncio.timeout(block_ms / 1000):
                    await self._grown.wait()
            except TimeoutError:
                return []
            found = self._newer(positions)
        return found

    async def append_ack(self, recipient: str, ack: Mapping[str, Any]) -> None:
        """See `Inboxes.append_ack`."""
        self._reach()
        self._append(recipient, "ack", ack, 1)

    async def first_use(self, token: str, ttl_s: int) -> bool:
        """See `Inboxes.first_use`."""
        self._reach()
        fresh = token not in self._used
        self._used.add(token)
        return fresh

    def _append(self, recipient: str, kind: str, content: Mapping[str, Any], at: int) -> None:
        self._number += 1
        newest = entry_order(self._entries[recipient][-1].id)[0] if self._entries[recipient] else 0
        entry_id = f"{max(at, newest)}-{self._number}"
        entry = make_entry(recipient, entry_id, {kind.encode(): msgspec.json.encode(content)})
        if entry is None:
            raise ValueError("not an entry of an inbox")
        self._entries[recipient] = [*self._entries[recipient], entry][-self._capped :]
        self._grown.set()

    def _newer(self, positions: Mapping[str, str]) -> list[Entry]:
        return [
            entry
            for recipient, place in positions.items()
            for entry in self._entries[recipient]
            if entry_order(entry.id) > entry_order(place)
        ]

    def _reach(self) -> None:
        if self.outage:
            raise SinkUnavailable("redis", "an outage was asked for")

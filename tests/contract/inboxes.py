"""Reading an inbox of either state store."""

from typing import Any

import orjson

from sinks.memory import MemoryStateStore
from sinks.redis import inbox_key
from tests.contract.conftest import AnyStateStore


async def inbox(store: AnyStateStore, recipient: str) -> list[dict[str, Any]]:
    """Return the signals of a recipient, oldest first, in their public form."""
    if isinstance(store, MemoryStateStore):
        return [given.as_json() for given in store.inbox(recipient)]
    entries: Any = await store._client.xrange(inbox_key(store._namespace, recipient))
    return [orjson.loads(fields[b"signal"]) for _, fields in entries]

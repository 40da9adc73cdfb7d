"""Connections to Redis, scripts, and Redis' errors told apart by what the caller should do."""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha1
from importlib.resources import files
from typing import Any

from redis import exceptions
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from sinks.base import SinkUnavailable

STORE = "redis"
Client = Redis | RedisCluster
Ask = Callable[..., Awaitable[Any]]  # runs one command, given by its words

# redis-py takes the code off the text of errors that have a class of their own; the others still begin with it.
_FOR_NOW = re.compile(r"\b(MISCONF|NOREPLICAS|BUSY|UNBLOCKED|FAILOVER)\b")
_UNREACHABLE = (
    exceptions.ConnectionError,  # BusyLoadingError is one, too
    exceptions.TimeoutError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    exceptions.ClusterDownError,  # MasterDownError is one, too
    exceptions.TryAgainError,
    exceptions.RedisClusterException,
    OSError,
)


def connect(url: str, *, cluster: bool = False, timeout: float = 10.0) -> Client:
    """Return a client that connects when it is first used; `timeout` (s) bounds the wait for an answer.

    A lost connection is made anew once per call; whatever is called here may safely run twice.
    """
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": min(timeout, 3.0),
        "socket_keepalive": True,
    }
    if cluster:
        return RedisCluster.from_url(url, **options)
    return Redis.from_url(url, retry=Retry(NoBackoff(), 1), **options)


@contextmanager
def unavailable() -> Iterator[None]:
    """Turn what passes by itself (no connection, loading, read-only, out of memory, …) into SinkUnavailable."""
    try:
        yield
    except _UNREACHABLE as error:
        raise SinkUnavailable(STORE, str(error) or type(error).__name__) from error
    except exceptions.ResponseError as error:
        if not _FOR_NOW.search(str(error)):
            raise
        raise SinkUnavailable(STORE, str(error)) from error


class Script:
    """A Lua script that ships with this package, called by its digest and sent anew to a server without it."""

    def __init__(self, name: str) -> None:
        self._text = (files("sinks.redis") / name).read_text("utf-8")
        self._digest = sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, ask: Ask, keys: Sequence[str], values: Sequence[Any]) -> Any:
        """Run the script; raises SinkUnavailable."""
        with unavailable():
            try:
                return await ask("EVALSHA", self._digest, len(keys), *keys, *values)
            except exceptions.NoScriptError:
                return await ask("EVAL", self._text, len(keys), *keys, *values)

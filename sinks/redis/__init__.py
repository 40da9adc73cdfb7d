"""Entity state, timers, views and inboxes in Redis."""

from sinks.redis.client import connect
from sinks.redis.keys import inbox_key
from sinks.redis.state import RedisStateStore

__all__ = ["RedisStateStore", "connect", "inbox_key"]

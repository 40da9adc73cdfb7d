"""The shipped fakes: stores in plain dictionaries that behave as Postgres and Redis do, for tests and replay."""

from sinks.memory.library import MemoryLibrary
from sinks.memory.state import MemoryStateStore

__all__ = ["MemoryLibrary", "MemoryStateStore"]

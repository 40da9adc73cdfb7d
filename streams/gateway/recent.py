"""The ids that this gateway has seen lately: enough to tell a client that its retry was one."""

from collections import OrderedDict
from collections.abc import Iterable


class RecentIds:
    """A bounded window of event ids; the one added longest ago leaves first.

    It only counts: what it has forgotten, or what came through another gateway, is recognised behind the gateway.
    """

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._ids: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, event_id: str) -> bool:
        return event_id in self._ids

    def add(self, event_ids: Iterable[str]) -> None:
        """Remember ids that Kafka holds."""
        self._ids.update(dict.fromkeys(event_ids))
        while len(self._ids) > self._capacity:
            self._ids.popitem(last=False)

"""A bounded cache of decoded entity states of one partition, least recently used out first."""

from collections import OrderedDict
from collections.abc import Iterable

from processors.state import EntityState


class EntityCache:
    """Decoded states by entity. A slice may hold more than `size` for its own time; `trim` brings it back."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: OrderedDict[str, EntityState] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        return name in self._held

    def __len__(self) -> int:
        return len(self._held)

    def put(self, name: str, state: EntityState) -> None:
        """Keep a state that was just loaded."""
        self._held[name] = state

    def pick(self, names: Iterable[str]) -> dict[str, EntityState]:
        """Return the held states of these names, which become the most recently used."""
        picked = {}
        for name in names:
            picked[name] = self._held[name]
            self._held.move_to_end(name)
        return picked

    def trim(self) -> None:
        """Let the least recently used go until `size` are left."""
        while len(self._held) > self._size:
            self._held.popitem(last=False)

"""Who is told that partitions come and go."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from faust.types import TP


class Listener(Protocol):
    """Who handles slices, and must know when partitions come and go. `Lanes` is one."""

    def assigned(self, partitions: Mapping[TP, int]) -> None:
        """Partitions have been assigned, with their generation; each is delivered from `open_partition` on."""

    async def revoked(self, partitions: Iterable[TP], within: float) -> None:
        """Start nothing new for these partitions and return when nothing is running, or after `within` seconds."""

    async def idle(self, within: float) -> None:
        """Start nothing new and return when nothing is running, or after `within` seconds."""

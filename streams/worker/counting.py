"""Counts anew how common names and other values are, when the library has doubled: rare agreement is worth more."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from processors.resolver.packed import unpack
from processors.resolver.population import counted, to_document
from streams.chores import Chore

log = logging.getLogger(__name__)

FIRST, SAMPLED = 500, 20_000  # records: before the first count, and of each
EVERY_S = 300.0


class Countable(Protocol):
    """What is asked of the library."""

    async def population(self) -> Mapping[str, Any] | None:
        """See `Evidence`."""

    async def evidence_sample(self, size: int) -> tuple[Sequence[bytes], int]:
        """See `Evidence`."""

    async def keep_population(self, document: bytes) -> None:
        """See `Evidence`."""


async def count(library: Countable) -> bool:
    """Count if the library has at least doubled since the last time; return whether it was done."""
    before = await library.population()
    _, people = await library.evidence_sample(1)
    if people < max(FIRST, 2 * int(before["people"]) if before else 0):
        return False
    sample, people = await library.evidence_sample(SAMPLED)
    population = await asyncio.to_thread(lambda: counted(map(unpack, sample), people))
    await library.keep_population(to_document(population))
    return True


def counting(library: Countable) -> Chore:
    """Return the chore that counts where it is time to. Workers may do it at once: it does no harm."""

    async def work() -> None:
        if await count(library):
            log.info("how common values are was counted anew")

    return Chore("counting how common values are", work, EVERY_S, EVERY_S)

"""Whether the state lacks what the library took and no log gives back: then it must be brought up from the library."""

from collections.abc import Mapping

from schemas.effects import NO_OFFSET, Slot

Fences = Mapping[str, int]  # of one partition: how far a store is in each incarnation of the topic


class StateBehind(Exception):
    """The state store lacks what the library took from a log that is gone, or has lost its beginning. Stop."""

    def __init__(self, slot: Slot) -> None:
        super().__init__(
            f"the state of {slot.topic}[{slot.partition}] lacks what PostgreSQL holds, and the topic cannot give it"
            " back: Redis was lost or restored without the topic, or the library came from a backup. Stop all workers,"
            " then run `whetstone prepare`: it brings the state up from the library"
        )


def lacks(slot: Slot, stored: Fences, held: Fences) -> bool:
    """Tell whether the state lacks something of a former incarnation of the topic, by the fences of the library
    (`stored`) and of the state store (`held`)."""
    return any(at > held.get(made, NO_OFFSET) for made, at in stored.items() if made != slot.incarnation)


def cut(begins: int, stored: int, held: int) -> bool:
    """Tell whether the log begins (first offset) behind what the state holds, and the library knows what was there."""
    return begins > held + 1 and stored > held

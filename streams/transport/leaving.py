"""Leaving a consumer group whose generations count from 0."""

from typing import Any

KNOWN = 1  # any generation that aiokafka takes for one; a request to leave names the member only


def leave_any_generation(coordinator: Any) -> None:
    """Let a coordinator of aiokafka leave its group in the first generation, too.

    Kafka's first generation is 1, Tansu's is 0, which aiokafka takes for not being a member: it would say nothing, and
    the next worker of the group would wait until the session of one that is gone has run out.
    """
    leave = coordinator._maybe_leave_group

    async def leave_first() -> None:
        if coordinator.generation == 0:
            coordinator.generation = KNOWN
        await leave()

    coordinator._maybe_leave_group = leave_first

"""What is asked of a group's coordinator while it moves from one broker to another."""

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from streams.services.backlog import committed

WANTED = [TopicPartition("facts", 0)]
ANSWER = [TopicPartition("facts", 0, 7)]


class Coordinator:
    """Stands for a consumer: refuses with these codes first."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        assert partitions == WANTED
        assert timeout > 0
        if self.codes:
            raise KafkaException(KafkaError(self.codes.pop(0)))
        return ANSWER


def offsets(coordinator: Any, patience: float = 5.0) -> list[TopicPartition]:
    return list(committed(coordinator, WANTED, patience))


def test_a_coordinator_that_moves_is_asked_again() -> None:
    coordinator = Coordinator(
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError._TIMED_OUT,
    )
    assert offsets(coordinator) == ANSWER
    assert coordinator.codes == []


def test_other_failures_are_told_at_once() -> None:
    coordinator = Coordinator(KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.NOT_COORDINATOR)
    with pytest.raises(KafkaException, match="GROUP_AUTHORIZATION_FAILED"):
        offsets(coordinator)
    assert coordinator.codes == [KafkaError.NOT_COORDINATOR]


def test_a_coordinator_that_never_settles_is_told_in_the_end() -> None:
    with pytest.raises(KafkaException, match="NOT_COORDINATOR"):
        offsets(Coordinator(*[KafkaError.NOT_COORDINATOR] * 1_000), patience=0.0)

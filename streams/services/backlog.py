"""What was accepted and is not processed yet. The embedded broker forgets it when it stops, so `down` waits for it."""

from collections import deque
from collections.abc import Collection, Sequence
from time import monotonic

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from schemas.fact import CONTROL_KEY
from streams.kafka_config import client_config
from streams.services.errors import ServiceError
from streams.settings import Settings
from streams.waiting import wait_until

TOPICS = ("touchpoints", "facts", "examples")
TIMEOUT = 10.0  # seconds for one request
PATIENCE = 30.0  # seconds until a group has a coordinator: a broker that has just begun names one, and it refuses
STILL = 30.0  # seconds without any answer until a partition has no end that could be waited for
BATCH = 5_000
UNSETTLED = frozenset(
    (
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError._WAIT_COORD,
        KafkaError._TIMED_OUT,  # no answer within `TIMEOUT`: a machine under load
    )
)


def committed(
    consumer: Consumer, partitions: list[TopicPartition], patience: float = PATIENCE
) -> Sequence[TopicPartition]:
    """Return a group's committed offsets, asking again for `patience` seconds while its coordinator moves or is slow.

    librdkafka asks a few times only. Raises KafkaException for anything else, and after that time.
    """
    found: list[TopicPartition] = []
    refused: list[KafkaException] = []

    def asked() -> bool:
        try:
            found.extend(consumer.committed(partitions, timeout=TIMEOUT))
        except KafkaException as failed:
            if failed.args[0].code() not in UNSETTLED:
                raise
            refused.append(failed)
            return False
        return True

    if not wait_until(asked, patience):
        raise refused[-1]
    return found


class Backlog:
    """Counts the records behind the workers' committed offsets, without joining their group.

    Ticks are not counted: they come every second and ask for nothing. What a broker says about the end of a
    partition on request is not trusted (the embedded one is wrong), only what a fetch reports.
    """

    def __init__(self, settings: Settings, still: float = STILL) -> None:
        self._still = still
        self._consumer = Consumer(
            client_config(settings)
            | {
                "group.id": settings.namespace,
                "enable.auto.commit": "false",
                "enable.partition.eof": "true",
                "auto.offset.reset": "earliest",
            }
        )
        self._names = {settings.topic(topic): topic for topic in TOPICS}
        self._next: dict[tuple[str, int], int] = {}  # the first record not seen yet
        self._open: dict[tuple[str, int], deque[int]] = {}  # records seen, not committed
        self._partitions = self._list()
        for partition in self._committed():
            self._next[partition.topic, partition.partition] = max(partition.offset, 0)
            self._open[partition.topic, partition.partition] = deque()

    def close(self) -> None:
        """Let go of the connections."""
        self._consumer.close()

    def count(self) -> dict[str, int]:
        """Return how many records of each topic (the contract's name) are not processed.

        All zero means that nothing is left: the topics are read once more after the offsets were asked for, and
        whatever a processed record led to was written before it was committed.
        """
        self._read_to_end()
        self._forget_committed()
        if not any(self._open.values()):
            self._read_to_end()
        counts = dict.fromkeys(TOPICS, 0)
        for (name, _), waiting in self._open.items():
            counts[self._names[name]] += len(waiting)
        return counts

    def _list(self) -> list[TopicPartition]:
        topics = self._consumer.list_topics(timeout=TIMEOUT).topics
        present = [name for name in self._names if name in topics and topics[name].error is None]
        return [TopicPartition(name, number) for name in present for number in topics[name].partitions]

    def _committed(self) -> Sequence[TopicPartition]:
        return committed(self._consumer, self._partitions) if self._partitions else []

    def _forget_committed(self) -> None:
        for partition in self._committed():
            waiting = self._open[partition.topic, partition.partition]
            while waiting and waiting[0] < partition.offset:
                waiting.popleft()

    def _read_to_end(self) -> None:
        # Assigned anew each time: the end of a partition is only reported once per assignment.
        self._consumer.assign([TopicPartition(*key, offset) for key, offset in self._next.items()])
        unfinished = set(self._next)
        heard = monotonic()
        while unfinished:
            messages = self._consumer.consume(BATCH, timeout=0.1)
            if messages:
                heard = monotonic()
            elif monotonic() - heard > self._still:
                raise ServiceError(_endless(unfinished))
            for message in messages:
                key = message.topic(), message.partition()
                error = message.error()
                if error is not None and error.code() == KafkaError._PARTITION_EOF:
                    unfinished.discard(key)
                elif error is not None:
                    raise KafkaException(error)
                else:
                    self._next[key] = message.offset() + 1
                    if message.key() != CONTROL_KEY:
                        self._open[key].append(message.offset())


def _endless(partitions: Collection[tuple[str, int]]) -> str:
    """Say that a broker tells no end: workers committed what lies behind it, as when it was replaced under them."""
    names = ", ".join(f"{topic} {number}" for topic, number in sorted(partitions))
    return (
        f"the broker tells no end of {names}: it was replaced while workers ran. `whetstone up` starts what is "
        "missing; --force stops everything without waiting for what is not processed"
    )

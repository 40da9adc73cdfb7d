"""Reading a topic from its beginning to its end as it is now, in batches of bounded size."""

from collections.abc import Generator

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.kafka_config import client_config
from streams.settings import Settings
from streams.topics import reach

PATIENCE = 30.0  # seconds that a broker may be silent
WAIT = 0.5


def records_of(settings: Settings, topic: str, partitions: int, at_once: int = 5_000) -> Generator[list[Message]]:
    """Give all records of a topic (the contract's name), in order within a partition.

    Raises KafkaException when no broker can be reached, or falls silent for half a minute.
    """
    reach(settings)
    consumer = Consumer({
        **client_config(settings),
        "group.id": f"{settings.namespace}-reading",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
    })  # fmt: skip
    try:
        name = settings.topic(topic)
        consumer.assign([TopicPartition(name, number, OFFSET_BEGINNING) for number in range(partitions)])
        open_partitions, silent = set(range(partitions)), 0.0
        while open_partitions:
            messages = consumer.consume(at_once, WAIT)
            silent = 0.0 if messages else silent + WAIT
            if silent >= PATIENCE:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"nothing came for {PATIENCE:g} s"))
            if found := [message for message in messages if not _ended(message, open_partitions)]:
                yield found
    finally:
        consumer.close()


def _ended(message: Message, open_partitions: set[int]) -> bool:
    """Take note that a partition was read to its end; raise what else is wrong."""
    error = message.error()
    if error is None:
        return False
    if error.code() != KafkaError._PARTITION_EOF:
        raise KafkaException(error)
    open_partitions.discard(message.partition() or 0)
    return True

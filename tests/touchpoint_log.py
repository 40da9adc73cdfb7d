"""Reading the log of touchpoints in a test."""

from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from streams.kafka_config import client_config
from streams.settings import Settings


def from_the_beginning(settings: Settings, **config: Any) -> Consumer:
    """Return a consumer of all touchpoints that joins no group: the embedded broker takes 20 seconds to let one in.

    `config` are properties of librdkafka, with `_` for each dot.
    """
    more = {name.replace("_", "."): value for name, value in config.items()}
    consumer = Consumer({**client_config(settings), "group.id": "none", "enable.auto.commit": False, **more})
    topic, partitions = settings.topic("touchpoints"), range(settings.touchpoint_partitions)
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    return consumer

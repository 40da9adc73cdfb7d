"""Where replay reads from: a file of touchpoints, or the facts of a running installation."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from processors.decode import decode_object
from schemas.fact import FactRecord
from schemas.outcome import Refusal
from schemas.touchpoint import Touchpoint
from schemas.wire import Codec
from streams.kafka_config import client_config
from streams.settings import Settings

POLL_S = 30.0  # how long the broker may be silent before replay gives up


def touchpoints(path: Path) -> Iterator[Touchpoint | Refusal]:
    """Yield what each line of a JSONL file holds. Nothing reads a clock: an event was received when it occurred."""
    with path.open("rb") as lines:
        for line in lines:
            if line.strip():
                yield _touchpoint(line)


def _touchpoint(line: bytes) -> Touchpoint | Refusal:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return Refusal("not_json", "", "one JSON object in UTF-8")
    found = decode_object(event, FOREVER)
    if isinstance(found, Refusal):
        return found
    return Touchpoint(
        **{name: getattr(found, name) for name in found.__struct_fields__ if name != "received_at"},
        received_at=found.occurred_at,
    )


FOREVER = 253_402_300_799_000  # ms of the year 9999: later than any event


def batches(events: Iterator[Touchpoint | Refusal], size: int) -> Iterator[list[Touchpoint | Refusal]]:
    """Yield lists of at most `size` events."""
    while batch := list(islice(events, size)):
        yield batch


def facts(settings: Settings, codec: Codec, partition: int) -> Iterator[tuple[int, FactRecord]]:
    """Yield (offset, record) of a `facts` partition from its beginning to its end as it is now.

    Raises KafkaException when the broker is silent for half a minute, CodecError on bytes that cannot be read.
    """
    config = {
        **client_config(settings),
        "group.id": f"{settings.namespace}-replay",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
    }
    consumer = Consumer(config)
    try:
        consumer.assign([TopicPartition(settings.topic("facts"), partition, OFFSET_BEGINNING)])
        while True:
            message = consumer.poll(POLL_S)
            if message is None:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"nothing came for {POLL_S:g} s"))
            error = message.error()
            if error is None:
                yield message.offset(), codec.decode_fact(message.value() or b"")
            elif error.code() == KafkaError._PARTITION_EOF:
                return
            else:
                raise KafkaException(error)
    finally:
        consumer.close()

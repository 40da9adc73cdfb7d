"""The topics: what they are called, how they are divided, how long they keep. Made up front, never on first use."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from schemas.times import DAY
from streams.kafka_config import client_config
from streams.settings import Settings
from streams.waiting import wait_until

TIMEOUT = 30.0  # seconds for one request to the cluster
ANSWERED = 10.0  # seconds in which a broker must have answered somebody who has just begun
PATIENCE = 30.0  # seconds until a topic that a broker does not know does not exist: one under load learns late
FOREVER = -1
MEBIBYTE = 1024 * 1024


class TopicMismatch(Exception):
    """A topic exists with another number of partitions than the settings say."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `keep` is how long records stay, in milliseconds; `config` holds further broker settings."""

    name: str
    partitions: int
    keep: int
    purpose: str
    config: Mapping[str, str] = field(default_factory=dict)

    def broker_config(self, replication: int) -> dict[str, str]:
        """Return the topic's configuration: with three replicas, two must hold a record before it is accepted."""
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.keep),
            "min.insync.replicas": str(max(1, replication - 1)),
            **self.config,
        }


def declared(settings: Settings) -> tuple[Topic, ...]:
    """Return all topics of an installation, under the contract's names (without the prefix)."""
    touchpoints, facts = settings.touchpoint_partitions, settings.fact_partitions
    roomy = {"max.message.bytes": str(2 * MEBIBYTE)}  # the largest touchpoint, and what we say about it
    return (
        Topic("touchpoints", touchpoints, 30 * DAY, "raw events as front ends sent them"),
        Topic("facts", facts, 400 * DAY, "cleansed events by entity, ticks, rule books, models: what replay reads"),
        Topic("signals", facts, 90 * DAY, "what was noticed, for other systems"),
        Topic("examples", 1, 400 * DAY, "what the learner learns from, in one order"),
        Topic("rejected", touchpoints, 30 * DAY, "what was not accepted, with the original bytes and why", roomy),
        Topic("lead-history", facts, FOREVER, "the second copy of the history of leads"),
    )


def admin(settings: Settings) -> AdminClient:
    """Return a client for the cluster's administration."""
    return AdminClient(client_config(settings))


def reach(settings: Settings, patience: float = ANSWERED) -> None:
    """Raise KafkaException when no broker answers within `patience` seconds: sooner than a request gives up."""
    admin(settings).list_topics(timeout=patience)


def ensure_topics(settings: Settings) -> list[str]:
    """Make the topics that do not exist; return the real names of those made. Safe to call at any time, by many.

    Raises TopicMismatch, before anything is made, when an existing topic is divided otherwise than the settings
    say; KafkaException when the cluster does not answer.
    """
    reach(settings)
    client = admin(settings)
    wanted = {settings.topic(topic.name): topic for topic in declared(settings)}
    present = _partitions(client, list(wanted))
    _refuse_mismatch(wanted, present)
    missing = [
        NewTopic(
            name,
            num_partitions=topic.partitions,
            replication_factor=settings.kafka_replication,
            config=topic.broker_config(settings.kafka_replication),
        )
        for name, topic in wanted.items()
        if name not in present
    ]
    made = _create(client, missing) if missing else []
    if not wait_until(lambda: len(_partitions(client, list(wanted))) == len(wanted), TIMEOUT):
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "topics were made, but the brokers do not show them"))
    _refuse_mismatch(wanted, _partitions(client, list(wanted)))  # another process may have made them meanwhile
    return made


def missing_topics(settings: Settings, patience: float = PATIENCE) -> list[str]:
    """Return the real names of topics that do not exist; asks again for `patience` seconds. Changes nothing.

    Raises TopicMismatch as `ensure_topics` does; KafkaException when the cluster does not answer.
    """
    client = admin(settings)
    wanted = {settings.topic(topic.name): topic for topic in declared(settings)}
    wait_until(lambda: len(_partitions(client, list(wanted))) == len(wanted), patience)
    present = _partitions(client, list(wanted))
    _refuse_mismatch(wanted, present)
    return [name for name in wanted if name not in present]


def incarnation(settings: Settings, topic: str) -> str:
    """Return 8 hex digits made of a topic's id: others whenever the topic is made anew.

    `topic` is the contract's name. Raises KafkaException when there is no such topic.
    """
    return incarnations(settings, [topic])[topic]


def incarnations(settings: Settings, topics: Sequence[str], patience: float = PATIENCE) -> dict[str, str]:
    """Return the incarnation of each of these topics (the contract's names), in one request.

    A broker of a cluster learns of a new topic a moment after the one that made it: for `patience` seconds a
    topic that is not known is asked for again. Raises KafkaException after that.
    """
    reach(settings)
    client = admin(settings)
    names = [settings.topic(topic) for topic in topics]
    wait_until(lambda: len(_describe(client, names)) == len(names), patience)
    found = _describe(client, names)
    if missing := [name for name in names if name not in found]:
        raise KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART, f"no such topic: {', '.join(missing)}"))
    return {topic: _digest(found[settings.topic(topic)].topic_id) for topic in topics}


def first_offsets(settings: Settings, topic: str) -> dict[int, int]:
    """Return the first offset that each partition of a topic (the contract's name) still has.

    Raises KafkaException when the cluster does not answer, or there is no such topic.
    """
    name, client = settings.topic(topic), admin(settings)
    partitions = _partitions(client, [name]).get(name, 0)
    asked = {TopicPartition(name, number): OffsetSpec.earliest() for number in range(partitions)}
    found = client.list_offsets(asked, request_timeout=TIMEOUT)
    return {place.partition: future.result().offset for place, future in found.items()}


def _digest(topic_id: Any) -> str:
    # Of the whole id: the embedded broker's are UUIDv7, whose first 8 digits stay the same for a minute.
    halves = topic_id.get_most_significant_bits(), topic_id.get_least_significant_bits()
    return blake2b(b"".join(half.to_bytes(8, "big", signed=True) for half in halves), digest_size=4).hexdigest()


def _describe(client: AdminClient, names: Sequence[str]) -> dict[str, Any]:
    """Return the descriptions of those topics that the broker asked knows."""
    described = client.describe_topics(TopicCollection(list(names)), request_timeout=TIMEOUT)
    answers = {name: _unless(future, KafkaError.UNKNOWN_TOPIC_OR_PART) for name, future in described.items()}
    return {name: answer for name, answer in answers.items() if answer is not None}


def _partitions(client: AdminClient, names: Sequence[str]) -> dict[str, int]:
    return {name: len(description.partitions) for name, description in _describe(client, names).items()}


def _refuse_mismatch(wanted: Mapping[str, Topic], present: Mapping[str, int]) -> None:
    for name, count in present.items():
        expected = wanted[name].partitions
        if count != expected:
            raise TopicMismatch(_mismatch(wanted[name].name, name, count, expected))


def _mismatch(topic: str, name: str, count: int, expected: int) -> str:
    if topic == "examples":
        return f"topic {name} has {count} partitions, and needs {expected}: the learner reads one order. Make it anew"
    setting = "TOUCHPOINT_PARTITIONS" if topic in ("touchpoints", "rejected") else "FACT_PARTITIONS"
    return (
        f"topic {name} has {count} partitions, the settings say {expected}. Entities belong to partitions, so the "
        f"number is fixed when the topic is made: set WHETSTONE_{setting}={count}, or choose a new "
        "WHETSTONE_TOPIC_PREFIX and replay into the new topics"
    )


def _create(client: AdminClient, topics: Sequence[NewTopic]) -> list[str]:
    """Create topics; one that another process made in the meantime is not counted."""
    made = []
    for name, future in client.create_topics(list(topics), operation_timeout=TIMEOUT, request_timeout=TIMEOUT).items():
        if _unless(future, KafkaError.TOPIC_ALREADY_EXISTS, otherwise=True):
            made.append(name)
    return made


def _unless(future: "Future[Any]", code: int, *, otherwise: Any = None) -> Any:
    """Return a future's result (`otherwise` where that is None), None when it failed with this one error."""
    try:
        result = future.result()
    except KafkaException as failed:
        if failed.args[0].code() == code:
            return None
        raise
    return otherwise if result is None else result

"""Topics are made once, as declared, and never silently with another number of partitions."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from streams.settings import Settings
from streams.topics import TopicMismatch, admin, declared, ensure_topics, incarnation, incarnations
from streams.waiting import wait_until


def delete(settings: Settings, name: str) -> None:
    client = admin(settings)  # must outlive its futures
    for future in client.delete_topics([settings.topic(name)], operation_timeout=30).values():
        future.result()


def test_makes_every_topic_once(isolated_settings: Settings) -> None:
    names = {isolated_settings.topic(topic.name) for topic in declared(isolated_settings)}
    assert set(ensure_topics(isolated_settings)) == names
    assert ensure_topics(isolated_settings) == []


def test_partitions_are_as_declared(isolated_settings: Settings) -> None:
    settings = isolated_settings.model_copy(update={"touchpoint_partitions": 3, "fact_partitions": 5})
    ensure_topics(settings)
    metadata = AdminClient({"bootstrap.servers": settings.kafka_brokers}).list_topics(timeout=10)
    counts = {topic.name: len(metadata.topics[settings.topic(topic.name)].partitions) for topic in declared(settings)}
    assert counts == {
        "touchpoints": 3, "facts": 5, "signals": 5, "examples": 1, "rejected": 3, "lead-history": 5,
    }  # fmt: skip


def test_many_processes_may_make_them_at_once(isolated_settings: Settings) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [name for names in pool.map(ensure_topics, [isolated_settings] * 4) for name in names]
    assert len(made) == len(set(made)) == len(declared(isolated_settings))


@pytest.mark.parametrize(("setting", "topic"), [("fact_partitions", "facts"), ("touchpoint_partitions", "touchpoints")])
def test_refuses_another_number_of_partitions(isolated_settings: Settings, setting: str, topic: str) -> None:
    ensure_topics(isolated_settings)
    other = isolated_settings.model_copy(update={setting: 13})
    with pytest.raises(TopicMismatch, match=rf"{topic} has 4 partitions, the settings say 13.*{setting.upper()}=4"):
        ensure_topics(other)


def test_no_setting_is_named_for_the_topic_that_has_one_order(isolated_settings: Settings) -> None:
    client = admin(isolated_settings)  # must outlive its futures
    for future in client.create_topics([NewTopic(isolated_settings.topic("examples"), num_partitions=3)]).values():
        future.result()
    with pytest.raises(TopicMismatch, match=r"examples has 3 partitions, and needs 1: the learner(?!.*WHETSTONE_)"):
        ensure_topics(isolated_settings)


def test_an_incarnation_changes_when_the_topic_is_made_anew(isolated_settings: Settings) -> None:
    ensure_topics(isolated_settings)
    first = incarnation(isolated_settings, "facts")
    assert re.fullmatch("[0-9a-f]{8}", first)
    assert incarnation(isolated_settings, "facts") == first
    delete(isolated_settings, "examples")
    delete(isolated_settings, "facts")
    made: set[str] = set()  # a broker of a cluster may show for a moment what another has deleted
    assert wait_until(lambda: bool(made.update(ensure_topics(isolated_settings)) or len(made) == 2), timeout=20)
    assert incarnation(isolated_settings, "facts") != first


def test_topics_of_one_installation_differ(isolated_settings: Settings) -> None:
    ensure_topics(isolated_settings)
    names = [topic.name for topic in declared(isolated_settings)]
    found = incarnations(isolated_settings, names)
    assert set(found) == set(names)
    assert len(set(found.values())) == len(names)


def test_there_is_no_incarnation_of_what_does_not_exist(isolated_settings: Settings) -> None:
    with pytest.raises(KafkaException, match=r"no such topic: .*facts"):
        incarnations(isolated_settings, ["facts"], patience=0)

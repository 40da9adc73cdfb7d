"""Workers as processes on a real broker: exact counts, clean ends, rebalances while busy."""

import signal
from collections.abc import Iterator

import pytest
from confluent_kafka import ConsumerGroupState

from streams.services.ports import free_port
from streams.settings import Settings
from streams.waiting import wait_until
from tests.integration.workers import (
    PARTITIONS,
    PATIENCE,
    Store,
    abort_one_commit_one,
    fill,
    make_topic,
    state_of_the_group,
    store,
    worker_processes,
)
from tests.services import chosen

pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.fixture
def settings(isolated_settings: Settings) -> Settings:
    return isolated_settings.model_copy(update={"worker_session_timeout_s": 6.0})


@pytest.fixture
def topic(settings: Settings) -> str:
    return make_topic(settings)


@pytest.fixture
def seen(settings: Settings, topic: str) -> Iterator[Store]:
    with store(settings, topic) as made:
        yield made


def test_every_record_counts_once_and_a_worker_that_is_asked_to_end_commits_all(
    settings: Settings, topic: str, seen: Store
) -> None:
    expected = fill(settings, topic, 20_000)
    with worker_processes(settings, topic) as start:
        worker = start()
        worker.wait_until_ready()
        assert wait_until(lambda: seen.counts() == expected, PATIENCE), worker.log()
        assert worker.end() == 0, worker.log()
    assert seen.committed() == dict.fromkeys(range(PARTITIONS), 20_000 // PARTITIONS)


def test_a_worker_that_is_asked_to_end_finishes_what_it_began(settings: Settings, topic: str, seen: Store) -> None:
    fill(settings, topic, 4_000)
    with worker_processes(settings, topic) as start:
        worker = start(pause=0.2, limits={"records": 50})
        worker.wait_until_handled()
        assert worker.end() == 0, worker.log()
    committed = seen.committed()
    fences = {partition: seen.fence(partition) + 1 for partition in range(PARTITIONS)}
    assert {partition: max(offset, 0) for partition, offset in committed.items()} == fences
    assert 0 < sum(fences.values()) < 4_000


def test_the_first_worker_of_a_group_leaves_it_when_it_ends(settings: Settings, topic: str) -> None:
    with worker_processes(settings, topic) as start:
        worker = start()
        worker.wait_for(lambda line: "assigned" in line)
        assert state_of_the_group(settings) == ConsumerGroupState.STABLE
        assert worker.end() == 0, worker.log()
    assert state_of_the_group(settings) == ConsumerGroupState.EMPTY


def test_what_a_stage_raises_ends_the_process_and_is_not_committed(settings: Settings, topic: str, seen: Store) -> None:
    fill(settings, topic, 400, partitions=1)
    with worker_processes(settings, topic) as start:
        worker = start(fail_at=250, limits={"records": 100})
        assert worker.process.wait(PATIENCE) == 1
        assert "told to fail at 250" in worker.log()
    assert seen.fence(0) == 199
    assert seen.committed()[0] == 200


def test_a_second_worker_joins_while_the_first_is_busy(settings: Settings, topic: str, seen: Store) -> None:
    expected = fill(settings, topic, 8_000)
    with worker_processes(settings, topic) as start:
        first = start(pause=0.5, limits={"records": 50})
        first.wait_until_handled()
        second = start(pause=0.1, limits={"records": 50})
        second.wait_until_handled()
        assert seen.committed_is_never_ahead()
        assert first.end() == 0, first.log()
        assert wait_until(lambda: seen.counts() == expected, PATIENCE), second.log()
        assert second.end() == 0, second.log()
    assert seen.counts() == expected


def test_a_handler_slower_than_the_session_keeps_its_partition(settings: Settings, topic: str, seen: Store) -> None:
    expected = fill(settings, topic, 40)
    with worker_processes(settings, topic) as start:
        worker = start(pause=settings.worker_session_timeout_s + 2)
        assert wait_until(lambda: seen.counts() == expected, PATIENCE), worker.log()
        worker.wait_for(lambda line: "handled" in line)
        assert not any("revoked" in line for line in worker.lines)
        assert worker.end() == 0, worker.log()


def test_a_paused_worker_that_wakes_up_does_no_harm(settings: Settings, topic: str, seen: Store) -> None:
    expected = fill(settings, topic, 6_000)
    with worker_processes(settings, topic) as start:
        first = start(pause=0.2, limits={"records": 50})
        first.wait_until_handled()
        first.process.send_signal(signal.SIGSTOP)
        second = start(pause=0.02, limits={"records": 50})
        second.wait_until_handled()
        first.process.send_signal(signal.SIGCONT)
        assert wait_until(lambda: seen.counts() == expected, PATIENCE), second.log()
        assert first.end() == 0, first.log()
        assert second.end() == 0, second.log()
    assert seen.counts() == expected


def test_a_broker_that_is_not_there_ends_the_process_with_a_failure(settings: Settings, topic: str) -> None:
    nowhere = settings.model_copy(update={"kafka_brokers": f"127.0.0.1:{free_port()}"})
    with worker_processes(nowhere, topic) as start:
        worker = start()
        assert worker.process.wait(PATIENCE) == 1
        assert "The worker ends" in worker.log()


@pytest.mark.skipif(chosen() == "embedded", reason="the embedded broker has no transactions")
def test_transactions_that_were_aborted_do_not_count_and_markers_hold_nothing_up(
    settings: Settings, topic: str, seen: Store
) -> None:
    expected = fill(settings, topic, 400)
    abort_one_commit_one(settings, topic, aborted=b"never", committed=b"done")
    with worker_processes(settings, topic) as start:
        worker = start()
        assert wait_until(lambda: seen.counts() == {**expected, "done": PARTITIONS}, PATIENCE), worker.log()
        assert worker.end() == 0, worker.log()
    per_partition = 400 // PARTITIONS + 4  # an aborted record, its marker, a committed record, its marker
    assert seen.committed() == dict.fromkeys(range(PARTITIONS), per_partition)

"""Everything up and down again: nothing that was accepted is lost on the way down."""

import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from confluent_kafka import Consumer, Producer, TopicPartition

from streams.commands.services import down, status, up
from streams.kafka_config import client_config
from streams.services import ServiceError, Stack
from streams.services.backlog import Backlog
from streams.services.fleet import FEW, Fleet
from streams.services.own import Gateway, Notifier, Worker
from streams.services.process import Record
from streams.settings import Settings
from streams.stages.ticker import CONTROL_KEY
from streams.topics import ensure_topics
from streams.waiting import wait_until

pytestmark = pytest.mark.services
STAND_IN = [sys.executable, str(Path(__file__).with_name("stand_in.py"))]


class StandInGateway(Gateway):
    def command(self, port: int) -> list[str]:
        return [*STAND_IN, "gateway"]


class StandInWorker(Worker):
    def command(self, port: int) -> list[str]:
        return [*STAND_IN, "worker"]


class StandInNotifier(Notifier):
    def command(self, port: int) -> list[str]:
        return [*STAND_IN, "notifier"]


class IdleWorker(Worker):
    def command(self, port: int) -> list[str]:
        return [*STAND_IN, "idle worker"]


class FailingWorker(Worker):
    def command(self, port: int) -> list[str]:
        return [*STAND_IN, "failing worker"]


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    folder = Path(tempfile.mkdtemp(prefix="whetstone-fleet-"))
    folder.chmod(0o755)
    made = Fleet(Stack(folder / "data", durable=False), StandInGateway, StandInWorker, StandInNotifier)
    yield made
    made.down(0, force=True)
    made.stack.remove()
    shutil.rmtree(folder)


def produce(settings: Settings, topic: str, count: int, key: bytes | None = None) -> None:
    producer = Producer(client_config(settings))
    for number in range(count):
        producer.produce(settings.topic(topic), b"x", key=key, partition=number % 4)
    assert producer.flush(20) == 0


def commit(settings: Settings, topic: str, offset: int, partitions: int = 4) -> None:
    with closing(Consumer(client_config(settings) | {"group.id": settings.namespace})) as consumer:
        offsets = [TopicPartition(settings.topic(topic), number, offset) for number in range(partitions)]
        consumer.commit(offsets=offsets, asynchronous=False)


def test_the_backlog_is_what_no_worker_committed(isolated_settings: Settings) -> None:
    ensure_topics(isolated_settings)
    with closing(Backlog(isolated_settings)) as backlog:
        assert backlog.count() == {"touchpoints": 0, "facts": 0, "examples": 0}
        produce(isolated_settings, "touchpoints", 40)
        produce(isolated_settings, "facts", 8, key=b"lead:1")
        assert backlog.count() == {"touchpoints": 40, "facts": 8, "examples": 0}
        commit(isolated_settings, "touchpoints", 7)
        assert backlog.count() == {"touchpoints": 12, "facts": 8, "examples": 0}
        commit(isolated_settings, "touchpoints", 10)
        commit(isolated_settings, "facts", 2)
        assert backlog.count() == {"touchpoints": 0, "facts": 0, "examples": 0}


def test_ticks_are_no_backlog(isolated_settings: Settings) -> None:
    ensure_topics(isolated_settings)
    produce(isolated_settings, "facts", 40, key=CONTROL_KEY)
    produce(isolated_settings, "facts", 4, key=b"lead:1")
    with closing(Backlog(isolated_settings)) as backlog:
        assert backlog.count() == {"touchpoints": 0, "facts": 4, "examples": 0}
        commit(isolated_settings, "facts", 11)
        assert backlog.count() == {"touchpoints": 0, "facts": 0, "examples": 0}


@pytest.mark.slow
def test_up_twice_and_down(fleet: Fleet) -> None:
    said: list[str] = []
    settings = fleet.up(2, said.append)
    assert {"worker: started", "worker-2: started", "gateway: started"} <= set(said)
    assert [one.name for one in fleet.status() if one.healthy] == [
        "postgres", "redis", "kafka", "worker-2", "worker", "gateway",
    ]  # fmt: skip
    said.clear()
    assert fleet.up(2, said.append) == settings
    assert not any(line.endswith(": started") for line in said)
    fleet.down(60, report=said.append)
    assert not any(one.running for one in fleet.status())


def test_a_killed_worker_is_started_again(fleet: Fleet) -> None:
    fleet.up(1)
    record = Record.read(fleet.stack.record("worker"))
    assert record
    psutil.Process(record.pid).send_signal(signal.SIGKILL)
    assert wait_until(lambda: record.process is None, 10)
    said: list[str] = []
    fleet.up(1, said.append)
    assert "worker: started" in said
    assert "gateway: already running" in said


@pytest.mark.slow
def test_workers_that_outlived_their_broker_begin_anew_and_down_ends(fleet: Fleet) -> None:
    settings = fleet.up(2)
    before = {name: Record.read(fleet.stack.record(name)) for name in ("kafka", "worker", "worker-2", "gateway")}
    assert before["kafka"]
    psutil.Process(before["kafka"].pid).send_signal(signal.SIGKILL)
    assert wait_until(lambda: before["kafka"] is not None and before["kafka"].process is None, 10)
    said: list[str] = []
    fleet.up(1, said.append)
    assert (
        said.index("worker-2: stopped") < said.index("Tansu (Kafka protocol): started") < said.index("worker: started")
    )
    assert {"worker-2: started", "gateway: already running"} <= set(said)
    produce(settings, "touchpoints", 8)
    fleet.down(60, report=said.append)
    assert not any(one.running for one in fleet.status())


def test_an_offset_behind_the_end_of_a_partition_is_told_and_not_waited_for(isolated_settings: Settings) -> None:
    ensure_topics(isolated_settings)
    commit(isolated_settings, "facts", 361)
    with closing(Backlog(isolated_settings, still=2.0)) as backlog:
        try:
            assert backlog.count()["facts"] == 0  # Apache Kafka sets such a reader back to what there is
        except ServiceError as error:
            assert "it was replaced while workers ran" in str(error)  # noqa: PT017 (the other outcome is right, too)


@pytest.mark.slow
def test_a_notifier_is_started_where_a_channel_is_configured(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.up(1)
    assert "notifier" not in {one.name for one in fleet.status()}
    monkeypatch.setenv("WHETSTONE_NOTIFY_CHANNELS", "{}")
    said: list[str] = []
    fleet.up(1, said.append)
    assert "notifier: started" in said
    assert {one.name for one in fleet.status() if one.healthy} >= {"worker", "gateway", "notifier"}
    fleet.down(60, report=said.append)
    assert "notifier: stopped" in said


@pytest.mark.slow
def test_down_waits_for_what_was_accepted(fleet: Fleet) -> None:
    settings = fleet.services_up()
    produce(settings, "touchpoints", 400)
    said: list[str] = []
    fleet.down(60, report=said.append)
    assert any(line.endswith("400 touchpoints left") for line in said)
    # No worker ran: one is started for it, and stopped when nothing is left.
    assert said.index("worker: started") < said.index("worker: stopped") < said.index("Tansu (Kafka protocol): stopped")


@pytest.mark.slow
def test_down_refuses_to_lose_what_nobody_processes(fleet: Fleet) -> None:
    idle = Fleet(fleet.stack, StandInGateway, IdleWorker)
    settings = idle.up(1)
    produce(settings, "touchpoints", 5)
    with pytest.raises(ServiceError, match=r"5 touchpoints are not processed after 1 s.*--force"):
        idle.down(1)
    running = {one.name for one in idle.status() if one.running}
    assert running == {"postgres", "redis", "kafka", "worker"}
    idle.down(1, force=True)
    assert not any(one.running for one in idle.status())


@pytest.mark.slow
def test_a_worker_that_ends_by_itself_is_told_and_not_waited_for(fleet: Fleet) -> None:
    failing = Fleet(fleet.stack, StandInGateway, FailingWorker)
    settings = failing.up(1)
    produce(settings, "touchpoints", 5)
    why = r"Worker: ended by itself: The worker ends: TooManyFailures\(5\); its log: .*worker\.log"
    with pytest.raises(ServiceError, match=rf"5 touchpoints are not processed \({why}\).*--force"):
        failing.down(60)
    told = {one.name: one.error for one in failing.status()}
    assert told["worker"].startswith("ended by itself: The worker ends: TooManyFailures(5); ")
    assert told["gateway"] == "not running"  # that one was asked to
    failing.down(0, force=True)
    assert {one.error for one in failing.status()} == {"not running"}


def test_another_number_of_partitions_is_refused(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fleet.services_up().fact_partitions == FEW
    fleet.stack.down()
    monkeypatch.setenv("WHETSTONE_FACT_PARTITIONS", "5")
    with pytest.raises(ServiceError, match=f"WHETSTONE_FACT_PARTITIONS={FEW}"):
        fleet.services_up()


def test_a_folder_keeps_the_partitions_that_it_was_made_with(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as chosen:
        chosen.setenv("WHETSTONE_FACT_PARTITIONS", "8")
        fleet.services_up()
        assert fleet.stack.settings().touchpoint_partitions == FEW
    fleet.stack.down()
    settings = fleet.services_up()
    assert (settings.touchpoint_partitions, settings.fact_partitions) == (FEW, 8)
    assert fleet.stack.settings() == settings


def test_the_commands(tmp_path: Path) -> None:
    runner = CliRunner()
    folder = ["--data-dir", str(tmp_path / "data")]
    assert runner.invoke(status, folder).exit_code == 1
    try:
        started = runner.invoke(up, [*folder, "--services-only"])
        assert started.exit_code == 0, started.output
        assert "Topics: 6 made" in started.output
        listed = json.loads(runner.invoke(status, [*folder, "--json"]).output)
        assert [one["name"] for one in listed if one["healthy"]] == ["postgres", "redis", "kafka"]
    finally:
        stopped = runner.invoke(down, folder)
    assert stopped.exit_code == 0, stopped.output
    assert "PostgreSQL: stopped" in stopped.output
    Stack(tmp_path / "data").remove()


def test_down_where_nothing_was_ever_started(tmp_path: Path) -> None:
    result = CliRunner().invoke(down, ["--data-dir", str(tmp_path / "data")])
    assert result.exit_code == 0
    assert "Nothing was ever started" in result.output
    assert not (tmp_path / "data").exists()

"""The embedded services come up whatever ended the last run, and hold their data."""

import asyncio
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from streams.services import ServiceError, Stack
from streams.services.postgres import Postgres
from streams.services.process import Record, lives, spawn, stop
from streams.services.service import Service
from streams.services.tansu import Tansu
from streams.services.valkey import Valkey
from streams.settings import Settings
from streams.waiting import wait_until

pytestmark = pytest.mark.services


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not below pytest's folder: as root that is closed to the services' account, which has a test of its own.
    path = Path(tempfile.mkdtemp(prefix="whetstone-stack-"))
    path.chmod(0o755)
    yield path / "data"
    shutil.rmtree(path)


@pytest.fixture
def stack(folder: Path) -> Iterator[Stack]:
    made = Stack(folder, durable=False)
    yield made
    made.remove()


@pytest.fixture(scope="module")
def shared() -> Iterator[Stack]:
    path = Path(tempfile.mkdtemp(prefix="whetstone-stack-"))
    path.chmod(0o755)
    made = Stack(path / "data", durable=False)
    made.up()
    yield made
    made.remove()
    path.rmdir()


def only(folder: Path, kind: type[Service]) -> Stack:
    return Stack(folder, (kind,), durable=False)


def process(stack: Stack, name: str) -> psutil.Process:
    record = Record.read(stack.record(name))
    assert record is not None
    found = record.process
    assert found is not None
    return found


def said(stack: Stack) -> list[str]:
    lines: list[str] = []
    stack.up(lines.append)
    return lines


def value(settings: Settings) -> object:
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        return client.get("kept")


def test_up_twice_starts_once(stack: Stack) -> None:
    assert all(line.endswith(": started") for line in said(stack))
    before = [process(stack, kind.name).pid for kind in stack.kinds]
    assert all(line.endswith("already running") for line in said(stack))
    assert [process(stack, kind.name).pid for kind in stack.kinds] == before
    assert all(health.healthy for health in stack.status())


def test_many_ups_at_once_start_one_set(stack: Stack) -> None:
    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(said, [stack] * 3))
    assert sum(line.endswith(": started") for report in reports for line in report) == len(stack.kinds)


def test_down_leaves_nothing_running_and_data_stay(stack: Stack) -> None:
    settings = stack.up()
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        client.set("kept", "yes")
    with psycopg.connect(settings.postgres_dsn.get_secret_value(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    processes = [process(stack, kind.name) for kind in stack.kinds]
    stack.down()
    assert not any(map(lives, processes))
    assert [health.error for health in stack.status()] == ["not running"] * 3
    again = stack.up()
    assert value(again) == b"yes"
    with psycopg.connect(again.postgres_dsn.get_secret_value()) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_addresses_and_passwords_survive_a_restart(stack: Stack) -> None:
    first = stack.up()
    text = stack.env_file.read_text(encoding="utf-8")
    stack.down()
    assert stack.up() == first
    assert stack.env_file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("kind", [Postgres, Valkey, Tansu])
def test_comes_back_after_kill_9(folder: Path, kind: type[Service]) -> None:
    stack = only(folder, kind)
    try:
        stack.up()
        killed = process(stack, kind.name)
        killed.send_signal(signal.SIGKILL)
        assert wait_until(lambda: not stack.status()[0].running, 10)
        assert said(stack) == [f"{kind.title}: started"]
        assert stack.status()[0].healthy
        assert process(stack, kind.name).pid != killed.pid
    finally:
        stack.remove()


@pytest.mark.slow  # it is given ten seconds to end by itself
def test_a_hung_service_is_replaced(folder: Path) -> None:
    stack = only(folder, Valkey)
    try:
        stack.up()
        hung = process(stack, "redis")
        hung.suspend()
        assert "does not answer" in stack.status()[0].error
        stack.up()
        assert stack.status()[0].healthy
        assert process(stack, "redis").pid != hung.pid
    finally:
        stack.remove()


def test_a_lost_record_does_not_start_a_second_server_on_the_same_data(folder: Path) -> None:
    stack = only(folder, Valkey)
    try:
        stack.up()
        first = process(stack, "redis")
        stack.record("redis").unlink()
        stack.up()
        assert not lives(first)
    finally:
        stack.remove()


def test_a_pid_that_belongs_to_somebody_else_is_left_alone(folder: Path) -> None:
    stack = only(folder, Postgres)
    try:
        stack.up()
        record = Record.read(stack.record("postgres"))
        assert record
        stack.down()
        # After a crash and a reboot the pids of the files may belong to other programs, such as this one.
        Record(os.getpid(), began=1.0, port=record.port).write(stack.record("postgres"))
        (stack.data_dir / "postgres/data/postmaster.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
        stack.up()
        assert stack.status()[0].healthy
    finally:
        stack.remove()


def test_a_taken_port_leads_to_another(folder: Path) -> None:
    stack = only(folder, Valkey)
    try:
        first = stack.up()
        record = Record.read(stack.record("redis"))
        assert record
        stack.down()
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", record.port))
            taken.listen()
            second = stack.up()
        assert second.redis_url != first.redis_url
        assert value(second) is None
    finally:
        stack.remove()


def test_the_reason_and_the_log_are_told(folder: Path) -> None:
    stack = only(folder, Postgres)
    try:
        stack.up()
        stack.down()
        (stack.data_dir / "postgres/data/postgresql.conf").write_text("no_such_setting = 1\n", encoding="ascii")
        with pytest.raises(ServiceError, match=r"(?s)PostgreSQL ended while it was starting.*no_such_setting"):
            stack.up()
    finally:
        stack.remove()


def test_secrets_are_private_and_not_in_the_process_list(shared: Stack) -> None:
    settings = shared.settings()
    for file in (shared.env_file, shared.data_dir / "secrets.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secrets = re.findall(r"[0-9a-f]{48}", shared.env_file.read_text(encoding="utf-8"))
    assert len(secrets) == 3
    listed = " ".join(word for one in psutil.process_iter(["cmdline"]) for word in one.info["cmdline"] or ())
    assert str(shared.data_dir) in listed
    assert not any(secret in listed for secret in secrets)
    assert len(settings.secret.get_secret_value()) >= 32


def test_nobody_gets_in_without_the_password(shared: Stack) -> None:
    settings = shared.settings()
    dsn, url = settings.postgres_dsn.get_secret_value(), settings.redis_url.get_secret_value()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(re.sub(r":[0-9a-f]{48}@", ":wrong@", dsn))
    with (
        redis.Redis.from_url(re.sub(r":[0-9a-f]{48}@", "", url)) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_services_listen_on_loopback_only(shared: Stack) -> None:
    for kind in shared.kinds:
        addresses = {one.laddr.ip for one in process(shared, kind.name).net_connections() if one.status == "LISTEN"}
        assert addresses == {"127.0.0.1"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can step down to another account")
def test_as_root_services_run_as_an_account_without_privileges(shared: Stack) -> None:
    assert all(process(shared, kind.name).uids().real != 0 for kind in shared.kinds)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the services' account cannot enter")
def test_a_closed_folder_is_no_obstacle(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    stack = Stack(tmp_path / "data", durable=False)
    stack.up()
    elsewhere = Path(process(stack, "redis").cwd())
    assert not elsewhere.is_relative_to(tmp_path)
    stack.remove()
    assert not elsewhere.exists()


def test_services_outlive_the_command_that_started_them(folder: Path) -> None:
    made = f"Stack(Path({str(folder)!r}), durable=False)"
    script = f"from pathlib import Path; from streams.services import Stack; {made}.up()"
    subprocess.run([sys.executable, "-c", script], check=True)
    stack = Stack(folder)
    try:
        assert all(health.healthy for health in stack.status())
    finally:
        stack.remove()


async def _inside(stack: Stack) -> list[bool]:
    async with stack:
        return [health.healthy for health in stack.status()]


def test_with_and_async_with(folder: Path) -> None:
    stack = only(folder, Valkey)
    try:
        with stack:
            assert stack.status()[0].healthy
        assert not stack.status()[0].running
        assert asyncio.run(_inside(stack)) == [True]
        assert not stack.status()[0].running
    finally:
        stack.remove()


def test_stop_says_when_force_was_needed() -> None:
    log = Path(tempfile.mkdtemp()) / "log"
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    record = spawn([sys.executable, "-c", deaf], environment={}, cwd=Path("/"), log=log, account=None, port=0)
    assert wait_until(lambda: log.read_text(encoding="ascii") == "deaf\n", 10)
    assert not stop(record, patience=0.2)
    assert record.process is None
    shutil.rmtree(log.parent)

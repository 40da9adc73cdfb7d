"""The small parts of supervision: accounts, records, logs, ports, secrets."""

import os
import socket
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from streams.services.account import Account, folder, within_reach, write_private
from streams.services.apache import ApacheKafka, cluster, cluster_id
from streams.services.apache_jars import expected
from streams.services.errors import ServiceError, tail, with_log
from streams.services.own import Worker
from streams.services.ports import free_port, is_free
from streams.services.process import Record, lives
from streams.services.secret_store import Secrets
from streams.services.service import Place, packages
from streams.services.stack import Stack
from streams.waiting import wait_until

NOBODY = Account("nobody", 65534, 65534)
MYSELF = Account("me", os.geteuid(), os.getegid())


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of ours in an open folder below a closed one (pytest's own folder is closed to others)."""
    path = tmp_path / "closed" / "open" / "program"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n", encoding="ascii")
    path.chmod(0o755)
    path.parent.chmod(0o755)
    path.parents[1].chmod(0o700)
    return path


def test_a_closed_folder_keeps_an_account_out(program: Path) -> None:
    assert MYSELF.may_run(program)
    assert not NOBODY.may_run(program)
    assert not NOBODY.may_pass(program.parent)


@pytest.mark.parametrize(("mode", "can"), [(0o755, True), (0o711, False), (0o744, False), (0o700, False)])
def test_running_needs_reading_and_executing(program: Path, mode: int, can: bool) -> None:
    program.chmod(mode)
    stranger = Account("stranger", os.geteuid() + 12345, os.getegid() + 12345)
    assert stranger._has(program, stat.S_IROTH | stat.S_IXOTH) is can


def test_programs_within_reach_are_used_where_they_are(program: Path) -> None:
    assert within_reach(program.parents[1], ["open"], "open/program", None) == program.parents[1]
    assert within_reach(program.parents[1], ["open"], "open/program", MYSELF) == program.parents[1]


def test_programs_out_of_reach_are_copied_once(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelter = tmp_path / "shelter"
    monkeypatch.setattr("streams.services.account.SHELTER", shelter)
    (program.parent / "secret-mode").touch(0o600)
    copy = within_reach(program.parents[1], ["open", "absent"], "open/program", NOBODY)
    assert copy.is_relative_to(shelter)
    assert stat.S_IMODE((copy / "open/program").stat().st_mode) == 0o755
    assert stat.S_IMODE((copy / "open/secret-mode").stat().st_mode) == 0o644
    (copy / "open/mark").touch()
    assert within_reach(program.parents[1], ["open"], "open/program", NOBODY) == copy
    assert (copy / "open/mark").exists()
    program.write_text("#!/bin/sh\n# another version\n", encoding="ascii")
    assert within_reach(program.parents[1], ["open"], "open/program", NOBODY) != copy


def test_private_files_and_folders(tmp_path: Path) -> None:
    made = folder(tmp_path / "a" / "b", None)
    write_private(made / "file", "first")
    write_private(made / "file", "second")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert stat.S_IMODE((made / "file").stat().st_mode) == 0o600
    assert (made / "file").read_text(encoding="utf-8") == "second"
    assert [path.name for path in made.iterdir()] == ["file"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "began": 2, "more": 3}', "null"])
def test_a_damaged_record_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "record").write_text(text, encoding="utf-8")
    assert Record.read(tmp_path / "record") is None


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    Record(12, 34.5, 678).write(tmp_path / "record")
    assert Record.read(tmp_path / "record") == Record(12, 34.5, 678)
    assert Record.read(tmp_path / "none") is None


def test_a_record_knows_its_process_from_another_with_the_same_pid() -> None:
    began = psutil.Process().create_time()
    assert Record(os.getpid(), began).process == psutil.Process()
    assert Record(os.getpid(), began - 60).process is None


def test_a_zombie_does_not_live() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    process = psutil.Process(child.pid)
    assert wait_until(lambda: not lives(process), 20)
    assert process.is_running()
    child.wait()


def test_the_tail_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert "does not exist" in tail(log)
    log.touch()
    assert "is empty" in tail(log)
    log.write_bytes(b"\n".join(b"line %d \xff" % number for number in range(100)))
    assert tail(log, 2).split("\n") == ["    line 98 \ufffd", "    line 99 \ufffd"]
    assert "line 99" in str(with_log("it ended", log))


def test_ports() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert free_port(port) != port
    assert free_port(port) == port


def test_secrets_are_made_once(tmp_path: Path) -> None:
    made = Secrets.load(tmp_path / "secrets")
    assert Secrets.load(tmp_path / "secrets") == made
    passwords = {made.postgres, made.postgres_admin, made.redis, made.signing}
    assert len(passwords) == 4
    assert all(len(one) >= 32 for one in passwords)
    assert not any(one in repr(made) for one in passwords)


def test_damaged_secrets_are_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("{", encoding="ascii")
    with pytest.raises(ServiceError, match="is damaged"):
        Secrets.load(tmp_path / "secrets")


def test_a_missing_wheel_says_how_to_get_it() -> None:
    with pytest.raises(ServiceError, match="pip install"):
        packages("no_such_module")


def test_a_cluster_has_one_to_three_brokers() -> None:
    assert [(kind.name, kind.node, kind.size) for kind in cluster(3)] == [
        ("kafka", 1, 3), ("kafka-2", 2, 3), ("kafka-3", 3, 3),
    ]  # fmt: skip
    for brokers in (0, 4):
        with pytest.raises(ValueError, match="1 to 3 brokers"):
            cluster(brokers)


def test_a_cluster_id_with_a_hyphen_in_front_is_no_option(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines: list[list[str]] = []

    def run(_: ApacheKafka, line: list[str], failed: str) -> str:
        lines.append(line)
        return failed

    installation = next(str(number) for number in range(10_000) if cluster_id(str(number)).startswith("-"))
    monkeypatch.setattr(ApacheKafka, "run", run)
    monkeypatch.setattr(ApacheKafka, "_java", lambda *_: ["java"])
    ApacheKafka(Place(tmp_path, tmp_path / "log", None, Secrets(installation, "", "", "", "")))._format()
    assert f"--cluster-id={cluster_id(installation)}" in lines[0]


def test_a_program_that_a_service_runs_is_in_its_folder_and_its_failure_is_told(tmp_path: Path) -> None:
    service = ApacheKafka(Place(tmp_path, tmp_path / "log", None, Secrets("", "", "", "", "")))
    assert service.run(["pwd"], "it failed") == f"{tmp_path}\n"
    with pytest.raises(ServiceError, match=r"(?s)^it failed:\nsaid\nwhy\n$"):
        service.run(["sh", "-c", "echo said; echo why >&2; exit 3"], "it failed")


def test_the_jars_are_those_of_one_kafka() -> None:
    names = list(expected())
    assert all(len(digest) == 64 for digest in expected().values())
    assert "kafka_2.13-4.1.1.jar" in names
    assert {name.rsplit("-", 1)[1] for name in names if name.startswith("kafka")} == {"4.1.1.jar"}


def test_waiting_ends_when_the_condition_holds_or_the_time_is_up() -> None:
    looks: list[int] = []
    assert wait_until(lambda: looks.append(1) or len(looks) == 3, 20)  # type: ignore[func-returns-value]
    assert not wait_until(lambda: False, 0.05)


def test_what_somebody_wrote_into_services_env_stays_as_it_was_written(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    theirs = """# mine\n\nWHETSTONE_NOTIFY_CHANNELS='{"ops": "# 1"}'\n\nexport WHETSTONE_LOG_LEVEL="DEBUG"\n"""
    stack.env_file.write_text(theirs, encoding="utf-8")
    for port in ("1", "2", "3"):
        stack.add_to_env({"WHETSTONE_GATEWAY_PORT": port})
    assert stack.env_file.read_text(encoding="utf-8") == f"{theirs}WHETSTONE_GATEWAY_PORT=3\n"
    assert stack.settings().notify_channels.get_secret_value() == '{"ops": "# 1"}'


@pytest.mark.parametrize(
    ("status", "body", "remark"),
    [
        (200, b'{"ready": true, "waits_for": []}', ""),
        (503, b'{"ready": false, "waits_for": ["kafka", "redis"]}', "not ready; waits for kafka; waits for redis"),
        (503, b'{"checks": {"kafka": "ok", "keys": "not loaded yet"}}', "not ready; keys: not loaded yet"),
        (503, b"[]", "not ready"),
        (500, b"<html>", "not ready"),
    ],
)
def test_a_process_that_answers_and_cannot_work_says_why(status: int, body: bytes, remark: str, tmp_path: Path) -> None:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/readyz"
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    place = Place(tmp_path, tmp_path / "log", None, Secrets.load(tmp_path / "secrets.json"))
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert Worker(place, tmp_path).remark(server.server_port) == remark
    assert Worker(place, tmp_path).remark(free_port()) == "does not say whether it is ready"

"""A benchmark that is ended by a signal ends its services and processes, and removes their data."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from streams.bench.ending import ends_what_it_started
from streams.services.process import lives
from streams.waiting import wait_until

pytestmark = [pytest.mark.services, pytest.mark.timeout(180)]


def descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def is_worker(process: psutil.Process) -> bool:
    try:
        return process.cmdline()[-1:] == ["worker"]
    except psutil.Error:
        return False


def test_a_signal_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "streams", "bench", "restart", "--entities", "1000"]
    tmp_path.chmod(0o755)
    bench = subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(tmp_path)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        assert wait_until(lambda: any(map(is_worker, descendants(bench.pid))), 120), "no worker was started"
        started = descendants(bench.pid)
        assert len(started) > 3  # PostgreSQL, Valkey, the broker, the worker
        bench.send_signal(signal.SIGTERM)
        bench.send_signal(signal.SIGTERM)  # impatient
        _, said = bench.communicate(timeout=90)
    finally:
        bench.kill()
    assert bench.returncode == 128 + signal.SIGTERM, said.decode()
    assert not [process for process in started if lives(process)]
    assert not list(tmp_path.glob("whetstone-bench-*"))


def test_what_was_there_before_goes_on() -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(sleep) as earlier:
        try:
            with ends_what_it_started():
                later = subprocess.Popen(sleep)
            assert later.wait(30) != 0
            assert earlier.poll() is None
        finally:
            earlier.kill()

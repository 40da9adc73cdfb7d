"""Our own processes, supervised as the services are: they answer over HTTP, and run as whoever started them."""

import http.client
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import psutil

from streams.services.errors import last_lines
from streams.services.ports import LOOPBACK
from streams.services.service import Place, Service

MARK = "WHETSTONE_STARTED_AS"  # in the environment of each: whose data folder, which process


class NotReady(Exception):
    """The process answers, but not that it is well."""


class OwnProcess(Service):
    """One process of `whetstone`; `place.home` is where it works, `data_dir` whose services it uses."""

    start_timeout = 90.0
    subcommand: ClassVar[str]
    port_setting: ClassVar[str]

    def __init__(self, place: Place, data_dir: Path, number: int = 1) -> None:
        super().__init__(place)
        self.data_dir = data_dir
        if number > 1:
            self.name, self.title = self.process_name(number), f"{self.title} {number}"

    @classmethod
    def process_name(cls, number: int) -> str:
        """Return the name of the record and log of the process with this number."""
        return f"{cls.name}-{number}" if number > 1 else cls.name

    def command(self, port: int) -> list[str]:
        """Return the command line."""
        return [sys.executable, "-m", "streams", self.subcommand]

    def environment(self, port: int) -> dict[str, str]:
        """Return our own environment, with the data folder and the port."""
        own = {"WHETSTONE_DATA_DIR": str(self.data_dir), self.port_setting: str(port), MARK: self._mark}
        return {**os.environ, **own, "PYTHONUNBUFFERED": "1"}

    @property
    def _mark(self) -> str:
        return f"{self.data_dir}:{self.name}"

    def is_stray(self, process: psutil.Process) -> bool:
        """Whether a process was started as this one."""
        return process.environ().get(MARK) == self._mark

    def check(self, port: int) -> str:
        """Ask whether the process moves."""
        _expect_200(port, "/healthz")
        return ""

    def ready(self, port: int) -> None:
        """Ask whether the process can take work."""
        _expect_200(port, "/readyz")

    def remark(self, port: int) -> str:
        """Ask what the process waits for."""
        try:
            status, body = _ask(port, "/readyz")
        except (OSError, http.client.HTTPException):
            return "does not say whether it is ready"
        return "" if status == 200 else _why(body)

    def last_words(self, since: float) -> str:
        """Return the last thing in the log that is critical, see `Service`."""
        for line in reversed(last_lines(self.place.log)):
            try:
                said = json.loads(line)
                if said["level"] == "critical" and datetime.fromisoformat(said["timestamp"]).timestamp() >= since:
                    return str(said["event"])
            except (ValueError, KeyError, TypeError):  # stack traces, and what libraries print
                continue
        return ""

    def addresses(self, port: int) -> dict[str, str]:
        """Return the setting that leads to the process."""
        return {self.port_setting: str(port)}


class Gateway(OwnProcess):
    """The HTTP gateway."""

    name = "gateway"
    title = "Gateway"
    subcommand = "gateway"
    port_setting = "WHETSTONE_GATEWAY_PORT"


class _Scraped(OwnProcess):
    port_setting = "WHETSTONE_METRICS_PORT"

    def addresses(self, port: int) -> dict[str, str]:
        """Return nothing: each has a port of its own, which nobody needs to be told."""
        return {}


class Worker(_Scraped):
    """One worker; several share the partitions."""

    name = "worker"
    title = "Worker"
    subcommand = "worker"


class Notifier(_Scraped):
    """The notifier."""

    name = "notifier"
    title = "Notifier"
    subcommand = "notifier"


def serves(process: psutil.Process, data_dir: Path) -> bool:
    """Whether a process is one of ours that was started for a data folder."""
    return process.environ().get(MARK, "").startswith(f"{data_dir}:")


def _expect_200(port: int, path: str) -> None:
    status, body = _ask(port, path)
    if status != 200:
        raise NotReady(f"{path}: {status} {body[:500].decode(errors='replace')}")


def _ask(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=3)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _why(body: bytes) -> str:
    """Say in words what the answer of /readyz gives as reasons: stores that are waited for, or checks that failed."""
    try:
        said = json.loads(body)
        waits = [f"waits for {store}" for store in said.get("waits_for", ())]
        failed = [f"{name}: {state}" for name, state in said.get("checks", {}).items() if state != "ok"]
    except (ValueError, AttributeError):
        waits, failed = [], []
    return "; ".join(["not ready", *waits, *failed])

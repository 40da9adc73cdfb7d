"""A whole installation for one benchmark: services in a folder of their own, workers and a gateway as processes."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from streams.sample.observing import Scrape, scrape
from streams.services import Stack
from streams.services.fleet import Fleet
from streams.services.installed import real
from streams.services.own import Gateway, OwnProcess, Worker, serves
from streams.services.process import Record, end_all, find
from streams.services.service import Place
from streams.services.supervise import halt, start
from streams.settings import Settings
from streams.waiting import wait_until

DRAIN_S = 900.0
SCRAPE_PAUSE_S = 1.0  # a scrape costs the worker that is measured: four a second were 7 % of its CPU
PROGRESS = ("worker_records_total", "worker_lag_records")


class Running:
    """One of our processes: its port, and what the operating system says of it."""

    def __init__(self, kind: OwnProcess, record: Path) -> None:
        self.kind = kind
        self._record = record
        found = Record.read(record)
        if found is None:
            raise RuntimeError(f"{kind.name} left no record of its port")
        self.port = found.port
        self.process = psutil.Process(found.pid)

    def cpu_seconds(self) -> float:
        """Return user and system seconds of all its threads so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def rss_mb(self) -> float:
        """Return its resident memory (MiB)."""
        return float(self.process.memory_info().rss / 2**20)

    def scrape(self, *names: str) -> Scrape:
        """Return its metrics, or some of them: all of them cost it 20 ms."""
        return scrape(self.port, *names)

    def halt(self) -> None:
        """End it politely."""
        halt(self.kind, self._record)


class Installation:
    """Services that run, and a way to start our processes on them."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.settings: Settings = Fleet(stack).services_up()

    def services_cpu(self) -> dict[str, float]:
        """Return user and system seconds of each service so far, by its name, with all processes that it started."""
        found: dict[str, float] = {}
        for kind in self.stack.kinds:
            record = Record.read(self.stack.record(kind.name))
            process = record.process if record is not None else None
            if process is not None:
                found[kind.name] = _with_children(process)
        return found

    def worker(self, number: int = 1, **environment: str) -> Running:
        """Start a worker; `environment` is added to its own (WHETSTONE_CLOCK, …)."""
        return self._start(Worker, number, environment)

    def gateway(self, **environment: str) -> Running:
        """Start the gateway on a free port."""
        return self._start(Gateway, 1, environment)

    def _start(self, kind: type[OwnProcess], number: int, environment: Mapping[str, str]) -> Running:
        name = kind.process_name(number)
        place = Place(Path.cwd(), self.stack.log(name), None, self.stack.secrets)
        one = _with(kind, environment)(place, self.stack.data_dir, number)
        with self.stack.locked():
            start(one, self.stack.record(one.name))
        return Running(one, self.stack.record(one.name))


def _with_children(process: psutil.Process) -> float:
    """Return CPU seconds of a process, of its children that live, and of those that ended."""
    times = process.cpu_times()
    seconds = float(times.user + times.system + times.children_user + times.children_system)
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            own = child.cpu_times()
            seconds += float(own.user + own.system)
    return seconds


def _with(kind: type[OwnProcess], given: Mapping[str, str]) -> type[OwnProcess]:
    class Configured(kind):  # type: ignore[misc, valid-type]  # a process like its kind, with more in its environment
        """The process with further settings."""

        def environment(self, port: int) -> dict[str, str]:
            """Return the whole environment of the process."""
            return {**super().environment(port), **given}

    return Configured


@contextmanager
def installation(services: str) -> Iterator[Installation]:
    """Give an installation on `embedded` or `real` services; everything is stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="whetstone-bench-"))
    stack = Stack(folder, real(1)) if services == "real" else Stack(folder)
    for name in [name for name in os.environ if name.startswith("WHETSTONE_")]:
        del os.environ[name]  # a benchmark never runs in somebody's services
    try:
        yield Installation(stack)
    finally:
        end_all(find(lambda process: serves(process, stack.data_dir)))
        stack.remove()


def drained(workers: list[Running], touchpoints: int, behind: int = 0) -> bool:
    """Wait until so many touchpoints are cleansed and the workers are at most `behind` records behind, all together.

    Returns False when that takes too long. Where the wall clock is the clock, 0 may never be seen on a busy machine:
    once a second every partition of `touchpoints` tells the time to every partition of `facts`.
    """

    def done() -> bool:
        now = [worker.scrape(*PROGRESS) for worker in workers]
        cleansed = sum(one.total("worker_records_total", stage="cleanse") for one in now)
        return cleansed >= touchpoints and sum(one.total("worker_lag_records") for one in now) <= behind

    return wait_until(done, DRAIN_S, SCRAPE_PAUSE_S)

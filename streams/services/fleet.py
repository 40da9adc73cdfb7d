"""Services and processes of one data folder together: everything up, everything down with nothing lost."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from streams.services.account import write_private
from streams.services.backlog import Backlog
from streams.services.errors import ServiceError
from streams.services.own import Gateway, Notifier, OwnProcess, Worker
from streams.services.prepare import prepare_stores
from streams.services.process import Record
from streams.services.reports import Report, silent
from streams.services.service import Place
from streams.services.stack import Stack
from streams.services.supervise import Health, halt, health, start
from streams.settings import Settings
from streams.waiting import wait_until

RESTARTS = 3  # how often a worker is started again for what came in while it was being stopped
LOOK_EVERY = 2.0  # seconds between two reports of what is left
NUMBERS = {"touchpoints": "WHETSTONE_TOUCHPOINT_PARTITIONS", "facts": "WHETSTONE_FACT_PARTITIONS"}
FEW = 4  # partitions: enough for the workers of one machine, and what a fetch costs goes by their number


class Fleet:
    """The gateway, the workers and, where a channel is configured, the notifier over a stack of services."""

    def __init__(
        self,
        stack: Stack,
        gateway: type[Gateway] = Gateway,
        worker: type[Worker] = Worker,
        notifier: type[Notifier] = Notifier,
    ) -> None:
        self.stack = stack
        self._notifier_kind = notifier
        self._gateway_kind = gateway
        self._worker_kind = worker

    def up(self, workers: int, report: Report = silent) -> Settings:
        """Start everything that does not run; return the settings that lead to it. Raises ServiceError."""
        settings = self.services_up(report)
        for number in range(1, workers + 1):
            self._start(self._worker(number), report)
        self._start(self._gateway(), report, preferred=settings.gateway_port)
        if settings.notify_channels.get_secret_value().strip():
            self._start(self._notifier(), report)
        return self._with_gateway_port()

    def services_up(self, report: Report = silent) -> Settings:
        """Start the services, make the topics and bring the database up to date. Raises ServiceError.

        Workers that outlived their broker are stopped and started again: the embedded one has forgotten what they
        have read, and they would go on behind the end of topics that begin anew.
        """
        widowed = self._widowed()
        for worker in widowed:
            self._stop(worker, report)
        self.stack.up(report)
        settings = self._keep_partitions()
        prepare_stores(settings, report)
        for worker in widowed:
            self._start(worker, report)
        return settings

    def _widowed(self) -> list[Worker]:
        """Return the workers that run without a broker."""
        if not self.stack.exists or self._has_broker():
            return []
        return [worker for worker in self._workers() if self._is_running(worker)]

    def down(self, patience: float, force: bool = False, report: Report = silent) -> None:
        """Stop the gateway, wait until all is processed, stop the workers, then the services.

        Raises ServiceError after `patience` seconds with records left, the gateway stopped and the rest running;
        `force` gives them up.
        """
        if not self.stack.exists:
            report(f"Nothing was ever started in {self.stack.data_dir}")
            return
        self._stop(self._gateway(), report)
        if not force and self._has_broker():
            self._drain(patience, report)
        for worker in self._workers():
            self._stop(worker, report)
        self._stop(self._notifier(), report)  # what it has not told yet waits in PostgreSQL
        self.stack.down(report)

    def status(self) -> list[Health]:
        """Ask everything how it is."""
        if not self.stack.exists:
            return self.stack.status()
        processes: list[OwnProcess] = [*self._workers(), self._gateway()]
        if self.stack.record(Notifier.name).exists():
            processes.append(self._notifier())
        own = [health(one, self.stack.record(one.name)) for one in processes]
        return [*self.stack.status(), *own]

    def _drain(self, patience: float, report: Report) -> None:
        for _ in range(RESTARTS):
            with closing(Backlog(self.stack.settings())) as backlog:
                self._await_processed(backlog, patience, report)
                for worker in self._workers():
                    self._stop(worker, report)
                # A timer may have fired while the workers were stopping: what it asked for must be done as well.
                if not any(backlog.count().values()):
                    return
        raise ServiceError("timers keep firing while the workers stop; try again, or give them up with --force")

    def _await_processed(self, backlog: Backlog, patience: float, report: Report) -> None:
        counts = backlog.count()
        if not any(counts.values()):
            return
        report(f"Waiting up to {patience:g} s for what was accepted: {_spoken(counts)} left")
        if not any(self._is_running(worker) for worker in self._workers()):
            self._start(self._worker(1), report)

        def done() -> bool:
            nonlocal counts
            counts = backlog.count()
            return not any(counts.values()) or not any(self._is_running(worker) for worker in self._workers())

        waited = 0.0
        while waited < patience and not wait_until(done, LOOK_EVERY):
            waited += LOOK_EVERY
            report(f"{_spoken(counts)} left")
        if any(counts.values()):
            raise ServiceError(
                f"{_spoken(counts)} are not processed {self._why_not(patience)}, and the embedded broker would forget "
                "them. The gateway is stopped, the rest runs: try again, or give them up with --force"
            )

    def _why_not(self, patience: float) -> str:
        gone = [one for one in self._workers() if not self._is_running(one)]
        if len(gone) < len(list(self._workers())):
            return f"after {patience:g} s"
        return f"({gone[-1].title}: {health(gone[-1], self.stack.record(gone[-1].name)).error})"

    def _has_broker(self) -> bool:
        return any(one.name == "kafka" and one.healthy for one in self.stack.status())

    def _is_running(self, one: OwnProcess) -> bool:
        record = Record.read(self.stack.record(one.name))
        return record is not None and record.process is not None

    def _start(self, one: OwnProcess, report: Report, preferred: int = 0) -> None:
        with self.stack.locked():
            fresh = start(one, self.stack.record(one.name), preferred)
        report(f"{one.name}: {'started' if fresh else 'already running'}")

    def _stop(self, one: OwnProcess, report: Report) -> None:
        with self.stack.locked():
            ran = halt(one, self.stack.record(one.name))
        if ran:
            report(f"{one.name}: stopped")

    def _gateway(self) -> Gateway:
        return self._gateway_kind(self._place(Gateway.name), self.stack.data_dir)

    def _notifier(self) -> Notifier:
        return self._notifier_kind(self._place(Notifier.name), self.stack.data_dir)

    def _worker(self, number: int) -> Worker:
        return self._worker_kind(self._place(Worker.process_name(number)), self.stack.data_dir, number)

    def _workers(self) -> Iterator[Worker]:
        """Give the workers that were ever started in this folder, the last first."""
        numbers = {1} | {
            int(found[1])
            for file in (self.stack.data_dir / "run").glob(f"{Worker.name}-*.json")
            if (found := re.fullmatch(rf"{Worker.name}-(\d+)\.json", file.name))
        }
        return (self._worker(number) for number in sorted(numbers, reverse=True))

    def _place(self, label: str) -> Place:
        return Place(Path.cwd(), self.stack.log(label), None, self.stack.secrets)

    def _with_gateway_port(self) -> Settings:
        record = Record.read(self.stack.record(Gateway.name))
        port = record.port if record else 0
        self.stack.add_to_env(self._gateway().addresses(port))
        settings = self.stack.settings()
        if settings.gateway_port != port:
            raise ServiceError(
                f"WHETSTONE_GATEWAY_PORT says {settings.gateway_port}, which was taken: the gateway listens on {port}. "
                "Choose a free port or leave the setting out"
            )
        return settings

    def _keep_partitions(self) -> Settings:
        """Return the settings, with the partitions that the state was built with: the broker itself forgets them.

        Raises ServiceError where the environment asks for another number.
        """
        file = self.stack.data_dir / "partitions.json"
        kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else dict.fromkeys(NUMBERS, FEW)
        self.stack.add_to_env({name: str(kept[topic]) for topic, name in NUMBERS.items()})
        settings = self.stack.settings()
        wanted = {"touchpoints": settings.touchpoint_partitions, "facts": settings.fact_partitions}
        if not file.exists():
            write_private(file, json.dumps(wanted))
            self.stack.add_to_env({name: str(wanted[topic]) for topic, name in NUMBERS.items()})
        elif kept["facts"] != wanted["facts"]:
            raise ServiceError(
                f"the state in {self.stack.data_dir} was built with {kept['facts']} partitions of facts, the settings "
                f"say {wanted['facts']}: set WHETSTONE_FACT_PARTITIONS={kept['facts']}, or use another data folder"
            )
        return settings


def _spoken(counts: dict[str, int]) -> str:
    return " and ".join(f"{count} {topic}" for topic, count in counts.items() if count) or "nothing"

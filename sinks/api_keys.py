"""Where API keys are kept: only their digests, in Postgres, or in the fake."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
from msgspec.structs import asdict

from sinks.base import SinkUnavailable
from sinks.postgres.database import Database

FIELDS = ("key_id", "digest", "source", "types", "origins", "rate", "public", "created_at", "revoked_at")


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a key may do. Times are milliseconds since 1970 UTC.

    `digest` is SHA-256 of the key's text. A key is 192 random bits, so nobody can guess what to hash: the slow
    hashes that passwords need would add milliseconds to every request and nothing to its safety.
    `source` None takes what the events say; `types` empty allows all; `origins` are the web origins that browsers
    may send from (`*`: any); `rate` is in events per second; a `public` key stands in web pages and may only send.
    """

    key_id: str
    digest: bytes
    source: str | None
    created_at: int
    types: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    rate: float = 1_000.0
    public: bool = False
    revoked_at: int | None = None


class KeyStore(Protocol):
    """Keeps API keys. Every call raises SinkUnavailable when the store cannot be reached."""

    async def add(self, key: ApiKey) -> None:
        """Keep a new key."""

    async def revoke(self, key_id: str, at: int) -> bool:
        """End a key now; False when there is none of that id that was still good."""

    async def all(self) -> Sequence[ApiKey]:
        """Return all keys, revoked ones too, oldest first."""


class MemoryKeyStore:
    """The shipped fake: keys in a dictionary. While `outage` is set, every call raises SinkUnavailable."""

    def __init__(self) -> None:
        self.keys: dict[str, ApiKey] = {}
        self.outage = False

    async def add(self, key: ApiKey) -> None:
        """See `KeyStore.add`."""
        self._reach()
        self.keys[key.key_id] = key

    async def revoke(self, key_id: str, at: int) -> bool:
        """See `KeyStore.revoke`."""
        self._reach()
        key = self.keys.get(key_id)
        if key is None or key.revoked_at is not None:
            return False
        self.keys[key_id] = msgspec.structs.replace(key, revoked_at=at)
        return True

    async def all(self) -> Sequence[ApiKey]:
        """See `KeyStore.all`."""
        self._reach()
        return list(self.keys.values())

    def _reach(self) -> None:
        if self.outage:
            raise SinkUnavailable("postgres", "an outage was asked for")


class PostgresKeyStore(Database):
    """Keys in the table `api_keys` (migration 0010)."""

    async def add(self, key: ApiKey) -> None:
        """See `KeyStore.add`."""
        statement = self.statement(
            "INSERT INTO {schema}.api_keys"
            " (key_id, digest, source, types, origins, rate, public, created_at, revoked_at)"
            " VALUES (%(key_id)s, %(digest)s, %(source)s, %(types)s, %(origins)s, %(rate)s, %(public)s,"
            " %(created_at)s, %(revoked_at)s)"
        )
        await self.rows(statement, asdict(key) | {"types": list(key.types), "origins": list(key.origins)})

    async def revoke(self, key_id: str, at: int) -> bool:
        """See `KeyStore.revoke`."""
        statement = self.statement(
            "UPDATE {schema}.api_keys SET revoked_at = %s WHERE key_id = %s AND revoked_at IS NULL RETURNING key_id"
        )
        return bool(await self.rows(statement, (at, key_id)))

    async def all(self) -> Sequence[ApiKey]:
        """See `KeyStore.all`."""
        statement = self.statement(
            "SELECT key_id, digest, source, types, origins, rate, public, created_at, revoked_at"
            " FROM {schema}.api_keys ORDER BY created_at, key_id"
        )
        return [msgspec.convert(dict(zip(FIELDS, row, strict=True)), ApiKey) for row in await self.rows(statement)]

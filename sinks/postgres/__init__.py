"""The lead library in PostgreSQL."""

from sinks.postgres.library import PostgresLibrary
from sinks.postgres.migrate import ChangedMigration, migrate
from sinks.postgres.reader import PostgresReader

__all__ = ["ChangedMigration", "PostgresLibrary", "PostgresReader", "migrate"]

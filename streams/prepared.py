"""Whether the stores are as a process needs them. It only looks: making things is for `whetstone prepare`."""

import asyncio

from psycopg import errors

from sinks.postgres.migrate import pending
from streams.settings import Settings
from streams.topics import missing_topics

PATIENCE = 10.0  # seconds that a broker gets to learn of topics that were just made


class NotPrepared(Exception):
    """Topics or tables are missing, or this role was granted nothing: somebody has to run `whetstone prepare`."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}. Run `whetstone prepare` with the settings of this installation, then start again")


async def check_prepared(settings: Settings, patience: float = PATIENCE) -> None:
    """Raise NotPrepared when topics or migrations are missing.

    Raises TopicMismatch and ChangedMigration, too, and KafkaException or psycopg.OperationalError when a service
    does not answer.
    """
    if missing := await asyncio.to_thread(missing_topics, settings, patience):
        raise NotPrepared(f"topics do not exist: {', '.join(missing)}")
    await check_tables(settings)


async def check_tables(settings: Settings) -> None:
    """Raise NotPrepared when migrations are missing; ChangedMigration or psycopg.OperationalError likewise."""
    schema = settings.namespace
    try:
        needed = await pending(settings.postgres_dsn.get_secret_value(), schema)
    except errors.InsufficientPrivilege as error:
        role = f"its role may not read the schema {schema} (WHETSTONE_POSTGRES_WORKER_ROLE is for `whetstone prepare`)"
        raise NotPrepared(f"the database refuses this process: {role}") from error
    if needed:
        raise NotPrepared(f"the database lacks migrations in the schema {schema}: {', '.join(needed)}")

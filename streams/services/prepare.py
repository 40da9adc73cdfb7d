"""What must be there before a process starts: the topics, and the tables of the lead library."""

import asyncio

from sinks.postgres.migrate import migrate
from streams.services.errors import ServiceError
from streams.services.reports import Report, silent
from streams.settings import Settings
from streams.topics import TopicMismatch, ensure_topics


def prepare_stores(settings: Settings, report: Report = silent) -> None:
    """Make what is missing; safe at any time, by many at once. Raises ServiceError when the topics do not fit."""
    try:
        made = ensure_topics(settings)
    except TopicMismatch as mismatch:
        raise ServiceError(str(mismatch)) from mismatch
    report(f"Topics: {f'{len(made)} made' if made else 'all there'}")
    applied = asyncio.run(migrate(settings.postgres_dsn.get_secret_value(), settings.namespace))
    report(f"Database: {f'{len(applied)} migrations applied' if applied else 'up to date'}")

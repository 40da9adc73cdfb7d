"""What must be there before a process starts: the topics, and the tables of the lead library."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg import OperationalError, errors

from processors.resolver.live.keys import GRAMMAR, live_keys
from processors.resolver.packed import unpack
from schemas.rules import read_applied
from sinks.base import first_line
from sinks.postgres.blocking_keys import AT_ONCE, give_keys
from sinks.postgres.migrate import ChangedMigration, migrate
from sinks.rule_books import AppliedBook, PostgresRuleBookStore, in_force
from streams.archive.recalling import recall
from streams.archive.restoring import WorkersRun
from streams.services.errors import ServiceError
from streams.services.reports import Report, silent
from streams.settings import Settings
from streams.topics import TopicMismatch, ensure_topics

_TOLD_EVERY = 50 * AT_ONCE  # records


def prepare_stores(settings: Settings, report: Report = silent) -> None:
    """Make what is missing; safe at any time, by many at once.

    Tables belong to who signs in with `postgres_owner_dsn`; `postgres_worker_role`, where it is set, is given what
    workers and gateways need. Raises ServiceError when the topics do not fit or the
    database refuses, KafkaException when no broker answers.
    """
    try:
        made = ensure_topics(settings)
    except TopicMismatch as mismatch:
        raise ServiceError(str(mismatch)) from mismatch
    report(f"Topics: {f'{len(made)} made' if made else 'all there'}")
    with _refusals_told(settings):
        applied = asyncio.run(_migrate(settings))
    report(f"Database: {f'{len(applied)} migrations applied' if applied else 'up to date'}")
    with _refusals_told(settings):
        read = asyncio.run(give_release_keys(settings, report))
    if read:
        report(f"Evidence: {read:,} records are found by the keys of this release")
    if settings.postgres_worker_role:
        report(f"Rights: given to the role {settings.postgres_worker_role}")
    if book := asyncio.run(_applied_book(settings)):
        _check(book)
        report(f"Rule book: {book.version} is understood")
    try:
        recalled = asyncio.run(recall(settings, report))
    except WorkersRun as error:
        raise ServiceError(str(error)) from error
    if recalled.partitions:
        report(
            f"State: {recalled.leads:,} leads of {len(recalled.partitions)} partitions were brought up from the library"
        )


async def _applied_book(settings: Settings) -> AppliedBook | None:
    async with PostgresRuleBookStore(settings.owner_dsn, settings.namespace, connections=1) as store:
        return await in_force(store)


def _check(applied: AppliedBook) -> None:
    """Raise ServiceError where this release would not follow the whole book that is in force."""
    problems = read_applied(applied.document).problems
    if problems:
        listed = "\n".join(f"  {line}" for line in problems)
        raise ServiceError(
            f"the rule book in force, {applied.version}, is not understood by this release:\n{listed}\n"
            "Workers would use the defaults of these sections. Mend them (`whetstone rules show` has the book), apply"
            " that with `whetstone rules apply`, then prepare again"
        )


async def _migrate(settings: Settings) -> list[str]:
    return await migrate(settings.owner_dsn, settings.namespace, settings.postgres_worker_role or None)


async def give_release_keys(settings: Settings, report: Report = silent) -> int:
    """Give records that stand the keys of this release, once; return how many were read. Raises psycopg.Error."""

    def progress(read: int) -> None:
        if read % _TOLD_EVERY == 0:
            report(f"Evidence: {read:,} records were given the keys of this release")

    return await give_keys(settings.owner_dsn, settings.namespace, GRAMMAR, _keys_of, progress)


def _keys_of(profile: bytes) -> Sequence[int]:
    return live_keys(unpack(profile)).kept


@contextmanager
def _refusals_told(settings: Settings) -> Iterator[None]:
    try:
        yield
    except errors.UndefinedObject as error:
        raise ServiceError(
            f"PostgreSQL has no role {settings.postgres_worker_role}: make it, or unset WHETSTONE_POSTGRES_WORKER_ROLE"
        ) from error
    except errors.InsufficientPrivilege as error:
        refused = f"PostgreSQL refuses: {first_line(error)}"
        raise ServiceError(f"{refused}. WHETSTONE_POSTGRES_OWNER_DSN is for who may make tables") from error
    except OperationalError as error:
        raise ServiceError(f"PostgreSQL: {first_line(error)}") from error
    except ChangedMigration as error:
        raise ServiceError(str(error)) from error

"""The rule book in force and the history of rule books, for commands."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
from psycopg import OperationalError

from schemas.rules import RuleBook, read_applied
from sinks.base import SinkUnavailable, first_line
from sinks.postgres.migrate import migrate
from sinks.rule_books import PostgresRuleBookStore, RuleBookStore, in_force
from streams.rules import read_rule_book
from streams.settings import Settings

Result = TypeVar("Result")


def with_books(chosen: Settings, use: Callable[[RuleBookStore], Awaitable[Result]]) -> Result:
    """Run something on the history of the settings. Raises SinkUnavailable."""

    async def run() -> Result:
        dsn = chosen.owner_dsn
        try:
            await migrate(dsn, chosen.namespace)
        except OperationalError as error:
            raise SinkUnavailable("postgres", first_line(error)) from error
        async with PostgresRuleBookStore(dsn, chosen.namespace, connections=1, timeout=10.0) as store:
            return await use(store)

    return asyncio.run(run())


def book_in_force(chosen: Settings) -> RuleBook:
    """Return the book that was applied last; the first one of the installation where none was, or nobody answers."""
    try:
        applied = with_books(chosen, in_force)
    except SinkUnavailable as error:
        click.echo(f"the history of rule books cannot be asked ({error}): compared with the first book", err=True)
        applied = None
    if applied is None:
        return read_rule_book(chosen.rule_book)
    return _read(applied.document)


def book_of_version(chosen: Settings, version: str) -> RuleBook:
    """Return a book from the history by its version or the beginning of it; ClickException when that is not one."""

    async def find(store: RuleBookStore) -> dict[str, str]:
        return {book.version: book.document for book in await store.all() if book.version.startswith(version)}

    found = with_books(chosen, find)
    if version in found:
        found = {version: found[version]}
    if len(found) != 1:
        shown = ", ".join(sorted(found)) or "none"
        raise click.ClickException(f"{version!r} names {len(found)} rule books of the history: {shown}")
    return _read(next(iter(found.values())))


def _read(document: str) -> RuleBook:
    """Return a book of the history as workers of this release follow it, and say what they refuse of it."""
    book, problems = read_applied(document)
    for problem in problems:
        click.echo(f"this release refuses {problem}; it has its default", err=True)
    return book

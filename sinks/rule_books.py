"""The history of rule books: which was applied, by whom, when; in Postgres, or in the fake."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from sinks.base import SinkUnavailable
from sinks.postgres.database import Database


class AppliedBook(msgspec.Struct, frozen=True, kw_only=True):
    """One application of a rule book. Times are ms since 1970 UTC; `told_at` None: not every partition holds it."""

    seq: int
    version: str
    document: str
    applied_by: str
    applied_at: int
    told_at: int | None = None


class RuleBookStore(Protocol):
    """Keeps the history of rule books. Every call raises SinkUnavailable when the store cannot be reached."""

    async def begin(self, version: str, document: str, applied_by: str, applied_at: int) -> int:
        """Write down that a book is about to be applied; return the number of the application."""

    async def told(self, seq: int, at: int) -> None:
        """Write down that every partition holds the book now."""

    async def all(self) -> Sequence[AppliedBook]:
        """Return every application, the latest first."""


async def in_force(store: RuleBookStore) -> AppliedBook | None:
    """Return the last book that every partition was told, None when none ever was."""
    return next((book for book in await store.all() if book.told_at is not None), None)


class MemoryRuleBookStore:
    """The shipped fake. While `outage` is set, every call raises SinkUnavailable."""

    def __init__(self) -> None:
        self.books: list[AppliedBook] = []
        self.outage = False

    async def begin(self, version: str, document: str, applied_by: str, applied_at: int) -> int:
        """See `RuleBookStore.begin`."""
        self._reach()
        seq = len(self.books) + 1
        self.books.append(
            AppliedBook(seq=seq, version=version, document=document, applied_by=applied_by, applied_at=applied_at)
        )
        return seq

    async def told(self, seq: int, at: int) -> None:
        """See `RuleBookStore.told`."""
        self._reach()
        self.books[seq - 1] = msgspec.structs.replace(self.books[seq - 1], told_at=at)

    async def all(self) -> Sequence[AppliedBook]:
        """See `RuleBookStore.all`."""
        self._reach()
        return list(reversed(self.books))

    def _reach(self) -> None:
        if self.outage:
            raise SinkUnavailable("postgres", "an outage was asked for")


class PostgresRuleBookStore(Database):
    """History in the table `rule_books` (migration 0020)."""

    async def begin(self, version: str, document: str, applied_by: str, applied_at: int) -> int:
        """See `RuleBookStore.begin`."""
        statement = self.statement(
            "INSERT INTO {schema}.rule_books (version, document, applied_by, applied_at)"
            " VALUES (%s, %s, %s, %s) RETURNING seq"
        )
        ((seq,),) = await self.rows(statement, (version, document, applied_by, applied_at))
        return int(seq)

    async def told(self, seq: int, at: int) -> None:
        """See `RuleBookStore.told`."""
        await self.rows(self.statement("UPDATE {schema}.rule_books SET told_at = %s WHERE seq = %s"), (at, seq))

    async def all(self) -> Sequence[AppliedBook]:
        """See `RuleBookStore.all`."""
        statement = self.statement(
            "SELECT seq, version, document, applied_by, applied_at, told_at FROM {schema}.rule_books ORDER BY seq DESC"
        )
        names = AppliedBook.__struct_fields__
        return [AppliedBook(**dict(zip(names, row, strict=True))) for row in await self.rows(statement)]

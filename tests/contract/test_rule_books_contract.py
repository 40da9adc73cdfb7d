"""What every history of rule books promises: the fake, and PostgreSQL."""

import pytest

from schemas.rules import RuleBook, load_rule_book
from sinks.base import SinkUnavailable
from sinks.rule_books import MemoryRuleBookStore, PostgresRuleBookStore, RuleBookStore, in_force
from streams.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def postgres_books(dsn: str, isolated_settings: Settings):
    async with PostgresRuleBookStore(dsn, isolated_settings.namespace, connections=1) as opened:
        yield opened


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.services)])
def books(request: pytest.FixtureRequest) -> RuleBookStore:
    return MemoryRuleBookStore() if request.param == "memory" else request.getfixturevalue("postgres_books")


async def test_the_book_in_force_is_the_last_that_everybody_was_told(books: RuleBookStore) -> None:
    assert await in_force(books) is None
    first = await books.begin("a@1", "{}", "ops", 1_000)
    assert await in_force(books) is None
    await books.told(first, 1_001)
    await books.begin("b@2", "{}", "ops", 2_000)  # the broker went away half way
    found = await in_force(books)
    assert found is not None
    assert (found.version, found.applied_at, found.told_at) == ("a@1", 1_000, 1_001)
    assert [(one.version, one.told_at) for one in await books.all()] == [("b@2", None), ("a@1", 1_001)]


async def test_a_book_applied_again_is_history_twice_and_its_document_comes_back_byte_for_byte(books) -> None:
    book = load_rule_book("name: 秋\nassignment: {rosters: {华东: [r1]}}")
    for at in (1, 2):
        await books.told(await books.begin(book.version, book.document, "李", at), at)
    found = await in_force(books)
    assert RuleBook.model_validate_json(found.document).version == book.version
    assert [one.applied_by for one in await books.all()] == ["李", "李"]


async def test_an_outage_is_named() -> None:
    away = MemoryRuleBookStore()
    away.outage = True
    real = PostgresRuleBookStore("postgresql://127.0.0.1:1/x?connect_timeout=1", "x", connections=1, timeout=0.5)
    async with real:
        for one in (away, real):
            with pytest.raises(SinkUnavailable):
                await one.all()

"""`whetstone signin`: sign-in links for the live page."""

import asyncio

import click
import psycopg

from schemas.rules import RuleBook
from sinks.base import SinkUnavailable
from sinks.postgres import PostgresReader
from sinks.read import LibraryReader
from sinks.rule_books import PostgresRuleBookStore, RuleBookStore
from streams.clock import wall_ms
from streams.commands.addresses import gateway_url, secret_of
from streams.commands.duration import DURATION
from streams.gateway.sessions import Sessions, new_session
from streams.rule_books import book_that_holds
from streams.rules import read_rule_book
from streams.settings import Settings, settings

ANSWER_S = 2.0  # for a link alone nothing has to run: who does not answer by then is not asked


@click.command()
@click.option("--rep", help="Sign in a salesperson, by id.")
@click.option("--role", "roles", multiple=True, type=click.Choice(["manager"]), help="Sign in who holds a role.")
@click.option("--region", "regions", multiple=True, help="Regions that the role shows; default: all.")
@click.option("--name", help="How the person is called on the page and in acknowledgements.")
@click.option("--unmasked", is_flag=True, help="May export contact data in full; each time is written down.")
@click.option("--ttl", type=DURATION, default="24h", show_default=True, help="How long the link waits to be used.")
def signin(
    rep: str | None, roles: tuple[str, ...], regions: tuple[str, ...], name: str | None, unmasked: bool, ttl: int
) -> None:
    """Print a link that signs one person in to the live page, once.

    A salesperson whom no roster names and who was never told anything gets one, too, with a warning.
    """
    recipients = [*([f"rep:{rep}"] if rep else []), *(f"role:{role}" for role in roles)]
    if not recipients:
        raise click.UsageError("say who: --rep ID or --role manager")
    chosen = settings()
    until = wall_ms() + ttl * 1000
    promised = new_session(recipients, regions or None, name or recipients[0], until, unmasked=unmasked)
    token = Sessions(secret_of(chosen)).signin_token(promised)
    if rep and not _may_be_known(rep, chosen):
        click.echo(
            f"warning: no roster names {rep!r}, and nothing was ever told to rep:{rep}: is that the id?", err=True
        )
    click.echo(f"{gateway_url(chosen)}/live/signin?token={token}")


async def is_known(rep: str, book: RuleBook, books: RuleBookStore, library: LibraryReader) -> bool:
    """Tell whether a roster names a salesperson, or anything was ever told to them. Raises SinkUnavailable.

    The rosters are those of the book in force, of `book` where none was applied.
    """
    rosters = (await book_that_holds(books, book)).assignment
    named = (rosters.default_roster, *rosters.rosters.values())
    return any(rep in roster for roster in named) or bool(await library.inbox([f"rep:{rep}"], None, 1))


def _may_be_known(rep: str, chosen: Settings) -> bool:
    """As `is_known`; true where nobody can be asked."""
    first = read_rule_book(chosen.rule_book)
    where = chosen.postgres_dsn.get_secret_value(), chosen.namespace

    async def ask() -> bool:
        async with (
            PostgresRuleBookStore(*where, connections=1, timeout=ANSWER_S) as books,
            PostgresReader(*where, connections=1, timeout=ANSWER_S) as library,
        ):
            return await is_known(rep, first, books, library)

    try:
        return asyncio.run(ask())
    except (SinkUnavailable, psycopg.Error):
        return True

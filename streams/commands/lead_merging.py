"""`whetstone lead merge` and `unmerge`: a person says that leads are one, or are not."""

import asyncio
from collections.abc import Mapping, Sequence

import click

from processors.cleanse_batch import JUDGED
from schemas.evidence import Membership
from sinks.postgres import PostgresLibrary
from streams.archive.one_lead import lead_key
from streams.commands.by import by
from streams.identity_decisions import Judged, decide, library_of
from streams.settings import settings

PATIENCE = 30.0
MOST_NAMED = 20
BY = by("decides")


@click.command()
@click.argument("left", metavar="A")
@click.argument("right", metavar="B")
@click.option("--keep", type=click.Choice(["better", "newest"]), default="better", show_default=True, help="Values.")
@BY
def merge(left: str, right: str, keep: str, who: str) -> None:
    """Make leads A and B one: what both remember is kept, and can be parted again."""
    _decide([Judged(lead_key(left), lead_key(right), "same", keep)], who)


@click.command()
@click.argument("one", metavar="ID")
@click.argument("other", metavar="[OTHER]", required=False)
@click.option("--withdraw", is_flag=True, help="Take back what was decided; from then on evidence decides.")
@BY
def unmerge(one: str, other: str | None, withdraw: bool, who: str) -> None:
    """Part a lead from OTHER, or from all that it was merged with; both get back what is theirs."""
    others = [lead_key(other)] if other else _others(lead_key(one))
    if not others:
        raise click.ClickException(f"{lead_key(one)} is merged with no other lead")
    answer = "withdrawn" if withdraw else "different"
    _decide([Judged(lead_key(one), each, answer) for each in others], who)  # type: ignore[arg-type]


async def check_leads(library: PostgresLibrary, leads: Sequence[str]) -> None:
    """Raise ClickException, which names them, when there are leads that the library does not know.

    One that went to another person from its first event on has no row of its own, but is known all the same.
    """
    known = {*await library.leads_by_id(list(leads)), *await library.people(list(leads))}
    if missing := [lead for lead in leads if lead not in known]:
        raise click.ClickException(f"there is no lead {', '.join(missing)}")


def _others(lead: str) -> list[str]:
    async def ask() -> list[Membership]:
        async with library_of(settings()) as library:
            await check_leads(library, [lead])
            return list(await library.companions([lead]))

    return [member.lead for member in asyncio.run(ask()) if member.lead != lead]


def _decide(decisions: list[Judged], who: str) -> None:
    if any(each.left == each.right for each in decisions):
        raise click.ClickException("a lead is itself already")

    async def ask() -> tuple[bool, list[tuple[str, str]], dict[str, Membership]]:
        async with library_of(settings()) as library:
            leads = list(dict.fromkeys(lead for each in decisions for lead in (each.left, each.right)))
            await check_leads(library, leads)
            finished, gone = await decide(settings(), library, decisions, who, PATIENCE)
            return finished, gone, dict(await library.people(leads))

    finished, gone, people = asyncio.run(ask())
    if not finished:
        raise click.ClickException(f"the workers were told ({JUDGED}), but have not done it in {PATIENCE:g} s")
    kept = [each for each in decisions if not _tell(each, people)]
    tell_parted(gone)
    if kept:
        raise click.ClickException(
            f"{len(kept)} of {len(decisions)} decisions are written down, but changed nothing: it takes"
            " `identity.resolver: full` in the rule book of the workers to make leads one (docs/identity.md)"
        )


def tell_parted(gone: Sequence[tuple[str, str]]) -> None:
    """Name the leads that decisions about others have parted from these, see `parted`, and say how to keep them."""
    for lead, mate in gone[:MOST_NAMED]:
        click.echo(
            f"{lead} was one person with {mate} by evidence, and is no more: with what was decided most speaks against"
            f" it. `whetstone lead merge {mate} {lead}` makes them one again",
            err=True,
        )
    if more := len(gone[MOST_NAMED:]):
        click.echo(f"and {more} more", err=True)


def _tell(decision: Judged, people: Mapping[str, Membership]) -> bool:
    """Say whether two leads are one person now; return whether that is what was decided."""
    left, right = (people[lead].person if lead in people else lead for lead in (decision.left, decision.right))
    one = left == right
    click.echo(f"{decision.left} and {decision.right}: {'one person, ' + left if one else 'two people'}")
    return decision.answer == "withdrawn" or one == (decision.answer == "same")

"""`whetstone signin`: sign-in links for the live page."""

import click

from streams.clock import wall_ms
from streams.commands.addresses import gateway_url, secret_of
from streams.commands.duration import DURATION
from streams.gateway.sessions import Sessions, new_session
from streams.settings import settings


@click.command()
@click.option("--rep", help="Sign in a salesperson, by id.")
@click.option("--role", "roles", multiple=True, type=click.Choice(["manager"]), help="Sign in who holds a role.")
@click.option("--region", "regions", multiple=True, help="Regions that the role shows; default: all.")
@click.option("--name", help="How the person is called on the page and in acknowledgements.")
@click.option("--ttl", type=DURATION, default="24h", show_default=True, help="How long the link waits to be used.")
def signin(rep: str | None, roles: tuple[str, ...], regions: tuple[str, ...], name: str | None, ttl: int) -> None:
    """Print a link that signs one person in to the live page, once."""
    recipients = [*([f"rep:{rep}"] if rep else []), *(f"role:{role}" for role in roles)]
    if not recipients:
        raise click.UsageError("say who: --rep ID or --role manager")
    chosen = settings()
    promised = new_session(recipients, regions or None, name or recipients[0], wall_ms() + ttl * 1000)
    token = Sessions(secret_of(chosen)).signin_token(promised)
    click.echo(f"{gateway_url(chosen)}/live/signin?token={token}")

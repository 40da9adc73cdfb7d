"""`whetstone key`: API keys of front ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from schemas.catalogue import TYPES
from schemas.times import to_iso
from sinks.api_keys import ApiKey, KeyStore, PostgresKeyStore
from streams.clock import wall_ms
from streams.commands.source_name import SOURCE_NAME
from streams.commands.tables import print_table, table
from streams.gateway.keys import digest_of, new_key_text
from streams.settings import settings

Result = TypeVar("Result")


@click.group()
def key() -> None:
    """Make, list and revoke API keys of front ends."""


@key.command()
@click.option(
    "--source",
    type=SOURCE_NAME,
    help="The front end that the key vouches for; without it, what the events say counts.",
)
@click.option("--type", "types", multiple=True, type=click.Choice(list(TYPES)), help="Allow only these types.")
@click.option("--origin", "origins", multiple=True, help="Web origin that may send, such as https://www.example.com.")
@click.option("--rate", type=click.FloatRange(0.1, 1e6), default=1_000.0, show_default=True, help="Events a second.")
@click.option("--public", is_flag=True, help="For web pages: may stand in their source.")
def create(source: str | None, types: tuple[str, ...], origins: tuple[str, ...], rate: float, public: bool) -> None:
    """Make a key and print it, once: only its digest is kept."""
    if public and not origins:
        raise click.UsageError("a public key needs the origins of its web pages: --origin https://www.example.com")
    for origin in origins:
        check_origin(origin)
    key_id, text = new_key_text(public)
    made = ApiKey(
        key_id=key_id,
        digest=digest_of(text),
        source=source,
        created_at=wall_ms(),
        types=types,
        origins=origins,
        rate=rate,
        public=public,
    )
    with_store(lambda store: store.add(made))
    click.echo(text)
    click.echo(f"key {key_id}: keep it now, it cannot be shown again", err=True)


@key.command("list")
def list_keys() -> None:
    """List all keys (never their texts)."""
    names = ("id", "source", "kind", "events/s", "types", "origins", "made", "revoked")
    shown = table(names, whole=("id",))
    for one in with_store(lambda store: store.all()):
        shown.add_row(
            one.key_id,
            one.source or "any",
            "public" if one.public else "secret",
            f"{one.rate:g}",
            ", ".join(one.types) or "all",
            ", ".join(one.origins) or "none",
            to_iso(one.created_at),
            to_iso(one.revoked_at) if one.revoked_at else "",
        )
    print_table(shown)


@key.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End a key; gateways follow within seconds."""
    if not with_store(lambda store: store.revoke(key_id, wall_ms())):
        raise click.ClickException(f"there is no good key {key_id}")
    click.echo(f"key {key_id} is revoked")


def check_origin(origin: str) -> None:
    """Raise UsageError for what no browser sends as an origin."""
    scheme, _, rest = origin.partition("://")
    if origin != "*" and (scheme not in ("http", "https") or not rest or "/" in rest or not origin.isascii()):
        raise click.UsageError(f"{origin!r} is no origin: scheme and host, such as https://www.example.com")


def with_store(use: Callable[[KeyStore], Awaitable[Result]]) -> Result:
    """Run something on the key store of the settings."""

    async def run() -> Result:
        chosen = settings()
        dsn = chosen.postgres_dsn.get_secret_value()
        async with PostgresKeyStore(dsn, chosen.namespace, connections=1, timeout=10.0) as store:
            return await use(store)

    return asyncio.run(run())

"""What commands that make links need from the settings."""

import click

from streams.settings import Settings


def gateway_url(settings: Settings) -> str:
    """Return the address that people reach the gateway by, without a slash at the end."""
    return (settings.gateway_public_url or f"http://{settings.gateway_host}:{settings.gateway_port}").rstrip("/")


def secret_of(settings: Settings) -> str:
    """Return the secret that links are signed with. Raises UsageError when there is none."""
    secret = settings.secret.get_secret_value()
    if not secret:
        raise click.UsageError(
            "WHETSTONE_SECRET is not set: use that of the gateway (`openssl rand -hex 32` makes one)"
        )
    return secret

"""`whetstone link`: signed campaign links."""

import click

from streams.clock import wall_ms
from streams.commands.addresses import gateway_url, secret_of
from streams.commands.duration import DURATION
from streams.gateway.links import PURPOSE, BadTarget, Link, write_link
from streams.gateway.signing import Signer
from streams.settings import settings

PERSONAL = frozenset(("phone", "email", "id_number", "qq"))


@click.command()
@click.option("--target", required=True, help="Where the link leads.")
@click.option("--channel", required=True, help="What carries the link: wechat, sms, douyin, …")
@click.option("--campaign", help="The campaign that it belongs to.")
@click.option("--subject", help="Whom it is sent to, as kind:value, such as customer:C-1042.")
@click.option("--ttl", type=DURATION, default="90d", show_default=True, help="How long it works: 30m, 12h, 90d.")
@click.option("--personal", is_flag=True, help="Allow a subject that is personal data.")
def link(target: str, channel: str, campaign: str | None, subject: str | None, ttl: int, personal: bool) -> None:
    """Print a link that records who clicked, then leads to the target. It cannot be changed to lead elsewhere."""
    chosen = settings()
    made = Link(
        target=target,
        channel=channel,
        campaign=campaign,
        subject=subject_of(subject, personal) if subject else None,
        expires_at=wall_ms() // 1000 + ttl,
    )
    try:
        token = write_link(Signer(secret_of(chosen), PURPOSE), made)
    except BadTarget as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{gateway_url(chosen)}/c/{token}")


def subject_of(text: str, personal: bool) -> tuple[str, str]:
    """Return kind and value. Raises UsageError for no identifier, and for personal data that was not asked for."""
    kind, _, value = text.rpartition(":") if text.startswith("crm:") else text.partition(":")
    if not kind or not value:
        raise click.UsageError("a subject is kind:value, such as customer:C-1042 or crm:sap:77")
    if kind in PERSONAL and not personal:
        raise click.UsageError(f"whoever sees a link can read it: use an id of yours, or --personal to put a {kind} in")
    return kind, value

"""`whetstone link`: signed campaign links."""

import click

from processors.cleansing.record import CleansingOptions
from schemas.outcome import Refusal
from schemas.times import to_iso
from streams.clock import wall_ms
from streams.commands.addresses import gateway_url, secret_of
from streams.commands.duration import DURATION
from streams.gateway.campaign import click as clicked
from streams.gateway.links import PURPOSE, BadTarget, Link, read_link, write_link
from streams.gateway.signing import LENGTH, Signer
from streams.rejections.repairing import judged
from streams.settings import settings

VISITOR = "0" * 32  # stands for whoever clicks
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
    signer = Signer(secret_of(chosen), PURPOSE)
    try:
        token = write_link(signer, made)
    except BadTarget as error:
        raise click.UsageError(str(error)) from error
    if read_link(signer, token) is None:
        raise click.UsageError(f"the link would be too long: it has {len(token)} characters, at most {LENGTH} are read")
    if refusal := refusal_of(made, token):
        raise click.UsageError(f"its clicks would be refused: {refusal.pointer}: {refusal.message}")
    click.echo(f"{gateway_url(chosen)}/c/{token}")


def refusal_of(made: Link, token: str) -> Refusal | None:
    """Return why the workers would refuse a click on a link: for itself, or as one about nobody."""
    now = wall_ms()
    one = clicked(made, token, VISITOR, now)
    ids = [{"kind": each.kind, "value": each.value} for each in one.ids[:1]]
    event = {"event_id": one.event_id, "type": one.type, "source": one.source, "occurred_at": to_iso(now)}
    outcome = judged({**event, "subject": {"ids": ids}, "data": one.data}, now, CleansingOptions())
    return outcome if isinstance(outcome, Refusal) else None


def subject_of(text: str, personal: bool) -> tuple[str, str]:
    """Return kind and value. Raises UsageError for no identifier, and for personal data that was not asked for."""
    kind, _, value = text.rpartition(":") if text.startswith("crm:") else text.partition(":")
    if not kind or not value:
        raise click.UsageError("a subject is kind:value, such as customer:C-1042 or crm:sap:77")
    if kind in PERSONAL and not personal:
        raise click.UsageError(f"whoever sees a link can read it: use an id of yours, or --personal to put a {kind} in")
    return kind, value

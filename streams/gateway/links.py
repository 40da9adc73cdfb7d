"""Signed campaign links: where to go, which channel and campaign brought the visitor, and whom it was sent to."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from streams.gateway.signing import Signer

PURPOSE = "link"
TARGET_CHARACTERS = 2_000


class BadTarget(ValueError):
    """A link may not lead there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link says. `subject` is (kind, value) of whom it was sent to; `expires_at` in seconds since 1970."""

    target: str
    channel: str
    campaign: str | None = None
    subject: tuple[str, str] | None = None
    expires_at: int | None = None


def check_target(target: str) -> str:
    """Return a target that a browser may be sent to. Raises BadTarget with what would be right."""
    if len(target) > TARGET_CHARACTERS or not target.isprintable() or any(c in target for c in '\\"<> '):
        raise BadTarget(f"a target has at most {TARGET_CHARACTERS} printable characters, without spaces")
    try:
        parts = urlsplit(target)
        host = parts.hostname
    except ValueError:
        raise BadTarget("a target is an absolute address such as https://www.example.com/page") from None
    if parts.scheme not in ("https", "http") or not host or not host.isascii() or parts.username is not None:
        raise BadTarget("a target is an absolute address such as https://www.example.com/page, its host in ASCII")
    return target


def write_link(signer: Signer, link: Link) -> str:
    """Return a link's token. Raises BadTarget."""
    check_target(link.target)
    subject = list(link.subject) if link.subject else None
    return signer.sign([link.target, link.channel, link.campaign, subject, link.expires_at])


def read_link(signer: Signer, token: str) -> Link | None:
    """Return what a token says, None when it was not signed here or leads nowhere."""
    match signer.read(token):
        case [str(target), str(channel), campaign, subject, expires_at]:
            pair = (str(subject[0]), str(subject[1])) if subject else None
            link = Link(target=target, channel=channel, campaign=campaign, subject=pair, expires_at=expires_at)
        case _:
            return None
    try:
        check_target(link.target)
    except BadTarget:
        return None
    return link

"""Who looks at the live page: sign-in links from the command line, then a signed cookie."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from streams.gateway.signing import Signer

COOKIE = "whetstone_session"
SESSION_MS = 12 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person's view: whose inboxes they read, which regions a role shows them (None: all), until when (ms).

    `unmasked`: their exports may hold contact data in full.
    """

    recipients: tuple[str, ...]
    regions: tuple[str, ...] | None
    who: str
    expires_at: int
    nonce: str
    unmasked: bool = False

    def sees(self, recipient: str, region: str | None) -> bool:
        """Whether an entry of one of the inboxes is for this person: a role counts only in one's regions."""
        if recipient not in self.recipients:
            return False
        limited = self.regions is not None and recipient.startswith("role:")
        return not limited or region is None or region in (self.regions or ())


def new_session(
    recipients: Sequence[str], regions: Sequence[str] | None, who: str, expires_at: int, *, unmasked: bool = False
) -> Session:
    """Return a session, or what a sign-in link will become, with a nonce of its own."""
    return Session(
        recipients=tuple(recipients),
        regions=None if regions is None else tuple(regions),
        who=who,
        expires_at=expires_at,
        nonce=secrets.token_urlsafe(9),
        unmasked=unmasked,
    )


class Sessions:
    """Writes and reads sign-in links and cookies. Times are milliseconds since 1970 UTC."""

    def __init__(self, secret: str) -> None:
        self._signins = Signer(secret, "signin")
        self._cookies = Signer(secret, "session")
        self._alerts = sha256(b"whetstone.alert.v1" + secret.encode()).digest()
        self._labels = sha256(b"whetstone.label.v1" + secret.encode()).digest()

    def signin_token(self, session: Session) -> str:
        """Return the token of a sign-in link; it ends when `session` does."""
        return self._signins.sign(_plain(session))

    def read_signin(self, token: str, now: int) -> Session | None:
        """Return what a sign-in link promises, None when it is not ours or too old."""
        return _session(self._signins.read(token), now)

    def start(self, promised: Session, now: int) -> tuple[Session, str]:
        """Return the session that a sign-in begins, and its cookie."""
        session = replace(promised, expires_at=now + SESSION_MS, nonce=secrets.token_urlsafe(9))
        return session, self._cookies.sign(_plain(session))

    def read_cookie(self, cookie: str, now: int) -> Session | None:
        """Return a cookie's session, None when it is not ours or has ended."""
        return _session(self._cookies.read(cookie), now)

    def alert_token(self, session: Session, signal_id: str) -> str:
        """Return what shows that this session was shown this alert: needed to acknowledge it.

        It stands in the event stream, which no other site can read, so it also keeps out forged requests.
        """
        text = f"{session.nonce}\x1f{signal_id}".encode()
        return hmac.new(self._alerts, text, sha256).hexdigest()[:32]

    def label(self, session: Session) -> str:
        """Return what tells one session from another, and tells nobody else anything."""
        return hmac.new(self._labels, session.nonce.encode(), sha256).hexdigest()[:16]

    def may_ack(self, session: Session, signal_id: str, token: str) -> bool:
        """Whether a token is that of this session and alert."""
        return hmac.compare_digest(self.alert_token(session, signal_id).encode(), token.encode())


def _plain(session: Session) -> list[Any]:
    return [session.recipients, session.regions, session.who, session.expires_at, session.nonce, session.unmasked]


def _session(content: Any, now: int) -> Session | None:
    match content:
        case [list(recipients), regions, str(who), int(expires_at), str(nonce), *rest] if now < expires_at:
            return Session(
                recipients=tuple(map(str, recipients)),
                regions=None if regions is None else tuple(map(str, regions)),
                who=who,
                expires_at=expires_at,
                nonce=nonce,
                unmasked=rest == [True],  # links and cookies of earlier releases have nothing here
            )
    return None

"""What a gateway works with: made once when the process starts, found again by every request."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from sinks.inbox import Inboxes
from sinks.read import LibraryReader
from sinks.records import Producer
from streams.gateway.clicks import Clicks
from streams.gateway.exports import Exports
from streams.gateway.feed import Feed
from streams.gateway.intake import Intake
from streams.gateway.keys import KeyRing
from streams.gateway.problems import Problem
from streams.gateway.sessions import COOKIE, Session, Sessions
from streams.gateway.signing import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The parts of one gateway. `clock` gives milliseconds since 1970 UTC; `topics` are those it produces to."""

    clock: Callable[[], int]
    public_url: str
    topics: tuple[str, ...]
    producer: Producer
    keys: KeyRing
    intake: Intake
    clicks: Clicks
    links: Signer
    sessions: Sessions
    inboxes: Inboxes
    feed: Feed
    library: LibraryReader
    exports: Exports

    @property
    def https(self) -> bool:
        """Whether people reach this gateway over TLS, so that cookies may ask for it."""
        return self.public_url.startswith("https://")


def context(request: Request) -> Context:
    """Return the gateway that a request came to."""
    found: Context = request.app.state.context
    return found


def signed_in(request: Request) -> Session:
    """Return who is signed in. Raises Problem 401 when nobody is."""
    session = session_of(request)
    if session is None:
        raise Problem(401, "no_session", "nobody is signed in: open a link made with `whetstone signin`")
    return session


def session_of(request: Request) -> Session | None:
    """Return who is signed in, None when nobody is."""
    here = context(request)
    return here.sessions.read_cookie(request.cookies.get(COOKIE, ""), here.clock())

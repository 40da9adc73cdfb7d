"""Who may do what in the sample: an API key for its front ends, sign-in links for its people."""

from schemas.times import HOUR
from sinks.api_keys import ApiKey, PostgresKeyStore
from streams.gateway.keys import digest_of, new_key_text
from streams.gateway.sessions import COOKIE, Sessions, new_session
from streams.settings import Settings

MANAGER = ("role:manager",)
DECISIONS = ("leads_judged",)  # such a type must be named by the key
LINK_MS = 12 * HOUR
RATE = 1e6  # events a second: the sample is played as fast as it goes


async def make_key(settings: Settings, now: int, types: tuple[str, ...] = ()) -> str:
    """Make an API key that takes any source, and return its text; `types` as in `ApiKey`."""
    key_id, text = new_key_text(public=False)
    key = ApiKey(key_id=key_id, digest=digest_of(text), source=None, created_at=now, rate=RATE, types=types)
    async with PostgresKeyStore(settings.postgres_dsn.get_secret_value(), settings.namespace) as store:
        await store.add(key)
    return text


def manager_cookie(settings: Settings, now: int) -> str:
    """Return the cookie of a manager who is signed in."""
    promised = new_session(MANAGER, None, "sample", now + LINK_MS)
    _, cookie = Sessions(settings.secret.get_secret_value()).start(promised, now)
    return f"{COOKIE}={cookie}"


def signin_link(settings: Settings, base: str, recipients: tuple[str, ...], who: str, now: int) -> str:
    """Return a link that signs somebody in to the live page, once. `base` is the gateway's address."""
    promised = new_session(recipients, None, who, now + LINK_MS)
    token = Sessions(settings.secret.get_secret_value()).signin_token(promised)
    return f"{base}/live/signin?token={token}"

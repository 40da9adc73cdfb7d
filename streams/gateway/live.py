"""The live page and signing in to it."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from sinks.base import SinkUnavailable
from streams.gateway.body import read_body
from streams.gateway.context import context, session_of
from streams.gateway.pages import language_of, message, page, said_who
from streams.gateway.problems import unavailable
from streams.gateway.sessions import COOKIE, SESSION_MS

router = APIRouter(include_in_schema=False)


@router.get("/")
async def front() -> Response:
    """Lead whoever gives the host alone to the live page."""
    return RedirectResponse("/live", 303)


@router.get("/live")
async def live(request: Request) -> Response:
    """Show the live page, or tell people without a session what to do."""
    if not session_of(request):
        return message("signed_out", 401)
    return page("live", LANGUAGE=language_of(request.headers.get("accept-language", "")))


@router.get("/live/signin")
async def ask(request: Request, token: str = "") -> Response:
    """Show who the link signs in, with a button: a mail scanner that opens the link does not use it up."""
    here = context(request)
    promised = here.sessions.read_signin(token, here.clock())
    if promised is None:
        return message("bad_signin", 410)
    zh, en = said_who(promised.who)
    return page("signin", WHO_ZH=zh, WHO_EN=en, TOKEN=token)


@router.post("/live/signin")
async def signin(request: Request) -> Response:
    """Begin a session with a link that has not been used yet."""
    here, now = context(request), context(request).clock()
    form = parse_qs((await read_body(request)).decode("latin-1"), max_num_fields=10)
    promised = here.sessions.read_signin(form.get("token", [""])[0], now)
    if promised is None:
        return message("bad_signin", 410)
    try:
        fresh = await here.inboxes.first_use(promised.nonce, max(1, (promised.expires_at - now) // 1000 + 60))
    except SinkUnavailable as error:
        raise unavailable("sign-in links cannot be checked now", error.retry_after) from error
    if not fresh:
        return message("bad_signin", 410)
    _, cookie = here.sessions.start(promised, now)
    answer = RedirectResponse("/live", 303)
    answer.set_cookie(COOKIE, cookie, SESSION_MS // 1000, httponly=True, samesite="lax", secure=here.https)
    return answer


@router.post("/live/signout")
async def signout(request: Request) -> Response:
    """End the session in this browser."""
    answer = RedirectResponse("/live", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=context(request).https)
    return answer

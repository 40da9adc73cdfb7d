"""`GET /c/{link}`: counts a click, then sends the visitor on, whatever the state of Kafka."""

import re
import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from schemas.ids import derived_id
from schemas.touchpoint import SubjectId, Touchpoint
from streams import metrics
from streams.gateway.context import context
from streams.gateway.links import Link, read_link
from streams.gateway.pages import message

router = APIRouter(tags=["campaign links"])

VISITOR = "whetstone_visitor"  # also set by w.js, so that a click and the visit after it are one person's
VISITOR_S = 180 * 86_400
VISITOR_FORM = re.compile(r"[A-Za-z0-9-]{16,64}")
SOURCE = "links"


@router.head("/c/{token}", include_in_schema=False)
@router.get("/c/{token}", status_code=302, summary="Follow a campaign link")
async def follow(request: Request, token: Annotated[str, Path()]) -> Response:
    """Record `link_clicked` and redirect to the target that was signed when the link was made."""
    here = context(request)
    link = read_link(here.links, token)
    if link is None:
        metrics.CLICKS.labels("bad").inc()
        return message("no_link", 404)
    now = here.clock()
    if link.expires_at is not None and now >= link.expires_at * 1000:
        metrics.CLICKS.labels("expired").inc()
        return message("old_link", 410)
    answer = RedirectResponse(link.target, 302, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    if request.method == "GET" and not _is_prefetch(request):
        visitor = _visitor(request)
        here.clicks.add(click(link, token, visitor, now))
        if not _wants_privacy(request):
            answer.set_cookie(VISITOR, visitor, VISITOR_S, samesite="lax", secure=here.https)
    return answer


def click(link: Link, token: str, visitor: str, now: int) -> Touchpoint:
    """Return the event of one click: about whom the link was sent to, if it says so, and the device."""
    sent_to = (SubjectId(*link.subject),) if link.subject else ()
    data = {"link": derived_id("link", token), "channel": link.channel, "campaign": link.campaign, "url": link.target}
    return Touchpoint(
        event_id=uuid.uuid4().hex,
        type="link_clicked",
        source=SOURCE,
        occurred_at=now,
        received_at=now,
        ids=(*sent_to, SubjectId("device", visitor)),
        data={name: value for name, value in data.items() if value is not None},
    )


def _visitor(request: Request) -> str:
    known = request.cookies.get(VISITOR, "")
    return known if VISITOR_FORM.fullmatch(known) else str(uuid.uuid4())


def _wants_privacy(request: Request) -> bool:
    return request.headers.get("sec-gpc") == "1" or request.headers.get("dnt") == "1"


def _is_prefetch(request: Request) -> bool:
    """A browser that only fetches ahead has not clicked."""
    return any("prefetch" in request.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))

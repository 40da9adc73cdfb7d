"""The live page's calls: the stream of alerts, older ones, and the acknowledgement of one."""

from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from sinks.base import SinkUnavailable
from streams.gateway.context import Context, context, signed_in
from streams.gateway.feed import Subscription
from streams.gateway.openapi import ACK_DOC, OLDER_DOC, STREAM_DOC
from streams.gateway.problems import Problem, unavailable
from streams.gateway.stream import HISTORY, LiveStream, acked_of, older_than, shown

router = APIRouter(tags=["live page"])


@router.get("/v1/alerts/stream", **STREAM_DOC)
async def stream(request: Request) -> Response:
    """Stream alerts as server-sent events: first what was missed, or the inbox, then each as it comes."""
    here, session = context(request), signed_in(request)
    try:
        subscription = await here.feed.subscribe(session.recipients)
    except SinkUnavailable as error:
        raise unavailable("the inboxes cannot be read", error.retry_after) from error
    live = LiveStream(here, session, subscription, request.headers.get("last-event-id"))
    try:
        opening = await live.opening()
    except BaseException as error:
        here.feed.unsubscribe(subscription)
        if isinstance(error, SinkUnavailable):
            raise unavailable("the inbox cannot be read", error.retry_after) from error
        raise
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_messages(here, subscription, live, opening), 200, headers, "text/event-stream")


async def _messages(
    here: Context, subscription: Subscription, live: LiveStream, opening: list[bytes]
) -> AsyncIterator[bytes]:
    try:
        yield b"".join(opening)
        async for message in live.messages():
            yield message
    finally:
        here.feed.unsubscribe(subscription)


@router.get("/v1/alerts", **OLDER_DOC)
async def older(request: Request, before: Annotated[int, Query(ge=0, lt=2**63)]) -> Response:
    """Return the alerts before those that a page has, newest first, and the cursor for the next ones."""
    here, session = context(request), signed_in(request)
    try:
        notices = await here.library.inbox(session.recipients, session.regions, HISTORY, before)
    except SinkUnavailable as error:
        raise unavailable("the inbox cannot be read", error.retry_after) from error
    alerts = [shown(here, session, each.signal, each.recipient, acked_of(each)) for each in notices]
    body = orjson.dumps({"alerts": alerts, "before": older_than(notices)})
    return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")


@router.post("/v1/alerts/{signal_id}/ack", status_code=200, **ACK_DOC)
async def ack(
    request: Request,
    signal_id: Annotated[str, Path(max_length=64)],
    x_alert_token: Annotated[str, Header(max_length=64)] = "",
) -> Response:
    """Acknowledge an alert that this session was shown; the others who hold the role see it at once."""
    here, session = context(request), signed_in(request)
    if not here.sessions.may_ack(session, signal_id, x_alert_token):
        raise Problem(403, "bad_token", "send the token that came with this alert as `X-Alert-Token`")
    now = here.clock()
    try:
        opened = await here.library.ack(signal_id, session.recipients, session.who, now)
        first = None if opened else await here.library.acked(signal_id, session.recipients)
        by, at = first or (session.who, now)
        if opened or (first and by == session.who):  # sent again: Redis may have been away when others were to be told
            for recipient in session.recipients:
                await here.inboxes.append_ack(recipient, {"signal_id": signal_id, "by": by, "at": at})
    except SinkUnavailable as error:
        raise unavailable("the acknowledgement could not be kept", error.retry_after) from error
    body = orjson.dumps({"acknowledged": opened, "by": by, "at": at})
    return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")

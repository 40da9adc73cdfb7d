"""What surrounds every request: security headers, metrics, the access log, and the last resort."""

import logging
import time

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams import metrics
from streams.gateway.problems import unavailable

log = logging.getLogger("whetstone.gateway")

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), camera=(), microphone=()"),
)
DEFAULT_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class Edge:
    """The outermost layer of ours. An exception that nobody caught becomes 503, never 500.

    The caller is told to repeat, since events are only promised when they were answered with 202.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        began = time.perf_counter()
        try:
            await self._app(scope, receive, answer.send)
        except ClientDisconnect:
            log.info("a client left before its request was read")
        except Exception:
            metrics.GATEWAY_ERRORS.inc()
            log.exception("a request failed in a way that nobody foresaw")
            if answer.status is None:
                await unavailable("this request failed inside the gateway", 5.0).response()(scope, receive, answer.send)
        finally:
            _record(scope, answer.status, time.perf_counter() - began)


class _Answer:
    """Passes an answer on, with the security headers, and remembers its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            present = {name.lower() for name, _ in headers}
            headers += [pair for pair in (*SECURITY_HEADERS, DEFAULT_POLICY) if pair[0] not in present]
            message = {**message, "headers": headers}
        await self._send(message)


def _record(scope: Scope, status: int | None, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "other")
    metrics.GATEWAY_RESPONSES.labels(route, str(status or 499)).inc()
    metrics.GATEWAY_SECONDS.labels(route).observe(seconds)
    log.debug("request", extra={"method": scope["method"], "route": route, "status": status, "seconds": seconds})

"""Answers that say what went wrong and what to do about it, as `application/problem+json`."""

from collections.abc import Mapping
from math import ceil

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streams.gateway.pages import message

PAGES = {404: "no_page", 405: "no_page", 503: "unavailable"}  # what people may come upon by their browser


class Problem(Exception):
    """An answer other than success. `message` tells the caller what to do; it never repeats what was sent.

    `retry_after` (seconds) becomes the header of that name, rounded up.
    """

    def __init__(self, status: int, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """Return the answer, with the headers that go with it."""
        body = {"status": self.status, "code": self.code, "message": self.message}
        all_headers = {**(headers or {}), "Cache-Control": "no-store"}
        if self.retry_after is not None:
            all_headers["Retry-After"] = str(max(1, ceil(self.retry_after)))
        if self.status == 401:
            all_headers["WWW-Authenticate"] = 'Bearer realm="whetstone"'
        return Response(orjson.dumps(body), self.status, all_headers, "application/problem+json")


def unavailable(message: str, retry_after: float = 1.0) -> Problem:
    """Return the answer to give while something behind the gateway is away: nothing is lost if the caller repeats."""
    return Problem(503, "unavailable", f"{message}; send the same events with the same ids again later", retry_after)


async def answer_problem(request: Request, error: Exception) -> Response:
    """Turn a Problem that a route raised into its answer (an exception handler of the app)."""
    if not isinstance(error, Problem):
        raise error
    return answer_to(request, error)


def answer_to(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer for whoever asks: a browser that opens a page gets words for people, all else the problem."""
    answer = problem.response(headers)
    name = PAGES.get(problem.status)
    path: str = request.scope["path"]
    if name is None or path.startswith("/v1/") or "text/html" not in request.headers.get("accept", ""):
        return answer
    page = message(name, problem.status)
    for kept in ("allow", "retry-after"):
        if kept in answer.headers:
            page.headers[kept] = answer.headers[kept]
    return page

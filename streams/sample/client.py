"""A small HTTP client on one kept connection: standard library, as a front end might be written."""

import http.client
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

TIMEOUT = 30.0  # seconds for one answer
PATIENCE = 60.0  # seconds that a gateway may be busy or away, all in all, before we give up
BUSY = frozenset((429, 503))


class GatewayError(Exception):
    """The gateway did not take what was sent. The message says what it answered."""


class Answer(NamedTuple):
    """Status, headers and body of an answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return orjson.loads(self.body)


class Client:
    """Requests to one server, one after another. `port` on the loopback interface."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str) -> Answer:
        """Return the answer to a GET. Raises OSError or HTTPException when there is none."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Return the answer to a POST; while the server is busy, wait as long as it says and send the same again.

        Sending again is safe: events carry ids. Raises GatewayError when that does not help for a minute.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self._ask("POST", path, body, headers)
            except (OSError, http.client.HTTPException) as error:
                why, pause = f"{type(error).__name__}: {error}", 0.5
            else:
                if answer.status not in BUSY:
                    return answer
                why, pause = f"{answer.status} {answer.body[:300]!r}", float(answer.headers.get("Retry-After", "1"))
            if time.monotonic() + pause > deadline:
                raise GatewayError(f"the gateway did not take events for {PATIENCE:g} s, the last time because: {why}")
            time.sleep(pause)

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            self._connection.request(method, path, body, dict(headers))
            response = self._connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except BaseException:
            self._connection.close()  # the next request begins on a new connection
            raise

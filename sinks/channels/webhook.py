"""A webhook of one's own: signed JSON, one signal a request, with a key by which a repeat is recognised."""

import hashlib
import hmac

import orjson

from sinks.channels.base import Outgoing
from sinks.channels.http import HttpClient

SIGNATURE = "Whetstone-Signature"


class Webhook:
    """Posts `{"id", "recipient", "title", "lines", "signal"}`.

    `Idempotency-Key` is the message's id. `Whetstone-Signature: t=SECONDS,v1=HEX` is HMAC-SHA256 with the secret over
    `SECONDS.BODY`; whoever receives it should refuse times that are minutes away.
    """

    personal = True
    digests = False

    def __init__(self, client: HttpClient, url: str, secret: str, per_minute: int = 600) -> None:
        self.per_minute = per_minute
        self._client = client
        self._url = url
        self._secret = secret.encode()

    def reaches(self, recipient: str) -> bool:
        """See `Channel`."""
        return True

    async def send(self, message: Outgoing, now: int) -> None:
        """See `Channel`."""
        content = {
            "id": message.id,
            "recipient": message.target,
            "title": message.title,
            "lines": message.lines,
            "signal": message.signals[0] if message.signals else None,
        }
        body = orjson.dumps(content)
        headers = {"Idempotency-Key": message.id, SIGNATURE: signature(self._secret, body, now)}
        await self._client.post(self._url, body, headers)


def signature(secret: bytes, body: bytes, now: int) -> str:
    """Return the header's value for a body that is sent at a time (ms)."""
    stamp = now // 1000
    return f"t={stamp},v1={hmac.new(secret, b'%d.%s' % (stamp, body), hashlib.sha256).hexdigest()}"

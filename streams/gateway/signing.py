"""Signed tokens: what a link, a sign-in or a session says, so that nobody else can have written it."""

from hashlib import sha256
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

_SIGNER = {"key_derivation": "hmac", "digest_method": sha256}
LENGTH = 4_096  # no token of ours is longer


class Signer:
    """Signs plain data for one purpose; a token of one purpose is worthless for another.

    The content is readable by who holds the token: it must hold no secrets.
    """

    def __init__(self, secret: str, purpose: str) -> None:
        if len(secret) < 32:
            raise ValueError("WHETSTONE_SECRET is not set: make one with `openssl rand -hex 32`")
        self._serializer = URLSafeSerializer(secret, salt=f"whetstone.{purpose}.v1", signer_kwargs=_SIGNER)

    def sign(self, content: Any) -> str:
        """Return a token, safe in addresses and cookies."""
        text = self._serializer.dumps(content)
        return text if isinstance(text, str) else text.decode()

    def read(self, token: str) -> Any:
        """Return what a token says, None when it was not signed here."""
        if len(token) > LENGTH:
            return None
        try:
            return self._serializer.loads(token)
        except (BadData, UnicodeError):
            return None

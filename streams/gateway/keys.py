"""API keys at the edge: made once, recognised from memory, refreshed from the store behind it."""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Callable
from hashlib import sha256

from sinks.api_keys import ApiKey, KeyStore
from sinks.base import SinkUnavailable
from streams import metrics
from streams.gateway.limits import TokenBucket
from streams.gateway.problems import Problem, unavailable

log = logging.getLogger("whetstone.gateway.keys")

REFRESH_S = 5.0  # a revoked key stops within this time
MISS_S = 0.5  # how often unknown keys may make the ring look again before that; they wait for it together
PATIENCE_S = 3.0  # so long at most: a store that takes calls and does not answer keeps nobody waiting


def new_key_text(public: bool) -> tuple[str, str]:
    """Return a new key's id and its text: `wsk_` or, for web pages, `wpk_`, then the id and 192 random bits."""
    key_id = secrets.token_hex(5)
    return key_id, f"{'wpk' if public else 'wsk'}_{key_id}_{secrets.token_hex(24)}"


def digest_of(text: str) -> bytes:
    """Return what is stored of a key (see `sinks.api_keys.ApiKey` for why a fast hash is right)."""
    return sha256(text.encode()).digest()


class KeyRing:
    """All good keys in memory, so that Postgres is not on the way of a touchpoint. `clock` is monotonic seconds."""

    def __init__(self, store: KeyStore, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._keys: dict[str, ApiKey] = {}
        self._buckets: dict[str, TokenBucket] = {}
        self._loaded_at: float | None = None
        self._begun_at = clock()
        self._away = ""
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    @property
    def loaded(self) -> bool:
        """Whether the keys have been read at least once."""
        return self._loaded_at is not None

    @property
    def state(self) -> str:
        """`ok` once the keys have been read, else what is missing."""
        if self.loaded:
            return "ok"
        return f"not loaded yet: {self._away} is unavailable" if self._away else "not loaded yet"

    async def refresh(self) -> None:
        """Read all keys; what was known stays when the store is away (SinkUnavailable)."""
        self._tried_at = self._clock()
        try:
            found = await self._store.all()
        except SinkUnavailable as error:
            self._away = error.store
            metrics.SINK_UP.labels(error.store).set(0)
            raise
        if self._away:
            metrics.SINK_UP.labels(self._away).set(1)
            self._away = ""
        keys = {key.key_id: key for key in found if key.revoked_at is None}
        self._buckets = {
            name: bucket
            for name, bucket in self._buckets.items()
            if name in keys and name in self._keys and keys[name].rate == self._keys[name].rate
        }
        self._keys = keys
        self._loaded_at = self._clock()
        metrics.GATEWAY_KEYS_AGE.set(0)

    async def keep_fresh(self) -> None:
        """Refresh for ever (a background task)."""
        while True:
            try:
                await self.refresh()
            except SinkUnavailable as error:
                since = self._begun_at if self._loaded_at is None else self._loaded_at
                metrics.GATEWAY_KEYS_AGE.set(self._clock() - since)
                log.warning("API keys could not be read: %s", error)
            await asyncio.sleep(REFRESH_S)

    async def find(self, text: str) -> ApiKey:
        """Return the key of this text. Raises Problem 401, or 503 while no keys have been read yet."""
        key = self._match(text)
        if key is None:
            await self._look_again()
            key = self._match(text)
        if key is None and not self.loaded:
            raise unavailable("the API keys are not loaded yet")
        if key is None:
            raise Problem(401, "bad_key", "no such API key: make one with `whetstone key create`")
        return key

    def spend(self, key: ApiKey, events: int) -> None:
        """Count events against a key's rate. Raises Problem 429."""
        now = self._clock()
        bucket = self._buckets.get(key.key_id)
        if bucket is None:
            bucket = self._buckets[key.key_id] = TokenBucket(key.rate, now)
        wait = bucket.take(events, now)
        if wait:
            raise Problem(429, "too_fast", f"this key may send {key.rate:g} events a second: wait, then repeat", wait)

    def allows_origin(self, origin: str, key: ApiKey | None = None) -> bool:
        """Whether a web page of this origin may send with this key, or with any key when it is not known."""
        candidates = (key,) if key is not None else self._keys.values()
        return any(origin in one.origins or "*" in one.origins for one in candidates)

    async def knows_origin(self, origin: str, text: str = "") -> bool:
        """Whether a page of this origin may send, with the key of this text or, where that is unknown, with any."""
        if not self.allows_origin(origin, self._match(text)):
            await self._look_again()
        return self.allows_origin(origin, self._match(text))

    def _match(self, text: str) -> ApiKey | None:
        parts = text.split("_")
        key = self._keys.get(parts[1]) if len(parts) == 3 else None
        if key is None or not hmac.compare_digest(key.digest, digest_of(text)):
            return None
        return key

    async def _look_again(self) -> None:
        """A key may have been made a moment ago: ask the store, though not once for every stranger."""
        asked_at = self._clock()
        try:
            async with asyncio.timeout(PATIENCE_S), self._lock:
                if self._tried_at >= asked_at:
                    return  # somebody else asked after we did
                await asyncio.sleep(max(0.0, self._tried_at + MISS_S - asked_at))
                await self.refresh()
        except (SinkUnavailable, TimeoutError) as error:
            log.warning("API keys could not be read: %s", error or "no answer in time")

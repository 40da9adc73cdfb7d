"""One touchpoint out of bytes, or the reason why not: pure and total, nothing that is sent can make it raise."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from processors.decoding.envelope import build
from processors.decoding.refusing import DEEPEST, Refused, check_json, deeper_than, fail
from processors.decoding.usual import read_usual
from processors.faults import place_of
from schemas.framing import CodecError
from schemas.outcome import Refusal
from schemas.times import MINUTE
from schemas.touchpoint import Touchpoint
from schemas.wire import Codec

MOST_BYTES = 64 * 1024
CONTAINERS = (dict, list)
TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How far `occurred_at` may lie from `received_at`, in ms: ahead (clamped within it), behind (None: any)."""

    tolerance_ms: int = 5 * MINUTE
    max_age_ms: int | None = None


ANY_AGE = TimeLimits()


def decode(payload: bytes, content_type: str | None, received_at: int, codec: Codec) -> Touchpoint | Refusal:
    """Return the touchpoint that some bytes hold, or why they hold none.

    `content_type` is the record's header: `application/json` means JSON, anything else Avro in Confluent's wire
    format. `received_at` is in ms since 1970 UTC. Never raises.
    """
    event: Any = None
    try:
        if len(payload) > MOST_BYTES:
            fail("too_large", "", f"at most {MOST_BYTES} bytes per event")
        if content_type is not None and is_json(content_type):
            nul = b"\\" in payload and b"\\u0000" in payload
            if not nul and (usual := read_usual(payload, received_at)) is not None:
                return usual
            event = _parsed(payload)
            if _brackets(payload) > DEEPEST and type(event) in CONTAINERS and deeper_than(event, DEEPEST):
                check_json(event)  # says where
            return build(event, received_at, nul=nul)
        event, extra = codec.decode_touchpoint(payload)
        check_json(event["data"], "/data", 2)
        check_json(extra, "", 1)
        return build(event, received_at, extra, nul=True)
    except Refused as refused:
        return _named(refused.refusal, event)
    except CodecError as error:
        return Refusal(error.reason, "", str(error))
    except Exception as error:  # the promise is one outcome per record: what we did not foresee is a refusal too
        return _named(unforeseen(error), event)


def decode_object(event: object, received_at: int, payload: bytes = b"") -> Touchpoint | Refusal:
    """Return the touchpoint that an already parsed JSON value holds, or why it holds none. Never raises.

    `payload` is the same in JSON, from a caller that made the event of texts and whole numbers alone.
    """
    try:
        usual = _usual(payload, received_at) if payload else None
        if usual is None:
            text = _checked(event)
            usual = _usual(text, received_at) or build(event, received_at, nul=b"\\u0000" in text)
        return usual
    except Refused as refused:
        return _named(refused.refusal, event)
    except Exception as error:  # likewise
        return _named(unforeseen(error), event)


def unforeseen(error: Exception) -> Refusal:
    """Return the refusal of an event that was met by a fault of ours: it tells which, and where in the code."""
    return Refusal("internal", "", f"a fault of ours ({place_of(error)}); the bytes are kept")


def _usual(text: bytes, received_at: int) -> Touchpoint | None:
    unusual = len(text) > MOST_BYTES or b"\\u0000" in text
    return None if unusual else read_usual(text, received_at)


def check_time(touchpoint: Touchpoint, limits: TimeLimits = ANY_AGE) -> Touchpoint | Refusal:
    """Return the touchpoint with a time that others can rely on: a broken clock must not move the watermark.

    A time a little ahead of `received_at` becomes `received_at`; further ahead it is `future_time`. `too_old`
    when `max_age_ms` is set and exceeded.
    """
    ahead = touchpoint.occurred_at - touchpoint.received_at
    if ahead > limits.tolerance_ms:
        hint = f"a time at most {limits.tolerance_ms // 1000} s ahead of when the event arrives"
        return Refusal("future_time", "/occurred_at", hint, touchpoint.event_id)
    if limits.max_age_ms is not None and -ahead > limits.max_age_ms:
        hint = f"a time at most {limits.max_age_ms // 1000} s before the event arrives"
        return Refusal("too_old", "/occurred_at", hint, touchpoint.event_id)
    return msgspec.structs.replace(touchpoint, occurred_at=touchpoint.received_at) if ahead > 0 else touchpoint


@lru_cache(maxsize=256)
def is_json(content_type: str) -> bool:
    """Return whether a content type means JSON, whatever its case and parameters."""
    return content_type[:200].partition(";")[0].strip().lower() == "application/json"


def nesting(payload: bytes) -> int:
    """Return how deep the brackets of a JSON text nest, whether or not it is well formed; linear in its length."""
    depth = deepest = 0
    for token in TOKENS.findall(payload):
        if token in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif token in (b"]", b"}"):
            depth -= 1
    return deepest


def _parsed(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        if _brackets(payload) > DEEPEST and nesting(payload) > DEEPEST:
            fail("too_deep", "", f"at most {DEEPEST} levels of nesting")
        fail("not_json", "", "one JSON object in UTF-8")


def _brackets(payload: bytes) -> int:
    """Return a bound of the depth that costs nothing: how many brackets are opened, in texts too."""
    return payload.count(b"{") + payload.count(b"[")


def _checked(event: object) -> bytes:
    """Return an already parsed value as JSON text; refuse what `decode` would never see or let pass."""
    if type(event) is not dict:
        fail("bad_field", "", "a JSON object")
    check_json(event)
    try:
        text = orjson.dumps(event)
    except TypeError:
        fail("bad_field", "", "names and texts in Unicode without lone surrogates, integers of at most 64 bits")
    if len(text) > MOST_BYTES:
        fail("too_large", "", f"at most {MOST_BYTES} bytes per event")
    return text


def _named(refusal: Refusal, event: Any) -> Refusal:
    event_id = event.get("event_id") if type(event) is dict else None
    if type(event_id) is not str or not 0 < len(event_id) <= 64:
        return refusal
    return replace(refusal, event_id=event_id)

"""From a body to its events: one object, an array, or NDJSON, each with the bytes that it came in."""

import re
from typing import Any, NamedTuple

import msgspec
import orjson

from schemas.outcome import Refusal
from streams.gateway.problems import Problem

EVENTS = 500  # the contract's limit for one request
EVENT_BYTES = 262_144  # one event; far above any real one, far below what Kafka takes

_elements = msgspec.json.Decoder(list[msgspec.Raw])
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TOKENS = re.compile(rb'"(?:[^"\\]+|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)  # texts, and what divides


class Item(NamedTuple):
    """One event of a request: the bytes it came in, and what they say or why they say nothing."""

    raw: bytes
    value: Any


def split(body: bytes, content_type: str = "") -> list[Item]:
    """Return the events of a body in order. Raises Problem 400 when it is empty, 413 when there are too many."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        raise Problem(400, "empty", "the body is empty: send one event, an array of events, or one event per line")
    if "ndjson" in content_type or "jsonlines" in content_type:
        pieces = _lines(text)
    elif text.startswith(b"["):
        pieces = _array(text)
        if not pieces:
            raise Problem(400, "empty", "the array is empty: send one event, an array of events, or one event per line")
    else:
        pieces = [text] if _one(text) else _lines(text)
    if len(pieces) > EVENTS:
        raise Problem(413, "too_many", f"{len(pieces)} events are more than {EVENTS}: send them in several requests")
    return [Item(piece, read(piece)) for piece in pieces]


def read(piece: bytes) -> Any:
    """Return the JSON value, or the Refusal that says why there is none. Never raises."""
    if len(piece) > EVENT_BYTES:
        return Refusal("too_large", "", f"one event has at most {EVENT_BYTES} bytes")
    try:
        return orjson.loads(piece)
    except orjson.JSONDecodeError as error:
        if "recursion" in error.msg.lower():
            return Refusal("too_deep", "", "the event is nested too deeply")
        return Refusal("not_json", "", f"not JSON in UTF-8: see character {error.pos}")


def from_source(item: Item, source: str) -> bytes:
    """Return an event's bytes with the source that its key vouches for, all else as it was sent. Never raises."""
    if not isinstance(item.value, dict) or item.value.get("source") == source:
        return item.raw
    try:
        return msgspec.json.encode({**_fields.decode(item.raw), "source": source})
    except (msgspec.DecodeError, RecursionError):  # nested without end
        return item.raw


def _lines(text: bytes) -> list[bytes]:
    if text.count(b"\n") > 4 * EVENTS:
        raise Problem(413, "too_many", f"more lines than {EVENTS} events need: send them in several requests")
    return [line for line in (line.strip() for line in text.split(b"\n")) if line]


def _array(text: bytes) -> list[bytes]:
    """Return the elements' own bytes; an array whose ends cannot be told is one piece, to be rejected as it is."""
    try:
        return [bytes(element) for element in _elements.decode(text)]
    except (msgspec.DecodeError, RecursionError, ValueError):
        return _apart(text) or [text]


def _apart(text: bytes) -> list[bytes]:
    """Return the elements of an array of which one at least is no JSON (NaN, half an emoji); none if it is no array.

    So the other events of a request are taken: their sender would repeat it for ever.
    """
    pieces, begin, depth = [], 1, 0
    for token in _TOKENS.finditer(text):
        sign = token[0]
        if sign in (b"[", b"{"):
            depth += 1
        elif sign in (b"]", b"}"):
            depth -= 1
        if depth < 1 or (depth == 1 and sign == b","):
            pieces.append(text[begin : token.start()].strip())
            begin = token.end()
        if depth < 1:
            break
    whole = depth == 0 and begin == len(text) and text.endswith(b"]") and all(pieces)
    return pieces if whole else []


def _one(text: bytes) -> bool:
    """Tell one value, possibly written over many lines, from NDJSON."""
    if b"\n" not in text:
        return True
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True

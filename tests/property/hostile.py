"""Hostile requests, from a seed: what fuzzers, broken front ends and attackers send to a gateway."""

import gzip
import json
import random
from copy import deepcopy
from typing import Any, NamedTuple

from tests.gateway import event

TEXTS = (
    "", " ", "\x00", "a" * 70, "é", "\u202e", "😀", "' OR 1=1 --", "<script>alert(1)</script>", "../../etc/passwd",
    "${jndi:ldap://x}", "%00", "\ufeff", "١٢٣", "-", "0", "null", "9" * 400, "1e999", "2026-13-45T99:99:99Z", "页",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**40, 1e308, [], {}, [[]], [{}], {"": ""},
    {"ids": None}, {"ids": [None]}, {"ids": [{}]}, {"ids": [{"kind": [], "value": {}}]}, {"ids": {"kind": "phone"}},
)  # fmt: skip
FRAGMENTS = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\\ud800", b"\\u0000", b"\xff", b"\xc3", b"\x00", b"NaN",
    b"Infinity",
    b"-", b"1e9999", b"\n", b"\r\n", b"//", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"null", b"[" * 1_500, b'{"a":' * 1_200,
)  # fmt: skip
TYPES = (
    "page_viewed", "form_submitted", "phone_changed", "lead_updated", "lead_imported", "order_placed", "deal_updated",
    "position_reported", "forecast_submitted", "tender_published", "login", "nonsense", "",
)  # fmt: skip
CONTENT_TYPES = (
    "application/json",
    "application/x-ndjson",
    "text/plain",
    "",
    "\x7f",
    "multipart/form-data",
    "a/b;" * 30,
)
PATHS = (
    "/", "/v1", "/v1/touchpoints/", "/v1//touchpoints", "/c/", "/c/x", "/c/..", "/c/%2e%2e", "/c/" + "a" * 5000,
    "/live",
    "/live/signin", "/live/signout", "/v1/alerts/stream", "/v1/alerts/x/ack", "/v1/alerts//ack", "/docs",
    "/docs/assets/",
    "/docs/assets/../../x", "/docs/assets/%00", "/openapi.json", "/w.js", "/healthz", "/readyz", "/metrics", "/\x00",
    "/é",
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "FOO", "")


class Attack(NamedTuple):
    """One request as ASGI sees it."""

    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    chunks: list[bytes]


def noise(rng: random.Random, most: int = 60) -> bytes:
    """Return random bytes."""
    return rng.randbytes(rng.randrange(most))


def value(rng: random.Random) -> Any:
    """Return something that no field expects."""
    return rng.choice(TEXTS) if rng.random() < 0.5 else deepcopy(rng.choice(VALUES))


def strange_event(rng: random.Random) -> Any:
    """Return an event with fields that are wrong, missing or unknown; sometimes something else altogether."""
    if rng.random() < 0.05:
        return value(rng)
    made: dict[str, Any] = event(rng.randrange(10_000), type=rng.choice(TYPES))
    for _ in range(rng.randrange(4)):
        place = made["data"] if rng.random() < 0.4 and isinstance(made.get("data"), dict) else made
        name = rng.choice([*place, rng.choice(TEXTS)])
        if rng.random() < 0.3:
            place.pop(name, None)
        else:
            place[name] = value(rng)
    return made


def mangled(rng: random.Random, text: bytes) -> bytes:
    """Return bytes with pieces cut, repeated, or put in."""
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(text) + 1)
        kind = rng.random()
        if kind < 0.4:
            text = text[:at] + rng.choice(FRAGMENTS) + text[at:]
        elif kind < 0.7:
            text = text[:at] + text[at + rng.randrange(20) :]
        elif kind < 0.85:
            text = text[:at] + noise(rng, 12) + text[at:]
        else:
            text = text[:at] + text
    return text


def body(rng: random.Random) -> bytes:
    """Return a request's body: events in one of the three forms, often mangled, or noise."""
    if rng.random() < 0.08:
        return noise(rng, 400)
    events = [strange_event(rng) for _ in range(rng.choice((1, 1, 1, 2, 5)))]
    texts = [json.dumps(one, ensure_ascii=rng.random() < 0.5).encode() for one in events]
    form = rng.random()
    text = texts[0] if form < 0.4 else b"[" + b",".join(texts) + b"]" if form < 0.7 else b"\n".join(texts)
    return mangled(rng, text) if rng.random() < 0.5 else text


def chunked(rng: random.Random, text: bytes) -> list[bytes]:
    """Return a body in the pieces in which it arrives."""
    if rng.random() < 0.8:
        return [text]
    cuts = sorted(rng.randrange(len(text) + 1) for _ in range(3))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def ingestion(rng: random.Random, key: str) -> Attack:
    """Return a hostile request to one of the routes that take events."""
    text = body(rng)
    headers = [(b"content-type", rng.choice(CONTENT_TYPES).encode("latin-1"))]
    if rng.random() < 0.1:
        encoding = rng.choice((b"gzip", b"gzip", b"br", b"identity", b"gzip, gzip", b"\xff"))
        headers.append((b"content-encoding", encoding))
        text = mangled(rng, gzip.compress(text, 1)) if rng.random() < 0.5 else gzip.compress(text, 1)
    if rng.random() < 0.1:
        headers.append((b"content-length", rng.choice((b"-1", b"9" * 50, b"x", b"0", b"\xb2"))))
    if rng.random() < 0.1:
        headers.append((b"origin", rng.choice((b"null", b"https://evil.example", b"\xff", b""))))
    if rng.random() < 0.3:
        return Attack("POST", "/v1/beacon", b"key=" + key.encode(), headers, chunked(rng, text))
    headers.append((b"authorization", f"Bearer {key}".encode() if rng.random() < 0.95 else noise(rng)))
    return Attack("POST", "/v1/touchpoints", b"", headers, chunked(rng, text))


def elsewhere(rng: random.Random) -> Attack:
    """Return a hostile request to any other route."""
    headers = [
        (name, noise(rng))
        for name in (
            b"cookie",
            b"last-event-id",
            b"x-alert-token",
            b"authorization",
            b"if-none-match",
            b"origin",
            b"host",
        )
        if rng.random() < 0.3
    ]
    if rng.random() < 0.2:
        headers.append((b"cookie", b"whetstone_session=" + noise(rng) + b"; whetstone_visitor=\xff"))
    path = rng.choice(PATHS) + (noise(rng, 20).decode("latin-1") if rng.random() < 0.3 else "")
    query = rng.choice((b"", b"token=" + noise(rng), b"key=%00&token=%ff", b"&&&=", b"token=" + b"a" * 6000))
    return Attack(rng.choice(METHODS), path, query, headers, [noise(rng, 200)])


def attack(rng: random.Random, key: str) -> Attack:
    """Return one hostile request."""
    return elsewhere(rng) if rng.random() < 0.2 else ingestion(rng, key)

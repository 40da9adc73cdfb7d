"""What the simulated front ends put on the wire: touchpoints in the JSON form of the contract."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, Literal, NamedTuple

import orjson

from schemas.times import SHANGHAI, to_iso

Channel = Literal["gateway", "desk", "kafka"]
Id = tuple[str, str]  # kind and value of an identifier, as the front end writes them


class Send(NamedTuple):
    """One record as it is sent at a time (ms): through the gateway, or into the topic under a key of its own.

    What comes from the `desk`, where people decide, goes through the gateway under an API key that may decide.

    `json` False: it is sent without the content type of JSON, so that it is taken for Avro.
    """

    at: int
    body: bytes
    channel: Channel
    key: str
    json: bool = True


def chance(*parts: str | int) -> Random:
    """Return the source of everything that is simulated; equal parts give equal results, on every machine."""
    return Random(":".join(map(str, parts)))  # noqa: S311 - a simulation, nothing secret


def local(ms: int) -> str:
    """Return the time as Chinese front ends write it, `2026-11-21T10:00:00.123+08:00`."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def touchpoint(
    event_id: str,
    kind: str,
    source: str,
    at: int,
    *,
    ids: Sequence[Id] = (),
    rep_id: str | None = None,
    data: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a touchpoint of type `kind` at a time (ms), with what is not given left out."""
    written = to_iso(at) if source == "shop" else local(at)
    record: dict[str, Any] = {"event_id": event_id, "type": kind, "source": source, "occurred_at": written}
    if ids:
        record["subject"] = {"ids": [{"kind": name, "value": value} for name, value in ids]}
    if rep_id is not None:
        record["rep_id"] = rep_id
    return {**record, "data": {name: value for name, value in data.items() if value is not None}}


def key_of(record: Mapping[str, Any]) -> str:
    """Return whom a touchpoint is about, as a Kafka key: its first identifier, else its rep, else its id."""
    subject = record.get("subject")
    if subject:
        first = subject["ids"][0]
        return f"{first['kind']}:{first['value']}"
    return str(record.get("rep_id") or record["event_id"])


def send(record: Mapping[str, Any], at: int, channel: Channel = "gateway") -> Send:
    """Return a touchpoint ready to be sent at a time (ms)."""
    return Send(at, orjson.dumps(record), channel, key_of(record))


def event_id_of(sent: Send) -> str:
    """Return the id of a touchpoint that `send` made."""
    return str(orjson.loads(sent.body)["event_id"])

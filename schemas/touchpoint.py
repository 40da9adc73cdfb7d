"""A touchpoint as it is after decoding and validation, before cleansing."""

from collections.abc import Mapping
from typing import Any

import msgspec


class SubjectId(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One identifier of whom the event is about, as the front end wrote it."""

    kind: str
    value: str
    verified: bool = False


class Touchpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One raw event from a front end, validated against its type. Times are milliseconds since 1970 UTC.

    `data` holds the set fields of the type's model in `schemas/catalogue`: times as ms, dates as `YYYY-MM-DD`,
    money as a decimal string, nested records as dicts. Unknown fields are kept: those of the event in `extra`,
    those of the data in `data["extra"]`.
    """

    event_id: str
    type: str
    source: str
    occurred_at: int
    received_at: int
    ids: tuple[SubjectId, ...] = ()
    rep_id: str | None = None
    data: Mapping[str, Any] = {}
    extra: Mapping[str, Any] = {}

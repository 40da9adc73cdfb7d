"""One outcome per record: a touchpoint is accepted, a duplicate, or rejected with a typed reason."""

from dataclasses import dataclass
from typing import Literal, get_args

Reason = Literal[
    "not_json", "not_avro", "unknown_schema", "unknown_type", "missing_field", "bad_field", "bad_time",
    "future_time", "too_old", "too_large", "no_subject", "bad_identifier", "too_deep", "internal",
]  # fmt: skip
REASONS: tuple[str, ...] = get_args(Reason)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a touchpoint was not accepted: the reason, where (a JSON pointer), and what would be right.

    `message` never repeats personal data: it describes what was expected, not what stood there.
    """

    reason: Reason
    pointer: str
    message: str
    event_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A record of the topic `rejected`: the original bytes, why, and which component and version said so."""

    refusal: Refusal
    payload: bytes
    content_type: str
    component: str
    version: str
    topic: str
    incarnation: str
    partition: int
    offset: int
    rejected_at: int

"""Signals: something noticed, with what a person needs to believe it."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from schemas.fact import Origin
from schemas.times import to_iso

Severity = Literal["info", "warning", "critical"]

SIGNAL_KINDS = (
    "lead_created", "lead_assigned", "lead_updated", "identity_review", "leads_merged", "leads_unmerged",
    "followup_overdue", "nurture_started", "contact_note_missing", "health_changed", "health_unknown",
    "grade_changed", "high_potential", "strategic_upgrade", "purchase_likely", "fake_visit_suspected",
    "deal_blocked", "forecast_decayed", "forecast_implausible", "tender_matched", "data_gap", "model_drift",
    "daily_summary", "leads_imported", "forecast_missed", "forecast_report", "fake_visit_answered", "grade_held",
)  # fmt: skip


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One signal. `signal_id` is derived from its origin; `at` is event time in ms since 1970 UTC.

    `to` names recipients: `rep:ID` for a person, `role:NAME` for all who hold a role (`role:manager`).
    `title` has the keys `zh` and `en`. `region` limits whom a role means; None is everywhere.
    """

    signal_id: str
    kind: str
    entity: str
    at: int
    severity: Severity
    to: tuple[str, ...]
    title: Mapping[str, str]
    rule: str
    rule_book: str
    origin: Origin
    evidence: Mapping[str, Any] = {}
    model: str | None = None
    region: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the public JSON form of the contract (`at` as ISO 8601 in UTC)."""

        return {
            "signal_id": self.signal_id,
            "kind": self.kind,
            "entity": self.entity,
            "at": to_iso(self.at),
            "severity": self.severity,
            "to": list(self.to),
            "title": dict(self.title),
            "evidence": dict(self.evidence),
            "rule": self.rule,
            "rule_book": self.rule_book,
            "model": self.model,
            "region": self.region,
            "origin": {
                "topic": self.origin.topic,
                "partition": self.origin.partition,
                "offset": self.origin.offset,
                "index": self.origin.index,
            },
        }

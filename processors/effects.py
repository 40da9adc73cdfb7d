"""What a detector may ask for. The step turns these into `schemas.effects.Outputs` with derived ids."""

from collections.abc import Mapping
from typing import Any

import msgspec

from schemas.signal import Severity


class Emit(msgspec.Struct, frozen=True, kw_only=True):
    """Tell people: becomes a signal. `rule` names the rule (`followup.first_contact`)."""

    kind: str
    severity: Severity
    to: tuple[str, ...]
    title: Mapping[str, str]
    rule: str
    evidence: Mapping[str, Any] = {}
    model: str | None = None
    region: str | None = None


class Tell(msgspec.Struct, frozen=True, kw_only=True):
    """Tell another entity: becomes a fact in that entity's partition, at the same event time."""

    entity: str
    type: str
    data: Mapping[str, Any] = {}
    lead: str | None = None
    rep_id: str | None = None


class SetTimer(msgspec.Struct, frozen=True):
    """Set the detector's timer of this name, or move it. `due` in ms since 1970 UTC."""

    name: str
    due: int


class ClearTimer(msgspec.Struct, frozen=True):
    """Cancel the detector's timer of this name; nothing happens when there is none."""

    name: str


class SetField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the lead takes a new value: becomes a row of history and the new value of the lead."""

    field: str
    old: str | None
    new: str | None
    rule: str
    actor: str = "whetstone"


class Learn(msgspec.Struct, frozen=True):
    """A training example for the learner."""

    data: Mapping[str, Any]


Effect = Emit | Tell | SetTimer | ClearTimer | SetField | Learn
Effects = tuple[Effect, ...]
NOTHING: Effects = ()

"""A row of a table against what is known, and what follows from that."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from processors.leads import numbers
from processors.resolver.packed import are_others
from schemas.identity import IdKey
from sinks.read import LeadRow
from streams.importing.events import Draft
from streams.importing.outcomes import (
    ADDS,
    ANOTHER,
    CONTRADICTS,
    DECIDED,
    HELD,
    NEW,
    NEWER_WINS,
    SOMEBODY_ELSE,
    VERIFIED,
    Difference,
    Judged,
    Outcome,
    adds_to,
    alike,
    by_evidence,
    is_part_of,
    otherwise,
    same_as,
    several_leads,
)
from streams.importing.problems import Said
from streams.importing.seen import Earlier
from streams.importing.unusable import with_what_was_refused

LIBRARY_SAYS = {VERIFIED: CONTRADICTS, ANOTHER: SOMEBODY_ELSE}


@dataclass(slots=True)
class View:
    """A row against what is known: what identifiers say, the person as it stands, where they differ.

    `own` is the lead of the identifiers, `lead` the person that it is part of, `claims` are identifiers that it gains.
    """

    own: str
    lead: str
    claims: Collection[IdKey]
    stored: LeadRow | None
    earlier: Earlier | None
    leads: list[str]
    values: Mapping[str, str]
    differences: list[Difference]
    adds: bool
    known: bool

    def conflict(self) -> Said | None:
        """Return why a person has to decide, None where nobody has to."""
        if len(self.leads) > 1:
            return several_leads(self.leads)
        for one in self.differences:
            if one.where != NEWER_WINS:
                return LIBRARY_SAYS.get(one.where) or otherwise(one.where)
        return None

    def evident(self) -> tuple[Outcome, Said]:
        """Return what becomes of a row of which evidence alone tells who it is about."""
        line = self.earlier.line if self.earlier is not None else None
        return ("update" if self.adds else "duplicate"), by_evidence(self.lead, line)

    def outcome(self, taken: bool) -> tuple[Outcome, Said]:
        """Return what becomes of a row; `taken`: a person decided for the file's values."""
        if taken and self.known:
            return "update", DECIDED
        if not self.known:
            return "new", NEW
        if self.earlier is not None:
            return ("update", adds_to(self.earlier.line)) if self.adds else ("duplicate", same_as(self.earlier.line))
        return ("update", ADDS) if self.adds else ("duplicate", HELD)


def repeats(name: str, value: str, present: Mapping[str, str], earlier: Earlier | None) -> bool:
    """Tell whether a value says nothing new of a lead of which `present` is known, `earlier` by this file."""
    known = present.get(name, "")
    if name == "name" and is_part_of(known, value):
        return False
    return known == value or (earlier is not None and name in earlier.fields and alike(name, known, value))


def said_before(draft: Draft, earlier: Earlier) -> bool:
    """Tell whether earlier rows of the file said all that a row says of a person, whatever the library holds."""
    fields = earlier.fields
    if not all(repeats(name, value, fields, earlier) for name, value in draft.values.items()):
        return False
    return not adds_number(draft, fields) and all(fields.get(kind) == value for kind, value in draft.given)


def told(draft: Draft) -> Mapping[str, str]:
    """Return what a row says of a lead, for later rows to be compared with."""
    others = draft.said.get(numbers.FIELD)
    if not others and not draft.given:
        return draft.values
    more = {numbers.FIELD: numbers.SEPARATOR.join(others)} if others else {}
    return {**draft.values, **dict(draft.given), **more}


def adds_any(draft: Draft, known: Mapping[str, str]) -> bool:
    """Tell whether a row says anything of a lead that is not known; which of its numbers is first is not."""
    values = draft.values.items()
    return any(value != known.get(name) for name, value in values if name != "phone") or adds_number(draft, known)


def adds_number(draft: Draft, *known: Mapping[str, str]) -> bool:
    """Tell whether a number of a row is new to a lead of which these fields are known: its phone, or a further one."""
    said = {draft.values.get("phone", ""), *draft.said.get(numbers.FIELD, ())}
    for fields in known:
        said.discard(fields.get("phone", ""))
        said -= numbers_of(fields)
    return bool(said - {""})


def numbers_of(fields: Mapping[str, str]) -> set[str]:
    """Return the further numbers of a lead, without their extensions."""
    return {numbers.bare(text) for text in fields.get(numbers.FIELD, "").split(numbers.SEPARATOR)}


def with_what_was_read(judged: Judged, draft: Draft) -> Judged:
    """Return what becomes of a row with what of it was refused, and its numbers beside the phone."""
    whole = with_what_was_refused(judged, draft.unusable)
    return replace(whole, numbers=draft.numbers) if draft.numbers else whole


def of_another(one: Difference) -> Difference:
    """Return a difference from a lead that a number alone names: whose other name is nobody's newer one."""
    if one.field != "name" or one.where != NEWER_WINS or not are_others(one.known, one.given):
        return one
    return one._replace(where=ANOTHER)

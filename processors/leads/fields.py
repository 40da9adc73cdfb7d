"""The fields of a lead: what a fact brings for them, which values hold afterwards, how the lead can be reached."""

from collections.abc import Mapping
from typing import NamedTuple

from processors.cleansing.reachability import WANTED, Grade, grade
from processors.cleansing.surname import is_part
from processors.effects import SetField
from processors.leads.survivorship import (
    DERIVED,
    UNVERIFIED,
    VERIFIED,
    Correction,
    Held,
    Offer,
    better,
    corrected,
    holding,
    is_manual,
    priority,
    stands_until,
)
from schemas.fact import Fact
from schemas.rules.lead import LeadRules
from schemas.rules.survivorship import LEAD_FIELDS

FIELDS = frozenset(LEAD_FIELDS)
CONTACTS = ("phone", "email", "wechat", "qq", "douyin", "kuaishou")
REACHED_BY = frozenset({*CONTACTS, "phone_masked"})
REACHING = frozenset({*WANTED, "phone_masked"})
"""Fields that the grade of reachability and the next missing field depend on."""
FIELD_NAMES = {
    "name": ("姓名", "name"), "phone": ("电话", "phone"), "email": ("邮箱", "e-mail"), "wechat": ("微信", "WeChat"),
    "qq": ("QQ", "QQ"), "douyin": ("抖音", "Douyin"), "kuaishou": ("快手", "Kuaishou"), "company": ("公司", "company"),
    "title": ("职位", "title"), "address": ("地址", "address"), "birth_date": ("生日", "birth date"),
    "id_number": ("证件号", "id number"), "postcode": ("邮编", "postcode"),
    "location": ("坐标", "coordinates"), "region": ("区域", "region"),
    "interest": ("意向", "interest"), "phone_masked": ("掩码电话", "masked phone"),
    "phone_others": ("其他电话", "other phone"),
}  # fmt: skip

SAYING = frozenset({"form_submitted", "lead_updated", "lead_imported", "phone_changed"})
"""Types whose data say what a lead's fields are. Of others what is verified of the subject does: contacts by which the
person was confirmed to be there, by signing in, say."""

Fields = Mapping[str, Held]
Corrections = Mapping[str, Correction]


class Merged(NamedTuple):
    """The fields and corrections after a fact, and what changed; the very objects that came in where nothing did.

    `reaching`: a field on which reachability depends has another value, or is verified now, or not any more.
    """

    fields: Fields
    corrections: Corrections
    changes: tuple[SetField, ...] = ()
    reaching: bool = False


class Proposal(NamedTuple):
    """A value that a fact brings for a field, how sure it is, and whether it is `said` of the lead or only names it."""

    text: str
    rank: int
    said: bool = True


def proposed(fact: Fact) -> Mapping[str, Proposal]:
    """Return the lead fields that a fact brings.

    The contact by which an update names a lead is better than none, and gives way to any that is said.
    """
    data = fact.data
    if fact.type not in SAYING:
        known = (name.partition(":") for name in fact.verified)
        return {kind: Proposal(value, VERIFIED) for kind, _, value in known if kind in CONTACTS and ";" not in value}
    if fact.type == "phone_changed":
        confirmed = data.get("old_code_verified") and data.get("new_code_verified")
        return {"phone": Proposal(data["new"], VERIFIED)} if confirmed and data.get("new") else {}
    values = data.get("row", {}) if fact.type == "lead_imported" else data
    said = {
        field: Proposal(value, _rank(field, value, fact))
        for field, value in values.items()
        if field in FIELDS and isinstance(value, str) and value
    }
    if fact.type == "lead_updated":
        for kind, _, value in (name.partition(":") for name in fact.via):
            if kind in CONTACTS and ";" not in value:
                said.setdefault(kind, Proposal(value, DERIVED, said=False))
    return said


def _rank(field: str, value: str, fact: Fact) -> int:
    if f"{field}:{value}" in fact.verified:
        return VERIFIED
    return DERIVED if field == "name" and is_part(value) else UNVERIFIED


def merged(fields: Fields, corrections: Corrections, fact: Fact, rules: LeadRules) -> Merged:
    """Return what holds after a fact."""
    after: dict[str, Held] | None = None
    kept = corrections
    changes: list[SetField] = []
    by_person, reaching = is_manual(fact, rules), False
    special, sources = rules.survivorship.fields, rules.source_priority
    for field, (text, rank, said) in proposed(fact).items():
        held, manual = fields.get(field), by_person and said
        counts = priority(field, fact.source, rules) if special else sources.get(fact.source, 0)
        value = [text, rank, fact.at, counts]
        if manual or field in corrections:
            offer = Offer(value, stands_until(field, fact.at, rules) if manual else None)
            correction = corrected(field, kept.get(field), held, offer, rules)
            kept = {**kept, field: correction}
            winner = holding(field, correction, rules)
        else:
            winner = value if held is None else better(field, held, value, rules)
        if winner is held or winner == held:
            continue
        after = dict(fields) if after is None else after
        after[field] = winner
        changed = held is None or held[0] != winner[0]
        reaching = reaching or (field in REACHING and (changed or held is None or held[1] != winner[1]))
        if changed:
            changes.append(_change(field, held, winner, fact, by_person=manual and winner == value))
    return Merged(fields if after is None else after, kept, tuple(changes), reaching)


def _change(field: str, held: Held | None, winner: Held, fact: Fact, *, by_person: bool) -> SetField:
    if fact.type == "phone_changed":
        rule = "phone.confirmed_by_code"
    elif by_person:
        rule = f"{fact.type}.manual"
    else:
        rule = f"{fact.type}.{'verified' if winner[1] == VERIFIED else 'newer'}"
    actor = f"rep:{fact.rep_id}" if by_person and fact.rep_id else fact.source
    return SetField(field=field, old=_text(held), new=winner[0], rule=rule, actor=actor)


def _text(held: Held | None) -> str | None:
    return None if held is None else held[0]


def asked(fact: Fact) -> Mapping[str, str | None]:
    """Return which value a `lead_restored` asks for each field; None: that it has none."""
    fields = fact.data.get("fields")
    if not isinstance(fields, Mapping):
        return {}
    return {name: text for name, text in fields.items() if text is None or (isinstance(text, str) and text)}


def restored(fields: Fields, corrections: Corrections, fact: Fact, rules: LeadRules) -> Merged:
    """Return the fields put back to what a person asks for: each counts as that person's correction.

    It is the last one, also where the clock of who asks is behind that of who corrected the field before.
    """
    after, kept = dict(fields), dict(corrections)
    changes: list[SetField] = []
    for field, text in sorted(asked(fact).items()):
        if field not in FIELDS:
            continue
        held = after.get(field)
        if text is None:
            after.pop(field, None)
            kept.pop(field, None)
        else:
            rank = held[1] if held is not None and held[0] == text else UNVERIFIED
            at = max(fact.at, _after_correction(corrections.get(field)))
            value = [text, rank, at, 0]
            offer = Offer(value, stands_until(field, at, rules))
            kept[field] = corrected(field, kept.get(field), held, offer, rules)
            after[field] = value
        if _text(held) != text:
            by = str(fact.data.get("by", fact.source))
            changes.append(SetField(field=field, old=_text(held), new=text, rule="lead.restored", actor=by))
    return Merged(after, kept, tuple(changes), reaching=True)


def _after_correction(correction: Correction | None) -> int:
    """Return the first moment (ms) that is later than when a person last corrected a field."""
    return 0 if correction is None or correction["by"] is None else int(correction["by"][2]) + 1


def expired(fields: Fields, corrections: Corrections, field: str, at: int, rules: LeadRules) -> Merged:
    """Return the fields when a person's correction of one may have expired at a time (ms)."""
    held, correction = fields.get(field), corrections.get(field)
    if held is None or correction is None:
        return Merged(fields, corrections)
    correction = {**correction, "seen": max(correction["seen"], at)}
    winner = holding(field, correction, rules)
    after = fields if winner == held else {**fields, field: winner}
    change = SetField(field=field, old=held[0], new=winner[0], rule="lead.correction_expired")
    changes = (change,) if winner[0] != held[0] else ()
    return Merged(after, {**corrections, field: correction}, changes, reaching=field in REACHING)


def grade_of(fields: Fields) -> Grade:
    """Return how surely a lead with these fields can be reached."""
    verified = [field for field in CONTACTS if field in fields and fields[field][1] == VERIFIED]
    return grade({field: value[0] for field, value in fields.items()}, verified)

"""Cleansing of one touchpoint's data, and of one identifier: the entries that the event path uses."""

from collections.abc import Mapping, Set
from typing import Any

from processors.cleansing.fields import (
    CONTACT_EXTENSION,
    CONTACT_MASKED,
    FIELDS_OF,
    LEAD_FIELDS,
    OTHER_FIELDS,
    SAME_AS_PHONE,
    Field,
    cleansed_name,
)
from processors.cleansing.id_number import with_numbers_masked
from processors.cleansing.identifier import cleanse_identifier
from processors.cleansing.misplaced import (
    MISPLACED,
    contacts_in_message,
    may_hold_contact,
    named_in_place_of_a_number,
    remarks_of,
    without_contacts,
)
from processors.cleansing.options import CleansingOptions
from processors.cleansing.phone_plan import mainland_mobile
from processors.cleansing.text import is_clean
from processors.cleansing.when import IMPLAUSIBLE, is_born
from schemas.fact import Note

__all__ = ["CleansingOptions", "cleanse_identifier", "cleanse_record"]

REACHING = frozenset(("phone", "phone_masked", "email", "wechat", "qq"))
"""What reaches somebody. Who gives nothing of it in its own field may have written it into the message."""

LABELLED = frozenset(("wechat", "qq", "email"))
_ROUNDS = 4

Notes = list[Note]


def cleanse_record(
    type_name: str, data: Mapping[str, Any], options: CleansingOptions, at: int | None = None
) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """Return a touchpoint's data in normal form, unset and unusable fields left out, and a note per change.

    What a rule found besides becomes further fields (see `docs/cleansing.md`), which never replace one that was
    given. `at` (ms) is the event's time, by which a birth date must be past. Never raises; cleansing the result again
    changes nothing.
    """
    notes: Notes = []
    fields = FIELDS_OF.get(type_name, OTHER_FIELDS)
    result = _cleansed(data, fields, options, notes, at)
    row = data.get("row")
    if type_name == "lead_imported" and isinstance(row, Mapping):
        result["row"] = _cleansed(row, fields, options, notes, at)
    return result, tuple(notes)


def _cleansed(
    data: Mapping[str, Any], fields: Mapping[str, Field], options: CleansingOptions, notes: Notes, at: int | None
) -> dict[str, Any]:
    """Cleanse fields until nothing changes any more: what one rule leaves may be another field's contact."""
    result, moved = _once(data, fields, options, notes, at)
    for _ in range(_ROUNDS if moved else 0):
        more: Notes = []
        before, (result, moved) = result, _once(result, fields, options, more, at)
        notes.extend(note for note in more if note.rule == MISPLACED)
        if not moved or result == before:
            break
    return result


def _once(
    data: Mapping[str, Any], fields: Mapping[str, Field], options: CleansingOptions, notes: Notes, at: int | None
) -> tuple[dict[str, Any], bool]:
    """Return the fields as they are after each rule was applied once, and whether a contact may still be elsewhere."""
    moved, of_lead = False, fields is LEAD_FIELDS  # the title of a page is no person's
    result: dict[str, Any] = {}
    found: dict[str, Any] = {}
    untouched, limit = options.rules.untouched, options.rules.field_limit
    for name, value in data.items():
        field = fields.get(name)
        if field is None or name in untouched:
            if value is not None and value != "":
                result[name] = value
            continue
        text = value if type(value) is str else _as_text(value)
        if not text:
            continue
        if field.line and len(text) <= limit and is_clean(text):
            result[name] = text
            continue
        text, beside = without_contacts(name, text, options) if of_lead else (text, None)
        if beside:
            found.update(beside)
            notes.append(Note(name, MISPLACED, with_numbers_masked(str(value))))
        cleaned = field.clean(text, options)
        if cleaned.notes:
            raw = _hidden(text) if field.secret else with_numbers_masked(text)
            notes.extend(Note(name, rule, raw) for rule in cleaned.notes)
        if cleaned.value is not None:
            result[name] = cleaned.value
            moved = moved or bool(beside) or (cleaned.value != text and may_hold_contact(name, cleaned.value))
        if cleaned.details and field.spread is not None:
            found.update(field.spread(cleaned, options))
    if of_lead:
        found |= _elsewhere(data, result, found.keys(), options, notes)
    if found:
        moved = moved or not LABELLED.isdisjoint(found)
        _add(result, found)
    if at is not None and "birth_date" in result and "birth_date" in fields and "birth_date" not in untouched:
        _without_unborn(result, str(data.get("birth_date") or result["birth_date"]), at, notes)
    return result, moved


def _elsewhere(
    data: Mapping[str, Any], result: Mapping[str, Any], found: Set[str], options: CleansingOptions, notes: Notes
) -> dict[str, Any]:
    """Return the name in the phone's place, and contacts in the message of somebody who cannot be reached else."""
    more: dict[str, Any] = {}
    if "name" not in result and (named := named_in_place_of_a_number(data, options)):
        more |= cleansed_name(named, options)
        notes.append(Note("phone", MISPLACED, with_numbers_masked(str(data["phone"]))))
    if REACHING.isdisjoint(result) and REACHING.isdisjoint(found) and (remarks := remarks_of(result)):
        told = contacts_in_message("；".join(remarks.values()), options)
        more |= told
        if told:
            notes.extend(Note(name, MISPLACED, with_numbers_masked(text)) for name, text in remarks.items())
    return more


def _without_unborn(result: dict[str, Any], raw: str, at: int, notes: Notes) -> None:
    """Take a birth date out that lies after the event."""
    if not is_born(result["birth_date"], at):
        del result["birth_date"]
        notes.append(Note("birth_date", IMPLAUSIBLE, raw))


def _add(result: dict[str, Any], found: dict[str, Any]) -> None:
    """Add what the rules found besides: never in place of a value that was given."""
    same, masked = found.pop(SAME_AS_PHONE, False), found.pop(CONTACT_MASKED, None)
    extension = found.pop(CONTACT_EXTENSION, None)
    nobody = not any(name in result or name in found for name in ("name", "phone", "phone_masked"))
    if nobody:  # who stands in the address is the lead only if nobody else is named
        for name in ("name", "phone"):
            if value := found.get(f"contact_{name}"):
                result[name] = value
        if extension and "phone" in result:
            result["phone_extension"] = extension
        if masked and "phone" not in result:
            result["phone_masked"] = masked
    _keep_second(result, found)
    for name, value in found.items():
        result.setdefault(name, value)
    phone = result.get("phone")
    if same and isinstance(phone, str) and mainland_mobile().fullmatch(phone.removeprefix("+86")):
        result.setdefault("wechat", phone.removeprefix("+86"))


def _keep_second(result: Mapping[str, Any], found: dict[str, Any]) -> None:
    """Keep a number that stood in another field among the further ones, where the phone's own has another."""
    second, others = found.get("phone"), result.get("phone_others", found.get("phone_others", []))
    if not second or result.get("phone", second) == second or not isinstance(others, list) or second in others:
        return
    found["phone_others"] = [*others, second]


def _hidden(text: str) -> str:
    """Return how a secret value was written, with its letters and digits hidden."""
    return "".join("*" if char.isalnum() else char for char in text)


def _as_text(value: object) -> str | None:
    """Return a field's value as text, None when it is unset; spreadsheets hold phone numbers as numbers."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return None if value is None else str(value)

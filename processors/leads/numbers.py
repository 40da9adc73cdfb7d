"""The further numbers of a lead: said beside its phone, or as its phone where another one holds; and extensions. Pure.

A lead has them in the field `phone_others`, latest first: `+8613900139000; +861066400034 ext. 801`. What holds does not
depend on the order in which they came: kept is when each was last said and given up, of the latest few. A person's
correction of the phone is the last word on what was said to be the phone before.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from processors.effects import SetField
from processors.leads.fields import SAYING
from processors.leads.survivorship import UNVERIFIED, Correction, Held
from schemas.fact import Fact

FIELD = "phone_others"
EXTENSION = " ext. "
SEPARATOR = "; "
MOST = 8
NEVER = -1
Numbers = Mapping[str, list[int]]
"""Number (E.164, perhaps with its extension) → when it was last [said beside the phone, given up, said to be the phone]
(ms); `NEVER`: not yet."""

_UNSAID = [NEVER, NEVER, NEVER]
_NUMBER = re.compile(r"\+[0-9]{6,15}")
_EXTENSION = re.compile(r"[0-9]{1,10}")


def told(numbers: Numbers, fact: Fact) -> Numbers:
    """Return the numbers after a fact; the very object that came in where it says nothing of them."""
    data = fact.data
    if fact.type not in SAYING and fact.type != "lead_restored":
        return numbers
    if fact.type == "phone_changed":
        old = data.get("old") if data.get("old_code_verified") and data.get("new_code_verified") else None
        return joined(numbers, given_up(old, fact.at)) if isinstance(old, str) and _NUMBER.fullmatch(old) else numbers
    if fact.type == "lead_restored":
        return _restored(numbers, data.get("fields"), fact.at)
    values = data.get("row", {}) if fact.type == "lead_imported" else data
    if "phone_others" not in values and "phone_extension" not in values:
        return numbers
    said = {text: [fact.at, NEVER, NEVER] for text in said_in(values)}
    return joined(numbers, said) if said else numbers


def _restored(numbers: Numbers, fields: object, at: int) -> Numbers:
    """Return the numbers put back to what a person asks for at a time (ms): all others are given up."""
    if not isinstance(fields, Mapping) or FIELD not in fields:
        return numbers
    for text in list(numbers):
        numbers = joined(numbers, given_up(bare(text), at))
    return joined(numbers, of_text(fields[FIELD], at + MOST))


def said_in(values: Mapping[str, Any]) -> Iterator[str]:
    """Give the further numbers in cleansed values as a lead has them, the phone itself if it has an extension."""
    others, extensions = values.get("phone_others"), values.get("phone_other_extensions")
    for number in others if isinstance(others, list | tuple) else ():
        if isinstance(number, str) and _NUMBER.fullmatch(number):
            yield _with(number, extensions.get(number) if isinstance(extensions, Mapping) else None)
    phone, own = values.get("phone"), values.get("phone_extension")
    if isinstance(phone, str) and (text := _with(phone, own)) != phone:
        yield text


def _with(number: str, extension: object) -> str:
    known = isinstance(extension, str) and _EXTENSION.fullmatch(extension)
    return f"{number}{EXTENSION}{extension}" if known else number


def given_up(number: str, at: int) -> Numbers:
    """Return what is known of a number that was given up, or is wrong, at a time (ms)."""
    return {number: [NEVER, at, NEVER]}


def of_phone(phone: Held | None, beside: Held | None) -> Numbers:
    """Return what is known of a phone that was said, where the lead's is another (`beside`), or the same of before."""
    if phone is None or (beside is not None and phone[0] == beside[0] and phone[2] <= beside[2]):
        return {}  # that it is the phone says as much
    return {phone[0]: [NEVER, NEVER, phone[2]]}


def corrected_at(corrections: Mapping[str, Correction]) -> int:
    """Return when (ms) a person corrected the phone last; `NEVER` where nobody did."""
    by = corrections["phone"]["by"] if "phone" in corrections else None
    return NEVER if by is None else int(by[2])


def joined(one: Numbers, other: Numbers) -> Numbers:
    """Return what is known of both, of the latest few."""
    found: dict[str, list[int]] = {text: list(times) for text, times in one.items()}
    for text, times in other.items():
        before = found.get(text, _UNSAID)
        found[text] = [max(pair) for pair in zip(before, times, strict=True)]
    latest = sorted(found.items(), key=lambda each: (-max(each[1]), each[0]))
    kept = dict(sorted(latest[:MOST]))
    return one if kept == one else kept


def text_of(numbers: Numbers, phone: str | None, corrected: int = NEVER) -> str | None:
    """Return the field: what was not given up since it was said, and is not the phone itself; None for nothing.

    What was said to be the phone counts from the time on when a person `corrected` it (ms). A number that is known with
    an extension is not shown without it.
    """
    held = {}
    for text, (beside, _, as_phone) in numbers.items():
        gone = numbers.get(bare(text), _UNSAID)[1]
        said = max(beside, as_phone if as_phone > corrected else NEVER)
        if text != phone and said > gone:
            held[text] = said
    extended = {bare(text) for text in held if EXTENSION in text}
    shown = sorted((-said, text) for text, said in held.items() if text not in extended)
    return SEPARATOR.join(text for _, text in shown) or None


def bare(text: str) -> str:
    """Return a number without its extension."""
    return text.partition(EXTENSION)[0]


def of_text(text: str | None, at: int) -> Numbers:
    """Return the numbers of a field that was so at a time (ms), in that order."""
    found = {each: [at - place, NEVER, NEVER] for place, each in enumerate(text.split(SEPARATOR))} if text else {}
    return dict(sorted(found.items()))


def shown(
    fields: Mapping[str, Held], numbers: Numbers, corrected: int = NEVER
) -> tuple[Mapping[str, Held], SetField | None]:
    """Return the fields with these numbers in theirs, and the change; the very object where nothing changed."""
    held, phone = fields.get(FIELD), fields.get("phone")
    text, before = text_of(numbers, phone[0] if phone else None, corrected), held[0] if held else None
    if text == before:
        return fields, None
    after = {name: value for name, value in fields.items() if name != FIELD}
    if text is not None:
        after[FIELD] = [text, UNVERIFIED, max(max(times) for times in numbers.values()), 0]
    return after, SetField(field=FIELD, old=before, new=text, rule="lead.phone_others")

"""From a rejected record to an event that is accepted: fields set by JSON pointer, checked as the workers check."""

from collections.abc import Sequence
from typing import Any

import orjson

from processors.cleanse import cleanse
from processors.cleansing.record import CleansingOptions
from processors.decode import ANY_AGE, TimeLimits, check_time, decode, decode_object
from schemas.framing import CodecError
from schemas.ids import derived_id
from schemas.outcome import Refusal, Rejected
from schemas.times import to_iso
from schemas.touchpoint import Touchpoint
from schemas.wire import Codec
from streams.rejections.reading import Found


class CannotRepair(ValueError):
    """A record that is no event, or a repair that does not fit it."""


def event_of(rejected: Rejected, codec: Codec) -> dict[str, Any]:
    """Return the event in its JSON form. Raises CannotRepair where the bytes hold none: give a file instead."""
    if rejected.topic != "touchpoints" or rejected.content_type == "text/plain":
        raise CannotRepair("this is no touchpoint: it failed behind the log; mend the release, then replay")
    try:
        event = orjson.loads(rejected.payload)
    except orjson.JSONDecodeError:
        event = _from_avro(rejected.payload, codec)
    if not isinstance(event, dict):
        raise CannotRepair("its bytes hold no JSON object: give the whole event with --file")
    return event


def _from_avro(payload: bytes, codec: Codec) -> dict[str, Any]:
    try:
        event, extra = codec.decode_touchpoint(payload)
    except CodecError as error:
        raise CannotRepair("its bytes hold no event that can be read: give the whole event with --file") from error
    return {**extra, **event, "occurred_at": to_iso(event["occurred_at"])}


def with_values(event: dict[str, Any], given: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an event with values set at JSON pointers (RFC 6901); objects on the way are made. Raises CannotRepair."""
    result: dict[str, Any] = orjson.loads(orjson.dumps(event))
    for pointer, value in given:
        place, last = _place(result, pointer)
        place[last] = value
    return result


def with_texts(event: dict[str, Any], given: Sequence[str], *, numbers: bool = True) -> dict[str, Any]:
    """Return an event with what a person typed, each `/POINTER=VALUE`; VALUE is JSON, or else a text.

    Without `numbers` a number is a text as well: a phone is typed like one. Raises CannotRepair.
    """
    return with_values(event, [_assignment(text, numbers) for text in given])


def _assignment(text: str, numbers: bool) -> tuple[str, Any]:
    pointer, equals, typed = text.partition("=")
    if not equals:
        raise CannotRepair(f"{text!r} is no /POINTER=VALUE, such as /data/phone=13800138000")
    try:
        value = orjson.loads(typed)
    except orjson.JSONDecodeError:
        return pointer, typed
    return pointer, typed if isinstance(value, int | float) and not numbers else value


def _place(event: dict[str, Any], pointer: str) -> tuple[Any, Any]:
    """Return the object or list in which a pointer ends, and the key or index in it; objects on the way are made."""
    *path, last = _steps(pointer)
    place: Any = event
    for step in path:
        place = _inner(place, step, pointer)
    if isinstance(place, list):
        return place, _index(place, last, pointer)
    if isinstance(place, dict):
        return place, last
    raise CannotRepair(f"{pointer}: there is neither an object nor a list at this place")


def _steps(pointer: str) -> list[str]:
    if not pointer.startswith("/"):
        raise CannotRepair(f"{pointer!r} is no JSON pointer such as /data/phone")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def _inner(place: Any, step: str, pointer: str) -> Any:
    if isinstance(place, list):
        return place[_index(place, step, pointer)]
    if isinstance(place, dict):
        return place.setdefault(step, {})
    raise CannotRepair(f"{pointer}: there is neither an object nor a list at this place")


def _index(place: list[Any], step: str, pointer: str) -> int:
    if not step.isdecimal() or int(step) >= len(place):
        raise CannotRepair(f"{pointer}: the list there has {len(place)} members")
    return int(step)


def complete(event: dict[str, Any], found: Found) -> dict[str, Any]:
    """Return an event with its original id; where it had none, with one that its place gives it, always the same."""
    event_id = event.get("event_id") or found.rejected.refusal.event_id or derived_id("rejected", found.place)
    return {**event, "event_id": event_id}


def judged(
    event: dict[str, Any], received_at: int, options: CleansingOptions, limits: TimeLimits = ANY_AGE
) -> Touchpoint | Refusal:
    """Return what the workers will make of an event: a touchpoint, or why it would be refused again."""
    return _usable(decode_object(event, received_at), options, limits)


def forbidden(rejected: Rejected) -> bool:
    """Tell whether the gateway refused an event because of its key: such an event is right in itself."""
    return (rejected.refusal.reason, rejected.refusal.pointer) == ("bad_field", "/type")


def original(
    found: Found, received_at: int, codec: Codec, options: CleansingOptions, limits: TimeLimits = ANY_AGE
) -> Touchpoint | Refusal:
    """Return the same for the original bytes: a later release may accept them."""
    rejected = found.rejected
    return _usable(decode(rejected.payload, rejected.content_type or None, received_at, codec), options, limits)


def _usable(outcome: Touchpoint | Refusal, options: CleansingOptions, limits: TimeLimits) -> Touchpoint | Refusal:
    if isinstance(outcome, Touchpoint):
        outcome = check_time(outcome, limits)
    if isinstance(outcome, Refusal):
        return outcome
    cleansed = cleanse(outcome, options)
    return cleansed if isinstance(cleansed, Refusal) else outcome

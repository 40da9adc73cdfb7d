"""Decoding an event in both ways at once, for tests: what is accepted, what is refused."""

import orjson

from processors.decode import decode, decode_object
from schemas.outcome import Refusal
from schemas.touchpoint import Touchpoint
from tests.events import CODEC, RECEIVED_AT

SECRET = "13812345678"


def from_json(value: object) -> Touchpoint | Refusal:
    return decode(orjson.dumps(value), "application/json", RECEIVED_AT, CODEC)


def accepted(value: object) -> Touchpoint:
    found = from_json(value)
    assert isinstance(found, Touchpoint), found
    assert decode_object(value, RECEIVED_AT) == found
    return found


def refused(value: object) -> Refusal:
    found = from_json(value)
    assert isinstance(found, Refusal), found
    assert decode_object(value, RECEIVED_AT) == found
    assert found.message
    assert SECRET not in found.message
    return found

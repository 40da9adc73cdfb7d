"""Repeated sends: the same event again, byte for byte or encoded anew, on the same way or another."""

import json
from random import Random

import orjson

from schemas.times import MINUTE
from streams.sample.wire import Send


def repeat(send: Send, random: Random, *, elsewhere: bool) -> Send:
    """Return a repeat of a send, at once or up to a minute later.

    `elsewhere` permits another way and another key, which lead to another partition: only for what may overtake
    the person's other touchpoints without changing what they mean.
    """
    later = send.at + random.choice((0, random.randrange(MINUTE)))
    again = send._replace(at=later)
    if random.random() < 0.5:
        again = again._replace(body=encoded_anew(send.body))
    if elsewhere and random.random() < 0.7:
        again = again._replace(channel="kafka", key=f"repeat-{random.randrange(1_000)}")
    return again


def encoded_anew(body: bytes) -> bytes:
    """Return the same JSON value in other bytes: fields reversed, spaces, every non-ASCII character escaped."""
    record = orjson.loads(body)
    return json.dumps(dict(reversed(record.items())), ensure_ascii=True, separators=(" , ", " : ")).encode()

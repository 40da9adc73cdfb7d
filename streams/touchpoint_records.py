"""What every record of `touchpoints` has, whoever sends it. Light: it is loaded by all that cleanse rows of a file."""

from schemas.touchpoint import Touchpoint

JSON_HEADER = (("content-type", b"application/json"),)


def key_of(kind: str, value: str) -> bytes:
    """Return the key of events about the subject with this first identifier."""
    return f"{kind}:{''.join(filter(str.isalnum, value.lower()))}".encode()


def kafka_key(touchpoint: Touchpoint) -> bytes:
    """Return the key that keeps events about the same subject in order: its first id, or who else it is about."""
    if touchpoint.ids:
        first = touchpoint.ids[0]
        return key_of(first.kind, first.value)
    if touchpoint.rep_id:
        return f"rep:{touchpoint.rep_id}".encode()
    deal = touchpoint.data.get("deal_id")
    return (f"deal:{deal}" if deal else touchpoint.event_id).encode()

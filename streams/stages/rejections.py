"""Records of the topic `rejected`, and when there are so many that the fault must be ours."""

from collections.abc import Callable, Sequence

from schemas.effects import Slot
from schemas.outcome import Refusal, Rejected
from sinks.records import Record

OURS = frozenset({"internal", "unknown_schema"})  # reasons that point to us, not to a front end
ENOUGH = 20  # a slice smaller than this says nothing about the whole
NEARLY_ALL = 0.9


class TooManyFailures(Exception):
    """Nearly everything in a slice failed for reasons of ours: stop, rather than empty the topic into `rejected`."""


def stop_if_ours(refusals: Sequence[Refusal], total: int, what: str) -> None:
    """Raise TooManyFailures when nearly all of `total` records were refused for reasons that point to us."""
    ours = [refusal for refusal in refusals if refusal.reason in OURS]
    if total >= ENOUGH and len(ours) >= NEARLY_ALL * total:
        raise TooManyFailures(
            f"{len(ours)} of {total} records in {what} failed for reasons of ours (the last: {ours[-1].message}). "
            "Nothing of the slice was acknowledged. Mend the release or its schemas, then start the worker again."
        )


def rejected_record(
    topic: str,
    encode: Callable[[Rejected], bytes],
    refusal: Refusal,
    raw: tuple[bytes, str],
    slot: Slot,
    offset: int,
    stamp: tuple[str, str, int],
) -> Record:
    """Return the record for `rejected`: `raw` is (payload, content type), `stamp` (component, version, ms).

    Its key names the place it came from, so that a repeat after a crash is recognised.
    """
    component, version, now = stamp
    rejected = Rejected(
        refusal=refusal,
        payload=raw[0],
        content_type=raw[1],
        component=component,
        version=version,
        topic=slot.topic,
        incarnation=slot.incarnation,
        partition=slot.partition,
        offset=offset,
        rejected_at=now,
    )
    key = f"{slot.topic}.{slot.partition}.{slot.incarnation}.{offset}".encode()
    return Record(topic, encode(rejected), key)

"""Applying rule books: a control record in every partition of `facts`, and a line of history."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from schemas.fact import CONTROL_KEY, RuleBookChange
from schemas.rules import RuleBook, read_applied
from sinks.records import Producer, Record
from sinks.rule_books import RuleBookStore, in_force

Encode = Callable[[RuleBookChange], bytes]
Clock = Callable[[], int]


async def apply_book(
    book: RuleBook, who: str, store: RuleBookStore, producer: Producer, encode: Encode, topic: str, clock: Clock
) -> RuleBookChange:
    """Write a book into every partition of the topic `facts` and into the history; return the control record.

    Raises SinkUnavailable or LookupError (no such topic). Then some partitions may hold the book already: apply it
    again, the same book twice is the same as once.
    """
    partitions = (await producer.topics())[topic]
    change = RuleBookChange(version=book.version, document=book.document, applied_by=who, applied_at=clock())
    seq = await store.begin(change.version, change.document, who, change.applied_at)
    value = encode(change)
    await producer.produce_all([Record(topic, value, CONTROL_KEY, number) for number in range(partitions)])
    await store.told(seq, clock())
    return change


async def book_that_holds(store: RuleBookStore, first: RuleBook) -> RuleBook:
    """Return the book in force, by which a worker that starts now cleanses; `first` where none was applied.

    Raises SinkUnavailable.
    """
    applied = await in_force(store)
    return first if applied is None else read_applied(applied.document).book


def differences(before: RuleBook, after: RuleBook) -> list[tuple[str, str, str]]:
    """Return (path, former value, new value) of every key that differs; values as JSON, empty where there is none.

    Keys that a mapping gains, where it was empty, or loses tell all of it: the mapping itself has no line of its own.
    """
    one, other = _flat("", orjson.loads(before.document)), _flat("", orjson.loads(after.document))
    differing = [path for path in sorted({*one, *other}) if one.get(path) != other.get(path)]
    parents = {path[:end] for path in differing for end, char in enumerate(path) if char == "."}
    return [(path, one.get(path, ""), other.get(path, "")) for path in differing if path not in parents]


def dropped(before: RuleBook, after: RuleBook, given: Any) -> list[tuple[str, str, str]]:
    """Return those differences that go back to the default because the new book's document, `given`, is silent on them.

    Whoever writes a book for one purpose forgets what another one holds: that is not what its words say.
    """
    own, said = _flat("", orjson.loads(RuleBook().document)), _flat("", given or {})
    return [
        (path, former, new)
        for path, former, new in differences(before, after)
        if former and new == own.get(path, "") and path != "name" and not any(end in said for end in _ends(path))
    ]


def idle(before: RuleBook, after: RuleBook) -> list[str]:
    """Return the reps to whom a book gave leads by a roster, and another one does not."""
    one, other = ({rep for roster in _rosters(book) for rep in roster} for book in (before, after))
    return sorted(one - other)


def _rosters(book: RuleBook) -> Iterator[Sequence[str]]:
    yield from book.assignment.rosters.values()
    yield book.assignment.default_roster


def _ends(path: str) -> Iterator[str]:
    """Yield a path and all above it."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def _flat(path: str, value: Any) -> dict[str, str]:
    if isinstance(value, dict) and value:
        found: dict[str, str] = {}
        for name, inner in value.items():
            found |= _flat(f"{path}.{name}" if path else name, inner)
        return found
    return {path: orjson.dumps(value).decode()}

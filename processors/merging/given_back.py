"""Which alerts of a time together belong to whom, once leads part again. Pure.

While several leads go by one name, people are told of the person; each lead also notes what it would have told alone
(`Member.owed`). A signal that a leaving lead would have told, and that none of those who stay would have, was its own:
it is given back to it, and nobody who was told already is told again.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import Any, NamedTuple

from processors.state import Member, Together
from schemas.signal import Signal

MOST_TOLD = 500
ALERTS = "alerts"  # in the evidence of `leads_merged` and `leads_unmerged`: lead → ids of signals that are its own now
UPDATED = "lead_updated"
Sort = tuple[str, str, int, str]
"""By what an alert that was sent and one that is owed are matched: kind, rule, event time (ms), and the field that it
is about, if any (one event can change several)."""


class TakenUp(NamedTuple):
    """What a lead that is back tells; `first`, `last`: its values before and after that, of the fields it tells of."""

    told: list[list[Any]]
    first: Mapping[str, Any]
    last: Mapping[str, Any]


def note_told(together: Together, signal: Signal) -> None:
    """Note a signal that was told of several leads under one name."""
    together.told.append(
        [signal.signal_id, signal.kind, signal.rule, signal.at, list(signal.to), _field(signal.evidence)]
    )
    del together.told[:-MOST_TOLD]


def give_back(together: Together, leaving: Member, staying: Iterable[Member]) -> list[str]:
    """Match what a leaving lead owes with what was told; return the ids of the signals that are its own now.

    Those are taken out of `together.told`, and out of what the lead owes. It still owes what was never told, and what
    was told to others than the recipients it would have had.
    """
    theirs: Counter[tuple[Any, ...]] = Counter(sort for member in staying for sort in map(_sort, member.owed) if sort)
    mine: dict[tuple[Any, ...], list[list[Any]]] = {}
    for told in together.told:
        sort = (told[1], told[2], told[3], *told[5:])  # without a field where an earlier release told it
        if theirs[sort] > 0:
            theirs[sort] -= 1
        else:
            mine.setdefault(sort, []).append(told)
    given: list[str] = []
    owed: list[list[Any]] = []
    for one in leaving.owed:
        found = mine.get(_sort(one) or ())
        if not found:
            owed.append(one)
            continue
        told = found.pop(0)
        given.append(told[0])
        others = [who for who in one[2]["to"] if who not in told[4]]
        if others:
            owed.append([one[0], one[1], {**one[2], "to": others}])
    leaving.owed = owed
    gone = set(given)
    together.told = [told for told in together.told if told[0] not in gone]
    return given


def untold(together: Together, head: Member, others: Iterable[Member]) -> list[list[Any]]:
    """Match what was told under a lead's name with what it owes, now that the person's leads part; return the rest.

    Nearly all was told. What may be left is what the other leads kept from being told: an imported lead that wrote is
    no awakening while it goes with a lead that came by itself. Not owed are changes of its values (the row tells them)
    and what it said to other entities (the person said it), with one exception: a lead that began while the person
    was a lead already still has to ask its region for a rep.
    """
    give_back(together, head, others)
    begun = {at for kind, at, effect in head.owed if kind == "emit" and effect["kind"] == "lead_created"}
    return [one for one in head.owed if _is_its_own(one, begun)]


def _is_its_own(owed: list[Any], begun: Container[int]) -> bool:
    kind, at, effect = owed
    if kind == "emit":
        return bool(effect["kind"] != UPDATED)
    return effect["type"] == "lead_awaits_assignment" and at in begun


def taken_up(owed: Iterable[list[Any]], row: Mapping[str, str]) -> TakenUp:
    """Return what a lead that is back tells, behind what was told of its `row` last."""
    first: dict[str, Any] = {}
    last: dict[str, Any] = {}
    told: list[list[Any]] = []
    for one in owed:
        if one[2].get("kind") != UPDATED:
            told.append(one)
            continue
        evidence = one[2]["evidence"]
        field, old, new = evidence["field"], evidence["old"], evidence["new"]
        if field not in first and old is None:
            old = row.get(field)  # nobody is told that a value went with the other leads: it is replaced
            one = [*one[:2], {**one[2], "evidence": {**evidence, "old": old}}]
        first.setdefault(field, old)
        last[field] = new
        if old != new:
            told.append(one)
    return TakenUp(told, first, last)


def _sort(owed: list[Any]) -> Sort | None:
    kind, at, effect = owed
    return (effect["kind"], effect["rule"], at, _field(effect["evidence"])) if kind == "emit" else None


def _field(evidence: Mapping[str, Any]) -> str:
    return str(evidence.get("field", ""))

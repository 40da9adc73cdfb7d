"""Which alerts of a time together belong to whom, once leads part again. Pure.

While several leads go by one name, people are told of the person; each lead also notes what it would have told alone
(`Member.owed`). A signal that a leaving lead would have told, and that none of those who stay would have, was its own:
it is given back to it, and nobody who was told already is told again.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from processors.state import Member, Together
from schemas.signal import Signal

MOST_TOLD = 500
ALERTS = "alerts"  # in the evidence of `leads_merged` and `leads_unmerged`: lead → ids of signals that are its own now
Sort = tuple[str, str, int]  # kind, rule, event time


def note_told(together: Together, signal: Signal) -> None:
    """Note a signal that was told of several leads under one name."""
    together.told.append([signal.signal_id, signal.kind, signal.rule, signal.at, list(signal.to)])
    del together.told[:-MOST_TOLD]


def give_back(together: Together, leaving: Member, staying: Iterable[Member]) -> list[str]:
    """Take from what was told that which belongs to a leaving lead, and from what it owes; return the signals' ids.

    Of what it owes there remains what was not told, and what was told to others than those it is for.
    """
    theirs = Counter(sort for member in staying for sort in map(_sort, member.owed) if sort)
    mine: dict[Sort, list[list[Any]]] = {}
    for told in together.told:
        sort = (told[1], told[2], told[3])
        if theirs[sort] > 0:
            theirs[sort] -= 1
        else:
            mine.setdefault(sort, []).append(told)
    given: list[str] = []
    owed: list[list[Any]] = []
    for one in leaving.owed:
        found = mine.get(_sort(one) or ("", "", 0))
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


def _sort(owed: list[Any]) -> Sort | None:
    kind, at, effect = owed
    return (effect["kind"], effect["rule"], at) if kind == "emit" else None

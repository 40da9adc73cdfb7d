"""What a change of number still says of the leads that it ties together, once later changes are known."""

from collections.abc import Sequence
from typing import NamedTuple

from processors.resolver.compare import Agreement, Comparison
from processors.resolver.weights import KEPT, TAKEN


class Turn(NamedTuple):
    """A number changed hands at a time (ms): the old number (as `Phone.digits`) was given up, the new one taken."""

    at: int
    old: str
    new: str


def standing_tie(tie: Agreement, change: Turn, since: int, turns: Sequence[Turn]) -> Comparison:
    """Return what a tie is worth: a lead held its number `since` (ms), and the number's `turns` are known.

    Nothing, where the number was given up between that and the change: somebody else held it then. That somebody took
    it in between, nobody having given it up, leaves that it was kept. Told twice, a change is one, whichever is heard
    of first: that it was told at another time, too, does not part the lead from what ended its holding.
    """
    at, number = change.at, tie.value

    def between(turn: int) -> bool:
        return since < turn < at or at < turn <= since

    ended = min((turn for turn in turns if turn.old == number and turn.at > since), default=None)
    one = change if since < at else ended  # what ended the holding that is tied
    given_up = [turn.at for turn in turns if turn.old == number]
    taken = [turn for turn in turns if turn.old != number]
    if any(between(turn.at) for turn in turns if turn.old == number and (one is None or turn[1:] != one[1:])):
        return ()
    if tie.field == TAKEN:
        kept = any(between(turn.at) for turn in taken if turn[1:] != change[1:])
    else:
        earlier = [turn.at for turn in taken if turn[1:] == change[1:] and turn.at <= since and turn.at < at]
        kept = not any(not any(turn < other < at for other in given_up) for turn in earlier)
    return (tie._replace(field=KEPT if kept else TAKEN),)

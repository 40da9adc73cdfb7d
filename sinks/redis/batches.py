"""Arguments of the scripts, from what the entity step asks for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from schemas.effects import Outputs, Slot, Timer
from schemas.signal import Signal

AT_ONCE = 1_000  # states or timers in one command
TIMER_SEPARATOR = "\0"  # sorts before every other character, so members sort as (entity, name) does


def timer_member(entity: str, name: str) -> str:
    """Return the member of the timers' sorted set."""
    return f"{entity}{TIMER_SEPARATOR}{name}"


def timer_of(member: bytes, due: float) -> Timer:
    """Return the timer that a member with its score stands for."""
    entity, _, name = member.decode().partition(TIMER_SEPARATOR)
    return Timer(int(due), entity, name)


def commit_call(tag: str, slot: Slot, expected: int, last: int, outputs: Outputs) -> tuple[list[str], list[Any]]:
    """Return keys and values for `commit.lua`."""
    states = [(tag + "s:" + name, blob) for name, blob in outputs.states.items() if blob is not None]
    removed = [tag + "s:" + name for name, blob in outputs.states.items() if blob is None]
    views = [(*_view(tag, name), value) for name, value in outputs.views.items()]
    shown = [view for view in views if view[2] is not None]
    hidden = [view for view in views if view[2] is None]
    timers = [(due, timer_member(*key)) for key, due in outputs.timers.items() if due is not None]
    cleared = [timer_member(*key) for key, due in outputs.timers.items() if due is None]
    keys = [tag + "fence", tag + "timers"]
    keys += [key for key, _ in states] + removed + [view[0] for view in shown] + [view[0] for view in hidden]
    values: list[Any] = [
        slot.incarnation,
        expected,
        last,
        len(states),
        len(removed),
        len(shown),
        len(hidden),
        len(timers),
    ]
    values += [blob for _, blob in states]
    values += [part for _, member, value in shown for part in (member, value)] + [view[1] for view in hidden]
    values += [part for timer in timers for part in timer]
    values += cleared
    return keys, values


def brought_up(tag: str, outputs: Outputs) -> list[list[Any]]:
    """Return the commands that store states and timers, each of at most `AT_ONCE` of them."""
    prefix = tag + "s:"
    states = [[prefix + name, blob] for name, blob in outputs.states.items() if blob is not None]
    removed = [[prefix + name] for name, blob in outputs.states.items() if blob is None]
    timers = [[due, timer_member(*key)] for key, due in outputs.timers.items() if due is not None]
    cleared = [[timer_member(*key)] for key, due in outputs.timers.items() if due is None]
    index = tag + "timers"
    return [
        [*command, *(word for words in some[first : first + AT_ONCE] for word in words)]
        for command, some in (
            (["MSET"], states), (["DEL"], removed), (["ZADD", index], timers), (["ZREM", index], cleared),
        )
        for first in range(0, len(some), AT_ONCE)
    ]  # fmt: skip


def _view(tag: str, name: str) -> tuple[str, str]:
    view, _, member = name.partition(":")
    return view_key(tag, view), member


def view_key(tag: str, view: str) -> str:
    """Return the key of a partition's part of a view: a hash of its members."""
    return f"{tag}view:{view}"


@dataclass(slots=True)
class Delivery:
    """What goes to the inboxes of one call of `deliver.lua`: recipients and entries in log order."""

    recipients: dict[str, int] = field(default_factory=dict)
    payloads: list[bytes] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)

    def add(self, signal: Signal, payload: bytes, recipients: Iterable[str]) -> None:
        """Append a signal for these recipients."""
        self.payloads.append(payload)
        for recipient in recipients:
            number = self.recipients.setdefault(recipient, len(self.recipients) + 1)
            self.entries += (number, signal.origin.offset, signal.origin.index, len(self.payloads))


def deliveries(signals: Sequence[Signal], place: dict[str, int]) -> list[Delivery]:
    """Split signals by where their recipients' inboxes are (`place`); one place, one call. Some tell nobody."""
    calls: dict[int, Delivery] = {}
    told = [signal for signal in signals if signal.to]
    for signal in sorted(told, key=lambda signal: (signal.origin.offset, signal.origin.index)):
        payload = orjson.dumps(signal.as_json())
        spread: dict[int, list[str]] = {}
        for recipient in dict.fromkeys(signal.to):
            spread.setdefault(place[recipient], []).append(recipient)
        for where, recipients in spread.items():
            calls.setdefault(where, Delivery()).add(signal, payload, recipients)
    return list(calls.values())

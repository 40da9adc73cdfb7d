"""Labels come late: what is remembered of a scoring until it is known whether an order followed.

The memory of a lead is plain data: `{"s": [snapshot, …], "n": [slot, how many scorings]}`. A snapshot is
`[asked at (ms), probability, model version, feature state, slot, of, orders, label already told]`; orders are those
within the horizon that stand, [id, when (ms)], None for none (in states of earlier releases the id of one). It is the
feature state that is kept, as bytes of msgpack, not the vector: 100 to 600 bytes instead of 900, and the vector
follows from it. As bytes it costs nothing to read and write with the lead's state.

When examples are made of it is the policy:

- `matured`: when the horizon has passed, whatever the label. All labels are then equally old, so the mix of labels
  learned is the mix that happens; the model is one horizon behind.
- `at_once`: a positive when its order comes, a negative when the horizon has passed. Newer, but orders are learned
  before the non-orders of the same days, so while the number of leads grows the model expects too much.
- `corrected`: a negative at the moment of scoring, a positive added when the order comes, with weights that take
  the false negatives out again on average (fake negative weighted, Ktena et al. 2019).

Of a lead that turns out to be another one's person, what is open is told by that person's memory (`joined`): such
snapshots have no slot there (None), so that no scoring of the person takes their place.

With the last two a slot keeps its first scoring, since what was learned cannot be drawn again; only `matured` samples
without preference inside a slot.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from online_models.sampling import SLOTS, keeps, slot_of

Policy = Literal["matured", "at_once", "corrected"]
Memory = Mapping[str, Any]
Example = dict[str, Any]

NOTHING: Memory = {}
_pack, _unpack = msgspec.msgpack.encode, msgspec.msgpack.decode
_AT, _PROBABILITY, _MODEL, _FEATURES, _SLOT, _OF, _ORDERS, _TOLD = range(8)
MOST_OWN = 2 * SLOTS + 2
MOST_JOINED = 4 * MOST_OWN  # snapshots of other leads: of four that are as busy as can be
MOST_ORDERS = 4  # of one horizon that are remembered: a cancellation takes back one of them


def ask(
    memory: Memory,
    entity: str,
    at: int,
    probability: float,
    model: str,
    features: Mapping[str, Any],
    horizon: int,
    policy: Policy = "matured",
) -> tuple[Memory, list[Example]]:
    """Remember a scoring at `at` (ms), if it is sampled; return the memory and the examples that it makes at once."""
    slot = slot_of(at, horizon)
    last, seen = memory.get("n", (None, 0))
    seen = seen + 1 if last == slot else 1
    counted = {**memory, "n": [slot, seen]}
    snapshots = memory.get("s", [])
    taken = any(snapshot[_SLOT] == slot for snapshot in snapshots)
    if (taken and policy != "matured") or not keeps(entity, slot, seen):
        return counted, []
    joined_ = [snapshot for snapshot in snapshots if snapshot[_SLOT] is None]
    kept = [snapshot for snapshot in snapshots if snapshot[_SLOT] is not None and snapshot[_SLOT] != slot]
    snapshot = [at, round(probability, 6), model, _pack(features), slot, seen, None, False]
    counted["s"] = [*joined_, *[*kept, snapshot][-MOST_OWN:]]
    examples = []
    if policy == "corrected":
        examples.append(_example(snapshot, 0, at, weight=(1.0 - probability) * (1.0 + probability)))
    return counted, examples


def ordered(
    memory: Memory, order_id: str, at: int, horizon: int, policy: Policy = "matured"
) -> tuple[Memory, list[Example]]:
    """Take an order at `at` (ms): every snapshot before it, within the horizon, becomes positive or stays so."""
    after, examples, answered = [], [], False
    for snapshot in memory.get("s", []):
        orders = _orders(snapshot)
        open_ = len(orders) < MOST_ORDERS and all(order_id != known for known, _ in orders)
        if open_ and snapshot[_AT] < at <= snapshot[_AT] + horizon:
            answered, told = True, snapshot[_TOLD]
            tell = not orders and (told or policy != "matured")
            snapshot = [*snapshot[:_ORDERS], [*orders, [order_id, at]], told or tell]
            if tell and told:  # told as an order that was cancelled
                examples.append({**_example(snapshot, 1, at), "was": 0})
            elif tell:
                weight = 1.0 + snapshot[_PROBABILITY] if policy == "corrected" else 1.0
                examples.append(_example(snapshot, 1, at, weight=weight))
        after.append(snapshot)
    return ({**memory, "s": after} if answered else memory), examples


def cancelled(memory: Memory, order_id: str, at: int) -> tuple[Memory, list[Example]]:
    """Take a cancellation: what was positive by that order alone is open again, or corrected if it was told already."""
    after, examples, answered = [], [], False
    for snapshot in memory.get("s", []):
        orders = _orders(snapshot)
        left = [order for order in orders if order[0] != order_id]
        if len(left) < len(orders):
            answered = True
            snapshot = [*snapshot[:_ORDERS], left or None, snapshot[_TOLD]]
            if snapshot[_TOLD] and not left:
                examples.append({**_example(snapshot, 0, at), "was": 1})
        after.append(snapshot)
    return ({**memory, "s": after} if answered else memory), examples


def joined(memory: Memory, other: Memory) -> Memory:
    """Return the memory of a person, of that of the lead whose name it goes by and of another lead's.

    Nothing that is open is lost, but where a person is more than five of the busiest leads, the oldest first.
    """
    snapshots = memory.get("s", [])
    own = [snapshot for snapshot in snapshots if snapshot[_SLOT] is not None]
    came = [[*snapshot[:_SLOT], None, *snapshot[_SLOT + 1 :]] for snapshot in other.get("s", [])]
    others = sorted([*(each for each in snapshots if each[_SLOT] is None), *came], key=lambda each: each[_AT])
    return {**memory, "s": [*others[-MOST_JOINED:], *own]}


def matured(memory: Memory, now: int, horizon: int, policy: Policy = "matured") -> tuple[Memory, list[Example]]:
    """Close the snapshots whose horizon has passed by `now` (ms) and return their examples.

    A positive is remembered for one more horizon, so that a cancellation can correct it.
    """
    after, examples = [], []
    for snapshot in memory.get("s", []):
        due = snapshot[_AT] + horizon
        if due <= now and not snapshot[_TOLD]:
            label = int(snapshot[_ORDERS] is not None)
            if label or policy != "corrected":
                examples.append(_example(snapshot, label, due))
            snapshot = [*snapshot[:_TOLD], True]
        forget = due if snapshot[_ORDERS] is None else due + horizon
        if forget > now or not snapshot[_TOLD]:
            after.append(snapshot)
    return {**memory, "s": after}, examples


def next_due(memory: Memory, horizon: int) -> int | None:
    """Return when (ms) `matured` has something to do next, None if nothing is remembered: the timer to set."""
    times = [
        snapshot[_AT] + (horizon if not snapshot[_TOLD] or snapshot[_ORDERS] is None else 2 * horizon)
        for snapshot in memory.get("s", [])
    ]
    return min(times, default=None)


def next_slot_due(memory: Memory, horizon: int) -> int | None:
    """Return the timer to set: `next_due`, at the end of the slot, when no scoring of it can be drawn any more.

    What is only remembered for the sake of a cancellation is forgotten all at once, with the last of it.
    """
    size = max(1, horizon // SLOTS)
    snapshots = memory.get("s", [])
    waiting = [snapshot[_AT] + horizon for snapshot in snapshots if not snapshot[_TOLD]]
    due = min(waiting) if waiting else max((snapshot[_AT] + 2 * horizon for snapshot in snapshots), default=None)
    return None if due is None else -(-due // size) * size


def _orders(snapshot: list[Any]) -> list[list[Any]]:
    held = snapshot[_ORDERS]
    if held is None:
        return []
    return [[held, None]] if isinstance(held, str) else held


def _example(snapshot: list[Any], label: int, at: int, weight: float = 1.0) -> Example:
    times = [order[1] for order in _orders(snapshot) if order[1] is not None]
    return {
        "kind": "label",
        "asked_at": snapshot[_AT],
        "label": label,
        "label_at": at,
        "outcome_at": min(times, default=at) if label else at,
        "probability": snapshot[_PROBABILITY],
        "model": snapshot[_MODEL],
        "features": _unpack(snapshot[_FEATURES]),
        "of": snapshot[_OF],
        "weight": weight,
    }

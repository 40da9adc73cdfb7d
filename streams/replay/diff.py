"""What another rule book would have told: signals of two replays compared, kind by kind and entity by entity."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

Signals = dict[tuple[str, str], list[dict[str, Any]]]
OF_THE_RUN = ("signal_id", "origin", "rule_book")  # differ between any two runs, and mean nothing to people


def write_diff(before: Path, after: Path, out: Path) -> dict[str, dict[str, int]]:
    """Compare two `signals.jsonl` and write one line per kind and entity that differs; return counts per kind.

    `added`: told only now; `removed`: told only before; `changed`: told both times, but otherwise.
    """
    one, other = _signals(before), _signals(after)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    with out.open("wb") as file:
        for kind, entity in sorted({*one, *other}):
            former, present = one.get((kind, entity), []), other.get((kind, entity), [])
            if former == present:
                continue
            change = "added" if not former else "removed" if not present else "changed"
            counts[kind][change] += 1
            line = {"change": change, "kind": kind, "entity": entity, "before": former, "after": present}
            file.write(orjson.dumps(line, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE))
    return {kind: dict(sorted(found.items())) for kind, found in sorted(counts.items())}


def _signals(path: Path) -> Signals:
    found: Signals = defaultdict(list)
    for signal in _lines(path):
        found[signal["kind"], signal["entity"]].append(
            {name: value for name, value in signal.items() if name not in OF_THE_RUN}
        )
    for signals in found.values():
        signals.sort(key=lambda signal: orjson.dumps(signal, option=orjson.OPT_SORT_KEYS))
    return dict(found)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as lines:
        for line in lines:
            yield orjson.loads(line)

"""Of those who were told to be likely buyers, how many bought: per event at which it was told, of a replay.

    whetstone sample make --out sample.jsonl --truth truth.json
    whetstone replay sample.jsonl --rules deploy/sample/rules.yaml --out OUT
    python tests/bench/told_and_bought.py sample.jsonl OUT/signals.jsonl

What is told within the last horizon of the file does not count, nor where events of several leads have the same time.
"""

import json
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

from schemas.times import DAY, parse_iso

HORIZON = 7 * DAY
Who = tuple[tuple[str, str], ...]


def events(path: Path) -> Iterator[tuple[str, Who, int]]:
    """Yield type, subject and time (ms) of all that can be read."""
    for line in path.read_bytes().splitlines():
        try:
            one: Any = json.loads(line)
            ids = tuple(sorted((str(each["kind"]), str(each["value"])) for each in one["subject"]["ids"]))
            kind, at = str(one["type"]), parse_iso(one["occurred_at"])
        except (ValueError, KeyError, TypeError):
            continue
        if at is not None:
            yield kind, ids, at


def main(source: Path, signals: Path) -> None:
    """Print a Markdown table."""
    moments: dict[int, set[tuple[str, Who]]] = defaultdict(set)
    orders: dict[Who, list[int]] = defaultdict(list)
    for kind, who, at in events(source):
        moments[at].add((kind, who))
        if kind == "order_placed":
            orders[who].append(at)
    end = max(max(times) for times in orders.values())
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for line in signals.read_bytes().splitlines():
        signal: Any = json.loads(line)
        at = parse_iso(signal["at"]) or 0
        here = [each for each in moments[at] if each[0] in ("order_placed", "page_viewed")]
        if signal["kind"] == "purchase_likely" and at <= end - HORIZON and len(here) == 1:
            kind, who = here[0]
            times = sorted(orders[who])
            after = bisect_right(times, at)
            bought = after < len(times) and times[after] <= at + HORIZON
            found[kind].append((signal["evidence"]["probability"], bought))
    print("| told at | number | mean probability | bought within 7 days |\n|---|---|---|---|")
    for kind, told in sorted(found.items()):
        print(f"| {kind} | {len(told)} | {fmean(p for p, _ in told):.3f} | {fmean(did for _, did in told):.3f} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

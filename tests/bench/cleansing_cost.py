"""Measure what cleansing costs per touchpoint, on a file of touchpoints such as `whetstone sample make` writes.

Usage: python -m tests.bench.cleansing_cost FILE.jsonl

CPU time of one core; decoding is not counted, loading the reference data is, and no value has been seen before.
"""

import gc
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from processors.cleansing.record import CleansingOptions, cleanse_identifier, cleanse_record

OPTIONS = CleansingOptions(id_number_key=b"k" * 16)


def touchpoints(path: Path) -> list[dict[str, Any]]:
    """Return the touchpoints of a file; what is no JSON object is passed over."""
    found = []
    for line in path.read_bytes().splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and isinstance(event.get("data", {}), dict):
            found.append(event)
    return found


def cleanse(event: dict[str, Any]) -> int:
    """Cleanse one touchpoint as the event path does and return the number of notes."""
    _, notes = cleanse_record(str(event.get("type")), event.get("data", {}), OPTIONS)
    subject = event.get("subject")
    ids = subject.get("ids", []) if isinstance(subject, dict) else []
    for given in ids if isinstance(ids, list) else []:
        if isinstance(given, dict):
            cleanse_identifier(str(given.get("kind")), str(given.get("value")), OPTIONS)
    return len(notes)


def main(path: Path) -> None:
    """Print the average cost, and the number of touchpoints and notes by type."""
    events = touchpoints(path)
    gc.collect()
    gc.freeze()  # the events are this program's ballast: the garbage collector need not walk them again and again
    start = time.process_time()
    notes: Counter[str] = Counter()
    for event in events:
        notes[str(event.get("type"))] += cleanse(event)
    spent = time.process_time() - start
    print(f"{len(events)} touchpoints, {1e6 * spent / len(events):.1f} µs each, {sum(notes.values())} notes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

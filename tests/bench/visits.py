"""How good the doubts about visits are, on real traces: `python -m tests.bench.visits DATA`.

DATA is a folder with gps_geolife_trackintel and gps_geolife_movingpandas. Into each user's trace one fake of each kind
is injected, `--rounds` times with other random numbers (see `visit_fakes`); all else in the trace is honest. Flagged
right is a run with that fake in which the doubt came up; every other flag, in whatever run, is false.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

import msgspec

from processors.calendars import day_of
from processors.detector import Registry
from processors.detectors import visits, visits_place, visits_track
from processors.geo.distance import metres
from processors.geo.stays import Bounds, Fix, Stay, Tracker, advanced
from processors.state import Clock, Head
from schemas.effects import Slot
from schemas.fact import Fact, Origin, Tick
from schemas.rules import RuleBook
from schemas.signal import Signal
from schemas.times import DAY, HOUR, MINUTE, to_ms
from streams.replay.partition import Partition
from tests.bench.visit_fakes import KINDS, Fake, honest
from tests.bench.visit_traces import Trace, read_traces

WORKING_DAYS = 21  # of a month
spent: list[tuple[float, int]] = []
"""Of each run: CPU in µs per fact, with all that the entity step does; bytes of the greatest entity."""


class Run:
    """One partition with the detectors of visits."""

    def __init__(self) -> None:
        registry = Registry((visits.DETECTOR, visits_place.DETECTOR, visits_track.DETECTOR))
        self.partition = Partition(Slot("facts", "00000000", 0), Head(Clock(), RuleBook(), {}), registry)
        self.signals: list[Signal] = []

    def play(self, facts: Iterable[Fact]) -> None:
        """Play facts in the order of their times, with a tick an hour."""
        ordered = sorted(facts, key=lambda one: one.at)
        until = ordered[-1].at + 2 * DAY
        tick = ordered[0].at
        self.partition.begin(until)
        for number, one in enumerate(ordered):
            while one.at > tick + HOUR:
                tick += HOUR
                self._append(Tick(sources={"touchpoints.0.00000000": tick}, of=1))
            self._append(msgspec.structs.replace(one, origin=Origin("touchpoints", "00000000", 0, number)))
        self._append(Tick(sources={"touchpoints.0.00000000": until}, of=1))
        outputs = self.partition.finish()
        if self.partition.failures:
            raise RuntimeError(str(self.partition.failures[0]))
        self.signals = outputs.signals

    def _append(self, record: Fact | Tick) -> None:
        waiting: list[Fact | Tick] = [record]
        while waiting:
            waiting += self.partition.append(waiting.pop(0))


def flags(fake: Fake) -> Counter[str]:
    """Return how often each doubt came up."""
    run = Run()
    began = process_time()
    run.play(fake.facts)
    spent.append(((process_time() - began) * 1e6 / len(fake.facts), max(map(len, run.partition.blobs.values()))))
    return Counter(signal.rule.partition(".")[2] for signal in run.signals)


class Score:
    """Counts for one kind of doubt."""

    def __init__(self) -> None:
        self.injected = self.found = self.false = 0
        self.missed: list[str] = []

    def line(self, name: str) -> str:
        """Return the figures as a line of the table."""
        flagged = self.found + self.false
        precision = self.found / flagged if flagged else float("nan")
        recall = self.found / self.injected if self.injected else float("nan")
        return f"| {name} | {self.injected} | {self.found} | {self.false} | {precision:.3f} | {recall:.3f} |"


def measure(traces: dict[str, Trace], rounds: int) -> tuple[dict[str, Score], Counter[str]]:
    """Return the score of each doubt over all runs, and the flags of the untouched traces."""
    scores: dict[str, Score] = {kind.__name__: Score() for kind in KINDS[1:]}
    untouched: Counter[str] = Counter()
    for user, trace in traces.items():
        before = flags(Fake(None, "", honest(trace)))
        untouched += before
        for doubt, count in before.items():
            scores[doubt].false += count
        for number in range(rounds):
            for kind in KINDS[1:]:
                for fake in kind(trace, Random(f"{user} {number} {kind.__name__}")):
                    _count(scores, fake, flags(fake) - before, user)
        print(f"{user}: {len(trace)} reports, flagged untouched: {dict(before)}", file=sys.stderr)
    return scores, untouched


def _count(scores: dict[str, Score], fake: Fake, found: Counter[str], user: str) -> None:
    for doubt, count in found.items():
        if doubt != fake.doubt:
            scores[doubt].false += count
            print(f"  false: {doubt} in {user}, injected {fake.doubt} ({fake.what})", file=sys.stderr)
    if fake.doubt is None:
        return
    score = scores[fake.doubt]
    score.injected += 1
    if found[fake.doubt]:
        score.found += 1
    else:
        print(f"  missed: {fake.doubt} in {user} ({fake.what})", file=sys.stderr)


def compare_stays(traces: dict[str, Trace], file: Path) -> tuple[int, int, int]:
    """Return how many of trackintel's stays of five minutes and more we find too, how many there are, how many we find.

    Found: stays of ours cover half of its time within 100 m. Of the two users of the reference, only the first one's
    traces are among the data: at the times of the second one's stays, user 002 was ten kilometres away.
    """
    rules = RuleBook().visits.stays
    bounds = Bounds(rules.radius_m, round(rules.gap_minutes * MINUTE), round(rules.least_minutes * MINUTE))
    ours = _stays(traces["000"], bounds)
    found = total = 0
    with file.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            begin, end = (to_ms(datetime.fromisoformat(f"{row[name]}+00:00")) for name in ("started_at", "finished_at"))
            if float(row["user_id"]) != 0 or end - begin < 5 * MINUTE:
                continue
            lon, lat = map(float, row["geom"].removeprefix("POINT (").removesuffix(")").split())
            total += 1
            near = [one for one in ours if metres(one.lat, one.lon, lat, lon) <= 100]
            covered = sum(max(0, min(end, one.ended) - max(begin, one.began)) for one in near)
            found += 2 * covered >= end - begin
    return found, total, len(ours)


def _stays(trace: Trace, bounds: Bounds) -> list[Stay]:
    tracker, found = Tracker(), []
    for ping in trace:
        tracker, ended = advanced(tracker, Fix(ping.at, ping.lat, ping.lon), bounds)
        found += ended
    return found


def main() -> None:
    """Print the table, the false flags per rep-month, and the comparison of stays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--apart", type=float, default=5, help="seconds between two reports, at least")
    parser.add_argument("--users", nargs="*", help="only these")
    given = parser.parse_args()
    traces = read_traces(given.data, given.apart)
    found, total, ours = compare_stays(traces, given.data / "gps_geolife_trackintel" / "geolife_staypoints.csv")
    print(f"stays of trackintel (5 minutes and more) that are found: {found} of {total}; found in all: {ours}")
    traces = {user: trace for user, trace in traces.items() if not given.users or user in given.users}
    scores, untouched = measure(traces, given.rounds)
    days = sum(len({day_of(ping.at) for ping in trace}) for trace in traces.values())
    print("| doubt | injected | found | false | precision | recall |\n|---|---|---|---|---|---|")
    for name, score in scores.items():
        print(score.line(name))
    months = days / WORKING_DAYS
    cpu = median(one for one, _ in spent)
    print(f"{cpu:.1f} µs CPU per fact in the median run; greatest state: {max(size for _, size in spent)} bytes")
    print(f"untouched: {untouched.total()} flags in {days} rep-days = {untouched.total() / months:.2f} per rep-month")


if __name__ == "__main__":
    main()

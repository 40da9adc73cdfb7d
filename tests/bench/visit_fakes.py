"""Fakes of each kind, put into real traces. Each function says in its docstring what it injects.

`Fakes` are (doubt, facts of one partition, a time by which it can be known). The rest of the trace stays as it is.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from processors.calendars import calendar_of, day_of, is_working_day, start_of_day
from processors.geo.distance import metres
from schemas.fact import Fact
from schemas.rules import RuleBook
from schemas.times import DAY, HOUR, MINUTE, SECOND
from tests.bench.visit_traces import Ping, Trace, fact, positions, shifted, stays, visit

CALENDAR = calendar_of(RuleBook(), "default")
REP = "r"


class Fake(NamedTuple):
    """What was injected: the doubt that is due (None: nothing is), what it was, and all facts."""

    doubt: str | None
    what: str
    facts: list[Fact]


def honest(trace: Trace, rep: str = REP) -> list[Fact]:
    """The whole trace; at each real stay a check-in, a note and a check-out at a customer within 50 m of it."""
    found = positions(rep, trace)
    for number, (begin, end) in enumerate(stays(trace)):
        found += visit(rep, f"{rep}-c{number}", trace[begin], trace[end])
    return found


def untouched(trace: Trace, random: Random) -> Iterator[Fake]:
    """Nothing is injected."""
    yield Fake(None, "honest visits only", honest(trace))


def long_stay(trace: Trace, random: Random) -> Iterator[Fake]:
    """Three consecutive working days of 6.5 hours in a cafe, 09:15 to 17:15 with lunch elsewhere out of sight, with
    the drift of a real stay of this trace, a report every one to three minutes and some gaps of up to 25 minutes.
    Must not be flagged: the same with a note each day; two days only; half of the time.
    """
    drift = _drift(trace)
    last = day_of(trace[-1].at)
    days = [day for day in range(last + 1, last + 15) if is_working_day(day, CALENDAR)][:3]
    for doubt, what, kept, hours, noted in (
        ("long_stay", "three days without an update", days, 6.5, False),
        (None, "three days with an update each", days, 6.5, True),
        (None, "two days without an update", days[:2], 6.5, False),
        (None, "three days of three hours", days, 3.0, False),
    ):
        cafe = shifted(trace[-1], random.uniform(-9e3, 9e3), random.uniform(-9e3, 9e3))
        facts = honest(trace)
        for day in kept:
            begin = start_of_day(day) + 9 * HOUR + 15 * MINUTE
            morning = _sitting(cafe, drift, begin, min(hours, 2.5), random)
            facts += positions(REP, morning)
            if hours > 2.5:
                facts += positions(REP, _sitting(cafe, drift, begin + 4 * HOUR, hours - 2.5, random))
            if noted:
                facts.append(fact(f"rep:{REP}", "contact_noted", begin + HOUR, lead="lead:x", topic="x"))
        yield Fake(doubt, what, facts)


def _drift(trace: Trace) -> list[tuple[float, float]]:
    begin, end = max(stays(trace), key=lambda one: one[1] - one[0], default=(0, min(50, len(trace) - 1)))
    part = trace[begin : end + 1]
    lat, lon = sum(one.lat for one in part) / len(part), sum(one.lon for one in part) / len(part)
    near = [(one.lat - lat, one.lon - lon) for one in part if metres(lat, lon, one.lat, one.lon) < 100]
    return near or [(0.0, 0.0)]


def _sitting(
    place: tuple[float, float], drift: list[tuple[float, float]], at: int, hours: float, random: Random
) -> Trace:
    end, found = at + round(hours * HOUR), []
    while at < end:
        north, east = drift[random.randrange(len(drift))]
        found.append(Ping(at, place[0] + north + random.gauss(0, 2e-6), place[1] + east + random.gauss(0, 2e-6)))
        at += random.randint(10, 25) * MINUTE if random.random() < 0.03 else random.randint(60, 180) * SECOND
    return found


def far_from_customer(trace: Trace, random: Random) -> Iterator[Fake]:
    """One check-in at a real stay, for a customer who is 0.8 to 20 km away."""
    begin, end = _some_stay(trace, random)
    away = random.choice((-1, 1)) * random.uniform(800, 20_000)
    place = shifted(begin, away, random.uniform(-300, 300))
    yield Fake("far_from_customer", f"{abs(away):.0f} m away", honest(trace) + visit(REP, "far", begin, end, place))


def left_at_once(trace: Trace, random: Random) -> Iterator[Fake]:
    """A check-in while the trace moves on without a check-out; and a check-out one to four minutes after a check-in."""
    moving = _moving(trace, 30)
    if moving:
        begin = random.choice(moving)
        facts = visit(REP, "passing", trace[begin], trace[begin])[:3]
        yield Fake("left_at_once", "checked in on the way", honest(trace) + facts)
    ping, _ = _some_stay(trace, random)
    soon = ping._replace(at=ping.at + random.randint(1, 4) * MINUTE)
    yield Fake("left_at_once", "checked out within four minutes", honest(trace) + visit(REP, "soon", ping, soon))


def mock_location(trace: Trace, random: Random) -> Iterator[Fake]:
    """The mark of the phone on one to twenty reports in a row; or on a check-in."""
    facts = honest(trace)
    begin, count = random.randrange(len(trace) - 20), random.randint(1, 20)
    marked = [_marked(one) if begin <= place < begin + count else one for place, one in enumerate(facts)]
    yield Fake("mock_location", f"{count} reports", marked)
    visited = visit(REP, "mock", *_some_stay(trace, random))
    yield Fake("mock_location", "a check-in", facts + [_marked(one) for one in visited])


def _marked(one: Fact) -> Fact:
    data = {**one.data, "mock": True} if one.type in ("position_reported", "visit_checked_in") else one.data
    return fact(one.entity, one.type, one.at, lead=one.lead, **data, **({} if one.entity[0] == "r" else {"rep": REP}))


def impossible_speed(trace: Trace, random: Random) -> Iterator[Fake]:
    """The trace leaps by 5 to 300 km from one report to the next and goes on there for 15 minutes or more; and a
    check-in 2 to 30 km from where the phone was a few seconds before.
    """
    dense = [place for place in range(20, len(trace) - 60) if trace[place + 40].at - trace[place - 10].at < 20 * MINUTE]
    begin, north = random.choice(dense), random.uniform(5e3, 3e5)
    moved = [
        Ping(one.at, *shifted(one, north, 0)) if begin <= place and one.at < trace[begin].at + 15 * MINUTE else one
        for place, one in enumerate(trace)
    ]
    yield Fake("impossible_speed", f"a leap of {north / 1000:.0f} km", honest(moved))
    here = trace[random.choice(dense)]
    there = Ping(here.at + 5 * SECOND, *shifted(here, random.uniform(2e3, 3e4), 0))
    facts = visit(REP, "leap", there, there._replace(at=there.at + 20 * MINUTE))
    yield Fake("impossible_speed", "a check-in elsewhere", honest(trace) + facts)


def repeated_coordinates(trace: Trace, random: Random) -> Iterator[Fake]:
    """One place to the last digit for 30 to 90 minutes, a report a minute; four check-ins at one exact place."""
    begin, _ = _some_stay(trace, random)
    last = trace[-1].at + 2 * HOUR
    still = [Ping(last + minute * MINUTE, begin.lat, begin.lon) for minute in range(random.randint(30, 90))]
    yield Fake("repeated_coordinates", f"{len(still)} reports", honest(trace) + positions(REP, still))
    facts = honest(trace)
    for day in range(1, 5):
        at = begin._replace(at=trace[-1].at + day * DAY)
        facts += visit(REP, "copy", at, at._replace(at=at.at + 30 * MINUTE))
    yield Fake("repeated_coordinates", "four check-ins", facts)


def replayed_track(trace: Trace, random: Random) -> Iterator[Fake]:
    """Half an hour or more of a real day's way again on a later day, at another time of day, each, every second or
    every third report of it.
    """
    for every in (1, 2, 3):
        part = _way(trace, random, 40 * every)
        if part:
            later = (trace[-1].at - part[0].at) // DAY + 1
            again = [one._replace(at=one.at + later * DAY + 37 * MINUTE) for one in part[::every]]
            recent = later <= 9
            if recent:
                yield Fake("replayed_track", f"every {every}. report", honest(trace) + positions(REP, again))


def shared_track(trace: Trace, random: Random) -> Iterator[Fake]:
    """A second rep reports the first one's way of half an hour or more, each report up to a minute later."""
    part = _way(trace, random, 60)
    if part:
        delay = random.randint(0, 60) * SECOND
        other = positions("s", [one._replace(at=one.at + delay) for one in part])
        yield Fake("shared_track", f"{len(part)} reports", honest(trace) + other)


def _some_stay(trace: Trace, random: Random) -> tuple[Ping, Ping]:
    begin, end = random.choice(stays(trace) or [(0, len(trace) - 1)])
    return trace[begin], trace[end]


def _moving(trace: Trace, least_m: float) -> list[int]:
    """Return where the trace is on its way: 600 m and more within the next four minutes, a report at least a minute."""
    found = []
    for place in range(0, len(trace) - 40, 7):
        begin = trace[place]
        ahead = [one for one in trace[place : place + 120] if one.at <= begin.at + 4 * MINUTE]
        dense = len(ahead) >= 8 and ahead[-1].at >= begin.at + 3 * MINUTE
        if dense and metres(begin.lat, begin.lon, ahead[-4].lat, ahead[-4].lon) > 600:
            found.append(place)
    return found


def _way(trace: Trace, random: Random, least: int) -> Trace:
    """Return a part of one day's trace with `least` reports or more that are 20 m and more apart."""
    starts = list(range(0, len(trace), 50))
    random.shuffle(starts)
    for begin in starts:
        part, moved = [], 0
        for one in trace[begin:]:
            if day_of(one.at) != day_of(trace[begin].at):
                break
            if part and metres(part[-1].lat, part[-1].lon, one.lat, one.lon) >= 20:
                moved += 1
            part.append(one)
            if moved >= least and one.at - part[0].at >= 30 * MINUTE:
                return part
    return []


KINDS: tuple[Callable[[Trace, Random], Iterator[Fake]], ...] = (
    untouched, long_stay, far_from_customer, left_at_once, mock_location, impossible_speed, repeated_coordinates,
    replayed_track, shared_track,
)  # fmt: skip

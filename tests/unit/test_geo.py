"""Places on the ground: datums against published values, stays through drift, jumps and gaps, buildings, prints."""

from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.geo import prints
from processors.geo.buildings import entered, from_plain, nearest
from processors.geo.datum import from_wgs84, to_wgs84
from processors.geo.distance import EARTH_M, metres
from processors.geo.stays import Bounds, Fix, Stay, Tracker, advanced
from schemas.times import MINUTE, SECOND
from tests.unit.detector_bench import NINE

HERE = (31.2304, 121.4737)
BOUNDS = Bounds(radius=100, gap=30 * MINUTE, least=5 * MINUTE)
MAINLAND = st.tuples(st.floats(18.5, 53.0), st.floats(74.0, 134.5))


def east(m: float, north: float = 0) -> tuple[float, float]:
    return HERE[0] + north / 111_195, HERE[1] + m / 95_080


PUBLISHED = [  # of the usual conversions, to a metre and better: datum, WGS-84, in the datum
    ("GCJ02", (39.915, 116.404), (39.91640428150164, 116.41024449916938)),
    ("GCJ02", (31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
]


@pytest.mark.parametrize(("datum", "wgs84", "moved"), PUBLISHED)
def test_known_places(datum, wgs84, moved):
    assert metres(*from_wgs84(*wgs84, datum), *moved) < 0.01
    assert metres(*to_wgs84(*moved, datum), *wgs84) < 0.01


def test_baidu_is_turned_from_the_official_map():
    wgs84 = to_wgs84(39.915, 116.404, "GCJ02")
    assert metres(*from_wgs84(*wgs84, "BD09"), 39.92133699351022, 116.41036949371029) < 0.01


@given(place=MAINLAND, datum=st.sampled_from(["GCJ02", "BD09"]))
def test_there_and_back_is_exact(place, datum):
    assert metres(*to_wgs84(*from_wgs84(*place, datum), datum), *place) < 1e-4


@given(place=MAINLAND, datum=st.sampled_from(["GCJ02", "BD09"]))
def test_back_and_there_is_exact(place, datum):
    assert metres(*from_wgs84(*to_wgs84(*place, datum), datum), *place) < 1e-4


@pytest.mark.parametrize("datum", ["GCJ02", "BD09", "WGS84", None, "unheard of"])
@pytest.mark.parametrize("place", [(51.5, -0.12), (-33.9, 151.2), (90.0, 180.0), (0.0, 0.0)])
def test_places_abroad_do_not_move(place, datum):
    assert to_wgs84(*place, datum) == place


@given(one=MAINLAND, other=MAINLAND)
def test_distances_are_a_metric(one, other):
    assert metres(*one, *other) == pytest.approx(metres(*other, *one))
    assert (metres(*one, *other) == 0) == (one == other) or metres(*one, *other) < 1e-3


def test_a_degree_of_latitude_and_the_date_line():
    assert metres(0, 0, 1, 0) == pytest.approx(111_195, abs=1)
    assert metres(10, 179.9995, 10, -179.9995) == pytest.approx(109.5, abs=1)


def walked(*legs: tuple[float, float, float]) -> list[Fix]:
    """Return a fix every 20 seconds: legs of (minutes, metres east at the end, metres of drift to both sides)."""
    found, at, place = [], NINE, 0.0
    for minutes, goal, drift in legs:
        count = round(minutes * 3)
        for number in range(1, count + 1):
            side = drift if number % 2 else -drift
            found.append(Fix(at, *east(place + (goal - place) * number / count, side)))
            at += 20 * SECOND
        place = goal
    return found


def stays_of(fixes: list[Fix]) -> list[Stay]:
    tracker, found = Tracker(), []
    for fix in fixes:
        tracker, ended = advanced(Tracker.from_plain(tracker.as_plain()), fix, BOUNDS)
        found += ended
    return [*found, *([tracker.stay] if tracker.stay and tracker.stay.ended - tracker.stay.began >= 300_000 else [])]


def minutes_of(stay: Stay) -> int:
    return round((stay.ended - stay.began) / MINUTE)


STAYS = [  # story, legs, minutes of each stay
    ("sat for twenty minutes", [(20, 0, 0)], [20]),
    ("drift of forty metres to each side is no way", [(20, 0, 40)], [20]),
    ("walked all the time", [(30, 5_000, 0)], []),
    ("two customers, a drive between", [(20, 0, 10), (10, 6_000, 0), (30, 6_000, 10)], [20, 30]),
    ("stopped at a light", [(5, 2_000, 0), (2, 2_000, 0), (5, 4_000, 0)], []),
]


@pytest.mark.parametrize(("story", "legs", "expected"), STAYS)
def test_stays(story, legs, expected):
    assert [pytest.approx(length, abs=1) for length in expected] == [minutes_of(one) for one in stays_of(walked(*legs))]


def test_single_jumps_of_the_receiver_do_not_end_a_stay():
    fixes = [
        fix._replace(lon=fix.lon + 0.05) if number % 10 in (4, 5) else fix
        for number, fix in enumerate(walked((30, 0, 10)))
    ]
    assert [minutes_of(one) for one in stays_of(fixes)] == [30]


def test_a_gap_is_no_presence():
    first = walked((20, 0, 10))
    later = [fix._replace(at=fix.at + 80 * MINUTE) for fix in first]
    assert [minutes_of(one) for one in stays_of(first + later)] == [20, 20]


def test_what_is_older_than_the_last_changes_nothing():
    fixes = walked((20, 0, 10))
    assert stays_of([*fixes[:30], fixes[3], fixes[4], *fixes[30:]]) == stays_of(fixes)


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            Fix,
            st.integers(NINE, NINE + 10 * 60 * MINUTE),
            st.floats(31.0, 31.01),
            st.floats(121.0, 121.01),
            st.floats(0, 500),
        ),
        max_size=60,
    )
)
def test_stays_are_in_order_apart_and_long_enough(fixes):
    found = stays_of(fixes)
    assert all(one.ended - one.began >= BOUNDS.least for one in found)
    assert all(one.ended < other.began for one, other in pairwise(found))


def test_stays_near_to_each_other_are_in_one_building_and_the_oldest_is_forgotten():
    known, first = entered([], Stay(0, 1, *HERE, 9), 100, 3)
    known, again = entered(known, Stay(2, 3, *east(60), 9), 100, 3, night=True)
    assert (again.id, again.stays, again.nights) == (first.id, 2, 1)
    for number in range(1, 4):
        known, _ = entered(
            from_plain([list(one) for one in known]), Stay(9, 10 + number, *east(500 * number), 9), 100, 3
        )
    assert len(known) == 3
    assert nearest(known, *HERE, 100) is None


@given(st.lists(st.integers(0, 2**32 - 1), unique=True), st.integers(1, 20))
def test_prints_are_the_least_whatever_the_order(values, size):
    found = b""
    for value in values:
        found = prints.added(found, value, size)
    assert list(memoryview(found).cast("I")) == sorted(values)[:size]
    assert not prints.has(b"", 0)
    assert all(prints.has(found, value) for value in values if prints.expected(found, value, size))


def test_coarse_places_say_nothing():
    assert not prints.is_fine(31.2304, 121.4737)
    assert prints.is_fine(31.230416, 121.473701)


@given(place=MAINLAND, north=st.floats(-0.25, 0.25), aside=st.floats(-0.25, 0.25))
def test_near_places_are_measured_as_on_the_sphere(place, north, aside):
    lat, lon = place[0] + north, place[1] + aside
    share = sin(radians(north) / 2) ** 2 + cos(radians(place[0])) * cos(radians(lat)) * sin(radians(aside) / 2) ** 2
    assert metres(*place, lat, lon) == pytest.approx(2 * EARTH_M * asin(sqrt(share)), abs=0.05)

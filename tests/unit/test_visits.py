"""Doubtful visits, as a sales manager would read them: what is asked about, and what must not be."""

import pytest

from processors.geo.datum import from_wgs84
from schemas.times import DAY, HOUR, MINUTE, SECOND
from tests.unit.detector_bench import NINE
from tests.unit.visit_field import HERE, LEAD, MONDAY, REP, RULES, Field, east

DAYS = [  # story, (day, hours) of the stays, days with an update, rules, what is asked
    ("three working days of five hours", [(0, 6), (1, 6), (2, 6)], [], "", ["long_stay"]),
    ("a weekend between does not break the row", [(3, 6), (4, 6), (7, 6)], [], "", ["long_stay"]),
    ("two days only", [(0, 6), (1, 6)], [], "", []),
    ("a day without between", [(0, 6), (1, 6), (3, 6)], [], "", []),
    ("a customer update on one of the days", [(0, 6), (1, 6), (2, 6)], [1], "", []),
    ("three hours a day", [(0, 3), (1, 3), (2, 3)], [], "", []),
    ("days off do not count", [(5, 6), (6, 6), (7, 6)], [], "", []),
    ("the office does not count", [(0, 6), (1, 6), (2, 6)], [],
     "visits: {known_places: [{name: x, lat: 31.2304, lon: 121.4737}]}", []),
    ("somebody else's office does", [(0, 6), (1, 6), (2, 6)], [],
     "visits: {known_places: [{name: x, lat: 31.2304, lon: 121.4737, reps: [r2]}]}", ["long_stay"]),
    ("a holiday of the book's own calendar", [(0, 6), (1, 6), (2, 6)], [],
     "calendars: {default: {days_off: [2026-11-24]}}", []),
    ("nobody is asked about what is off", [(0, 6), (1, 6), (2, 6)], [], "visits: {off: [long_stay]}", []),
]  # fmt: skip


@pytest.mark.parametrize(("story", "stays", "updates", "rules", "asked"), DAYS)
def test_days_in_one_building(story, stays, updates, rules, asked):
    bench = Field(rules or RULES)
    for day, hours in stays:
        begin = MONDAY + day * DAY
        bench.sit(begin, hours)
        if day in updates:
            bench.fact("contact_noted", begin + HOUR, REP, rep="r1", about=LEAD, channel="visit", topic="x")
        bench.until(begin + 13 * HOUR)
    assert bench.doubts() == asked, story


def test_a_day_is_asked_about_once_though_a_weekend_lies_before_the_next_report():
    bench = Field()
    for day in (2, 3, 4):
        bench.sit(MONDAY + day * DAY, 6)
        bench.until(MONDAY + day * DAY + 13 * HOUR)
    bench.at(MONDAY + 7 * DAY, east(9_000))
    assert bench.doubts() == ["long_stay"]
    bench.sit(MONDAY + 7 * DAY + HOUR, 6)
    bench.until(MONDAY + 7 * DAY + 13 * HOUR)
    assert bench.doubts() == ["long_stay", "long_stay"], "the fourth working day is a question of its own"


def test_a_note_that_is_written_after_the_stay_and_before_the_evening_counts():
    bench = Field()
    for day in range(3):
        bench.sit(MONDAY + day * DAY, 6)
        bench.fact("contact_noted", MONDAY + day * DAY + 6 * HOUR + 20 * MINUTE, REP, rep="r1", channel="visit")
        bench.until(MONDAY + day * DAY + 13 * HOUR)
    assert bench.doubts() == []


def test_home_is_where_the_nights_are_spent():
    bench = Field()
    for day in range(5):
        bench.sit(MONDAY + day * DAY - 12 * HOUR, 22)
        bench.until(MONDAY + day * DAY + 13 * HOUR)
    assert bench.doubts() == []


def test_the_evidence_of_a_long_stay_has_points_times_and_what_is_missing():
    bench = Field()
    for day in range(3):
        bench.sit(MONDAY + day * DAY, 6)
    bench.until(MONDAY + 3 * DAY)
    (asked,) = (one for one in bench.signals if one.kind == "fake_visit_suspected")
    assert asked.to == ("rep:r1", "role:manager")
    assert asked.title["zh"].startswith("请核实")
    assert [day["day"] for day in asked.evidence["days"]] == ["2026-11-23", "2026-11-24", "2026-11-25"]
    assert all(day["hours"] > 4 for day in asked.evidence["days"])
    assert asked.evidence["points"][0]["lat"] == pytest.approx(HERE[0], abs=1e-3)
    assert "contact_noted" in asked.evidence["missing"]
    assert asked.evidence["appeal"] == {"state": "open", "until": "2026-12-02T13:00:00.000Z"}


def test_the_same_place_in_another_datum_is_the_same_building():
    bench = Field()
    for day, datum in enumerate(("WGS84", "GCJ02", "BD09")):
        place = from_wgs84(*HERE, datum)
        for number in range(180):
            moved = (place[0] + (number * 37 % 50 - 25) / 111_195, place[1])
            bench.at(MONDAY + day * DAY + number * 2 * MINUTE, moved, datum=datum)
    bench.until(MONDAY + 3 * DAY)
    assert bench.doubts() == ["long_stay"]


def test_positions_that_come_days_late_are_looked_at_too():
    bench = Field()
    bench.until(MONDAY + 6 * DAY)
    for day in range(3):
        bench.sit(MONDAY + day * DAY, 6)
    bench.at(MONDAY + 3 * DAY, HERE)
    assert bench.doubts() == ["long_stay"]


PLACES = [  # story, the customer's place as given, metres between, accuracy, asked
    ("at the customer's door", True, 80, 10, []),
    ("three kilometres away", True, 3_000, 10, ["far_from_customer"]),
    ("a fix too poor to say", True, 900, 600, []),
    ("nobody knows where the customer is", False, 3_000, 10, []),
]


@pytest.mark.parametrize(("story", "given", "distance", "accuracy", "asked"), PLACES)
def test_where_people_check_in(story, given, distance, accuracy, asked):
    bench = Field()
    if given:
        bench.fact("lead_updated", NINE, LEAD, extra={"lat": HERE[0], "lon": HERE[1]})
    bench.check("in", MONDAY, east(distance), accuracy_m=float(accuracy))
    bench.check("out", MONDAY + HOUR, east(distance))
    assert bench.doubts() == asked, story


def test_a_customers_place_is_learned_from_check_ins_that_agree():
    bench = Field()
    for day in range(3):
        bench.check("in", MONDAY + day * DAY, east(40 * day))
        bench.check("out", MONDAY + day * DAY + HOUR, east(40 * day))
    assert bench.doubts() == []
    bench.check("in", MONDAY + 4 * DAY, east(5_000))
    assert bench.doubts() == ["far_from_customer"]
    assert bench.signals[-1].evidence["known_by"] == "earlier_visits"


def test_checked_in_and_left():
    bench = Field()
    bench.check("in", MONDAY, HERE)
    bench.check("out", MONDAY + 2 * MINUTE, HERE)
    assert bench.doubts() == ["left_at_once"]


def test_checked_in_while_driving_by():
    bench = Field()
    bench.drive(MONDAY, 2)
    bench.check("in", MONDAY + 2 * MINUTE, east(120 * 12.3))
    bench.drive(MONDAY + 2 * MINUTE + 10 * SECOND, 3, start_m=130 * 12.3)
    assert bench.doubts() == ["left_at_once"]


def test_an_hour_at_the_customers_is_a_visit_and_one_without_any_report_too():
    bench = Field()
    bench.check("in", MONDAY, HERE)
    bench.sit(MONDAY + MINUTE, 1)
    bench.check("out", MONDAY + HOUR, HERE)
    bench.check("in", MONDAY + 5 * HOUR, east(9_000), lead="lead:b")
    bench.drive(MONDAY + 8 * HOUR, 5)
    assert bench.doubts() == []


@pytest.mark.parametrize("type_", ["position_reported", "visit_checked_in"])
def test_the_phones_own_mark(type_):
    bench = Field()
    for minute in range(5):
        bench.fact(type_, MONDAY + minute * MINUTE, REP, rep="r1", lat=HERE[0], lon=HERE[1], mock=True)
    assert bench.doubts() == ["mock_location"], "asked once, not for each report"
    bench.fact(type_, MONDAY, "rep:r2", rep="r2", lat=HERE[0], lon=HERE[1], mock=False)
    assert bench.doubts() == ["mock_location"]


LEAPS = [  # story, metres, seconds between, fixes at the end, speed that the phone reports, asked
    ("fifty kilometres in ten seconds", 50_000, 10, 10, None, ["impossible_speed"]),
    ("a train", 60_000, 900, 10, None, []),
    ("a flight with the phone off", 1_000_000, 4_500, 10, None, []),
    ("a thousand kilometres in five minutes", 1_000_000, 300, 10, None, ["impossible_speed"]),
    ("a phone that reports from aboard", 14_000, 60, 10, 240.0, []),
    ("a single fix of the receiver's", 50_000, 10, 1, None, []),
    ("noise", 900, 5, 10, None, []),
]


@pytest.mark.parametrize(("story", "distance", "seconds", "fixes", "speed", "asked"), LEAPS)
def test_speed(story, distance, seconds, fixes, speed, asked):
    bench, more = Field(), {} if speed is None else {"speed_mps": speed}
    bench.sit(MONDAY, 0.5)
    at = MONDAY + 28 * MINUTE + 20 * SECOND
    bench.at(at, HERE)
    for number in range(fixes):
        bench.at(at + (seconds + 20 * number) * SECOND, east(distance, number), **more)
    bench.sit(at + 2 * HOUR, 0.3, east(distance) if fixes > 1 else HERE)
    assert bench.doubts() == asked, story


def test_a_check_in_where_the_phone_is_not():
    bench = Field()
    bench.sit(MONDAY, 0.5)
    bench.check("in", MONDAY + 30 * MINUTE, east(9_000))
    assert bench.doubts() == ["impossible_speed"]


def test_a_place_that_does_not_tremble():
    bench = Field()
    for minute in range(40):
        bench.at(MONDAY + minute * MINUTE, HERE)
    assert bench.doubts() == ["repeated_coordinates"]


@pytest.mark.parametrize(
    ("story", "place", "step"),
    [("a phone that rounds to ten metres", (31.2304, 121.4737), 0.0), ("a receiver that drifts", HERE, 1e-6)],
)
def test_places_that_may_repeat(story, place, step):
    bench = Field()
    for minute in range(40):
        bench.at(MONDAY + minute * MINUTE, (place[0] + step * (minute % 7), place[1]))
    assert bench.doubts() == [], story


@pytest.mark.parametrize(("days", "asked"), [(2, []), (3, ["repeated_coordinates"])])
def test_check_ins_that_are_copies(days, asked):
    bench = Field()
    for day in range(days):
        bench.check("in", MONDAY + day * DAY, HERE)
        bench.check("out", MONDAY + day * DAY + HOUR, HERE)
    assert bench.doubts() == asked


def test_a_day_that_is_played_again():
    bench = Field()
    bench.drive(MONDAY, 20)
    bench.drive(MONDAY + 2 * DAY + 3 * HOUR, 20)
    assert bench.doubts() == ["replayed_track"]
    assert bench.signals[-1].evidence["earlier_day"] == "2026-11-23"


def test_the_same_way_to_work_is_no_replay():
    bench = Field()
    for day in range(5):
        bench.drive(MONDAY + day * DAY, 20, start_m=day * 3.3)
    assert bench.doubts() == []


def test_two_reps_with_one_phone():
    bench = Field()
    for number in range(60):
        for rep in ("r1", "r2"):
            bench.at(MONDAY + number * 20 * SECOND + (rep == "r2") * 7 * SECOND, east(number * 150, number), rep)
    assert sorted(bench.doubts()) == ["shared_track", "shared_track"]
    assert {one.entity: one.evidence["other_rep"] for one in bench.signals} == {"rep:r1": "r2", "rep:r2": "r1"}


def test_colleagues_in_one_car_are_two_phones():
    bench = Field()
    for number in range(60):
        for rep, aside in (("r1", 0.0), ("r2", 1.9)):
            bench.at(MONDAY + number * 20 * SECOND, east(number * 150 + aside, number * 1.1), rep)
    assert bench.doubts() == []

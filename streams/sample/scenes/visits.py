"""Visits as nobody makes them: each doubt once, by reps of their own, from what their phones would send."""

from random import Random
from typing import Any

from processors.calendars import calendar_of, day_of, is_working_day, start_of_day
from schemas.rules import RuleBook
from schemas.times import DAY, HOUR, MINUTE
from streams.sample.scenes.scene import Scene, Stage
from streams.sample.wire import chance

Place = tuple[float, float]
HOME: Place = (28.2282, 112.9388)  # Changsha, where no rep of the rosters is
STEP = 0.0025  # degrees of a way from one report to the next: over 200 m
WAY = 90  # reports of a way


def far(scene: Scene) -> None:
    """Three check-ins at one place on three days, then one five kilometres away."""
    for days, place in ((32, HOME), (29, HOME), (26, HOME), (22, (HOME[0] + 0.045, HOME[1]))):
        _checked(scene, days, place, minutes=40, rep="qian-feng")
    scene.must("fake_visit_suspected", "rep:qian-feng far_from_customer")


def hasty(scene: Scene) -> None:
    """A check-in, and two minutes later the check-out."""
    _checked(scene, 20, HOME, minutes=2, rep="shi-lei")
    scene.must("fake_visit_suspected", "rep:shi-lei left_at_once")


def _checked(scene: Scene, days: int, place: Place, minutes: int, rep: str) -> None:
    at, ids = scene.when(days, 14), [scene.life.person.primary]
    random = chance(rep, days)
    scene.put("visit_checked_in", at, _measured(place, random), "rep-app", ids=ids, rep=rep)
    scene.put("visit_checked_out", at + minutes * MINUTE, _measured(place, random), "rep-app", ids=ids, rep=rep)


def _measured(place: Place, random: Random, **more: Any) -> dict[str, Any]:
    lat, lon = (round(value + random.gauss(0, 0.0001), 6) for value in place)
    return {"lat": lat, "lon": lon, "accuracy_m": 15, "datum": "WGS84", **more}


def tracks(end: int, random: Random) -> Stage:
    """Return the days of reps whose phones alone show the doubt; each must be asked about exactly that."""
    stage = Stage("tracks", end)
    for doubt in (_mocked, _leaped, _stood, _replayed, _shared, _stayed):
        doubt(stage, random)
    return stage


def _reports(stage: Stage, rep: str, at: int, every: int, places: list[dict[str, Any]]) -> None:
    for number, place in enumerate(places):
        stage.put("position_reported", at + number * every, place, "rep-app", rep=rep)


def _way(random: Random) -> list[dict[str, Any]]:
    """Return a way across the town, as a phone measures it."""
    lat, lon = HOME
    found = []
    for _ in range(WAY):
        lat, lon = lat + STEP * random.uniform(-0.4, 1), lon + STEP * random.uniform(-0.4, 1)
        found.append(_measured((lat, lon), random, speed_mps=8))
    return found


def _mocked(stage: Stage, random: Random) -> None:
    places = [_measured(HOME, random, mock=3 <= number < 8) for number in range(12)]
    _reports(stage, "jin-bo", stage.when(9), 5 * MINUTE, places)
    stage.must("fake_visit_suspected", "rep:jin-bo mock_location")


def _leaped(stage: Stage, random: Random) -> None:
    there = (HOME[0] + 0.9, HOME[1])  # a hundred kilometres in a minute
    places = [_measured(place, random) for place in (HOME, there) for _ in range(6)]
    _reports(stage, "ma-chao", stage.when(8), MINUTE, places)
    stage.must("fake_visit_suspected", "rep:ma-chao impossible_speed")


def _stood(stage: Stage, random: Random) -> None:
    _reports(stage, "wei-hong", stage.when(7), 5 * MINUTE, [_measured(HOME, random)] * 18)
    stage.must("fake_visit_suspected", "rep:wei-hong repeated_coordinates")


def _replayed(stage: Stage, random: Random) -> None:
    way = _way(random)
    for days in (9, 6):
        _reports(stage, "tang-yi", stage.when(days), MINUTE, way)
    stage.must("fake_visit_suspected", "rep:tang-yi replayed_track")


def _shared(stage: Stage, random: Random) -> None:
    way = _way(random)
    for number, rep in enumerate(("xu-ning", "yu-qing")):
        _reports(stage, rep, stage.when(5) + number * 20_000, MINUTE, way)
        stage.must("fake_visit_suspected", f"rep:{rep} shared_track")


def _stayed(stage: Stage, random: Random) -> None:
    """Three working days in a row in a cafe, lunch elsewhere, and not a word about a customer."""
    for midnight in working_days(stage.end, 3):
        for begin, hours in ((9, 3), (13, 5)):
            places = [_measured(HOME, random) for _ in range(hours * 6)]
            _reports(stage, "kong-wei", midnight + begin * HOUR, 10 * MINUTE, places)
    stage.must("fake_visit_suspected", "rep:kong-wei long_stay")


def working_days(end: int, count: int) -> list[int]:
    """Return the midnights (ms) of the last so many working days that are over two days before the end."""
    calendar, last = calendar_of(RuleBook(), "default"), day_of(end - 2 * DAY) - 1
    found = [day for day in range(last, last - 30, -1) if is_working_day(day, calendar)][:count]
    return [start_of_day(day) for day in reversed(found)]

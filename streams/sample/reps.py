"""The reps of the simulation: who they are, where they drive, whom they visit."""

from collections.abc import Iterator, Sequence
from random import Random

from schemas.times import HOUR, MINUTE
from streams.sample.calendar import midnight
from streams.sample.journeys import Journey
from streams.sample.wire import Send, send, touchpoint

ROSTERS = {
    "华东": ("li-na", "wang-qiang", "zhang-min"),
    "华南": ("chen-jie", "huang-lei", "liang-yu"),
    "华北": ("liu-yang", "zhao-gang"),
    "西南": ("deng-fang", "luo-tao"),
}
CENTRES = {
    "华东": (31.2304, 121.4737),
    "华南": (23.1291, 113.2644),
    "华北": (39.9042, 116.4074),
    "西南": (30.5728, 104.0668),
}
DAYS = 10  # how many of the last days are simulated
EVERY = 15 * MINUTE


def days(end: int, journeys: Sequence[Journey], random: Random) -> Iterator[Send]:
    """Yield the field days of all reps: positions from 9 to 18 and two visits a day, to leads in good order."""
    for region, reps in ROSTERS.items():
        known = [journey for journey in journeys if journey.person.region == region and _visited(journey)]
        for rep in reps:
            for back in range(1, DAYS + 1):
                begin = midnight(end, back) + 9 * HOUR
                settled = [journey for journey in known if journey.at < begin]
                yield from _day(
                    rep, back, begin, _places(region, random), random.sample(settled, min(2, len(settled))), random
                )


def _visited(journey: Journey) -> bool:
    """A visit counts as a follow-up, so only those are visited who had theirs in time."""
    return journey.follow_up == "in_time"


def _places(region: str, random: Random) -> list[tuple[float, float]]:
    lat, lon = CENTRES[region]
    return [(lat + random.uniform(-0.08, 0.08), lon + random.uniform(-0.08, 0.08)) for _ in range(3)]


def _day(
    rep: str, back: int, begin: int, places: list[tuple[float, float]], visits: list[Journey], random: Random
) -> Iterator[Send]:
    for step in range(9 * HOUR // EVERY):
        at = begin + step * EVERY + random.randrange(MINUTE)
        yield _position(f"pos-{rep}-{back}-{step}", rep, at, places[step * len(places) // 36], random)
    for number, journey in enumerate(visits):
        arrived = begin + (2 + 3 * number) * HOUR + random.randrange(20) * MINUTE
        for kind, at in (
            ("visit_checked_in", arrived),
            ("visit_checked_out", arrived + random.randint(20, 60) * MINUTE),
        ):
            yield _visit(f"{kind}-{rep}-{back}-{number}", kind, journey, rep, at, places[number], random)


def _measured(place: tuple[float, float], random: Random) -> dict[str, object]:
    lat, lon = (round(value + random.gauss(0, 0.0001), 6) for value in place)
    return {"lat": lat, "lon": lon, "accuracy_m": round(random.uniform(5, 40), 1), "datum": "WGS84"}


def _position(event_id: str, rep: str, at: int, place: tuple[float, float], random: Random) -> Send:
    data = {**_measured(place, random), "mock": False, "speed_mps": round(random.uniform(0, 12), 1)}
    return send(touchpoint(event_id, "position_reported", "rep-app", at, rep_id=rep, data=data), at)


def _visit(
    event_id: str, kind: str, journey: Journey, rep: str, at: int, place: tuple[float, float], random: Random
) -> Send:
    ids = [journey.person.primary]
    return send(touchpoint(event_id, kind, "rep-app", at, ids=ids, rep_id=rep, data=_measured(place, random)), at)

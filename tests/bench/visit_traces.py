"""Real GPS traces as facts: GeoLife's .plt files and the table of movingpandas; the stays in them, found offline."""

import csv
from collections.abc import Iterable
from datetime import datetime
from math import cos, radians
from pathlib import Path
from typing import Any, NamedTuple

from processors.geo.distance import metres
from schemas.fact import Fact, Origin
from schemas.times import MINUTE, SECOND, to_ms

STAY_M, LEAST = 100.0, 10 * MINUTE


class Ping(NamedTuple):
    """One fix as it was recorded: ms since 1970 UTC, WGS-84 degrees."""

    at: int
    lat: float
    lon: float


Trace = list[Ping]


def read_traces(folder: Path, apart_s: float) -> dict[str, Trace]:
    """Return user → pings in order, at least `apart_s` seconds apart, from the folders gps_* in `folder`."""
    found: dict[str, Trace] = {}
    for file in sorted(folder.glob("gps_geolife_trackintel/*/*/Trajectory/*.plt")):
        found.setdefault(file.parts[-3], []).extend(_plt(file))
    for file in sorted(folder.glob("gps_geolife_movingpandas/*.csv")):
        with file.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter=";"):
                at = to_ms(datetime.fromisoformat(row["t"]))
                found.setdefault(f"m{row['tracker']}", []).append(Ping(at, float(row["Y"]), float(row["X"])))
    return {user: _thinned(sorted(pings), apart_s) for user, pings in found.items()}


def _plt(file: Path) -> Iterable[Ping]:
    for line in file.read_text(encoding="utf-8").splitlines()[6:]:
        lat, lon, _, _, _, day, clock = line.split(",")
        yield Ping(to_ms(datetime.fromisoformat(f"{day}T{clock}+00:00")), float(lat), float(lon))


def _thinned(pings: Trace, apart_s: float) -> Trace:
    kept: Trace = []
    for ping in pings:
        if not kept or ping.at - kept[-1].at >= apart_s * SECOND:
            kept.append(ping)
    return kept


def stays(trace: Trace, gap: int = 30 * MINUTE) -> list[tuple[int, int]]:
    """Return (first, last) index of each stay: pings within 100 m of its first for ten minutes, without gaps.

    A batch algorithm that looks ahead, on purpose other than the one that is measured.
    """
    found, begin = [], 0
    while begin < len(trace):
        first, end = trace[begin], begin + 1
        while (
            end < len(trace)
            and trace[end].at - trace[end - 1].at <= gap
            and metres(first.lat, first.lon, trace[end].lat, trace[end].lon) <= STAY_M
        ):
            end += 1
        if trace[end - 1].at - first.at >= LEAST:
            found.append((begin, end - 1))
            begin = end
        else:
            begin += 1
    return found


def shifted(place: Ping, north_m: float, east_m: float) -> tuple[float, float]:
    """Return latitude and longitude of a place moved by some metres."""
    return place.lat + north_m / 111_195, place.lon + east_m / (111_195 * cos(radians(place.lat)))


def fact(entity: str, type_: str, at: int, *, lead: str | None = None, **data: Any) -> Fact:
    """Return a fact as cleansing would make it; its origin is given when it is played."""
    rep = entity.partition(":")[2] if entity.startswith("rep:") else data.pop("rep", None)
    origin = Origin("touchpoints", "00000000", 0, 0)
    return Fact(entity=entity, type=type_, at=at, known_at=at, origin=origin, rep_id=rep, lead=lead, data=data)


def positions(rep: str, trace: Trace) -> list[Fact]:
    """Return the trace as a rep's reports."""
    return [fact(f"rep:{rep}", "position_reported", ping.at, lat=ping.lat, lon=ping.lon) for ping in trace]


def visit(rep: str, lead: str, begin: Ping, end: Ping, place: tuple[float, float] | None = None) -> list[Fact]:
    """Return check-in, note and check-out of one visit, and where the customer is (by default where it was)."""
    lat, lon = place or shifted(begin, 30, 30)
    entity = f"lead:{lead}"
    given = fact(entity, "lead_updated", begin.at - MINUTE, extra={"lat": lat, "lon": lon})
    both = [
        fact(whom, "visit_checked_in", begin.at, lead=entity, lat=begin.lat, lon=begin.lon, **extra)
        for whom, extra in ((f"rep:{rep}", {}), (entity, {"rep": rep}))
    ]
    note = fact(f"rep:{rep}", "contact_noted", end.at, lead=entity, channel="visit", topic="x", mood="neutral")
    out = fact(f"rep:{rep}", "visit_checked_out", end.at, lead=entity, lat=end.lat, lon=end.lon)
    return [given, *both, note, out]

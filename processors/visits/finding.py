"""Findings: what is doubtful, with the points on the map that show it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from processors.geo.stays import Fix
from schemas.rules.visits import Doubt
from schemas.times import to_iso


class Finding(NamedTuple):
    """A doubt. `key` tells two of a kind apart (a building, a lead, another rep); `evidence` is plain data."""

    doubt: Doubt
    key: str
    evidence: Mapping[str, Any]


def point(at: int, lat: float, lon: float, what: str = "") -> dict[str, Any]:
    """Return a point for a map: WGS-84 degrees, six decimals, the time as text, and what is there."""
    shown: dict[str, Any] = {"lat": round(lat, 6), "lon": round(lon, 6), "at": to_iso(at)}
    return shown | {"what": what} if what else shown


def fix_point(fix: Fix, what: str = "") -> dict[str, Any]:
    """Return the point of a fix."""
    return point(fix.at, fix.lat, fix.lon, what)

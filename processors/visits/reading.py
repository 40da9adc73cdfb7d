"""Reading positions out of facts: as sent, and in WGS-84."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeGuard

from processors.geo.datum import to_wgs84
from processors.geo.stays import Fix
from schemas.fact import Fact


class Reading(NamedTuple):
    """A place as sent (degrees of its own datum) and as a fix in WGS-84."""

    raw: tuple[float, float]
    fix: Fix


def reading_of(fact: Fact) -> Reading | None:
    """Return where a fact happened; None where it does not say."""
    place = place_of(fact.data)
    if place is None:
        return None
    accuracy = fact.data.get("accuracy_m")
    lat, lon = to_wgs84(*place, fact.data.get("datum"))
    return Reading(place, Fix(fact.at, lat, lon, float(accuracy) if is_number(accuracy) else 0.0))


def place_of(data: Mapping[str, Any], lat: str = "lat", lon: str = "lon") -> tuple[float, float] | None:
    """Return two numbers of a mapping as a place in degrees, None where they are none."""
    north, east = data.get(lat), data.get(lon)
    if not is_number(north) or not is_number(east) or not (-90 <= north <= 90 and -180 <= east <= 180):
        return None
    return float(north), float(east)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Return whether a value is a number; truth values are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)

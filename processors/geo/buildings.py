"""Buildings: stays that lie near to each other, over days. Bounded: the one not visited for longest is forgotten."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from processors.geo.distance import metres
from processors.geo.stays import Stay

STEADY = 20  # stays from which on a building's place moves no slower


class Building(NamedTuple):
    """A building as one rep's stays show it: a number of its own, WGS-84 degrees, how many stays, the last (ms)."""

    id: int
    lat: float
    lon: float
    stays: int
    seen: int
    nights: int = 0


def nearest(buildings: Sequence[Building], lat: float, lon: float, radius: float) -> Building | None:
    """Return the nearest building within a radius (m), None where there is none."""
    best, best_m = None, radius
    for building in buildings:
        if abs(building.lat - lat) > 0.05:
            continue  # over five kilometres: no need to measure
        distance = metres(building.lat, building.lon, lat, lon)
        if distance <= best_m:
            best, best_m = building, distance
    return best


def entered(
    buildings: Sequence[Building], stay: Stay, radius: float, most: int, *, night: bool = False
) -> tuple[list[Building], Building]:
    """Return the buildings after a stay, at most `most`, and the one that the stay was in."""
    held = nearest(buildings, stay.lat, stay.lon, radius)
    if held is None:
        number = max((building.id for building in buildings), default=0) + 1
        now = Building(number, stay.lat, stay.lon, 1, stay.ended, int(night))
    else:
        share = 1 / min(held.stays + 1, STEADY)
        lat, lon = held.lat + share * (stay.lat - held.lat), held.lon + share * (stay.lon - held.lon)
        now = Building(held.id, lat, lon, held.stays + 1, max(held.seen, stay.ended), held.nights + int(night))
    others = [building for building in buildings if building.id != now.id]
    kept = sorted((*others, now), key=lambda building: (building.seen, building.id))[-most:]
    return kept, now


def from_plain(plain: Sequence[Sequence[Any]]) -> list[Building]:
    """Return buildings that were written down as lists of numbers."""
    return [Building(*one) for one in plain]

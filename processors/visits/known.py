"""Known places: offices, homes, car parks. A stay there is no visit and needs no explanation."""

from functools import lru_cache

from processors.geo.buildings import Building
from processors.geo.datum import to_wgs84
from processors.geo.distance import metres
from schemas.rules.visits import KnownPlace, VisitRules


@lru_cache(64)
def _places(places: tuple[KnownPlace, ...], rep: str) -> tuple[tuple[float, float, float], ...]:
    return tuple(
        (*to_wgs84(place.lat, place.lon, place.datum), place.radius_m)
        for place in places
        if not place.reps or rep in place.reps
    )


def is_known(building: Building, rep: str, rules: VisitRules) -> bool:
    """Return whether a building is a known place of a rep: by the rule book, or because nights are spent there."""
    if building.nights >= rules.stays.home_nights:
        return True
    return any(
        metres(lat, lon, building.lat, building.lon) <= radius + rules.stays.building_m / 2
        for lat, lon, radius in _places(rules.known_places, rep)
    )

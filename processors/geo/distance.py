"""Distances on the ground."""

from math import asin, cos, radians, sin, sqrt

EARTH_M = 6_371_008.8
DEGREE_M = EARTH_M * radians(1)
HALF_DEGREE = radians(1) / 2
NEAR = 0.2
"""Differences in degrees up to which the ground is flat enough: within 60° of the equator the error is below 3 cm."""


def metres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the distance of two places given in degrees of one datum, in metres: great-circle where they are far."""
    north, east = other_lat - lat, other_lon - lon
    if -NEAR < north < NEAR and -NEAR < east < NEAR and -60 < lat < 60:
        east *= cos((lat + other_lat) * HALF_DEGREE)
        return DEGREE_M * sqrt(north * north + east * east)
    half_lat, half_lon = sin(radians(north) / 2), sin(radians(east) / 2)
    share = half_lat * half_lat + cos(radians(lat)) * cos(radians(other_lat)) * half_lon * half_lon
    return 2 * EARTH_M * asin(min(1.0, sqrt(share)))

"""Distances on the ground."""

from math import asin, cos, radians, sin, sqrt

EARTH_M = 6_371_008.8


def metres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the great-circle distance (haversine) of two places given in degrees of one datum, in metres."""
    north, other_north = radians(lat), radians(other_lat)
    half_lat, half_lon = sin((other_north - north) / 2), sin(radians(other_lon - lon) / 2)
    share = half_lat * half_lat + cos(north) * cos(other_north) * half_lon * half_lon
    return 2 * EARTH_M * asin(min(1.0, sqrt(share)))

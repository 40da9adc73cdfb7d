"""Chinese datums: GCJ-02 (official maps, AMap, Tencent) and BD-09 (Baidu) to WGS-84 and back.

GCJ-02 moves every place in China by some hundred metres along a fixed sum of sines; BD-09 turns that a little
further. Neither has an inverse in closed form, so the way back is found by iteration on the way there: it is exact
to the precision of the numbers, not to a few metres as the usual approximations are.
"""

from math import atan2, cos, hypot, pi, sin, sqrt

from schemas.datum import Datum

Place = tuple[float, float]

AXIS_M = 6_378_245.0  # Krasovsky 1940, which GCJ-02 is defined on
ECCENTRICITY = 0.006_693_421_622_965_943
TURN = pi * 3000 / 180
WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271
PRECISION = 1e-11  # degrees: about a micrometre
MOST_STEPS = 30


def in_china(lat: float, lon: float) -> bool:
    """Return whether GCJ-02 moves a place at all: it leaves alone what lies outside this rectangle."""
    return SOUTH <= lat <= NORTH and WEST <= lon <= EAST


def from_wgs84(lat: float, lon: float, datum: Datum) -> Place:
    """Return a WGS-84 place (degrees) in another datum."""
    if datum == "WGS84" or not in_china(lat, lon):
        return lat, lon
    moved = _gcj02(lat, lon)
    return moved if datum == "GCJ02" else _bd09(*moved)


def to_wgs84(lat: float, lon: float, datum: str | None) -> Place:
    """Return a place (degrees) of a datum in WGS-84. No datum, or one that is unknown, is taken for WGS-84.

    At the edge of the rectangle that GCJ-02 covers, where the move begins all at once, the result can lie up to
    about a kilometre off; no part of the mainland is there.
    """
    if datum not in ("GCJ02", "BD09") or not in_china(lat, lon):
        return lat, lon
    return _inverse(lat, lon, bd09=datum == "BD09")


def _inverse(lat: float, lon: float, *, bd09: bool) -> Place:
    """Find the place whose image is the given one: what is missing is added until nothing is."""
    guess_lat, guess_lon = lat, lon
    for _ in range(MOST_STEPS):
        image = _gcj02(guess_lat, guess_lon)
        if bd09:
            image = _bd09(*image)
        missing_lat, missing_lon = lat - image[0], lon - image[1]
        guess_lat, guess_lon = guess_lat + missing_lat, guess_lon + missing_lon
        if abs(missing_lat) < PRECISION and abs(missing_lon) < PRECISION:
            break
    return guess_lat, guess_lon


def _gcj02(lat: float, lon: float) -> Place:
    x, y = lon - 105.0, lat - 35.0
    common = 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    north = (
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
        + (common + 20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
        + (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    east = (
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
        + (common + 20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
        + (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    )  # fmt: skip
    angle = lat / 180.0 * pi
    bend = 1.0 - ECCENTRICITY * sin(angle) ** 2
    metres_north = AXIS_M * (1.0 - ECCENTRICITY) / (bend * sqrt(bend))
    metres_east = AXIS_M / sqrt(bend) * cos(angle)
    return lat + north * 180.0 / (metres_north * pi), lon + east * 180.0 / (metres_east * pi)


def _bd09(lat: float, lon: float) -> Place:
    radius = hypot(lon, lat) + 0.000_02 * sin(lat * TURN)
    angle = atan2(lat, lon) + 0.000_003 * cos(lon * TURN)
    return radius * sin(angle) + 0.006, radius * cos(angle) + 0.0065

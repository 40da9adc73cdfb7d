"""Names that several places share, where nothing else in an address says which is meant."""

from collections.abc import Sequence
from functools import cache

from processors.cleansing.address_match import State, names_at
from processors.cleansing.divisions import CITY, DISTRICT, ONE_CITY, Division, divisions
from processors.cleansing.gazetteer import FULL, SHORT, names, stem_of

_MERE = 2  # characters of 东区, 城区, 矿区


def shared_names(text: str) -> tuple[State, ...]:
    """Return what a name that several counties share may mean, at the beginning of an address or alone (城关区).

    A point of the compass or a mere kind (东区, 矿区) is more often a part of an estate: such a one only alone. So is
    a district's name without its rank, which many streets elsewhere bear, too (福田, 天河).
    """
    if districts := _called(text):
        return tuple(State(SHORT, each, 0, len(text), (each,)) for each in districts)
    for match in names_at(text, 0):
        counties = [meaning.division for meaning in match.name.meant if meaning.division.name == match.name.text]
        today = [division for division in counties if division.adcode and not division.now]
        if len(today) > 1 and (len(match.name.text) > _MERE or match.end == len(text)):
            return tuple(State(FULL, division, 0, match.end, (division,)) for division in today)
    return ()


def _called(text: str) -> list[Division]:
    """Return the districts of the mainland that a text names without their rank, and with nothing else."""
    found = next((name for name in names().get(text[:2], ()) if name.bare and name.text == text), None)
    meant = [meaning.division for meaning in found.meant] if found else []
    today = [each for each in meant if each.adcode and not each.now and not each.code.startswith("71")]
    called = [each for each in today if each.name in (f"{text}区", f"{text}县", f"{text}市")]
    return called if any(each.name.endswith("区") for each in called) else []


def not_only_a_city(text: str, found: Sequence[State]) -> tuple[State, ...]:
    """Return readings; of a bare name that a city and a district of Beijing share, both (朝阳)."""
    if len(found) != 1 or found[0].division.level != CITY or len(found[0].path) > 1:
        return tuple(found)
    state = found[0]
    namesakes = _districts_called_like_cities().get(text[state.start : state.end], ())
    return (state, *(state._replace(division=each, path=(each,)) for each in namesakes))


@cache
def _districts_called_like_cities() -> dict[str, tuple[Division, ...]]:
    """Return, by the bare name, the districts that bear a city's, where one of them lies in a city that is a province.

    That one is the larger; others (西安区, 大同区) nobody means who says no more.
    """
    today = [each for each in divisions().values() if each.adcode and not each.now]
    cities = {stem_of(each.name) for each in today if each.level == CITY}
    called: dict[str, list[Division]] = {}
    for each in today:
        if each.level == DISTRICT and each.name.endswith("区") and stem_of(each.name) in cities:
            called.setdefault(stem_of(each.name), []).append(each)
    large = {name: found for name, found in called.items() if any(each.province in ONE_CITY for each in found)}
    return {name: tuple(found) for name, found in large.items()}

"""Administrative divisions: provinces, prefectures and counties, those of today and those of before."""

from functools import cache, lru_cache

import msgspec

from processors.cleansing.reference import lines, packed

PROVINCE, CITY, DISTRICT = 1, 2, 3
_LONGEST_STREET = 15
# Provinces that are their own city: the city of an address there is the province itself.
ONE_CITY = frozenset({"110000", "120000", "310000", "500000", "810000", "820000"})


class Division(msgspec.Struct, frozen=True):
    """One division. `within` are the codes of everything that it lies or lay in.

    A former one has `now`, the codes of what its territory is today, since `changed_on` (`YYYY-MM-DD`). `renamed`:
    the territory stayed whole and only name, rank or parent changed, so that today's name can stand for it.
    """

    code: str
    name: str
    level: int
    province: str
    city: str
    within: frozenset[str]
    now: tuple[str, ...] = ()
    changed_on: str = ""
    renamed: bool = False

    @property
    def adcode(self) -> str:
        """The official six digits; Taiwan has one code for the whole island."""
        return "710000" if self.code.startswith("71") else self.code if self.code.isdigit() else ""


def _level(code: str) -> int:
    if code.endswith("0000"):
        return PROVINCE
    return CITY if code.endswith("00") else DISTRICT


def _parents(code: str, known: dict[str, str]) -> tuple[str, str]:
    """Return the codes of the province and of the city of a code; no city where a county is the province's own."""
    province, city = code[:2] + "0000", code[:4] + "00"
    if _level(code) == PROVINCE:
        return code, code if code in ONE_CITY else ""
    return province, city if city in known else province if province in ONE_CITY else ""


@cache
def _rows() -> tuple[dict[str, str], dict[str, str]]:
    """Return code → name of the divisions of today and of those that only older data knows."""
    today: dict[str, str] = {}
    former: dict[str, str] = {}
    for line in packed("divisions.tsv.xz").decode().splitlines():
        code, name, *old = line.split("\t")
        (former if old else today)[code] = name
    return today, former


@cache
def divisions() -> dict[str, Division]:
    """Return every division by its code; codes of former ones without an official code begin with `~`."""
    names, _ = _rows()
    found: dict[str, Division] = {}
    for code, name in names.items():
        province, city = _parents(code, names)
        found[code] = Division(code, name, _level(code), province, city, frozenset({province, city} - {code, ""}))
    return found | {division.code: division for division in _former(found)}


def _former(today: dict[str, Division]) -> list[Division]:
    """Return the divisions of `division_changes.txt`."""
    by_name: dict[str, list[Division]] = {}
    for division in today.values():
        by_name.setdefault(division.name, []).append(division)
    older = {(code[:4], name): code for code, name in _rows()[1].items()}
    return [
        _one_former(number, line.split("\t"), today, by_name, older)
        for number, line in enumerate(lines("division_changes"))
    ]


def _one_former(
    number: int,
    row: list[str],
    today: dict[str, Division],
    by_name: dict[str, list[Division]],
    older: dict[tuple[str, str], str],
) -> Division:
    date, kind, parent, name, targets = row
    above = next((division for division in by_name.get(parent, []) if division.level < DISTRICT), None)
    now = tuple(_target(target, above, by_name) for target in targets.split(","))
    successor = today[now[0]]
    code = f"~{number}"
    if above is not None:
        code = next(
            (older[key] for key in ((above.code[:4], name), (above.code[:2] + "90", name)) if key in older), code
        )
    code = f"~{number}" if code in today else code
    city = successor.city if above is None or above.level == PROVINCE else above.code
    city = above.code if above is not None and above.code in ONE_CITY else city
    within = frozenset({successor.province, city, *today[now[0]].within} - {""}) - {code}
    level = CITY if above is not None and above.level == PROVINCE and above.code not in ONE_CITY else DISTRICT
    if level == CITY:
        within, city = frozenset({successor.province}), ""
    elif above is None:  # the parent is no prefecture any more: 巢湖市 is a county-level city now
        within |= {division.code for division in by_name.get(parent, []) if division.code != now[0]}
    return Division(code, name, level, successor.province, city, within, now, date, kind == "=")


def _target(text: str, above: Division | None, by_name: dict[str, list[Division]]) -> str:
    """Return the code of a change's target: `name` below the same parent, or `parent/name`."""
    parent, _, name = text.rpartition("/")
    for division in by_name[name]:
        if parent:
            if any(division.city == other.code for other in by_name[parent]):
                return division.code
        elif above is None or above.code in division.within or division.level == CITY:
            return division.code
    raise LookupError(f"division_changes.txt: no division {text}")


@cache
def _streets() -> dict[str, str]:
    return dict(line.split("\t", 1) for line in packed("streets.tsv.xz").decode().splitlines())


@lru_cache(1_024)
def streets_of(code: str) -> frozenset[str]:
    """Return the names of the streets, towns and townships of a county (or of a city without counties)."""
    return frozenset(_streets().get(code, "").split(",")) - {""}


def street_at(code: str, text: str) -> str:
    """Return the street, town or township of a county that `text` begins with, the longest; empty when none."""
    names = streets_of(code)
    for width in range(min(len(text), _LONGEST_STREET), 1, -1):
        if text[:width] in names:
            return text[:width]
    return ""

"""Chinese telephone numbers, valid and simulated, and the ways in which people type them."""

from collections.abc import Callable, Set
from random import Random
from typing import NamedTuple

MOBILE_PREFIXES = (
    "133",
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "152",
    "158",
    "159",
    "180",
    "186",
    "187",
    "188",
    "189",
)
AREA_CODES = {"华东": "021", "华南": "020", "华北": "010", "西南": "028"}  # Shanghai, Guangzhou, Beijing, Chengdu
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


class Phone(NamedTuple):
    """A number: the digits that people in China dial (a landline's area code first), and E.164."""

    national: str
    e164: str
    landline: bool = False


class Numbers:
    """Hands out numbers, each only once, and none of those (E.164) that are `taken`."""

    def __init__(self, random: Random, taken: Set[str] = frozenset()) -> None:
        self._random = random
        self._given = set(taken)

    def mobile(self) -> Phone:
        """Return a mobile number that nobody else has."""
        return self._new(lambda: self._random.choice(MOBILE_PREFIXES) + self._digits(8), landline=False)

    def landline(self, region: str) -> Phone:
        """Return a landline number of the region's largest city that nobody else has."""
        return self._new(lambda: f"{AREA_CODES[region]}6{self._digits(7)}", landline=True)

    def _digits(self, count: int) -> str:
        return "".join(self._random.choices("0123456789", k=count))

    def _new(self, draw: Callable[[], str], *, landline: bool) -> Phone:
        while (phone := _phone(draw(), landline)).e164 in self._given:
            pass
        self._given.add(phone.e164)
        return phone


def _phone(national: str, landline: bool) -> Phone:
    return Phone(national, f"+86{national.lstrip('0')}", landline)


def written(phone: Phone, random: Random) -> str:
    """Return the number as somebody might type it into a form."""
    return random.choice(_landline_forms(phone) if phone.landline else _mobile_forms(phone))


def _mobile_forms(phone: Phone) -> list[str]:
    n = phone.national
    spaced, dashed = f"{n[:3]} {n[3:7]} {n[7:]}", f"{n[:3]}-{n[3:7]}-{n[7:]}"
    return [
        n, n.translate(FULL_WIDTH), spaced, dashed, f"  {n} ", f"+86{n}", f"+86 {spaced}", f"+86-{dashed}", f"86{n}",
        f"0086{n}", f"0086 {spaced}", f"（+86）{dashed}", f"＋86 {n.translate(FULL_WIDTH)}",
        f"{n[:3]}\u00a0{n[3:7]}\u00a0{n[7:]}", f"{n[:5]}\u200b{n[5:]}", f"{n[:3]}－{n[3:7]}－{n[7:]}",
    ]  # fmt: skip


def _landline_forms(phone: Phone) -> list[str]:
    area, rest = phone.national[:3], phone.national[3:]
    return [
        f"{area}-{rest}", f"({area}){rest}", f"（{area}）{rest[:4]} {rest[4:]}", f"+86 {area[1:]} {rest}",
        f"{area}-{rest}转801", f"{area}-{rest}-801", f"{area} {rest} ext. 801", f"{area}－{rest}".translate(FULL_WIDTH),
    ]  # fmt: skip

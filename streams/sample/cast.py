"""The cast: which of the simulated leads are customers with a story, and when each of them begins."""

from typing import Literal, NamedTuple

from schemas.times import HOUR, MINUTE
from streams.sample.calendar import LAST_DAY, midnight

LEAST_SHARE = 2  # of the leads, at most one in so many has a story
PLACE = ("华东", "li-na")  # region and rep of whoever is called by a name of the cast


class Role(NamedTuple):
    """A part to play. `days` before the end the lead begins; `company` is where the person works and `called`
    what they are called, if that matters.

    `won` is when they buy: soon enough that no nurture flow begins, later, or never.
    """

    name: str
    days: int
    company: str | None = None
    won: Literal["soon", "later", "never"] = "never"
    called: str | None = None


CAST = (
    Role("blocked", 80),
    Role("cleared", 100, won="later"),
    Role("self_signed", 70),
    Role("decayed", 60),
    Role("renewed", 62),
    Role("quick", 50, won="soon"),
    Role("missed", 295),
    Role("tender", 45, "苏州恒澜医疗器械有限公司"),
    Role("other_buyer", 46, "无锡恒澜医疗器械有限公司"),
    Role("cycle", 362, won="later"),
    Role("cycle", 361, won="later"),
    Role("cycle", 360, won="later"),
    Role("implausible", 58),
    Role("plausible", 59),
    Role("expanding", 70, "杭州云帆软件有限公司"),
    Role("expanding", 30, "杭州市云帆软件股份有限公司"),
    Role("unmoved", 40, "宁波云帆软件有限公司"),
    Role("thriving_early", 200),
    Role("thriving_late", 201),
    Role("fading", 160),
    Role("silent", 165),
    Role("subscriber", 75, won="later"),
    Role("gap", 130),
    Role("graded", 90),
    Role("downgraded", 120),
    Role("held", 110),
    Role("far", 35),
    Role("hasty", 36),
    Role("doubtful", 48, "苏州景明机械有限公司", called="沈若楠"),
    Role("doubtful", 47, "苏州景明机械有限公司", called="沈若南"),
    # Merged; so far apart that the older lead comes first on every partition: it is the one that the person goes by.
    Role("moved", 86, "南京瑞和物流有限公司", called="温伯言"),
    Role("moved", 40, "合肥普源电子有限公司", called="温伯言"),
    Role("namesake", 86, "宁波正达建材有限公司", called="祝清和"),
    Role("namesake", 40, "南昌同越食品有限公司", called="祝清和"),
)
"""The parts; each is told by the function of its name in `streams.sample.scenes`."""


def cast(leads: int, days: int) -> dict[int, Role]:
    """Return role by the number of the lead that plays it: the last ones. A short sample has no time for some."""
    if leads < LEAST_SHARE * len(CAST):
        return {}
    fits = {leads - 1 - place: role for place, role in enumerate(CAST)}
    return {number: role for number, role in fits.items() if role.days + LAST_DAY <= days}


def beginning(role: Role, number: int, end: int) -> int:
    """Return when (ms) the lead of a role begins: in the morning, no two in one minute."""
    return midnight(end, role.days) + 10 * HOUR + number % 60 * MINUTE

"""A bench with reps on the road."""

from typing import Any

from schemas.rules import load_rule_book
from schemas.times import DAY, MINUTE, SECOND
from tests.unit.detector_bench import NINE, Bench

REP, LEAD = "rep:r1", "lead:a"
MONDAY = NINE + 2 * DAY  # 2026-11-23
HERE = (31.2304567, 121.4737891)
RULES = "assignment: {rosters: {华东: [r1]}}"


def east(m: float, north: float = 0) -> tuple[float, float]:
    return round(HERE[0] + north / 111_195, 7), round(HERE[1] + m / 95_080, 7)


class Field(Bench):
    """A bench with a rep on the road."""

    def __init__(self, rules: str = RULES) -> None:
        super().__init__(load_rule_book(rules))

    def at(self, when: int, place: tuple[float, float], rep: str = "r1", **more: Any) -> None:
        self.fact("position_reported", when, f"rep:{rep}", rep=rep, lat=place[0], lon=place[1], **more)

    def sit(self, begin: int, hours: float, place: tuple[float, float] = HERE, rep: str = "r1") -> None:
        """Sit somewhere with the drift of a receiver, a report every two minutes."""
        for number in range(round(hours * 30)):
            drift = (number * 37 % 50 - 25, number * 53 % 50 - 25)
            moved = (round(place[0] + drift[1] / 111_195, 7), round(place[1] + drift[0] / 95_080, 7))
            self.at(begin + number * 2 * MINUTE, moved, rep)

    def drive(self, begin: int, minutes: float, start_m: float = 0, rep: str = "r1", mps: float = 12.3) -> None:
        for number in range(round(minutes * 6)):
            self.at(begin + number * 10 * SECOND, east(start_m + number * mps * 10, number * 1.37), rep)

    def check(self, way: str, when: int, place: tuple[float, float], lead: str = LEAD, **more: Any) -> None:
        data = {"lat": place[0], "lon": place[1], **more}
        self.fact(f"visit_checked_{way}", when, REP, rep="r1", about=lead, **data)
        self.fact(f"visit_checked_{way}", when, lead, rep="r1", **data)

    def doubts(self) -> list[str]:
        return [one.rule.removeprefix("visits.") for one in self.signals if one.kind == "fake_visit_suspected"]

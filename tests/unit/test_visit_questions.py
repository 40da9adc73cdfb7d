"""Questions about visits: who may answer them and how, and that memory of the road is bounded."""

import pytest

from schemas.times import DAY, HOUR, MINUTE
from tests.unit.visit_field import HERE, MONDAY, REP, Field, east


def asked_once() -> tuple[Field, str]:
    bench = Field()
    bench.at(MONDAY, HERE, mock=True)
    return bench, bench.signals[-1].evidence["flag"]


ANSWERS = [  # story, answers (answer, by), states of the appeal that are told
    ("the rep explains", [("explained", None)], ["explained"]),
    ("the manager withdraws it", [("explained", None), ("withdrawn", "m1")], ["explained", "withdrawn"]),
    ("the manager confirms it, then learns better", [("confirmed", "m1"), ("withdrawn", "m1")],
     ["confirmed", "withdrawn"]),
    ("nobody decides about themselves", [("withdrawn", "r1"), ("withdrawn", None)], []),
    ("what was withdrawn rests", [("withdrawn", "m1"), ("confirmed", "m1"), ("explained", None)], ["withdrawn"]),
]  # fmt: skip


@pytest.mark.parametrize(("story", "answers", "told"), ANSWERS)
def test_a_question_is_answered(story, answers, told):
    bench, flag = asked_once()
    for number, (answer, by) in enumerate(answers):
        more = {} if by is None else {"by": by}
        bench.fact("visit_flag_answered", MONDAY + number * HOUR, REP, rep="r1", flag=flag, answer=answer, **more)
    heard = [one.evidence["appeal"]["state"] for one in bench.signals if one.kind == "fake_visit_answered"]
    assert heard == told, story
    assert bench.state(REP, "visits")["flags"][0][4] == (told[-1] if told else "open")


def test_memory_is_bounded_after_a_year_on_the_road():
    bench, sizes = Field(), []
    for day in range(0, 365, 2):
        for number in range(60):
            bench.at(MONDAY + day * DAY + number * MINUTE, east(number * 333 + day * 1.7, day * 500 + number))
        bench.sit(MONDAY + day * DAY + 2 * HOUR, 0.5, east(day * 700))
        sizes.append(len(bench.partition.blobs[REP]))
    assert max(sizes) < 30_000
    assert sizes[-1] < 1.2 * max(sizes[: len(sizes) // 2])

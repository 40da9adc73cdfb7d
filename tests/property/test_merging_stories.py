"""People who write, are corrected, imported, merged and parted at random: in the end each is as if never merged.

What reps were told of a lead's values is followed signal by signal: each begins where the one before it ended.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from processors.history import damages, fields_of
from schemas.times import MINUTE
from tests.memory_world import World
from tests.unit.detector_bench import NINE
from tests.unit.test_identity_live import form, viewed
from tests.unit.test_merging_live import RULES, alone, event, judged

WHO = [
    ("张伟杰", "Zhang Weijie", "13800138000", "zwj@bluesea.cn", "北京百度网讯科技有限公司"),
    ("欧阳娜娜", "Ouyang Nana", "13911112222", "oynn@redsun.com", "小米科技有限责任公司"),
    ("李小明", "Li Xiaoming", "13755556666", "lixm88@qq.com", "广州甲乙丙商贸有限公司"),
]
Step = tuple[int, Any]  # minute, and an event or a decision (answer, one, other, how values are chosen)


def born(draw: random.Random, who: int) -> dict[str, Any]:
    name, _, phone, email, company = WHO[who]
    given = {"title": f"经理{who}", "company": company, "region": draw.choice(["华东", "华南"])}
    row = {name: text for name, text in given.items() if draw.random() < 0.5}
    further = draw.choice(["", f"、1360013600{who}", f"、010-6640003{who}转801"])
    row.update(name=name, phone=phone + further, email=email)
    made = form(f"b{who}", minute=who, **row)
    if draw.random() < 0.2:
        return {**made, "type": "lead_updated", "source": "crm", "data": row}  # known, and no lead yet
    if draw.random() < 0.3:
        return {**made, "type": "lead_imported", "source": "import", "data": {"row": row, "file": "a.xlsx", "line": 1}}
    return made


def does(draw: random.Random, event_id: str, minute: int) -> dict[str, Any]:
    name, latin, phone, email, company = WHO[draw.randrange(len(WHO))]
    subject = draw.choice([("phone", phone), ("email", email)])
    values = {
        "name": draw.choice([name, latin]), "company": company, "title": draw.choice(["总监", "经理"]),
        "region": draw.choice(["华东", "华南"]), "wechat": f"wx_{email.partition('@')[0]}{draw.choice((88, 99))}",
    }  # fmt: skip
    told = {field: text for field, text in values.items() if draw.random() < 0.5} or {"title": "主任"}
    if draw.random() < 0.2:
        told["phone"] = f"{phone}、1350013500{draw.randrange(3)}"
    type_ = draw.choice(["form_submitted", "lead_updated", "corrected", "contact_noted", "deal_updated", "login"])
    if type_ == "form_submitted":
        return form(event_id, subject, minute=minute, **told)
    if type_ == "contact_noted":
        return event(event_id, type_, *subject, minute, channel="call", topic="价格", mood="negative")
    if type_ == "login":
        made = event(event_id, type_, *subject, minute)
        made["subject"]["ids"][0]["verified"] = draw.random() < 0.7
        return made
    if type_ == "deal_updated":
        return event(event_id, type_, *subject, minute, deal_id=event_id, stage="commercial", amount="1000")
    made = event(event_id, "lead_updated", *subject, minute, **told)
    return {**made, "rep_id": "r3"} if type_ == "corrected" else made


def story(draw: random.Random) -> list[Step]:
    steps: list[Step] = [(who, born(draw, who)) for who in range(len(WHO))]
    minute = 5
    for number in range(draw.randint(5, 14)):
        minute += draw.choice([1, 3, 20, 70, 400, 3_000])
        answer = draw.choice(["same", "same", "different", "withdrawn"])
        pair = draw.sample(range(len(WHO)), 2)
        decided = (answer, *pair, draw.choice(["better", "newest"]))
        steps.append((minute, decided if draw.random() < 0.4 else does(draw, f"e{number}", minute)))
    pairs = [(one, other) for one in range(len(WHO)) for other in range(one)]
    draw.shuffle(pairs)
    return [*steps, *((minute + 5 + n, ("different", *pair, "better")) for n, pair in enumerate(pairs))]


class Told:
    """What was told of the values of leads, read as it comes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.read = len(world.library.signals)  # of a story that goes on what was told was followed
        self.last: dict[tuple[str, str], str] = {}

    def follow(self, where: object) -> None:
        signals = self.world.library.signals[self.read :]
        self.read += len(signals)
        for each in signals:
            if each.kind == "lead_updated":
                key = each.entity, each.evidence["field"]
                old, new = each.evidence["old"], each.evidence["new"]
                assert old != new, (where, key)
                assert key not in self.last or self.last[key] == old, (where, key, self.last[key], old, new)
                self.last[key] = new
        rows = self.world.library.leads
        for (lead, field), value in list(self.last.items()):
            held = rows[lead].fields.get(field)
            if any(row.field == field and None in (row.old, row.new) for row in self.world.library.history(lead)):
                del self.last[lead, field]  # a value came or went with other leads: nobody is told of that
            else:
                assert held == value, (where, lead, field)


def play(
    steps: list[Step],
    *,
    merging: bool,
    disturbed_by: random.Random | None = None,
    world: World | None = None,
    begin: int = 0,
) -> World:
    """Play a story, or the rest of one in its `world` from a step (`begin`) on.

    `disturbed_by` draws slices, at which calls the worker dies, and what is delivered again.
    """
    draw = disturbed_by
    cleansed, detected = (draw.choice([1, 3, 5]), draw.choice([1, 2, 5])) if draw else (5, 5)
    world = world or World(RULES, partitions=1, cleanse_size=cleansed, detect_size=detected)
    told = Told(world)
    sent: list[dict[str, Any]] = []

    def do(event: dict[str, Any], minute: int) -> None:
        sent.append(event)
        again = [draw.choice(sent)] if draw and draw.random() < 0.3 else []
        for each in (event, *again):
            world.publish([each], NINE + (minute + 2) * MINUTE)
            if draw and draw.random() < 0.5:
                setattr(world, draw.choice(["crash_before", "crash_after"]), len(world.calls) + draw.randint(1, 25))
            asyncio.run(world.run())
        told.follow(event)

    for number, (minute, step) in enumerate(steps[begin:], begin):
        tick = viewed(f"tick{number}", "13699990000")  # timers that are due fire before what is said now
        do({**tick, "occurred_at": form("", minute=minute)["occurred_at"]}, minute)
        if isinstance(step, dict):
            do(step, minute)
        elif merging:
            answer, one, other, keep = step
            decision = judged(f"j{number}", answer, lead_of(world, one), lead_of(world, other), minute)
            do({**decision, "data": {**decision["data"], "keep": keep}}, minute)
    return world


def lead_of(world: World, who: int) -> str:
    return world.library._events[f"b{who}"][0].lead


def alerts(world: World, lead: str) -> Counter[tuple[Any, ...]]:
    """Return the alerts that are a lead's now; those on its values follow its row."""
    given = world.library.given_back()
    return Counter(
        (each.kind, each.rule, each.at)
        for each in world.library.signals
        if given.get(each.signal_id, each.entity) == lead and each.kind not in ("lead_updated", "identity_review")
    )


RARE = [182]  # who never asked is one with somebody who begins meanwhile, and gets a rep
SEEDS = [*(range(first, first + 10) for first in range(0, 60, 10)), RARE]


@pytest.mark.parametrize("seeds", SEEDS, ids=lambda seeds: str(seeds[0]))
def test_who_was_merged_and_parted_is_as_if_never_merged(seeds: Sequence[int]) -> None:
    for seed in seeds:
        steps = story(random.Random(seed))
        made, plain = play(steps, merging=True), play(steps, merging=False)
        for who in range(len(WHO)):
            lead = lead_of(made, who)
            row, rows = made.library.leads[lead], made.library.history(lead)
            assert alone(made, lead) == alone(plain, lead), (seed, who)
            assert row.fields == plain.library.leads[lead].fields, (seed, who)
            assert not alerts(plain, lead) - alerts(made, lead), (seed, who)
            assert not list(damages(rows, row.version))
            assert {field: text for field, text in fields_of(rows).items() if text is not None} == row.fields


def told_of(world: World) -> Counter[tuple[Any, ...]]:
    """Return all that was told, of whom it is now, without ids: they follow from places in the log."""
    given = world.library.given_back()
    return Counter(
        (each.kind, each.rule, each.at, given.get(each.signal_id, each.entity), each.evidence.get("field"),
         str(each.evidence.get("old")), str(each.evidence.get("new")))
        for each in world.library.signals
    )  # fmt: skip


def changes(world: World, lead: str) -> list[tuple[Any, ...]]:
    return [(row.field, row.old, row.new, row.rule, row.at) for row in world.library.history(lead)]


def test_workers_that_die_and_events_that_come_again_make_no_difference() -> None:
    died = 0
    for seed in range(40):
        steps = story(random.Random(seed))
        plain = play(steps, merging=True)
        made = play(steps, merging=True, disturbed_by=random.Random(f"disturbed {seed}"))
        died += made.crashes
        assert told_of(made) == told_of(plain), seed
        for who in range(len(WHO)):
            lead = lead_of(plain, who)
            assert lead_of(made, who) == lead
            assert alone(made, lead) == alone(plain, lead), (seed, who)
            assert made.library.leads[lead].fields == plain.library.leads[lead].fields, (seed, who)
            assert changes(made, lead) == changes(plain, lead), (seed, who)
    assert died > 200

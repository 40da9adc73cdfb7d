"""Delivery on the fakes: the order of effects, crashes at every await, repeats, rejections."""

import asyncio
from typing import Any

import pytest

from schemas.rules import load_rule_book
from schemas.times import HOUR, MINUTE, to_iso
from streams.stages.rejections import TooManyFailures
from tests.memory_world import CODEC, World
from tests.unit.detector_bench import NINE

RULES = load_rule_book("assignment: {rosters: {华东: [r1, r2], 华南: [r3]}}")
PHONES = ["138-0013-8000", "13900139000", "+86 150 1234 5678", "１３７００００１１１１"]


def touchpoint(event_id: str, type_: str, minute: float, subject: str | None = None, **data: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "event_id": event_id,
        "type": type_,
        "source": "website",
        "occurred_at": to_iso(NINE + round(minute * MINUTE)),
        "data": data,
    }
    if subject:
        event["subject"] = {"ids": [{"kind": "phone", "value": subject}]}
    return event


def story() -> list[Any]:
    """A morning: forms, repeats, rubbish, follow-ups in and out of time, a change of phone, browsing."""
    events: list[Any] = []
    for number, phone in enumerate(PHONES):
        region = "华东" if number % 2 else "华南"
        events.append(
            touchpoint(f"form-{number}", "form_submitted", number, phone, form="trial", phone=phone, region=region)
        )
        events.append(touchpoint(f"view-{number}", "page_viewed", number + 0.5, phone, url="https://example.com/price"))
    events.append(b"\xff not json")
    events.append(events[0])  # sent again, into another partition
    events.append(touchpoint("bad", "form_submitted", 1, "12", form="trial"))
    answered = touchpoint("answered", "followed_up", 20, PHONES[0], channel="call")
    events.append({**answered, "rep_id": "r3"})
    events.append(touchpoint("moved", "phone_changed", 25, PHONES[1], old=PHONES[1], new="18612345678",
                             old_code_verified=True, new_code_verified=True))  # fmt: skip
    events.append(touchpoint("after", "page_viewed", 26, "18612345678", url="https://example.com/"))
    events += [
        touchpoint(f"later-{n}", "page_viewed", 200 + n, PHONES[2], url="https://example.com/") for n in range(4)
    ]
    return events


def world(**options: Any) -> World:
    made = World(RULES, **options)
    made.publish(story(), NINE + 9 * HOUR)
    return made


def run(made: World) -> World:
    asyncio.run(made.run())
    return made


def results(made: World) -> tuple[Any, ...]:
    people = ("rep:r1", "rep:r2", "rep:r3", "role:manager")
    return made.signals(), [made.inbox(who) for who in people], made.states()


def test_the_morning_as_it_should_be() -> None:
    made = run(world())
    kinds = sorted(signal.kind for signal in made.library.signals)
    assert kinds == ["followup_overdue"] * 3 + ["lead_assigned"] * 4 + ["lead_created"] * 4 + ["lead_updated"]
    rejected = [CODEC.decode_rejected(record.value) for record in made.producer.records["rejected"]]
    assert {one.refusal.reason: one.payload[:4] for one in rejected} == {
        "bad_identifier": b'{"ev',
        "not_json": b"\xff no",
    }
    assert CODEC.decode_rejected(made.producer.records["rejected"][0].value).payload in (
        b"\xff not json",
        *map(bytes, ()),
    )


def test_effects_come_in_this_order_and_the_acknowledgement_last() -> None:
    made = World(RULES, partitions=1, detect_size=100)
    made.publish(story()[:1], NINE + 9 * HOUR)
    asyncio.run(made.run())
    assert made.calls[4:] == [
        # cleanse: ask, claim, only then speak
        "library.known", "library.claim", "kafka.produce_all", "kafka.produce_all",
        # detect: the form makes a lead, which asks its region; Kafka and the library are told side by side
        "state.due", "state.load", "kafka.produce_all", "library.commit", "state.deliver", "state.commit",
        # detect: the region answers
        "state.load", "kafka.produce_all", "state.commit",
        # detect: the lead has a rep, and the rep's summary an open item
        "state.load", "kafka.produce_all", "library.commit", "state.deliver", "state.commit",
    ]  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_any_await_changes_nothing(when: str) -> None:
    undisturbed = run(world())
    expected, calls = results(undisturbed), len(undisturbed.calls)
    assert calls > 50
    for number in range(1, calls + 1):
        made = world()
        setattr(made, f"crash_{when}", number)
        run(made)
        assert made.crashes == 1
        assert results(made) == expected, f"crash {when} call {number}: {undisturbed.calls[number - 1]}"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_results_do_not_depend_on_where_slices_end(size: int) -> None:
    made, expected = run(world(partitions=1, detect_size=size)), run(world(partitions=1))
    assert [s.as_json() for s in made.library.signals] == [s.as_json() for s in expected.library.signals]
    assert results(made) == results(expected)


def test_a_worker_that_fails_on_everything_stops_before_it_empties_the_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    made = World(RULES, partitions=1, cleanse_size=100)
    unknown = b"\x00\x00\x0f\xff\xff" + b"some record"
    made.publish([unknown] * 40, NINE)
    made.producer.records["touchpoints"] = [r._replace(headers=()) for r in made.producer.records["touchpoints"]]
    with pytest.raises(TooManyFailures, match="40 of 40 records"):
        asyncio.run(made.run())
    assert made.producer.records["rejected"] == []

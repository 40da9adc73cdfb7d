"""`whetstone rejected resend --reason`: all that were refused for a reason, once, whatever comes meanwhile."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from schemas.times import to_iso
from sinks.memory.kafka import MemoryProducer
from sinks.rejected_marks import Mark
from streams.cli import main
from streams.commands import rejected_mending
from streams.rejections.reading import Found
from tests.unit.detector_bench import NINE
from tests.unit.test_rejections import EVENT
from tests.unit.test_rejections import found as refused

GOOD = {**EVENT, "data": {"form": "trial", "phone": "13800138000"}}


class Marks:
    """Keeps what was sent again."""

    def __init__(self) -> None:
        self.kept: dict[str, Mark] = {}
        self.writes = 0

    async def marks(self, places: Sequence[str]) -> Mapping[str, Mark]:
        return {place: self.kept[place] for place in places if place in self.kept}

    async def resent(self, events: Mapping[str, str], who: str, at: int) -> None:
        self.writes += 1
        self.kept |= {
            place: Mark(place=place, event_id=event, resent_by=who, resent_at=at) for place, event in events.items()
        }


class Topic:
    """The topic `rejected` in batches. A worker whose clock is still wrong refuses anew whatever is sent."""

    def __init__(self) -> None:
        self.marks, self.producer = Marks(), MemoryProducer({"touchpoints": 1})
        self.records = [self._record(number) for number in range(25)]
        self.records[7] = refused(7, "bad_field", EVENT)
        self.records[8] = refused(8, "future_time", {**GOOD, "event_id": "e-8", "source": "crm"})
        self.records[9] = refused(9, "future_time", b"no event")
        self.refuses_anew = False

    def _record(self, number: int) -> Found:
        return refused(number, "future_time", {**GOOD, "event_id": f"e-{number}"})

    def batches(self, *_: object) -> Iterator[list[Found]]:
        for begin in range(0, 1_000, 10):
            if self.refuses_anew and self.sent:
                self.records.append(self._record(len(self.records)))
            if begin >= len(self.records):
                return
            yield self.records[begin : begin + 10]

    @property
    def sent(self) -> list[str]:
        return [orjson.loads(record.value)["event_id"] for record in self.producer.records["touchpoints"]]


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Topic:
    made = Topic()

    async def with_marks(_: object, use: Callable[[Any], Awaitable[object]]) -> object:
        return await use(made.marks)

    monkeypatch.setattr(rejected_mending, "with_marks", with_marks)
    monkeypatch.setattr(rejected_mending, "batches", made.batches)
    monkeypatch.setattr(rejected_mending, "KafkaProducer", lambda _: made.producer)
    return made


def resend(*options: str) -> Result:
    return CliRunner().invoke(main, ["rejected", "resend", *options])


def test_all_that_were_refused_for_a_reason_are_sent_once(topic: Topic) -> None:
    first = resend("--reason", "future_time", "--by", "li")
    assert first.output.splitlines()[0].startswith("touchpoints.3.9f86d081.9: its bytes hold no")
    assert "sent=23 sent_before=0 not_sent=1" in first.output
    assert first.exit_code == 1
    expected = [f"e-{number}" for number in range(25) if number not in (7, 9)]
    assert topic.sent == expected
    assert {mark.resent_by for mark in topic.marks.kept.values()} == {"li"}
    assert topic.marks.writes == 3  # one for each batch that is read
    assert "sent=0 sent_before=23 not_sent=1" in resend("--reason", "future_time").output
    assert topic.sent == expected
    assert "sent=23 sent_before=0" in resend("--reason", "future_time", "--again").output


def test_source_and_times_narrow_it(topic: Topic) -> None:
    assert resend("--reason", "future_time", "--source", "crm").exit_code == 0
    assert topic.sent == ["e-8"]
    times = "--since", to_iso(NINE + 20), "--until", to_iso(NINE + 22)
    assert "sent=2 sent_before=0 not_sent=0" in resend("--reason", "future_time", *times).output
    assert topic.sent == ["e-8", "e-20", "e-21"]


def test_what_is_refused_anew_meanwhile_is_not_sent_for_ever(topic: Topic) -> None:
    topic.refuses_anew = True
    assert "sent=23" in resend("--reason", "future_time").output
    assert len(topic.sent) == 23


def test_ids_or_a_reason_are_named_not_both_and_not_neither(topic: Topic) -> None:
    for options in ((), ("x.1", "--reason", "future_time")):
        result = resend(*options)
        assert result.exit_code == 2
        assert "--reason future_time" in result.output
    assert not topic.producer.records.get("touchpoints")


def test_an_event_that_is_still_refused_is_said(topic: Topic) -> None:
    topic.records = [replace(topic.records[7])]
    result = resend("--reason", "bad_field")
    assert "still bad_field at /data/form" in result.output
    assert result.exit_code == 1


def test_what_was_done_to_a_record_of_a_topic_before_it_was_made_anew_is_not_done_to_the_next_one(topic: Topic) -> None:
    first, second = topic.records[:2]
    other = orjson.dumps({**GOOD, "event_id": "other"})
    for one, at in ((first, first.at - 10_000), (second, second.at + 10_000)):
        topic.marks.kept[one.place] = Mark(
            place=one.place, payload=other, repaired_by="li", repaired_at=at, event_id="other", resent_by="li",
            resent_at=at,
        )  # fmt: skip
    topic.records = [first, second]
    assert "sent=1 sent_before=1 not_sent=0" in resend("--reason", "future_time").output
    assert topic.sent == ["e-0"], "neither left out nor sent in the words of the other one"


def test_a_mark_is_about_the_record_that_was_there_when_it_was_made() -> None:
    mark = Mark(
        place="rejected.0.0", payload=b"{}", repaired_by="li", repaired_at=5_000, resent_by="li", resent_at=9_000
    )
    assert [mark.of(at).status for at in (0, 6_000, 6_001, 10_000, 10_001)] == [
        "resent", "resent", "resent", "resent", "open",
    ]  # fmt: skip
    assert mark.of(6_000).payload == b"{}"
    assert mark.of(6_001).payload is None

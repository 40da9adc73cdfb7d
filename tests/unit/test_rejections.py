"""Rejected records: found again in bounded memory, repaired field by field, never with another event id."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from processors.cleansing.record import CleansingOptions
from processors.leads.restoration import began, differences, fields_at
from schemas.outcome import Refusal, Rejected
from schemas.rules import load_rule_book
from schemas.touchpoint import Touchpoint
from sinks.rejected_marks import Mark
from streams.commands.rejected_mending import record_of
from streams.rejections.reading import Found, Wanted, newest
from streams.rejections.repairing import CannotRepair, complete, event_of, judged, with_texts, with_values
from streams.settings import Settings
from tests.contract.chains import chain
from tests.decoding import accepted
from tests.events import CODEC, event
from tests.unit.detector_bench import NINE

OPTIONS = CleansingOptions(load_rule_book("{}").cleansing)
EVENT = {
    "event_id": "e-1", "type": "form_submitted", "source": "website", "occurred_at": "2026-11-21T09:00:00+08:00",
    "subject": {"ids": [{"kind": "phone", "value": "13800138000"}]}, "data": {"form": 7, "phone": "13800138000"},
}  # fmt: skip


def found(number: int = 0, reason: Any = "bad_field", payload: Any = EVENT, **more: Any) -> Found:
    data = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    given: dict[str, Any] = {
        "payload": data, "content_type": "application/json", "component": "cleanse", "version": "1",
        "topic": "touchpoints", "incarnation": "9f86d081", "partition": 3, "offset": number,
        "rejected_at": NINE + number,
    }  # fmt: skip
    refusal = Refusal(reason, "/data/form", "a text", None)
    return Found(f"touchpoints.3.9f86d081.{number}", Rejected(refusal=refusal, **(given | more)))


def test_the_newest_are_listed_and_all_are_counted() -> None:
    records = [found(number, ("bad_field", "bad_time")[number % 2]) for number in range(100)]
    batches = [records[:30], records[20:60], records[60:]]  # some were refused twice, after a crash
    listing = newest(batches, Wanted(), 3, CODEC)
    assert [one.place.rpartition(".")[2] for one in listing.newest] == ["99", "98", "97"]
    listing = newest([records], Wanted(frozenset({"bad_field"}), since=NINE + 10, until=NINE + 15), 10, CODEC)
    assert [one.at - NINE for one in listing.newest] == [14, 12, 10]
    assert listing.counts == {"bad_field": 3}


def test_a_record_refused_twice_counts_once_also_when_it_is_no_longer_among_the_newest() -> None:
    older = [found(number) for number in (4, 2, 9)]
    others = [replace(found(2).rejected, partition=5), replace(found(2).rejected, incarnation="b5d4045c")]
    gateways = [replace(found().rejected, topic="", partition=-1, offset=-1)] * 2
    elsewhere = [Found(f"elsewhere.{number}", rejected) for number, rejected in enumerate(others + gateways)]
    listing = newest([older, older, elsewhere], Wanted(), 1, CODEC)
    assert listing.counts == {"bad_field": 7}
    assert [one.at - NINE for one in listing.newest] == [9]


def test_records_are_found_by_the_source_that_avro_holds() -> None:
    sent = [CODEC.encode_touchpoint(accepted(event("login", source=source))) for source in ("crm", "website")]
    records = [found(number, payload=payload) for number, payload in enumerate([*sent, b"\0\0\0\0\1", b""])]
    assert [one.at - NINE for one in newest([records], Wanted(source="crm"), 9, CODEC).newest] == [0]


def test_records_are_found_by_their_source() -> None:
    records = [found(1), found(2, payload={**EVENT, "source": "crm"}), found(3, payload=b"\xff")]
    assert [one.at - NINE for one in newest([records], Wanted(source="crm"), 9, CODEC).newest] == [2]


@pytest.mark.parametrize(
    ("pointer", "value", "changed"),
    [
        ("/data/form", "trial", {"data": {"form": "trial", "phone": "13800138000"}}),
        ("/subject/ids/0/kind", "email", {"subject": {"ids": [{"kind": "email", "value": "13800138000"}]}}),
        ("/data/a~1b/c~0d", 1, {"data": {**EVENT["data"], "a/b": {"c~d": 1}}}),  # type: ignore[dict-item]
        ("/rep_id", None, {"rep_id": None}),
    ],
)
def test_a_field_is_set_by_its_pointer(pointer: str, value: Any, changed: dict[str, Any]) -> None:
    assert with_values(EVENT, [(pointer, value)]) == {**EVENT, **changed}
    assert EVENT["data"] == {"form": 7, "phone": "13800138000"}


@pytest.mark.parametrize("pointer", ["data", "", "/subject/ids/7/kind", "/subject/ids/x", "/source/a", "/source/a/b"])
def test_a_pointer_that_leads_nowhere_is_refused(pointer: str) -> None:
    with pytest.raises(CannotRepair):
        with_values(EVENT, [(pointer, 1)])


@pytest.mark.parametrize(
    ("typed", "value", "as_text"),
    [
        ("/data/phone=13900139000", 13900139000, "13900139000"),
        ("/data/form=trial", "trial", "trial"),
        ('/data/form="7"', "7", "7"),
        ("/data/phone=null", None, None),
        ("/data/message=a=b", "a=b", "a=b"),
    ],
)
def test_what_a_person_types_is_json_or_a_text(typed: str, value: Any, as_text: Any) -> None:
    name = typed.partition("=")[0].rpartition("/")[2]
    assert with_texts(EVENT, [typed])["data"][name] == value
    assert with_texts(EVENT, [typed], numbers=False)["data"][name] == as_text
    with pytest.raises(CannotRepair, match="/POINTER=VALUE"):
        with_texts(EVENT, ["nonsense"])


def test_a_repair_is_judged_as_the_workers_will() -> None:
    refused = judged(EVENT, NINE, OPTIONS)
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.pointer) == ("bad_field", "/data/form")
    accepted = judged(with_values(EVENT, [("/data/form", "trial")]), NINE, OPTIONS)
    assert isinstance(accepted, Touchpoint)
    assert accepted.event_id == "e-1"


def test_an_event_keeps_its_id_and_one_without_always_gets_the_same() -> None:
    assert complete(EVENT, found())["event_id"] == "e-1"
    nameless = {name: value for name, value in EVENT.items() if name != "event_id"}
    first, second = (complete(nameless, found(5))["event_id"] for _ in range(2))
    assert first == second != complete(nameless, found(6))["event_id"]


def test_what_is_no_event_cannot_be_repaired_by_fields() -> None:
    with pytest.raises(CannotRepair, match="--file"):
        event_of(found(payload=b"\xff\xfe").rejected, CODEC)
    with pytest.raises(CannotRepair, match="replay"):
        event_of(found(payload=b"facts/3/7", topic="facts", content_type="text/plain").rejected, CODEC)


def test_what_a_key_may_not_send_is_not_sent_again_as_it_came() -> None:
    """Whoever sends many again after an outage would give a web page's key the rights that it was refused."""
    event = {**EVENT, "data": {"form": "trial", "phone": "13800138000"}}
    refused = found(payload=event, offset=-1, partition=-1)
    refused = replace(
        refused, rejected=replace(refused.rejected, refusal=Refusal("bad_field", "/type", "this API key"))
    )
    with pytest.raises(CannotRepair, match="its API key may not send"):
        record_of(Settings(), CODEC, OPTIONS, refused, Mark(place=refused.place))
    mended = Mark(place=refused.place, payload=orjson.dumps(event))
    assert record_of(Settings(), CODEC, OPTIONS, refused, mended)[1] == "e-1"


def test_what_a_lead_was_at_a_time() -> None:
    rows = chain("lead:a", [("name", "张三"), ("phone", "1"), ("grade", "B"), ("phone", "2"), ("qq", "3")], 0)
    written = [(row, 10 * row.seq) for row in rows]  # event times are 1000 to 1004
    assert fields_at(written, 25) == {"name": "张三", "phone": "1", "qq": None}
    assert fields_at(written, 1_003, written=False) == {"name": "张三", "phone": "2", "qq": None}
    assert differences(written, fields_at(written, 25)) == {"phone": ("2", "1"), "qq": ("3", None)}
    assert differences(written, fields_at(written, 99)) == {}
    assert (began(written), began(written, written=False)) == (written[0][1], 1_000)


def test_a_lead_that_nobody_had_been_given_then_keeps_its_rep() -> None:
    rows = chain("lead:a", [("name", "张三"), ("rep_id", "r1"), ("rep_id", "r2")], 0)
    written = [(row, 10 * row.seq) for row in rows]
    assert differences(written, fields_at(written, 15)) == {}
    assert differences(written, fields_at(written, 25)) == {"rep_id": ("r2", "r1")}

"""The Avro files: in step with the models, numbered for ever, every version compatible with all before it."""

import json
from pathlib import Path

import fastavro
import pytest

from schemas import describe, generate
from schemas.avro_schema import record_schema, strip_logical
from schemas.catalogue import FACT_TYPES, TYPES
from schemas.catalogue.records import TOPIC_RECORDS
from schemas.registry import FileRegistry
from schemas.shipped import Shipped, latest, shipped, shipped_ids

IDS = [one.path for one in shipped()]


def test_the_files_are_in_step_with_the_models():
    assert generate.main(["--check"]) == 0


def test_check_names_the_file_that_is_not(capsys, monkeypatch):
    first, *others = shipped()
    monkeypatch.setattr(generate, "shipped", lambda: tuple(others))
    assert generate.main(["--check"]) == 1
    assert first.path in capsys.readouterr().err


def test_a_changed_model_gives_the_next_version_or_amends_the_latest():
    current = next(one for one in shipped() if one.record == "fact" and one.topic == "facts")
    schema = current.schema
    schema["doc"] = "Something else."
    edited = Shipped(current.topic, current.record, current.version, json.dumps(schema))
    changed = tuple(edited if one == current else one for one in shipped())
    assert list(generate.changes(changed)) == [f"facts/fact.v{current.version + 1}.avsc"]
    assert list(generate.changes(changed, amend=True)) == [current.path]


def test_ids_are_only_ever_added():
    assert generate.numbered({"b": 2, "a": 1}, ["c", "a", "0"]) == {"b": 2, "a": 1, "0": 3, "c": 4}
    assert set(shipped_ids()) == set(IDS)
    assert len(set(shipped_ids().values())) == len(IDS)


def test_there_is_a_file_for_every_type_of_touchpoint_and_for_every_other_record():
    expected = {("touchpoints", name) for name in TYPES}
    found = {(one.topic, one.record) for one in shipped()}
    assert expected <= found
    assert len(found) == len(expected) + len(TOPIC_RECORDS)


def documented(schema: object) -> bool:
    if isinstance(schema, list):
        return all(map(documented, schema))
    if not isinstance(schema, dict):
        return True
    if schema["type"] != "record":
        return documented(schema.get("items") or schema.get("values") or schema["type"])
    return bool(schema["doc"]) and all(field["doc"] and documented(field["type"]) for field in schema["fields"])


@pytest.mark.parametrize("one", shipped(), ids=IDS)
def test_every_file_is_valid_and_documented(one):
    fastavro.parse_schema(one.schema, named_schemas={})
    assert documented(one.schema)


def test_every_version_is_compatible_with_all_before_it():
    assert generate.breaks(shipped()) == []


def test_check_names_a_version_that_breaks_an_earlier_one(capsys, monkeypatch):
    current = next(one for one in shipped() if one.path == "facts/fact.v1.avsc")
    schema = current.schema
    schema["fields"] = [field for field in schema["fields"] if field["name"] != "entity"]
    former = Shipped(current.topic, current.record, 0, json.dumps(schema))
    monkeypatch.setattr(generate, "shipped", lambda: (former, *shipped()))
    assert generate.main(["--check"]) == 1
    expected = "facts/fact.v1.avsc against facts/fact.v0.avsc: backward: entity is not written and has no default"
    assert expected in capsys.readouterr().err


def test_subjects_follow_topic_and_record_name():
    registry = FileRegistry()
    path = "touchpoints/page_viewed.v1.avsc"
    assert registry.id_of("touchpoints-whetstone.touchpoints.PageViewed") >= 1
    assert registry.schema_of(shipped_ids()[path]) == next(one.text for one in shipped() if one.path == path)
    assert registry.schema_of(0) is None
    with pytest.raises(LookupError):
        registry.id_of("touchpoints-whetstone.touchpoints.Nothing")
    assert len(latest(shipped())) == len({(one.topic, one.record) for one in shipped()})


def test_times_carry_their_logical_type_and_lose_it_for_our_own_reading():
    schema = record_schema("facts", "RuleBook", {name: model for _, name, model in TOPIC_RECORDS}["RuleBook"])
    at = next(field for field in schema["fields"] if field["name"] == "applied_at")
    assert at["type"] == {"type": "long", "logicalType": "timestamp-millis"}
    assert "logicalType" not in json.dumps(strip_logical(schema))


def test_the_page_of_events_is_in_step_with_the_models():
    page = Path(__file__).parents[2] / "docs" / "events.md"
    assert page.read_text(encoding="utf-8") == describe.page(), "run python -m schemas.describe > docs/events.md"


def test_the_page_names_every_type_and_field():
    for name, event in FACT_TYPES.items():
        section = describe.page().partition(f"### {name}\n")[2].partition("### ")[0]
        for field in event.model.model_fields:
            assert f"| {field} |" in section, (name, field)


def test_write_makes_every_file_and_its_id(tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "folder", lambda: tmp_path)
    monkeypatch.setattr(generate, "shipped", lambda: ())
    monkeypatch.setattr(generate, "shipped_ids", dict)
    assert generate.main(["--write"]) == 0
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.avsc")}
    assert written == {f"{topic}/{record}.v1.avsc" for topic, record in generate.current()}
    assert set(json.loads((tmp_path / "ids.json").read_text())) == written


def test_check_misses_an_id(capsys, monkeypatch):
    monkeypatch.setattr(generate, "shipped_ids", dict)
    assert generate.main(["--check"]) == 1
    assert "ids.json lacks a file" in capsys.readouterr().err

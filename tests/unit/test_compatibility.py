"""Compatibility of schemas: what may change, what may not, and that the message names the field."""

from typing import Any

import pytest

from schemas.compatibility import incompatibilities, unreadable


def record(*fields: dict[str, Any], name: str = "whetstone.facts.R") -> dict[str, Any]:
    space, _, simple = name.rpartition(".")
    return {"type": "record", "name": simple, "namespace": space, "fields": list(fields)}


def field(name: str, kind: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


A = field("a", "string")
OLD = record(A)
ITEM = record(field("sku", "string"), name="whetstone.facts.Item")
TREE = record(field("left", ["null", "R"], default=None), A)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, OLD),
        (OLD, record(A, field("b", ["null", "string"], default=None))),
        (OLD, record(field("b", "long", default=0), A)),
        (record(A, field("b", "long", default=0)), OLD),
        (record(A, field("b", "string", doc="x")), record(A, field("b", "string", doc="y"))),
        (record(field("a", "string")), record(field("a", "bytes"))),
        (TREE, record(*TREE["fields"], field("b", "long", default=1))),
        (
            record(field("e", {"type": "enum", "name": "E", "symbols": ["x"], "default": "x"})),
            record(field("e", {"type": "enum", "name": "E", "symbols": ["x", "y"], "default": "x"})),
        ),
        (record(field("u", ["null", "long"])), record(field("u", ["long", "null"]))),
    ],
)
def test_what_may_change(old, new):
    assert incompatibilities(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        (OLD, record(A, field("b", "long")), ["backward: b is not written and has no default for the reader"]),
        (OLD, record(), ["forward: a is not written and has no default for the reader"]),
        (
            OLD,
            record(field("z", "string")),
            [
                "backward: z is not written and has no default for the reader",
                "forward: a is not written and has no default for the reader",
            ],
        ),
        (
            record(field("a", "int")),
            record(field("a", "long")),
            ["forward: a is long for the writer and int for the reader"],
        ),
        (
            OLD,
            record(field("a", "long")),
            [
                "backward: a is string for the writer and long for the reader",
                "forward: a is long for the writer and string for the reader",
            ],
        ),
        (OLD, record(field("a", ["null", "string"])), ["forward: a is null for the writer and string for the reader"]),
        (
            record(field("a", ["null", "string"])),
            record(field("a", ["null", "string", "long"])),
            ["forward: a may hold long, which the reader does not take"],
        ),
        (
            record(field("e", {"type": "enum", "name": "E", "symbols": ["x"]})),
            record(field("e", {"type": "enum", "name": "E", "symbols": ["x", "y"]})),
            ["forward: e may hold y, which the reader does not know and has no default for"],
        ),
        (
            record(field("h", {"type": "fixed", "name": "H", "size": 16})),
            record(field("h", {"type": "fixed", "name": "H", "size": 20})),
            [
                "backward: h has 16 bytes for the writer and 20 for the reader",
                "forward: h has 20 bytes for the writer and 16 for the reader",
            ],
        ),
        (
            record(field("items", {"type": "array", "items": ITEM})),
            record(field("items", {"type": "array", "items": {**ITEM, "fields": []}})),
            ["forward: items.items.sku is not written and has no default for the reader"],
        ),
        (
            record(field("t", {"type": "long", "logicalType": "timestamp-millis"})),
            record(field("t", {"type": "long", "logicalType": "timestamp-micros"})),
            [
                "backward: t changed its meaning from timestamp-millis to timestamp-micros",
                "forward: t changed its meaning from timestamp-micros to timestamp-millis",
            ],
        ),
        (
            OLD,
            record(A, name="whetstone.facts.S"),
            [
                "backward: the record is named R by the writer and S by the reader",
                "forward: the record is named S by the writer and R by the reader",
            ],
        ),
        (
            OLD,
            record(A, field("b", ["null", "string"], default="x")),
            ["backward: b has a default that does not fit its (first) type"],
        ),
    ],
)
def test_what_may_not(old, new, problems):
    assert incompatibilities(old, new) == problems


def test_aliases_rename_for_the_reader():
    new = record(field("b", "string", aliases=["a"]))
    assert unreadable(reader=new, writer=OLD) == []
    assert unreadable(reader=OLD, writer=new) == ["a is not written and has no default for the reader"]


def test_a_change_deep_in_a_shared_record_is_found_once_per_place():
    old = record(field("x", ITEM), field("y", {"type": "map", "values": "whetstone.facts.Item"}))
    broken = record(field("sku", "long"), name="whetstone.facts.Item")
    new = record(field("x", broken), field("y", {"type": "map", "values": "whetstone.facts.Item"}))
    assert [problem.split(" ")[0] for problem in unreadable(reader=new, writer=old)] == ["x.sku", "y.values.sku"]

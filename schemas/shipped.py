"""The Avro files that ship, every version of them, and the stable ids that the file registry gives them."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from schemas.avro_schema import Schema

IDS_FILE = "ids.json"


@dataclass(frozen=True, slots=True)
class Shipped:
    """One version of one record of one topic. `path` is `<topic>/<record>.v<version>.avsc`."""

    topic: str
    record: str
    version: int
    text: str

    @property
    def path(self) -> str:
        """Return the file's path below `schemas/avro`."""
        return f"{self.topic}/{self.record}.v{self.version}.avsc"

    @property
    def schema(self) -> Schema:
        """Return the parsed JSON."""
        parsed: Schema = json.loads(self.text)
        return parsed

    @property
    def subject(self) -> str:
        """Return the subject by Confluent's TopicRecordNameStrategy."""
        return subject_of(self.topic, self.schema)


def subject_of(topic: str, schema: dict[str, Any]) -> str:
    """Return `<topic>-<full record name>`, the subject by Confluent's TopicRecordNameStrategy."""
    return f"{topic}-{full_name(schema)}"


def full_name(schema: dict[str, Any]) -> str:
    """Return namespace and name of a record's schema."""
    space = schema.get("namespace", "")
    return f"{space}.{schema['name']}" if space else str(schema["name"])


def folder() -> Traversable:
    """Return the folder of the Avro files."""
    return files("schemas") / "avro"


@cache
def shipped() -> tuple[Shipped, ...]:
    """Return every version of every record, ordered by topic, record and version."""
    found = [
        _read(topic.name, file)
        for topic in folder().iterdir()
        if topic.is_dir()
        for file in topic.iterdir()
        if file.name.endswith(".avsc")
    ]
    return tuple(sorted(found, key=lambda one: (one.topic, one.record, one.version)))


def _read(topic: str, file: Traversable) -> Shipped:
    record, _, version = file.name.removesuffix(".avsc").rpartition(".v")
    return Shipped(topic, record, int(version), file.read_text(encoding="utf-8"))


def latest(versions: tuple[Shipped, ...]) -> dict[str, Shipped]:
    """Return the greatest version of each record, by subject."""
    newest: dict[str, Shipped] = {}
    for one in versions:
        held = newest.get(one.subject)
        if held is None or held.version < one.version:
            newest[one.subject] = one
    return newest


def shipped_ids() -> dict[str, int]:
    """Return the id of each file, by path."""
    file = folder() / IDS_FILE
    ids: dict[str, int] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return ids

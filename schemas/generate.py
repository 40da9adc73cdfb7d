"""Writes the Avro files from the models: `python -m schemas.generate --check | --write | --amend`.

A version that was released never changes: `--write` adds the next version of a record whose model changed.
`--amend` rewrites the latest version in place, for use before its first release only. `--check` changes nothing: it
fails when a file does not match its model, or a version is not compatible with all before it.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from schemas.avro_schema import Schema, record_schema, touchpoint_schema
from schemas.catalogue import TYPES
from schemas.catalogue.records import TOPIC_RECORDS
from schemas.compatibility import incompatibilities
from schemas.shipped import IDS_FILE, Shipped, folder, latest, shipped, shipped_ids, subject_of

Files = dict[str, str]


def current() -> dict[tuple[str, str], Schema]:
    """Return the schema of every record as the models say now, by (topic, record)."""
    schemas = {("touchpoints", name): touchpoint_schema(event) for name, event in TYPES.items()}
    for topic, name, model in TOPIC_RECORDS:
        schemas[topic, _snake(name)] = record_schema(topic, name, model)
    return schemas


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


def changes(versions: tuple[Shipped, ...], *, amend: bool = False) -> Files:
    """Return path and text of each file that must be written so that the latest versions equal the models."""
    newest = latest(versions)
    written: Files = {}
    for (topic, record), schema in current().items():
        text = json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
        held = newest.get(subject_of(topic, schema))
        if held is None:
            written[Shipped(topic, record, 1, text).path] = text
        elif held.schema != schema:
            version = held.version if amend else held.version + 1
            written[Shipped(topic, record, version, text).path] = text
    return written


def numbered(ids: Mapping[str, int], paths: list[str]) -> dict[str, int]:
    """Return the ids with those of new files added behind the greatest; a given id never changes."""
    result = dict(ids)
    for path in sorted(paths):
        if path not in result:
            result[path] = max(result.values(), default=0) + 1
    return result


def breaks(versions: tuple[Shipped, ...]) -> list[str]:
    """Return what keeps a version from reading, or being read by, an earlier one of the same record."""
    return [
        f"{later.path} against {former.path}: {problem}"
        for later in versions
        for former in versions
        if (former.topic, former.record) == (later.topic, later.record) and former.version < later.version
        for problem in incompatibilities(former.schema, later.schema)
    ]


def main(arguments: list[str] | None = None) -> int:
    """Check or write; return 1 when `--check` finds files that do not match the models."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    for name in ("check", "write", "amend"):
        mode.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args(arguments)
    files = changes(shipped(), amend=options.amend)
    ids = numbered(shipped_ids(), [one.path for one in shipped()] + list(files))
    if options.check:
        return _report(files, ids)
    for path, text in {**files, IDS_FILE: json.dumps(ids, indent=1) + "\n"}.items():
        target = Path(str(folder())) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    sys.stdout.write("".join(f"wrote {path}\n" for path in files))
    return 0


def _report(files: Files, ids: dict[str, int]) -> int:
    problems = [f"{path} does not match its model: run python -m schemas.generate --write" for path in files]
    if ids != shipped_ids():
        problems.append(f"{IDS_FILE} lacks a file: run python -m schemas.generate --write")
    problems += breaks(shipped())
    sys.stderr.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

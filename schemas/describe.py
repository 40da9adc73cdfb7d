"""The catalogue as a page for people: `python -m schemas.describe` prints `docs/events.md`."""

import sys
from collections.abc import Iterator

from schemas.avro_schema import record_schema
from schemas.catalogue import FACT_TYPES, TYPES, EventType

HEAD = """# Events

Every type of touchpoint that front ends may send, and the facts that entities send to each other. Made from the models
in `schemas/catalogue/` by `python -m schemas.describe > docs/events.md`; a test keeps it in step.

```json
{"event_id": "any text of 1 to 64 characters, unique per event; the same again is a duplicate",
 "type": "form_submitted",
 "source": "website",
 "occurred_at": "2026-11-21T10:00:00.123+08:00",
 "subject": {"ids": [{"kind": "phone", "value": "138-0013-8000", "verified": true}]},
 "rep_id": "r17",
 "data": {}}
```

`subject`, `rep_id` and `verified` are optional. The kind of an identifier is `phone`, `email`, `wechat_unionid`,
`wechat_openid`, `qq`, `douyin`, `kuaishou`, `id_number`, `device`, `customer` or `crm:<system>`. Unknown fields are
kept, not rejected; `null` is the same as left out. Money is a number or a decimal string without thousands separators.
Times are ISO 8601, read as Asia/Shanghai where they carry no offset. One event has at most 64 KiB, 16 levels of nesting
and 32 identifiers; a text at most 4,000 characters, an address of a page 8,000. The types below are those of Avro; in
`touchpoints` and `facts` each type has a record of its own (`schemas/avro/<topic>/<type>.v<version>.avsc`), registered
by TopicRecordNameStrategy.
"""
CARRIERS = {
    "ids": "identifiers of the subject",
    "rep_id": "`rep_id`",
    "deal_id": "the deal's id",
    "company": "the company's name",
}


def page() -> str:
    """Return the whole page in Markdown."""
    internal = [event for name, event in FACT_TYPES.items() if name not in TYPES]
    lines = [HEAD, "## Touchpoints", ""]
    for event in TYPES.values():
        lines += _section(event)
    lines += ["## Facts between entities", "", "No front end may send these.", ""]
    for event in internal:
        lines += _section(event)
    return "\n".join(lines).rstrip() + "\n"


def _section(event: EventType) -> Iterator[str]:
    yield f"### {event.name}"
    yield ""
    addresses = ", ".join(event.addresses)
    carriers = [CARRIERS[one] for one in event.carried_by if one in CARRIERS]
    carriers += [f"`data.{name}`" for name in event.contact]
    whom = f" It says whom it is about by {' or '.join(carriers)}." if event.name in TYPES else ""
    yield f"{event.model.__doc__} Facts go to: {addresses}.{whom}"
    yield ""
    yield from _table(record_schema("facts", event.name, event.model)["fields"])
    yield ""


def _table(fields: list[dict[str, object]], prefix: str = "") -> Iterator[str]:
    if not prefix:
        yield "| field | type | required | meaning |"
        yield "|---|---|---|---|"
    for field in fields:
        if field["name"] == "extra":
            continue
        name, kind = f"{prefix}{field['name']}", _kind(field["type"])
        yield f"| {name} | {kind} | {'' if 'default' in field else 'yes'} | {field['doc']} |"
        items = _items(field["type"])
        if items:
            yield from _table(items, f"{name}[].")


def _kind(schema: object) -> str:
    match schema:
        case ["null", inner]:
            return _kind(inner)
        case {"logicalType": str(logical)}:
            return logical
        case {"type": "array"}:
            return "list"
        case {"type": "map"}:
            return "mapping of texts"
        case _:
            return str(schema)


def _items(schema: object) -> list[dict[str, object]]:
    match schema:
        case ["null", inner]:
            return _items(inner)
        case {"type": "array", "items": {"fields": list(fields)}}:
            return fields
        case _:
            return []


if __name__ == "__main__":
    sys.stdout.write(page())

"""What `/docs` says beyond the signatures: bodies, answers and examples of the public interface."""

from typing import Any

from starlette.responses import Response

_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["event_id", "type", "source", "occurred_at"],
    "properties": {
        "event_id": {"type": "string", "minLength": 1, "maxLength": 64, "description": "Unique; a repeat is dropped"},
        "type": {"type": "string", "example": "page_viewed"},
        "source": {"type": "string", "description": "The front end; a key that is bound to a source overrides it"},
        "occurred_at": {"type": "string", "example": "2026-11-21T10:00:00.123+08:00"},
        "subject": {
            "type": "object",
            "properties": {
                "ids": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["kind", "value"],
                        "properties": {
                            "kind": {"type": "string", "example": "phone"},
                            "value": {"type": "string", "example": "138-0013-8000"},
                            "verified": {"type": "boolean"},
                        },
                    },
                }
            },
        },
        "rep_id": {"type": "string"},
        "data": {"type": "object"},
    },
}
_ONE_OR_MANY = {"schema": {"oneOf": [_EVENT, {"type": "array", "items": _EVENT, "maxItems": 500}]}}
_RECEIPT = {
    "type": "object",
    "properties": {
        "accepted": {"type": "integer"},
        "duplicates": {"type": "integer"},
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "index": {"type": "integer"},
                    "event_id": {"type": "string", "nullable": True},
                    "reason": {"type": "string"},
                    "pointer": {"type": "string", "description": "JSON pointer to the field"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
_PROBLEM = {
    "type": "object",
    "properties": {"status": {"type": "integer"}, "code": {"type": "string"}, "message": {"type": "string"}},
}


def _problems(**meanings: str) -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": _PROBLEM}}
    return {int(name[1:]): {"description": text, "content": content} for name, text in meanings.items()}


_INGESTION = {
    202: {"description": "Kafka holds the accepted events", "content": {"application/json": {"schema": _RECEIPT}}},
    **_problems(
        _400="Nothing in the body can be read",
        _401="No such key",
        _403="The key does not name this web origin",
        _408="The body came too slowly",
        _413="More than 500 events or 1 MiB",
        _415="An encoding other than gzip",
        _429="Faster than the key may send; see Retry-After",
        _503="Kafka did not take them in time; repeat with the same ids after Retry-After",
    ),
}
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KEY = {"name": "key", "in": "query", "required": True, "schema": {"type": "string"}, "description": "A public key"}

TOUCHPOINTS_DOC: dict[str, Any] = {
    "summary": "Send touchpoints",
    "responses": _INGESTION,
    "openapi_extra": {
        "security": [{"apiKey": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": _ONE_OR_MANY,
                "application/x-ndjson": {"schema": {"type": "string", "description": "One event per line"}},
            },
        },
    },
}
BEACON_DOC: dict[str, Any] = {
    "summary": "Send touchpoints from a web page",
    "responses": _INGESTION,
    "openapi_extra": {
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": {"text/plain": {"schema": {"type": "string"}}}},
    },
}
STREAM_DOC: dict[str, Any] = {
    "summary": "Alerts as they come",
    "responses": {
        200: {
            "description": "Server-sent events: alert, ack, ready, beat, away, back, signed_out",
            "content": {"text/event-stream": {}},
        },
        **_problems(_401="Nobody is signed in", _503="The inboxes cannot be read now"),
    },
}
OLDER_DOC: dict[str, Any] = {
    "summary": "Older alerts",
    "responses": {
        200: {"description": "`alerts` as the stream sends them, newest first; `before` is the next cursor, or null"},
        **_problems(_400="No cursor", _401="Nobody is signed in", _503="The inbox cannot be read now"),
    },
}
ACK_DOC: dict[str, Any] = {
    "summary": "Acknowledge an alert",
    "responses": {
        200: {
            "description": "How many notices were still open; `by` whom it was taken note of first, and when (`at`, ms)"
        },
        **_problems(_401="Nobody is signed in", _403="Not an alert of this session", _503="Not kept; try again"),
    },
}
EXPORT_DOC: dict[str, Any] = {
    "summary": "Leads of this session as a table",
    "response_class": Response,
    "responses": {
        200: {"description": "A workbook or CSV: the leads that belong to who is signed in", "content": {_BOOK: {}}},
        **_problems(
            _400="A condition that cannot be read, or that looks into what a masked table hides",
            _401="Nobody is signed in",
            _403="No leads belong to this session, or it may not see contact data in full",
            _413="More than 100,000 leads",
            _429="Another export is being written; see Retry-After",
            _503="The lead library cannot be read now",
        ),
    },
}

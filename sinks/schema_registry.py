"""The Confluent Schema Registry, for installations that have one: ids are looked up once and kept."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from schemas.framing import schema_id
from schemas.shipped import latest, shipped
from sinks.base import SchemaRefused, SinkUnavailable

TIMEOUT_S = 10.0
ASK_AGAIN_S = 60.0  # how long an id that the registry does not know is not asked for again
MOST_UNKNOWN = 10_000
NOT_FOUND = 404
TRY_LATER = frozenset((408, 425, 429))
Result = TypeVar("Result")


class SchemaRegistry:
    """Implements `schemas.registry.Registry`. Its methods block: call `open` and `learn` in a thread.

    `url` may hold user and password; `register=False` only looks the shipped schemas up (production registries
    are often read-only for services).
    """

    def __init__(self, url: str, *, register: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; nothing is contacted before `open`."""
        self._client = SchemaRegistryClient(_configuration(url))
        self._register = register
        self._clock = clock
        self._ids: dict[str, int] = {}
        self._schemas: dict[int, str] = {}
        self._unknown: dict[int, float] = {}

    def open(self) -> None:
        """Register, or look up, every shipped version of every record.

        Raises SinkUnavailable (try again later) or SchemaRefused (somebody must act).
        """
        newest = {one.path for one in latest(shipped()).values()}
        for one in shipped():
            subject, schema = one.subject, Schema(one.text, "AVRO")
            number = _call(partial(self._id, subject, schema))
            self._schemas[number] = one.text
            if one.path in newest:
                self._ids[subject] = number

    def _id(self, subject: str, schema: Schema) -> int:
        if self._register:
            return int(self._client.register_schema(subject, schema))
        return int(self._client.lookup_schema(subject, schema).schema_id)

    def id_of(self, subject: str) -> int:
        """Return the id of the current schema of a subject."""
        return self._ids[subject]

    def schema_of(self, schema_id: int) -> str | None:
        """Return the JSON text of a schema that was shipped or learned."""
        return self._schemas.get(schema_id)

    def unknown(self, payloads: Iterable[bytes]) -> set[int]:
        """Return the schema ids in some records that `learn` should be called for: from memory, at once."""
        found = {number for payload in payloads if (number := schema_id(payload)) is not None}
        now = self._clock()
        return {one for one in found - self._schemas.keys() if self._unknown.get(one, now) <= now}

    def learn(self, schema_ids: Iterable[int]) -> None:
        """Ask the registry for schemas; one that it does not know is not asked for again for a minute.

        Raises SinkUnavailable, or SchemaRefused.
        """
        for number in schema_ids:
            text = _call(partial(self._text, number))
            if text is not None:
                self._schemas[number] = text
                self._unknown.pop(number, None)
                continue
            if len(self._unknown) >= MOST_UNKNOWN:
                self._unknown.clear()
            self._unknown[number] = self._clock() + ASK_AGAIN_S

    def _text(self, number: int) -> str | None:
        try:
            text: str | None = self._client.get_schema(number).schema_str
        except SchemaRegistryError as error:
            if error.http_status_code == NOT_FOUND:
                return None
            raise
        return text


def _configuration(url: str) -> dict[str, object]:
    """Return the client's configuration; user and password leave the URL, which shows up in logs."""
    parts = urlsplit(url)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    settings: dict[str, object] = {"url": bare, "timeout": TIMEOUT_S, "max.retries": 0}
    if parts.username:
        settings["basic.auth.user.info"] = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return settings


def _call(ask: Callable[[], Result]) -> Result:
    try:
        return ask()
    except SchemaRegistryError as error:
        if error.http_status_code >= 500 or error.http_status_code in TRY_LATER:
            raise SinkUnavailable("schema registry", f"HTTP {error.http_status_code}") from error
        raise SchemaRefused(f"HTTP {error.http_status_code}: {error.error_message}") from error
    except (httpx.HTTPError, ValueError, KeyError) as error:  # the last two: an answer that is no registry's
        raise SinkUnavailable("schema registry", type(error).__name__) from error

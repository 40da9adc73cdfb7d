"""A gateway on fakes, for tests: the real application, called in-process."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from schemas.registry import FileRegistry
from schemas.wire import Codec
from sinks.api_keys import ApiKey, MemoryKeyStore
from sinks.memory import MemoryLibrary
from sinks.memory.inbox import MemoryInboxes
from sinks.memory.kafka import MemoryProducer
from streams.exporting.job import ExportJob
from streams.exporting.process import Outcome
from streams.exporting.tables import export, open_target
from streams.gateway.app import create_app
from streams.gateway.clicks import Clicks
from streams.gateway.context import Context
from streams.gateway.exports import Exporter, Exports
from streams.gateway.feed import Feed
from streams.gateway.intake import Intake
from streams.gateway.keys import KeyRing, digest_of, new_key_text
from streams.gateway.links import PURPOSE
from streams.gateway.sessions import Sessions
from streams.gateway.signing import Signer

SECRET = "s" * 40
NOW = 1_795_226_400_000  # 2026-11-21T02:00:00Z
TOPICS = ("touchpoints", "rejected")


@dataclass
class LibraryExporter:
    """Writes exports here, from a library in memory."""

    library: MemoryLibrary

    async def write(self, job: ExportJob, path: Path) -> Outcome:
        target = open_target(path)
        found = self.library.select_leads(job.query)
        try:
            count = await export(found, target, masked=job.masked, progress=lambda _: None, language=job.language)
        finally:
            target.close()
        return Outcome(count)


@dataclass
class FakeGateway:
    """The parts that a test looks at and turns. `now` is in ms, `seconds` the monotonic clock of the key ring."""

    producer: MemoryProducer = field(default_factory=lambda: MemoryProducer(dict.fromkeys(TOPICS, 8)))
    store: MemoryKeyStore = field(default_factory=MemoryKeyStore)
    inboxes: MemoryInboxes = field(default_factory=MemoryInboxes)
    library: MemoryLibrary = field(default_factory=MemoryLibrary)
    codec: Codec = field(default_factory=lambda: Codec(FileRegistry()))
    exporter: Exporter = field(init=False)
    now: int = NOW
    seconds: float = 0.0
    public_url: str = ""

    def __post_init__(self) -> None:
        self.exporter = LibraryExporter(self.library)
        self.keys = KeyRing(self.store, lambda: self.seconds)
        self.intake = Intake(self.producer, self.codec, lambda: self.now, *TOPICS)
        self.sessions = Sessions(SECRET)
        self.links = Signer(SECRET, PURPOSE)
        self.clicks = Clicks(self.intake.publish)
        self.feed = Feed(self.inboxes)

    async def key(self, **options: Any) -> str:
        """Make a key and return its text."""
        key_id, text = new_key_text(options.get("public", False))
        options = {"source": "website", **options}
        await self.store.add(ApiKey(key_id=key_id, digest=digest_of(text), created_at=self.now, **options))
        return text

    @asynccontextmanager
    async def context(self) -> AsyncIterator[Context]:
        """Give what the application works with."""
        yield Context(
            clock=lambda: self.now,
            public_url=self.public_url,
            topics=TOPICS,
            producer=self.producer,
            keys=self.keys,
            intake=self.intake,
            clicks=self.clicks,
            links=self.links,
            sessions=self.sessions,
            inboxes=self.inboxes,
            feed=self.feed,
            library=self.library,
            exports=Exports(self.exporter),
        )

    def app(self) -> FastAPI:
        """Return the application."""
        return create_app(self.context)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Give a client of the running application, keys loaded and Kafka found."""
        app = self.app()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with app.router.lifespan_context(app):
            await self.keys.refresh()
            await app.state.readiness.look()
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                yield client

    def produced(self, topic: str = "touchpoints") -> list[dict[str, Any]]:
        """Return the events that Kafka holds, in their JSON form."""
        return [
            orjson.loads(record.value) if record.headers else self.codec.decode_touchpoint(record.value)[0]
            for record in self.producer.records[topic]
        ]


def event(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return an event that is right, with changes."""
    return {
        "event_id": f"e{number}",
        "type": "page_viewed",
        "source": "website",
        "occurred_at": "2026-11-21T09:59:00+08:00",
        "subject": {"ids": [{"kind": "phone", "value": "138-0013-8000"}]},
        "data": {"url": "https://www.example.com/pricing"},
        **changes,
    }


def bearer(key: str) -> dict[str, str]:
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


def messages(text: str) -> Iterator[tuple[str, str | None, Any]]:
    """Give (event, id, data) of each message of an event stream."""
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":") and ": " in line)
        if "event" in fields:
            yield fields["event"], fields.get("id"), json.loads(fields["data"])


def signal(number: int, *, to: Sequence[str] = ("rep:r17",), **changes: Any) -> dict[str, Any]:
    """Return a signal's JSON form."""
    return {
        "signal_id": f"s{number}",
        "kind": "followup_overdue",
        "entity": f"lead:l{number}",
        "at": "2026-11-21T01:59:00.000Z",
        "severity": "warning",
        "to": list(to),
        "title": {"zh": f"线索 {number} 超过 30 分钟未跟进", "en": f"Lead {number} waits for 30 minutes"},
        "evidence": {"minutes": 30, "since": "2026-11-21T01:29:00.000Z", "rep_id": "r17"},
        "rule": "followup.first_contact",
        "rule_book": "1",
        "model": None,
        "region": None,
        "origin": {"topic": "facts", "partition": 0, "offset": number, "index": 0},
        **changes,
    }

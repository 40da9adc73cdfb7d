"""What one live page is sent: what it missed or, when that is too much, its inbox; then everything as it comes."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson

from schemas.lead_query import sight_of
from sinks.inbox import Entry, entry_order
from sinks.read import Notice
from streams import metrics
from streams.gateway.context import Context
from streams.gateway.feed import Reach, Subscription
from streams.gateway.resume import read_position, write_position
from streams.gateway.sessions import Session

HEARTBEAT_S = 15.0
HISTORY = 200  # notices shown to a page that has just been opened
BACKLOG = 1_000  # entries that a page may have missed and still be told one by one
RETRY = b"retry: 2000\n\n"
BEAT = b"event: beat\ndata: {}\n\n"  # an event and no comment: pages tell a silent connection by its absence


def frame(event: str, data: bytes, event_id: str | None = None) -> bytes:
    """Return one SSE message; `data` is JSON on one line."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {event}\ndata: ".encode() + data + b"\n\n"


class LiveStream:
    """The messages of one connection.

    Events: `alert`, `ack`, `ready` (the inbox has been shown), `beat`, `away`, `back`, `signed_out`.
    """

    def __init__(self, here: Context, session: Session, subscription: Subscription, last_event_id: str | None) -> None:
        self._here = here
        self._session = session
        self._subscription = subscription
        self._sent = dict(subscription.positions)
        self._resume_at = read_position(last_event_id, session.recipients)

    async def opening(self) -> list[bytes]:
        """Return what to send first: what was missed since `Last-Event-ID`, or the inbox. Raises SinkUnavailable."""
        missed = await self._missed()
        greeting = _greeting(self._here, self._session)
        if missed is None:
            notices = await self._here.library.inbox(self._session.recipients, self._session.regions, HISTORY)
            first = [self._notice(notice) for notice in reversed(notices)]
            greeting["before"] = older_than(notices)
        else:
            first = [message for entry in missed if (message := self._message(entry))]
        ready = frame("ready", orjson.dumps(greeting), write_position(self._sent))
        return [RETRY, *first, ready]

    async def messages(self) -> AsyncIterator[bytes]:
        """Give messages as entries come, and a heartbeat when none does, until the session or the gateway ends."""
        while self._here.clock() < self._session.expires_at:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    entry = await self._subscription.next()
            except TimeoutError:
                yield BEAT
                continue
            if entry is None:
                return
            if isinstance(entry, Reach):
                yield frame(entry.value, b"{}")
                continue
            message = self._message(entry)
            if message:
                late = self._here.clock() - entry_order(entry.id)[0]
                metrics.LIVE_SECONDS.observe(max(0, late) / 1000)
                yield message
        yield frame("signed_out", b"{}")

    async def _missed(self) -> list[Entry] | None:
        if self._resume_at is None:
            return None
        missed: list[Entry] = []
        for recipient, place in self._resume_at.items():
            entries = await self._here.inboxes.since(recipient, place, BACKLOG)
            if entries is None:
                return None
            self._sent[recipient] = place
            missed += entries
        return sorted(missed, key=lambda entry: entry_order(entry.id))

    def _message(self, entry: Entry) -> bytes | None:
        """Return an entry's message, None when it was sent already or is not for this person."""
        if entry_order(entry.id) <= entry_order(self._sent[entry.recipient]):
            return None
        self._sent[entry.recipient] = entry.id
        if entry.kind == "ack":
            return self._ack(entry)
        if not self._session.sees(entry.recipient, entry.content.get("region")):
            return None
        return self._alert(entry.content, entry.recipient, None, write_position(self._sent))

    def _ack(self, entry: Entry) -> bytes:
        metrics.LIVE_EVENTS.labels("ack").inc()
        return frame("ack", orjson.dumps(entry.content), write_position(self._sent))

    def _notice(self, notice: Notice) -> bytes:
        return self._alert(notice.signal, notice.recipient, acked_of(notice), None)

    def _alert(
        self, signal: Mapping[str, Any], recipient: str, acked: dict[str, Any] | None, event_id: str | None
    ) -> bytes:
        metrics.LIVE_EVENTS.labels("alert").inc()
        return frame("alert", orjson.dumps(shown(self._here, self._session, signal, recipient, acked)), event_id)


def shown(
    here: Context, session: Session, signal: Mapping[str, Any], recipient: str, acked: dict[str, Any] | None
) -> dict[str, Any]:
    """Return an alert as a page gets it: with the token that lets this session acknowledge it."""
    token = here.sessions.alert_token(session, str(signal.get("signal_id")))
    return {"signal": signal, "recipient": recipient, "acked": acked, "token": token}


def acked_of(notice: Notice) -> dict[str, Any] | None:
    """Return who took note of a notice, and when; None while nobody has."""
    return None if notice.acked_at is None else {"at": notice.acked_at, "by": notice.acked_by}


def older_than(notices: Sequence[Notice]) -> int | None:
    """Return the cursor behind which there may be older notices, None where these are all."""
    return notices[-1].seq if len(notices) >= HISTORY else None


def _greeting(here: Context, session: Session) -> dict[str, Any]:
    """Return what a page must know of its session: which and whose it is, and which leads it may export."""
    leads = sight_of(session.recipients, session.regions) is not None
    label = here.sessions.label(session)
    return {"session": label, "who": session.who, "leads": leads, "unmasked": session.unmasked}

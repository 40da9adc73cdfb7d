"""Decisions about who is who, sent as events: what was refused is said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sinks.api_keys import ApiKey
from streams import identity_decisions
from streams.clock import wall_ms
from streams.commands.faults import said
from streams.gateway.items import Item, read
from streams.gateway.sending import Sender
from streams.identity_decisions import Judged, send
from streams.refused import DecisionsRefused
from streams.settings import Settings
from tests.gateway import FakeGateway

GOOD, BAD = Judged("lead:a", "lead:b", "same"), Judged("", "lead:b", "same")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    """Let `send` reach a gateway's intake on fakes."""
    gateway = FakeGateway(now=wall_ms())
    gateway.intake.ready = True

    @asynccontextmanager
    async def to_intake(_settings: Settings, key: ApiKey) -> AsyncIterator[Sender]:
        async with gateway.context() as here:

            async def sender(lines: list[bytes]) -> dict[str, Any]:
                return (await here.intake.submit([Item(line, read(line)) for line in lines], key)).as_json()

            yield sender

    monkeypatch.setattr(identity_decisions, "to_kafka", to_intake)
    return gateway


def test_a_decision_that_was_refused_is_said_and_the_others_are_sent(gateway: FakeGateway) -> None:
    with pytest.raises(DecisionsRefused) as caught:
        asyncio.run(send(Settings(), [GOOD, BAD, GOOD], "王经理"))
    told = said(caught.value)
    assert told is not None
    assert told.startswith("1 of 3 decisions were refused: bad_field /data/left")
    assert told.endswith("(, lead:b); the other 2 are sent")
    assert len(gateway.produced()) == 2


def test_decisions_that_were_all_accepted_are_returned_by_their_events(gateway: FakeGateway) -> None:
    sent = asyncio.run(send(Settings(), [GOOD], "王经理"))
    assert list(sent.values()) == [GOOD]
    assert [event["event_id"] for event in gateway.produced()] == list(sent)

"""What people decide about who is who, sent as events: workers do what follows, as they do with all events."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from uuid import uuid4

import orjson

from schemas.evidence import Answer, Membership
from schemas.times import to_iso
from sinks.api_keys import ApiKey
from sinks.postgres import PostgresLibrary
from streams.clock import wall_ms
from streams.gateway.sending import to_kafka
from streams.refused import DecisionsRefused
from streams.settings import Settings

DECIDER = ApiKey(key_id="local", digest=b"", source=None, created_at=0, types=("leads_judged",))
BATCH = 200
PAUSE = 0.2


class Judged(NamedTuple):
    """One decision on two leads. `keep`: as in `leads_judged`."""

    left: str
    right: str
    answer: Answer
    keep: str | None = None


@asynccontextmanager
async def library_of(settings: Settings) -> AsyncIterator[PostgresLibrary]:
    """Give the library of the settings."""
    dsn = settings.postgres_dsn.get_secret_value()
    async with PostgresLibrary(dsn, settings.namespace, connections=1) as library:
        yield library


async def send(settings: Settings, decisions: Sequence[Judged], by: str) -> dict[str, Judged]:
    """Publish decisions; return them by event id.

    Raises DecisionsRefused once all others are published; Problem or SinkUnavailable, some may be published then.
    """
    events = {f"judged-{uuid4().hex}": each for each in decisions}
    refused: list[dict[str, Any]] = []
    async with to_kafka(settings, DECIDER) as sender:
        lines = [orjson.dumps(_event(event_id, each, by)) for event_id, each in events.items()]
        for begin in range(0, len(lines), BATCH):
            refused += (await sender(lines[begin : begin + BATCH]))["rejected"]
    if refused:
        raise DecisionsRefused(_why(refused, events))
    return events


async def done(library: PostgresLibrary, event_ids: Iterable[str], patience: float) -> bool:
    """Wait until workers have decided on events; return whether they did before patience (s) ran out."""
    wanted = list(event_ids)
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while loop.time() < end:
        if len(await library.decisions(wanted)) == len(wanted):
            return True
        await asyncio.sleep(PAUSE)
    return False


def parted(
    decided: Iterable[str], before: Iterable[Membership], now: Mapping[str, Membership]
) -> list[tuple[str, str]]:
    """Return who was one person with a lead that was decided on, and is with none of them any more: (lead, that one).

    What a person says of two leads speaks for or against others, which evidence alone had joined to one of them.
    """
    decided = dict.fromkeys(decided)
    persons = {member.lead: member.person for member in before}
    mates: dict[str, list[str]] = {}
    for lead in decided:
        if lead in persons:
            mates.setdefault(persons[lead], []).append(lead)
    stand = {lead: now[lead].person if lead in now else lead for lead in (*decided, *persons)}
    return [
        (lead, mates[person][0])
        for lead, person in persons.items()
        if lead not in decided and person in mates and stand[lead] not in {stand[mate] for mate in mates[person]}
    ]


async def decide(
    settings: Settings, library: PostgresLibrary, decisions: Sequence[Judged], by: str, patience: float
) -> tuple[bool, list[tuple[str, str]]]:
    """Send decisions and wait, at most `patience` s; return whether they are done, and whom they parted (`parted`).

    Raises as `send`.
    """
    leads = list(dict.fromkeys(lead for each in decisions for lead in (each.left, each.right)))
    before = await library.companions(leads)
    finished = await done(library, await send(settings, decisions, by), patience)
    now = await library.people([*leads, *(member.lead for member in before)])
    return finished, parted(leads, before, now) if finished else []


def _why(refused: Sequence[dict[str, Any]], events: Mapping[str, Judged]) -> str:
    """Say which decisions were refused, the first of them with its reason."""
    first = refused[0]
    about = events.get(first["event_id"])
    which = f" ({about.left}, {about.right})" if about else ""
    others = f"; the other {len(events) - len(refused)} are sent" if len(events) > len(refused) else ""
    why = " ".join(part for part in (first["reason"], first["pointer"], first["message"]) if part)
    return f"{len(refused)} of {len(events)} decisions were refused: {why}{which}{others}"


def _event(event_id: str, judged: Judged, by: str) -> dict[str, object]:
    data = {"left": judged.left, "right": judged.right, "answer": judged.answer, "by": by}
    if judged.keep is not None:
        data["keep"] = judged.keep
    return {
        "event_id": event_id,
        "type": "leads_judged",
        "source": "whetstone",
        "occurred_at": to_iso(wall_ms()),
        "data": data,
    }

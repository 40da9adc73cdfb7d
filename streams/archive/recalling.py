"""The state brought up from the library: where Redis lacks what PostgreSQL took, and the log cannot give it back.

Decision 0046 has the reasons. Nothing is written to the log or the library, and a second run changes nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import msgspec

from processors.leads.recalled import Stored, caught_up, stored_of
from processors.merging.moves import timers_of
from processors.state import RULES, EntityState, decode_entity, encode_entity
from schemas.effects import NO_OFFSET, Outputs, Slot
from schemas.evidence import Membership
from schemas.ids import partition_of
from schemas.rules import RuleBook, read_applied
from sinks.postgres.recalling import fences_of, moved_on, people_of, rows_of, verified_of, versions
from sinks.postgres.snapshot import Moment, moment
from sinks.postgres.workers import workers_connected
from sinks.redis import RedisStateStore, connect
from sinks.rule_books import PostgresRuleBookStore, in_force
from streams.archive.restoring import WorkersRun
from streams.lost_state import Fences, cut, lacks
from streams.rules import read_rule_book
from streams.services.reports import Report, silent
from streams.settings import Settings
from streams.topics import first_offsets, incarnation

TOPIC, STAGE = "facts", "detect"
TOLD_EVERY = 50_000  # leads
LACKING = "the state of {} partitions lacks what PostgreSQL holds, and workers are connected"
ALL = "workers are connected, so that state cannot be brought up from the library"
STOP = "stop them all (SIGTERM; `whetstone status` names those of this machine), run this again, and start them"


@dataclass
class Recalled:
    """How many leads were brought up, and the partitions that were looked at."""

    partitions: Sequence[int] = ()
    leads: int = 0


class _Seq(msgspec.Struct):
    seq: int = msgspec.field(default=0, name="n")


_seq_of = msgspec.msgpack.Decoder(_Seq).decode


async def recall(settings: Settings, report: Report = silent, *, everything: bool = False) -> Recalled:
    """Bring the state of leads up to the library in the partitions that lack something, or in all of them.

    What PostgreSQL took of the log counts as read from then on. Raises WorkersRun where there is something to do and
    workers are connected; SinkUnavailable and KafkaException when a service is away.
    """
    async with moment(settings.owner_dsn, settings.namespace) as now:
        stored = await fences_of(now, STAGE, TOPIC)
        if not stored:
            return Recalled()
        client = connect(settings.redis_url.get_secret_value(), cluster=settings.redis_cluster)
        async with RedisStateStore(client, settings.namespace) as state:
            held = {partition: await state.fences(TOPIC, partition) for partition in range(settings.fact_partitions)}
            lacking = list(held) if everything else await _lacking(settings, stored, held)
            if not lacking:
                return Recalled()
            why = ALL if everything else LACKING.format(len(lacking))
            await _refuse_workers(now, why)
            recalling = _Recalling(now, state, await _rules(settings), settings.fact_partitions, frozenset(lacking))
            await recalling.run(report)
            await _refuse_workers(now, why)  # one may have begun meanwhile
            for partition in lacking:
                at = {made: max(at, held[partition].get(made, at)) for made, at in stored.get(partition, {}).items()}
                await state.bring_up(TOPIC, partition, Outputs(), at)
            return Recalled(lacking, recalling.leads)


async def _lacking(settings: Settings, stored: Mapping[int, Fences], held: Mapping[int, Fences]) -> list[int]:
    made = await asyncio.to_thread(incarnation, settings, TOPIC)
    begins = await asyncio.to_thread(first_offsets, settings, TOPIC)
    return [
        partition
        for partition, known in held.items()
        if (fences := stored.get(partition))
        and (
            lacks(Slot(TOPIC, made, partition), fences, known)
            or cut(begins[partition], fences.get(made, NO_OFFSET), known.get(made, NO_OFFSET))
        )
    ]


async def _refuse_workers(now: Moment, why: str) -> None:
    if await workers_connected(now):
        raise WorkersRun(f"{why}: {STOP}")


async def _rules(settings: Settings) -> tuple[RuleBook, str | None]:
    """Return the rule book that holds, and its document where it was applied."""
    async with PostgresRuleBookStore(settings.owner_dsn, settings.namespace, connections=1) as store:
        applied = await in_force(store)
    if applied is None:
        return read_rule_book(settings.rule_book), None
    return read_applied(applied.document).book, applied.document


@dataclass
class _Recalling:
    now: Moment
    state: RedisStateStore
    rules: tuple[RuleBook, str | None]
    of: int
    lacking: frozenset[int]
    leads: int = 0
    read: int = 0
    moved: dict[str, list[Membership]] = field(default_factory=lambda: defaultdict(list))

    async def run(self, report: Report) -> None:
        await self._give_rules()
        for each in await moved_on(self.now):
            self.moved[each.address].append(each)
        async with aclosing(versions(self.now)) as found:
            async for rows in found:
                before, self.read = self.read, self.read + len(rows)
                await self._some(rows)
                if before // TOLD_EVERY < self.read // TOLD_EVERY:
                    report(f"State: {self.read:,} leads looked at, {self.leads:,} brought up from the library")

    async def _give_rules(self) -> None:
        """Give the applied rule book to partitions that have lost it: the log that told it may be gone."""
        document = self.rules[1]
        if document is not None:
            for partition in self.lacking:
                (known,) = await self.state.load(Slot(TOPIC, "", partition), [RULES])
                if known is None:
                    await self.state.bring_up(TOPIC, partition, Outputs(states={RULES: document.encode()}), {})

    async def _some(self, rows: Iterable[tuple[str, int]]) -> None:
        """Bring up those of some leads, given with the number of their last row, that are behind."""
        by_partition: dict[int, dict[str, int]] = defaultdict(dict)
        for lead, version in rows:
            if (partition := partition_of(lead, self.of)) in self.lacking:
                by_partition[partition][lead] = version
        behind: dict[int, dict[str, bytes | None]] = {}
        for partition, leads in by_partition.items():
            blobs = await self.state.load(Slot(TOPIC, "", partition), list(leads))
            behind[partition] = {
                lead: blob
                for (lead, version), blob in zip(leads.items(), blobs, strict=True)
                if blob is None or _seq_of(blob).seq < version
            }
        stored = await self._stored([lead for leads in behind.values() for lead in leads])
        for partition, found in behind.items():
            outputs = Outputs()
            for lead, blob in found.items():
                state = None if blob is None else decode_entity(blob)
                before = {} if state is None else timers_of(lead, state)
                after = caught_up(stored[lead], state, self.rules[0].lead)
                _put(outputs, lead, before, after)
            await self.state.bring_up(TOPIC, partition, outputs, {})
            self.leads += len(found)

    async def _stored(self, leads: Sequence[str]) -> dict[str, Stored]:
        if not leads:
            return {}
        people: dict[str, list[Membership]] = defaultdict(list)
        for each in await people_of(self.now, leads):
            for named in {each.lead, each.person}:
                people[named].append(each)
        known = list({*leads, *(each.lead for some in people.values() for each in some)})
        rows, verified = await rows_of(self.now, known), await verified_of(self.now, known)
        return {lead: stored_of(lead, rows, verified, [*people[lead], *self.moved[lead]]) for lead in leads}


def _put(outputs: Outputs, lead: str, before: Mapping[str, int], state: EntityState) -> None:
    after = timers_of(lead, state)
    outputs.states[lead] = encode_entity(state)
    outputs.timers.update({(lead, name): None for name in before if name not in after})
    outputs.timers.update({(lead, name): due for name, due in after.items() if before.get(name) != due})

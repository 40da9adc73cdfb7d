"""The copies of the history: the topic `lead-history`, and backup files."""

import asyncio
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import msgspec
from confluent_kafka import Message

from processors.history import change_hash
from processors.resolver.live.keys import live_keys
from processors.resolver.packed import unpack
from schemas.effects import Change
from schemas.evidence import EvidenceLog
from schemas.identity import IdLog
from schemas.wire import Codec
from sinks.backup.copytext import change_in, values_of
from sinks.backup.files import read_parts
from sinks.postgres.copied_evidence import CopiedEvidence
from sinks.postgres.copies import CopiedHistory
from streams.settings import Settings
from streams.topic_records import records_of

AT_ONCE = 5_000
WRITTEN_AT = "written_at"


async def copy_topic(
    copied: CopiedHistory, settings: Settings, codec: Codec, evidence: CopiedEvidence | None = None
) -> None:
    """Read the topic from its beginning to its end; evidence where asked for. Raises KafkaException, CodecError."""
    batches = records_of(settings, "lead-history", settings.fact_partitions, AT_ONCE)
    try:
        while (messages := await asyncio.to_thread(next, batches, None)) is not None:
            await take(copied, messages, codec, evidence)
    finally:
        await asyncio.to_thread(batches.close)


async def take(
    copied: CopiedHistory, messages: Sequence[Message], codec: Codec, evidence: CopiedEvidence | None = None
) -> None:
    """Add records of the topic, in their order."""
    changes: list[tuple[Change, int | str | None]] = []
    identifiers: list[tuple[object, ...]] = []
    logs: list[tuple[EvidenceLog, int]] = []
    for message in messages:
        found = codec.decode_history(message.value() or b"")
        at = message.timestamp()[1]
        if isinstance(found, EvidenceLog):
            logs.append((found, at))
        elif isinstance(found, IdLog):
            identifiers += [(*row, at) for row in _rows(found)]
        else:
            changes += [(change, at) for change in found]
    await _add(copied, changes)
    await copied.add_identifiers(identifiers)
    if evidence is not None:
        await evidence.add([(_with_keys(log), at) for log, at in logs])


async def _add(copied: CopiedHistory, changes: Sequence[tuple[Change, int | str | None]]) -> None:
    unfit = [row for row in changes if change_hash(row[0]) != row[0].hash]
    await copied.add([row for row in changes if change_hash(row[0]) == row[0].hash] if unfit else changes)
    if unfit:
        await copied.add(unfit, fit=False)


def _rows(log: IdLog) -> list[tuple[object, ...]]:
    ended = [(*key, log.lead, log.event_id, None, None, log.at) for key in log.ended]
    return [*ended, *((*key, log.lead, log.event_id, verified, log.at, None) for key, verified in log.claimed)]


def _with_keys(log: EvidenceLog) -> EvidenceLog:
    records = tuple(
        msgspec.structs.replace(record, keys=live_keys(unpack(record.profile)).kept) for record in log.records
    )
    return msgspec.structs.replace(log, records=records)


async def copy_files(copied: CopiedHistory, paths: Sequence[Path]) -> None:
    """Read history and identifiers out of the files of one chain. Raises BadBackup."""
    for path in paths:
        for part in read_parts(path):
            columns = part.table.columns
            while lines := list(islice(part.rows, AT_ONCE)):
                if part.table.table == "history":
                    place = columns.index(WRITTEN_AT)
                    await _add(copied, [(change_in(line, columns), values_of(line)[place]) for line in lines])
                elif part.table.table == "identifiers":
                    await copied.add_identifiers([row for line in lines for row in _told(line, columns)])


def _told(line: bytes, columns: Sequence[str]) -> list[tuple[object, ...]]:
    """Return what the topic would say of an identifier in a file: that it was claimed and, perhaps, ended."""
    row = dict(zip(columns, values_of(line), strict=True))
    whose = row["kind"], row["value"], row["lead"]
    told: list[tuple[object, ...]] = [(*whose, row["event_id"], row["verified"], row["since"], None, None)]
    if row["until"] is not None:
        told.append((*whose, row["moved_by"], None, None, row["until"], None))
    return told

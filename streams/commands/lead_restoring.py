"""`whetstone lead restore`: a lead is put back to what it was, as new history."""

import asyncio
from collections.abc import Mapping, Sequence

import click

from processors.leads.restoration import began, differences, fields_at, joined_to
from schemas.effects import Change
from schemas.times import parse_iso, to_iso
from schemas.wire import Codec
from sinks.kafka import KafkaProducer
from sinks.postgres.snapshot import moment
from streams.archive.one_lead import history as history_of
from streams.archive.one_lead import lead_key, of_others, restoring_fact, shown, tell
from streams.clock import wall_ms
from streams.commands.lead_looking import BY, REVEAL, looked
from streams.kafka_config import client_config
from streams.registry import registry_of
from streams.settings import settings
from streams.topics import ensure_topics

PATIENCE = 30.0  # seconds until what was asked for must stand in the history
PAUSE = 0.2


@click.command()
@click.argument("lead_id", metavar="ID")
@click.option(
    "--as-of",
    "as_of",
    required=True,
    metavar="T",
    help="A time such as 2026-11-21T10:00:00+08:00; read as Asia/Shanghai without an offset.",
)
@click.option(
    "--clock",
    type=click.Choice(["written", "event"]),
    default="written",
    show_default=True,
    help="written: as the library showed it at T; event: what had happened by T, whenever it was heard.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@REVEAL
@BY
def restore(lead_id: str, as_of: str, clock: str, dry_run: bool, reveal: bool, who: str) -> None:
    """Put a lead back to what it was at T, as new rows of its history: nothing is erased.

    The fields that events and people set; what is computed (grade, stage, reachability) follows. The values count as a
    person's correction (`lead.survivorship.manual` in the rule book).
    """
    at, key = _time(as_of), lead_key(lead_id)
    rows = looked(lambda now: history_of(now, key), "lead restore", lead_id, reveal, who)
    if not rows:
        raise click.ClickException(f"{key} has no history; `whetstone history restore` brings lost leads back")
    if person := joined_to(rows):
        raise click.ClickException(f"{key} goes by {person} since they were merged: put that back, or part them first")
    if at < began(rows, written=clock == "written"):
        raise click.ClickException(_nothing_yet(key, rows, at, clock))
    wanted = fields_at(rows, at, written=clock == "written")
    changed = differences(rows, wanted)
    for name, (old, new) in changed.items():
        click.echo(f"{name}: {shown(name, old, reveal=reveal)} → {shown(name, new, reveal=reveal)}")
    back = {name: new for name, (_, new) in changed.items()}
    for name, other in looked(lambda now: of_others(now, key, back), "lead restore", lead_id, False, who).items():
        click.echo(f"note: this {name} belongs to {other}, which is somebody else now", err=True)
    if not changed or dry_run:
        click.echo(f"{len(changed)} fields differ; nothing was done")
        return
    _restored(key, back, who, at)


def _nothing_yet(key: str, rows: Sequence[tuple[Change, int]], at: int, clock: str) -> str:
    written, happened = to_iso(began(rows)), to_iso(began(rows, written=False))
    told = f"{key} had no history at {to_iso(at)}, so nothing to be put back to: its first row was written at {written}"
    return told + (
        f" about {happened} (`--clock event` goes by that time)" if clock == "written" else f", of {happened}"
    )


def _restored(key: str, fields: Mapping[str, str | None], who: str, as_of: int) -> None:
    chosen, now = settings(), wall_ms()
    fact = restoring_fact(key, dict(fields), who, as_of, now)

    async def ask() -> int:
        producer = KafkaProducer(client_config(chosen))
        try:
            await tell(producer, Codec(registry_of(chosen)), chosen, fact)
        finally:
            await producer.close()
        return await _stored(key, fact.event_id)

    ensure_topics(chosen)
    count = asyncio.run(ask())
    if not count:
        raise click.ClickException(
            f"the workers were asked ({fact.event_id}), but have not done it in {PATIENCE:g} s; they will once they run"
        )
    click.echo(f"{count} rows of history were added for {key}, event {fact.event_id}")


async def _stored(key: str, event_id: str) -> int:
    """Wait until the rows of an event stand in a lead's history; return how many, 0 when patience ran out."""
    chosen = settings()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while loop.time() < deadline:
        async with moment(chosen.postgres_dsn.get_secret_value(), chosen.namespace) as now:
            rows = await history_of(now, key)
        if count := sum(change.event_id == event_id for change, _ in rows):
            return count
        await asyncio.sleep(PAUSE)
    return 0


def _time(text: str) -> int:
    at = parse_iso(text)
    if at is None:
        raise click.BadParameter(f"{text!r} is no time such as 2026-11-21T10:00:00+08:00", param_hint="--as-of")
    if at > wall_ms():
        raise click.BadParameter(f"{to_iso(at)} is yet to come", param_hint="--as-of")
    return at

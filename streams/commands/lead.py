"""`whetstone lead`: one lead, its history, and back to what it was. Personal data is masked unless it is asked for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import click
import orjson
import psutil
from rich.console import Console
from rich.table import Table

from processors.restoration import differences, fields_at
from schemas.effects import Change
from schemas.masking import mask_record
from schemas.times import parse_iso, to_iso
from schemas.wire import Codec
from sinks.kafka import KafkaProducer
from sinks.postgres.disclosures import disclose
from sinks.postgres.snapshot import Moment, moment
from streams.archive.one_lead import Shown, lead_key, look, restoring_fact, shown, tell
from streams.archive.one_lead import history as history_of
from streams.clock import wall_ms
from streams.commands.lead_merging import merge, unmerge
from streams.kafka_config import client_config
from streams.registry import registry_of
from streams.settings import settings
from streams.topics import ensure_topics

Result = TypeVar("Result")
PATIENCE = 30.0  # seconds until what was asked for must stand in the history
PAUSE = 0.2
REVEAL = click.option("--reveal", is_flag=True, help="Show personal data in full; who did is written down.")
BY = click.option("--by", "who", help="Who asks; default: the user of this process.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object (or one a line).")


@click.group()
def lead() -> None:
    """One lead: show it, its history, put it back to what it was, make two one or part them again."""


lead.add_command(merge)
lead.add_command(unmerge)


@lead.command()
@click.argument("lead_id", metavar="ID")
@REVEAL
@BY
@AS_JSON
def show(lead_id: str, reveal: bool, who: str | None, as_json: bool) -> None:
    """Show a lead as it stands: fields, identifiers, how it can be reached and what is missing most."""
    found = _looked(lambda now: look(now, lead_key(lead_id)), "lead show", lead_id, reveal, who)
    if found.state is None:
        raise click.ClickException(f"there is no lead {found.lead}")
    plain = _plain(found, reveal)
    if as_json:
        click.echo(orjson.dumps(plain).decode())
        return
    table = Table("field", "value", title=found.lead)
    for name, value in plain["fields"].items():
        table.add_row(name, value)
    table.add_section()
    table.add_row("next_field", plain["next_field"] or "(nothing is missing)")
    for name in ("created_at", "updated_at", "version"):
        table.add_row(name, str(plain[name]))
    table.add_section()
    for one in plain["identifiers"]:
        until = f" until {one['until']}" if one["until"] else ""
        table.add_row(one["kind"], f"{one['value']}{' ✓' if one['verified'] else ''} since {one['since']}{until}")
    Console().print(table)


def _plain(found: Shown, reveal: bool) -> dict[str, Any]:
    if found.state is None:
        raise LookupError(found.lead)
    state = found.state
    fields = {name: shown(name, value, reveal=reveal) for name, value in sorted(state.fields.items()) if value}
    identifiers = [
        {
            "kind": one.kind,
            "value": one.value if reveal else str(mask_record({"kind": one.kind, "value": one.value})["value"]),
            "verified": one.verified,
            "since": to_iso(one.since),
            "until": to_iso(one.until) if one.until is not None else None,
        }
        for one in found.identifiers
    ]
    times = {"created_at": to_iso(state.created_at), "updated_at": to_iso(state.updated_at), "version": state.version}
    return {
        "lead_id": found.lead,
        "fields": fields,
        "next_field": found.next_field,
        **times,
        "identifiers": identifiers,
    }


@lead.command()
@click.argument("lead_id", metavar="ID")
@REVEAL
@BY
@AS_JSON
def history(lead_id: str, reveal: bool, who: str | None, as_json: bool) -> None:
    """Show every change of a lead: what, by which rule, from which event, by whom, when."""
    rows = _looked(lambda now: history_of(now, lead_key(lead_id)), "lead history", lead_id, reveal, who)
    if not rows:
        raise click.ClickException(f"{lead_key(lead_id)} has no history")
    if as_json:
        for change, written_at in rows:
            click.echo(orjson.dumps(_line(change, written_at, reveal)).decode())
        return
    table = Table("", "happened", "written", "field", "old", "new", "rule", "by", "event")
    for change, written_at in rows:
        line = _line(change, written_at, reveal)
        table.add_row(*(str("" if value is None else value) for name, value in line.items() if name != "rule_book"))
    Console().print(table)


def _line(change: Change, written_at: int, reveal: bool) -> dict[str, Any]:
    return {
        "seq": change.seq,
        "at": to_iso(change.at),
        "written_at": to_iso(written_at),
        "field": change.field,
        "old": shown(change.field, change.old, reveal=reveal),
        "new": shown(change.field, change.new, reveal=reveal),
        "rule": change.rule,
        "actor": change.actor,
        "event_id": change.event_id,
        "rule_book": change.rule_book,
    }


@lead.command()
@click.argument("lead_id", metavar="ID")
@click.option("--as-of", "as_of", required=True, metavar="T", help="A time such as 2026-11-21T10:00:00+08:00.")
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
def restore(lead_id: str, as_of: str, clock: str, dry_run: bool, reveal: bool, who: str | None) -> None:
    """Put a lead back to what it was at T, as new rows of its history: nothing is erased.

    The fields that events and people set; what is computed (grade, stage, reachability) follows. The values count as a
    person's correction (`lead.survivorship.manual` in the rule book).
    """
    at, key = _time(as_of), lead_key(lead_id)
    rows = _looked(lambda now: history_of(now, key), "lead restore", lead_id, reveal, who)
    if not rows:
        raise click.ClickException(f"{key} has no history; `whetstone history restore` brings lost leads back")
    wanted = fields_at(rows, at, written=clock == "written")
    changed = differences(rows, wanted)
    for name, (old, new) in changed.items():
        click.echo(f"{name}: {shown(name, old, reveal=reveal)} → {shown(name, new, reveal=reveal)}")
    if not changed or dry_run:
        click.echo(f"{len(changed)} fields differ; nothing was done")
        return
    _restored(key, {name: new for name, (_, new) in changed.items()}, who or _user(), at)


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


def _looked(use: Callable[[Moment], Awaitable[Result]], what: str, about: str, reveal: bool, who: str | None) -> Result:
    """Look at the library; where personal data is to be shown in full, write that down first."""
    chosen = settings()

    async def run() -> Result:
        async with moment(chosen.postgres_dsn.get_secret_value(), chosen.namespace) as now:
            if reveal:
                await disclose(now, who or _user(), what, about)
            return await use(now)

    return asyncio.run(run())


def _user() -> str:
    return psutil.Process().username()


def _time(text: str) -> int:
    at = parse_iso(text)
    if at is None:
        raise click.BadParameter(f"{text!r} is no time such as 2026-11-21T10:00:00+08:00", param_hint="--as-of")
    return at

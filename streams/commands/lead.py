"""`whetstone lead`: one lead, its history, and back to what it was. Personal data is masked unless it is asked for."""

from typing import Any

import click
import orjson

from processors.leads.facets import facets
from schemas.effects import Change
from schemas.masking import mask_record
from schemas.times import to_iso
from streams.archive.one_lead import Shown, lead_key, look, shown
from streams.archive.one_lead import history as history_of
from streams.commands.lead_looking import BY, REVEAL, looked
from streams.commands.lead_merging import merge, unmerge
from streams.commands.lead_restoring import restore
from streams.commands.tables import print_table, table

AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object (or one a line).")


@click.group()
def lead() -> None:
    """One lead: show it, its history, put it back to what it was, make two one or part them again."""


lead.add_command(merge)
lead.add_command(unmerge)
lead.add_command(restore)


@lead.command()
@click.argument("lead_id", metavar="ID")
@REVEAL
@BY
@AS_JSON
def show(lead_id: str, reveal: bool, who: str, as_json: bool) -> None:
    """Show a lead as it stands: fields, what phone and title tell, what is missing most, identifiers."""
    found = looked(lambda now: look(now, lead_key(lead_id)), "lead show", lead_id, reveal, who)
    if found.state is None:
        of = f"{found.lead} has no record of its own: it goes by the name of {found.person}, the same person"
        raise click.ClickException(of if found.person else f"there is no lead {found.lead}")
    plain = _plain(found, reveal)
    if as_json:
        click.echo(orjson.dumps(plain).decode())
        return
    sheet = table(("field", "value"), whole=("field",))
    sheet.title = found.lead
    for name, value in plain["fields"].items():
        sheet.add_row(name, value)
    sheet.add_section()
    for name, value in plain["facets"].items():
        sheet.add_row(name, value)
    sheet.add_row("next_field", plain["next_field"] or "(nothing is missing)")
    for name in ("created_at", "updated_at", "version"):
        sheet.add_row(name, str(plain[name]))
    sheet.add_section()
    for one in plain["identifiers"]:
        until = f" until {one['until']}" if one["until"] else ""
        of = f" of {one['lead']}" if one["lead"] != found.lead else ""
        sheet.add_row(one["kind"], f"{one['value']}{' ✓' if one['verified'] else ''} since {one['since']}{until}{of}")
    print_table(sheet)


def _plain(found: Shown, reveal: bool) -> dict[str, Any]:
    if found.state is None:
        raise LookupError(found.lead)
    state = found.state
    fields = {name: shown(name, value, reveal=reveal) for name, value in sorted(state.fields.items()) if value}
    identifiers = [
        {
            "lead": one.lead,
            "kind": one.kind,
            "value": one.value if reveal else str(mask_record({"kind": one.kind, "value": one.value})["value"]),
            "verified": one.verified,
            "since": to_iso(one.since),
            "until": to_iso(one.until) if one.until is not None else None,
        }
        for one in found.identifiers
    ]
    times = {"created_at": to_iso(state.created_at), "updated_at": to_iso(state.updated_at), "version": state.version}
    told = facets(state.fields, masked=not reveal)
    return {
        "lead_id": found.lead,
        "fields": fields,
        "facets": {name: facet.en for name, facet in told.items() if facet.en},
        "next_field": found.next_field,
        **times,
        "identifiers": identifiers,
    }


@lead.command()
@click.argument("lead_id", metavar="ID")
@REVEAL
@BY
@AS_JSON
def history(lead_id: str, reveal: bool, who: str, as_json: bool) -> None:
    """Show every change of a lead: what, by which rule, from which event, by whom, when."""
    rows = looked(lambda now: history_of(now, lead_key(lead_id)), "lead history", lead_id, reveal, who)
    if not rows:
        raise click.ClickException(f"{lead_key(lead_id)} has no history")
    if as_json:
        for change, written_at in rows:
            click.echo(orjson.dumps(_line(change, written_at, reveal)).decode())
        return
    shown_rows = table(("", "happened", "written", "field", "old", "new", "rule", "by", "event"))
    for change, written_at in rows:
        line = _line(change, written_at, reveal)
        cells = (str("" if value is None else value) for name, value in line.items() if name != "rule_book")
        shown_rows.add_row(*cells)
    print_table(shown_rows)


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

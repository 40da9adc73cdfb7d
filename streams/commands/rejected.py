"""`whetstone rejected`: what was rejected and why; repair it, send it again, exactly once."""

import asyncio
from typing import Any

import click
import orjson

from schemas.masking import mask_record, mask_text
from schemas.outcome import REASONS
from schemas.times import to_iso
from schemas.wire import Codec
from sinks.rejected_marks import Mark
from streams.commands.moment import moment_of
from streams.commands.rejected_mending import found_at, repair, resend
from streams.commands.tables import print_table, table
from streams.registry import registry_of
from streams.rejections.finding import batches, with_marks
from streams.rejections.reading import Found, Wanted, newest
from streams.settings import settings

SHOWN_BYTES = 4_000


@click.group()
def rejected() -> None:
    """List, show, repair and resend what was rejected."""


rejected.add_command(repair)
rejected.add_command(resend)


@rejected.command(name="list")
@click.option("--reason", "reasons", multiple=True, type=click.Choice(REASONS), help="Only these reasons.")
@click.option("--source", help="Only events of this front end.")
@click.option("--since", metavar="T", help="Only what was refused at or after this time.")
@click.option("--until", metavar="T", help="Only what was refused before this time.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(
    reasons: tuple[str, ...], source: str | None, since: str | None, until: str | None, limit: int, as_json: bool
) -> None:
    """List what was rejected, the newest first, and whether it was repaired or sent again."""
    wanted = Wanted(frozenset(reasons), source, moment_of(since, "--since") or 0, moment_of(until, "--until"))
    chosen = settings()
    codec = Codec(registry_of(chosen))
    listing = newest(batches(chosen, codec), wanted, limit, codec)
    marks = asyncio.run(with_marks(chosen, lambda store: store.marks([found.place for found in listing.newest])))
    lines = [_line(found, marks.get(found.place, Mark(place=found.place)).of(found.at)) for found in listing.newest]
    if as_json:
        click.echo("".join(orjson.dumps(line).decode() + "\n" for line in lines), nl=False)
        return
    shown = table(lines[0] if lines else ("nothing",), whole=("id",))
    for line in lines:
        shown.add_row(*(str(value or "") for value in line.values()))
    print_table(shown)
    click.echo(" ".join(f"{reason}={count}" for reason, count in sorted(listing.counts.items())) or "nothing", err=True)


def _line(found: Found, mark: Mark) -> dict[str, Any]:
    refusal = found.rejected.refusal
    return {
        "id": found.place,
        "rejected_at": to_iso(found.at),
        "reason": refusal.reason,
        "pointer": refusal.pointer,
        "message": refusal.message,
        "event_id": refusal.event_id,
        "component": found.rejected.component,
        "status": mark.status,
    }


@rejected.command()
@click.argument("place", metavar="ID")
def show(place: str) -> None:
    """Show one rejected record: why, where, what became of it, and its original bytes (personal data masked)."""
    chosen = settings()
    codec = Codec(registry_of(chosen))
    found = found_at(chosen, codec, [place])[place]
    mark = (
        asyncio.run(with_marks(chosen, lambda store: store.marks([place]))).get(place, Mark(place=place)).of(found.at)
    )
    for name, value in _line(found, mark).items():
        click.echo(f"{name}: {value if value is not None else ''}")
    for name in ("version", "topic", "incarnation", "partition", "offset", "content_type"):
        click.echo(f"{name}: {getattr(found.rejected, name)}")
    for name in ("repaired_by", "repaired_at", "resent_by", "resent_at"):
        value = getattr(mark, name)
        if value is not None:
            click.echo(f"{name}: {to_iso(value) if isinstance(value, int) else value}")
    click.echo(f"original, {len(found.rejected.payload)} bytes:\n{_masked(found.rejected.payload)}")
    if mark.payload is not None:
        click.echo(f"repaired:\n{_masked(mark.payload)}")


def _masked(payload: bytes) -> str:
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return mask_text(payload[:SHOWN_BYTES].decode("utf-8", "backslashreplace"))
    return orjson.dumps(mask_record(value), option=orjson.OPT_INDENT_2).decode()[:SHOWN_BYTES]

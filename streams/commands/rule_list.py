"""`whetstone rules list`: what cleansing can do, what is switched off, and how often each rule had an effect."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import orjson

from processors.cleanse import cleanse
from processors.cleansing.record import CleansingOptions
from processors.decode import decode_object
from schemas.outcome import Refusal
from schemas.rules import RuleBook
from schemas.rules.cleansing_names import RULES
from streams.clock import wall_ms
from streams.commands.tables import print_table, table
from streams.settings import Settings


def effects(path: Path, book: RuleBook, settings: Settings) -> tuple[Counter[str], int]:
    """Return how often each rule changed or marked a field in a file of touchpoints (JSONL), and how many were read.

    Lines that the event path would refuse are left out. Nothing is sent or kept. Raises ClickException where it would
    refuse all.
    """
    options = CleansingOptions(book.cleansing, settings.secret.get_secret_value().encode())
    counts: Counter[str] = Counter()
    read = 0
    for event in _events(path):
        touchpoint = decode_object(event, wall_ms())
        cleansed = touchpoint if isinstance(touchpoint, Refusal) else cleanse(touchpoint, options)
        if not isinstance(cleansed, Refusal):
            read += 1
            counts.update(note.rule for note in cleansed.notes)
    if not read:
        raise click.ClickException(
            f"{path}: not one line is a touchpoint that is accepted; `whetstone replay` says why"
        )
    return counts, read


def print_rules(book: RuleBook, found: tuple[Counter[str], int] | None, *, as_json: bool) -> None:
    """Print every rule: its name, what it does, whether it is on and can be switched off, its effects if counted."""
    off = book.cleansing.switched_off
    counts, read = found or (Counter(), 0)
    if as_json:
        for name, rule in RULES.items():
            line = {"rule": name, "zh": rule.zh, "en": rule.en, "on": name not in off, "optional": rule.optional}
            click.echo(orjson.dumps({**line, "effects": counts[name]} if found else line).decode())
        return
    shown = table(("rule", "on", "does", *(["effects"] if found else [])), whole=("rule",))
    for name, rule in RULES.items():
        state = "off" if name in off else "on" if rule.optional else "always"
        shown.add_row(name, state, f"{rule.zh} / {rule.en}", *([str(counts[name])] if found else []))
    print_table(shown)
    if found:
        click.echo(f"effects in {read} touchpoints")


def _events(path: Path) -> Iterator[object]:
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                try:
                    yield orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue

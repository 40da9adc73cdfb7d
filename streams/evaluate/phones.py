"""`whetstone evaluate phones`: what the cleansing makes of any list of phone numbers."""

from pathlib import Path

import click

from processors.cleansing.phone import clean_phone
from streams.commands.output import OUTPUT
from streams.evaluate.region import country
from streams.evaluate.tables import Row, add_columns

ADDED = ("e164", "valid", "type", "masked")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=OUTPUT)
@country("Country of rows whose column `region` is empty.")
def phones(source: Path, target: Path, region: str) -> None:
    """Add e164, valid, type and masked to the column `raw` (and the optional `region`) of a CSV file."""
    rows = add_columns(source, target, "raw", ADDED, lambda row: derived(row, region))
    click.echo(f"{rows} rows written to {target}")


def derived(row: Row, region: str) -> tuple[str, str, str, str]:
    """Return the added values of a row. `valid` is true exactly where there is a number in E.164 form."""
    cleaned = clean_phone(row["raw"], row.get("region", "").strip().upper() or region)
    mask = cleaned.details.get("mask")
    kind = cleaned.details.get("kind", "")
    if mask is not None and not kind:
        kind = "mobile" if mask.pattern.startswith("1") else "landline"
    return cleaned.value or "", _flag(cleaned.value is not None), kind, _flag(mask is not None)


def _flag(value: bool) -> str:
    return "true" if value else "false"

"""`whetstone evaluate addresses`: what the cleansing makes of any list of addresses."""

from pathlib import Path

import click

from processors.cleansing.address import parse_address
from processors.cleansing.text import clean_text
from streams.commands.output import OUTPUT
from streams.evaluate.tables import Row, add_columns

ADDED = ("province", "city", "district", "adcode", "detail")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=OUTPUT)
def addresses(source: Path, target: Path) -> None:
    """Add province, city, district, adcode and detail to the column `address` of a CSV file."""
    rows = add_columns(source, target, "address", ADDED, derived)
    click.echo(f"{rows} rows written to {target}")


def derived(row: Row) -> tuple[str, str, str, str, str]:
    """Return the added values of a row; `detail` is all that follows the divisions, street included."""
    found = parse_address(clean_text(row["address"]).value or "")
    return found.province, found.city, found.district, found.adcode, found.remainder

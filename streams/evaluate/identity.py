"""`whetstone evaluate identity`: the rows of any table through the online resolver, in order, without look-ahead."""

from collections.abc import Mapping
from pathlib import Path

import click
import yaml

from processors.resolver.profile import FIELDS, profile_of
from processors.resolver.resolver import Resolver
from schemas.rules import RuleBookError
from schemas.rules.yaml12 import load, where_and_what
from streams.commands.output import OUTPUT
from streams.evaluate.region import country
from streams.evaluate.tables import Row, add_columns
from streams.rules import read_rule_book

ADDED = ("lead_id", "review")
Columns = Mapping[str, tuple[str, ...]]


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=OUTPUT)
@click.option(
    "--map",
    "map_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML: lead field to column, or to a list of columns that are joined by a space.",
)
@country("Country of phone numbers without a country code.")
@click.option(
    "--rules", "book", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Rule book; else the default."
)
def identity(source: Path, target: Path, map_file: Path, region: str, book: Path | None) -> None:
    """Resolve the rows of a CSV file to leads, each as it comes; add lead_id and review as they stand at the end.

    `review` counts the questions that a person should answer about the row; 0 means that nobody is asked.
    """
    columns = read_map(map_file)
    try:
        resolver = Resolver(read_rule_book(book).identity)
    except RuleBookError as error:
        raise click.ClickException(str(error)) from error
    rows = resolve_file(resolver, source, target, columns, region)
    leads = len({resolver.lead_of(str(row)) for row in range(rows)})
    click.echo(f"{rows} rows, {leads} leads, {len(resolver.reviews())} questions; written to {target}")


def resolve_file(resolver: Resolver, source: Path, target: Path, columns: Columns, region: str) -> int:
    """Resolve a file's rows in order, then write them with what was decided by the end; return how many there are.

    Two passes over the file: the answer for the first row may change with the last one.
    """
    needed = next(iter(columns.values()))[0]
    scratch = target.with_name(target.name + ".pass")
    count = 0

    def take_in(row: Row) -> tuple[str, ...]:
        nonlocal count
        check_columns(source, row, columns)
        resolver.resolve(str(count), profile_of(fields_of(row, columns), region))
        count += 1
        return ()

    try:
        rows = add_columns(source, scratch, needed, (), take_in)
    finally:
        scratch.unlink(missing_ok=True)
    resolver.settle()
    asked = questions(resolver)
    numbers = iter(range(rows))

    def answer(_: Row) -> tuple[str, str]:
        record = str(next(numbers))
        return resolver.lead_of(record), str(asked.get(record, 0))

    return add_columns(source, target, needed, ADDED, answer)


def questions(resolver: Resolver) -> dict[str, int]:
    """Return for each record that is in question how many questions there are."""
    asked: dict[str, int] = {}
    for review in resolver.reviews():
        for record in (*review.left, *review.right):
            asked[record] = asked.get(record, 0) + 1
    return asked


def fields_of(row: Row, columns: Columns) -> dict[str, str]:
    """Return a row's lead fields."""
    joined = {field: " ".join(row[name] for name in names if row[name].strip()) for field, names in columns.items()}
    return {field: value for field, value in joined.items() if value}


def check_columns(source: Path, row: Row, columns: Columns) -> None:
    """Raise ClickException if the table lacks a column of the map."""
    for field, names in columns.items():
        for name in names:
            if name not in row:
                raise click.ClickException(f"{source}: no column `{name}` (for {field}); there are: {', '.join(row)}")


def read_map(path: Path) -> Columns:
    """Return the columns of each lead field. Raises ClickException with what would be right."""
    try:
        raw = load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path}: not YAML ({where_and_what(error)})") from error
    if not isinstance(raw, dict) or not raw:
        raise click.ClickException(f"{path}: it must map lead fields to columns, such as `name: [given, surname]`")
    return {_field(path, field): _names(path, field, value) for field, value in raw.items()}


def _field(path: Path, field: object) -> str:
    name = str(field)
    own = name.partition(":")[2] if name.startswith("crm:") else name.partition(".")[2]
    if name in FIELDS or (own and name.startswith(("extra.", "crm:"))):
        return name
    raise click.ClickException(
        f"{path}: `{name}` is no lead field; they are {', '.join(FIELDS)}, `crm:<system>`, and `extra.<anything>`"
    )


def _names(path: Path, field: object, value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str | int) and not isinstance(name, bool) for name in names):
        raise click.ClickException(f"{path}: {field}: a column's name or a list of them is needed, not {value!r}")
    return tuple(str(name).strip() for name in names)

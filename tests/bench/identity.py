"""Measure identity resolution on other people's data: pairwise figures of `whetstone evaluate identity`.

Usage: python -m tests.bench.identity FOLDER [--shuffle SEED]
       python -m tests.bench.identity --masks [SEED]
       python -m tests.bench.identity --households [SEED]
       python -m tests.bench.identity --systems [SEED]

FOLDER holds `febrl/dataset1.csv` to `dataset3.csv`, `dataset4a.csv` and `dataset4b.csv`, `splink_sets/fake_1000.csv`
and `fake_20000.csv`, `rldata/RLdata10000.csv`, and `restaurants_fodors_zagats/`, each if it is there. Truth: `rec_id`
of Febrl, `cluster` of Splink, `ent_id` of RLdata, the table of matches of the restaurants; it is no part of what is
resolved. `--shuffle` gives the rows in another order: the people must be the same.
`--households`: the same figures on simulated leads that share homes, numbers and employers. `--systems`: on simulated
leads of common names in few cities, of whom each system tells a part.
`--masks`: precision and recall of linking by masked phone number on simulated leads, by number of hidden digits.
"""

import csv
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from click.testing import CliRunner

from streams.evaluate.identity import identity
from tests.bench import identity_households, identity_systems
from tests.bench.identity_masks import print_curve

MAPS = Path(__file__).parent / "identity"
Rows = list[dict[str, str]]


def read(path: Path) -> Rows:
    """Return the rows of a CSV file; lines that begin with # are remarks."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader((line for line in file if not line.startswith("#")), skipinitialspace=True))


def sets(folder: Path) -> Iterator[tuple[str, str, Rows, list[str]]]:
    """Yield name, map, rows and truth of each set that is there."""
    for size in (1_000, 20_000):
        fake = folder / "splink_sets" / f"fake_{size}.csv"
        if fake.exists():
            rows = read(fake)
            yield f"fake_{size}", "fake_1000", rows, [row["cluster"] for row in rows]
    german = folder / "rldata" / "RLdata10000.csv"
    if german.exists():
        rows = [{column: "" if value == "NA" else value for column, value in row.items()} for row in read(german)]
        yield "RLdata10000", "rldata", rows, [row["ent_id"] for row in rows]
    restaurants = folder / "restaurants_fodors_zagats"
    if restaurants.exists():
        yield ("restaurants", "restaurants", *_restaurants(restaurants))
    for number in (1, 2, 3, 4):
        paths = sorted((folder / "febrl").glob(f"dataset{number}*.csv"))  # the fourth comes in two halves, a and b
        if paths:
            rows = [row for path in paths for row in read(path)]
            truth = [row["rec_id"].split("-")[1] for row in rows]
            yield f"febrl {number}", "febrl", rows, truth
            yield f"febrl {number} without ssn", "febrl_without_ssn", rows, truth


def _restaurants(folder: Path) -> tuple[Rows, list[str]]:
    matches = {row["zagats_id"]: row["fodors_id"] for row in read(folder / "match_fodors_zagats_more_attrs.csv")}
    rows, truth = [], []
    for source in ("fodors", "zagats"):
        for row in read(folder / f"{source}.csv"):
            rows.append(row)
            number = row["id"] if source == "fodors" else matches.get(row["id"], "zagats " + row["id"])
            truth.append(number)
    return rows, truth


def resolved(rows: Rows, map_name: str) -> tuple[list[str], int]:
    """Return the lead of each row, and how many rows are in question, as the command writes them."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.csv", Path(folder) / "out.csv"
        with source.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        arguments = [str(source), str(target), "--map", str(MAPS / f"{map_name}.yaml")]
        result = CliRunner().invoke(identity, arguments, catch_exceptions=False)
        if result.exit_code:
            raise SystemExit(result.output)
        out = read(target)
    return [row["lead_id"] for row in out], sum(row["review"] != "0" for row in out)


def pairwise(truth: Sequence[str], found: Sequence[str]) -> tuple[float, float, float]:
    """Return precision, recall and F1 over all pairs of rows."""
    leads: dict[str, list[str]] = defaultdict(list)
    for lead, true in zip(found, truth, strict=True):
        leads[lead].append(true)
    pairs = _pairs(Counter(found))
    right = sum(_pairs(Counter(members)) for members in leads.values())
    precision, recall = right / max(1, pairs), right / max(1, _pairs(Counter(truth)))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def _pairs(sizes: Counter[str]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def main(arguments: Sequence[str]) -> None:
    """Print a line for each set."""
    if arguments[0] == "--masks":
        print_curve(int(arguments[1]) if len(arguments) > 1 else 7)
        return
    simulated = {"--households": identity_households.records, "--systems": identity_systems.records}
    if arguments[0] in simulated:
        rows = simulated[arguments[0]](int(arguments[1]) if len(arguments) > 1 else 3)
        found, asked = identity_households.resolved(rows)
        print("precision, recall, F1:", *(f"{figure:.4f}" for figure in pairwise([each for _, each in rows], found)))
        print(f"{len(rows)} records, {asked} questions")
        return
    print(f"{'set':24} {'rows':>6} {'precision':>9} {'recall':>7} {'F1':>7} {'in question':>11}")
    for name, map_name, table, truth in sets(Path(arguments[0])):
        order = list(range(len(table)))
        if "--shuffle" in arguments:
            random.Random(int(arguments[-1])).shuffle(order)
        leads, asked = resolved([table[place] for place in order], map_name)
        figures = " ".join(f"{figure:8.4f}" for figure in pairwise([truth[place] for place in order], leads))
        print(f"{name:24} {len(table):6} {figures} {asked:11}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

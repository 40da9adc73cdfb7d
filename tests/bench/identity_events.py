"""How good the event path is at telling who is who: `python -m tests.bench.identity_events FOLDER`.

The rows of the sets in FOLDER (see `tests.bench.identity`) and of simulated homes go through the stages, in memory, as
`lead_updated` events; the weights are the rule book's, since nothing is fitted there. Rows without an identifier make
no lead and are left out of the figures (`nobody`). `homes`: one in seven has two people of one mobile number; `homes,
own numbers`: each has a number. `systems`: common names in few cities, of whom each system tells a part.
"""

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from schemas.rules import RuleBook
from schemas.times import HOUR, to_iso
from streams.evaluate.identity import fields_of, read_map
from tests.bench import identity_systems
from tests.bench.identity import MAPS, pairwise, sets
from tests.bench.identity_households import records
from tests.memory_world import World
from tests.unit.detector_bench import NINE

SEED = 3
EVERY_MS = 500  # from one event to the next
Rows = Sequence[Mapping[str, str]]


def people(rows: Rows) -> dict[int, str]:
    """Return whose lead each row belongs to, of those that belong to one."""
    events = [
        {
            "event_id": str(place),
            "type": "lead_updated",
            "source": "crm",
            "occurred_at": to_iso(NINE + place * EVERY_MS),
            "data": {field: value for field, value in row.items() if not field.startswith("extra.")},
        }
        for place, row in enumerate(rows)
    ]
    world = World(RuleBook())
    world.publish(events, NINE + len(events) * EVERY_MS + HOUR)
    asyncio.run(world.run())
    claims = asyncio.run(world.library.decisions([event["event_id"] for event in events]))
    members = world.library.evidence.people
    leads = {int(event_id): claim.lead for event_id, claim in claims.items() if claim.lead}
    return {row: members[lead].person if lead in members else lead for row, lead in leads.items()}


def measured(folder: Path) -> Iterator[tuple[str, Rows, Sequence[str]]]:
    """Yield name, rows and truth of each set."""
    for name, map_name, table, truth in sets(folder):
        columns = read_map(MAPS / f"{map_name}.yaml")
        yield name, [fields_of(row, columns) for row in table], truth
    for title, shared in (("homes", True), ("homes, own numbers", False)):
        drawn = records(SEED, shared_numbers=shared)
        yield title, [row for row, _ in drawn], [person for _, person in drawn]
    drawn = identity_systems.records(SEED)
    yield "systems", [row for row, _ in drawn], [person for _, person in drawn]


def main(folder: str) -> None:
    """Print a line for each set in which rows make leads."""
    print(f"{'set':24} {'rows':>6} {'precision':>9} {'recall':>7} {'F1':>7} {'nobody':>7}")
    for name, rows, truth in measured(Path(folder)):
        leads = people(rows)
        if leads:
            figures = pairwise([truth[row] for row in leads], list(leads.values()))
            print(f"{name:24} {len(rows):6} {' '.join(f'{each:8.4f}' for each in figures)} {len(rows) - len(leads):7}")


if __name__ == "__main__":
    main(sys.argv[1])

"""Whether the history is what was written: each lead's chain, its own row, and the other copies."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from processors.history import Damage, damages, fields_of
from schemas.masking import mask_record
from sinks.postgres.copied_identifiers import unlike
from sinks.postgres.copies import Comparison, Identifier, Rows
from sinks.postgres.history import Stored, ever_made, histories, without_history
from sinks.postgres.snapshot import Moment

MOST = 1_000  # damages that are named; more are counted


@dataclass
class Verdict:
    """What a look at the whole library found. `more` counts damages that are not named; `notes` are no damage."""

    leads: int = 0
    rows: int = 0
    damages: list[Damage] = field(default_factory=list)
    more: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.damages and not self.more

    def add(self, damage: Damage) -> None:
        """Take note of a damage."""
        if len(self.damages) < MOST:
            self.damages.append(damage)
        else:
            self.more += 1


async def verify_library(moment: Moment) -> Verdict:
    """Walk every chain, and hold every lead's own row against its history."""
    verdict = Verdict()
    async with aclosing(histories(moment)) as found:
        async for some in found:
            for stored in some:
                verdict.leads += 1
                verdict.rows += len(stored.rows)
                for damage in _judged(stored):
                    verdict.add(damage)
    for lead in await without_history(moment, MOST):
        verdict.add(Damage(lead, 1, "missing", "its whole history is missing"))
    made = await ever_made(moment)
    if made > verdict.leads:
        says = f"{made - verdict.leads} of {made} leads are missing with their whole history; a copy says which"
        verdict.add(Damage("(all)", 0, "missing", says))
    return verdict


def _judged(stored: Stored) -> Iterator[Damage]:
    state, rows = stored.state, stored.rows
    yield from damages(rows, None if state is None else state.version)
    if state is None:
        yield Damage(stored.lead, rows[-1].seq, "row", "its row in `leads` is missing")
        return
    for name in _unlike(state.fields, fields_of(rows)):
        yield Damage(stored.lead, rows[-1].seq, "row", f"its field {name} in `leads` is not what its history says")
    said = {"created_at": rows[0].at, "updated_at": max(row.at for row in rows), "version": rows[-1].seq}
    for name, value in said.items():
        if getattr(state, name) != value and not (rows[0].seq > 1 or state.version > rows[-1].seq):
            yield Damage(stored.lead, rows[-1].seq, "row", f"its {name} in `leads` is not what its history says")


def _unlike(fields: Mapping[str, str | None], expected: Mapping[str, str | None]) -> Iterator[str]:
    for name in sorted({*fields, *expected}):
        if fields.get(name) != expected.get(name):
            yield name


def take_over(verdict: Verdict, found: Comparison, copy: str) -> None:
    """Add what the comparison with a copy found; `copy` names it."""
    for rows in found.missing:
        verdict.add(Damage(rows.lead, rows.first, "missing", f"{_which(rows)} missing; {copy} has it"))
    for rows in found.changed:
        verdict.add(Damage(rows.lead, rows.first, "changed", f"{_which(rows)} not what {copy} has"))
    verdict.more += found.more
    if found.lacking:
        says = f"{copy} lacks {found.lacking} rows that the library has: {_where(found.lacked)}"
        verdict.add(Damage("(all)", 0, "missing", says))
    if found.older:
        verdict.notes.append(f"{copy} lacks {found.older} rows from before the topics were made anew: back them up")
    if found.ahead:
        verdict.notes.append(
            f"{copy} has {found.ahead} rows that workers have not stored yet; if none runs, the library was restored"
            " from an older copy: see `whetstone history restore --missing`"
        )


async def compare_identifiers(verdict: Verdict, moment: Moment) -> None:
    """Add what the library holds of identifiers otherwise than the topic, once a copy of that was taken."""
    for each in await unlike(moment):
        masked = mask_record({"kind": each.kind, "value": each.value})["value"]
        of = f"its {each.kind} {masked} in `identifiers` is"
        if each.missing:
            verdict.add(Damage(each.lead, 0, "missing", f"{of} missing; the topic lead-history has it"))
        else:
            verdict.add(Damage(each.lead, 0, "changed", f"{of} not what the topic lead-history has"))


def name_lost(verdict: Verdict, lost: Sequence[Identifier], copy: str) -> None:
    """Add the identifiers that only a copy has, lead by lead; `copy` names it. What they are is personal: not said."""
    kinds: dict[str, Counter[str]] = {}
    for lead, kind, _ in lost:
        kinds.setdefault(lead, Counter())[kind] += 1
    for lead, found in kinds.items():
        named = ", ".join(f"{count} of {kind}" for kind, count in found.items())
        verdict.add(Damage(lead, 0, "missing", f"its identifiers are missing ({named}); {copy} has them"))


def _where(found: Sequence[Rows]) -> str:
    return ", ".join(f"{each.lead} row {each.first}" for each in found)


def _which(rows: Rows) -> str:
    return f"row {rows.first} is" if rows.first == rows.last else f"rows {rows.first} to {rows.last} are"

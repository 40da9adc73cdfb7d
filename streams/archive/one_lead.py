"""One lead: as it stands, its history, and how it is put back to what it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from processors.cleanse import CONTACT_FIELDS
from processors.cleansing.reachability import reachability
from schemas.effects import Change
from schemas.fact import Fact, Origin
from schemas.ids import derived_id, entity_key, partition_of
from schemas.masking import mask_record
from schemas.wire import Codec
from sinks.postgres.history import LEADS, LeadState, history_of
from sinks.postgres.snapshot import Moment
from sinks.records import Producer, Record
from streams.settings import Settings

COMMANDS = "commands"  # where facts of the command line come from, each from a place of its own
PLAIN = frozenset({
    "rep_id", "grade", "region", "company", "title", "interest", "reachability", "stage", "variant", "source",
    "strategic_change", "next_field",
})  # fmt: skip
IDENTIFIERS = (
    "SELECT lead, kind, value, verified, since, until FROM {schema}.identifiers"
    " WHERE lead = %s OR lead IN (SELECT lead FROM {schema}.people WHERE person = %s) ORDER BY kind, since, value"
)
HOLDER = (
    "SELECT lead FROM {schema}.identifiers AS held WHERE kind = %s AND value = %s AND until IS NULL AND lead <> %s"
    " AND NOT EXISTS (SELECT FROM {schema}.people AS mine JOIN {schema}.people AS other USING (person)"
    " WHERE mine.lead = %s AND other.lead = held.lead)"
)
PERSON = "SELECT person FROM {schema}.people WHERE lead = %s AND person <> lead"


@dataclass(frozen=True, slots=True)
class Held:
    """An identifier, the lead that it belongs to, since when (ms) and until when (None: still)."""

    lead: str
    kind: str
    value: str
    verified: bool
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A lead as it stands; None for `state` where it has no row. `next_field` would help most to reach the person.

    `identifiers` are its own and those of leads that go by its name; `person` is whose name it goes by itself.
    """

    lead: str
    state: LeadState | None
    identifiers: list[Held]
    next_field: str | None
    person: str | None = None


def lead_key(given: str) -> str:
    """Return the entity key of a lead, given with or without `lead:`."""
    return given if given.startswith("lead:") else entity_key("lead", given)


async def look(moment: Moment, lead: str) -> Shown:
    """Return a lead as it stands."""
    rows = await moment.rows(LEADS, ([lead],))
    state = LeadState(*rows[0][1:]) if rows else None
    held = [Held(*row) for row in await moment.rows(IDENTIFIERS, (lead, lead))]
    person = await moment.rows(PERSON, (lead,))
    fields = {} if state is None else {name: value for name, value in state.fields.items() if value is not None}
    missing = reachability(fields).missing if state is not None else None
    return Shown(lead, state, held, missing, person[0][0] if person else None)


async def of_others(moment: Moment, lead: str, fields: Mapping[str, str | None]) -> dict[str, str]:
    """Return field → the lead of somebody else to whom its value belongs as an identifier."""
    found: dict[str, str] = {}
    for kind in CONTACT_FIELDS:
        if value := fields.get(kind):
            for (other,) in await moment.rows(HOLDER, (kind, value, lead, lead)):
                found[kind] = other
    return found


async def history(moment: Moment, lead: str) -> list[tuple[Change, int]]:
    """Return a lead's history by number, each row with when it was written (ms)."""
    return await history_of(moment, lead)


def shown(name: str, value: str | None, *, reveal: bool) -> str | None:
    """Return a field's value as a caller may see it."""
    if reveal or not value or name in PLAIN:
        return value
    return str(mask_record(value, name))


def restoring_fact(lead: str, fields: dict[str, str | None], by: str, as_of: int, now: int) -> Fact:
    """Return the fact that asks a lead's one writer to put its fields back.

    Its place follows from its id: the same fact again is a repeat, another one never, whatever the clocks of those say
    who ask.
    """
    event_id = derived_id("lead_restored", lead, as_of, now)
    return Fact(
        entity=lead,
        type="lead_restored",
        at=now,
        known_at=now,
        origin=Origin(COMMANDS, blake2b(event_id.encode(), digest_size=4).hexdigest(), 0, 0),
        event_id=event_id,
        source="whetstone",
        lead=lead,
        data={"fields": fields, "by": by, "as_of": as_of},
    )


async def tell(producer: Producer, codec: Codec, settings: Settings, fact: Fact) -> None:
    """Write a fact into the partition of its entity. Raises SinkUnavailable."""
    partition = partition_of(fact.entity, settings.fact_partitions)
    record = Record(settings.topic("facts"), codec.encode_fact(fact), fact.entity.encode(), partition)
    await producer.produce_all([record])

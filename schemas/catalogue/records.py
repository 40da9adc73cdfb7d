"""The records of every topic, declared for the Avro files: the envelope of touchpoints, and all the others.

The dataclasses and structs that the code works with are in `schemas/touchpoint.py`, `fact.py`, `signal.py`,
`effects.py` and `outcome.py`; a test holds both together.
"""

from typing import Annotated

from pydantic import BaseModel, Field

from schemas.catalogue.types import Wire

Ms = Annotated[int, Wire("long", "timestamp-millis")]
Int = Annotated[int, Wire("int")]
Json = Annotated[str, Wire("string")]
Hash = Annotated[bytes, Wire("fixed16")]

MS = "milliseconds since 1970-01-01 UTC"


class SubjectId(BaseModel):
    """One identifier of whom the event is about."""

    kind: str = Field(description="phone, email, wechat_unionid, …, or crm:<system>")
    value: str = Field(description="The identifier, as the front end wrote it")
    verified: bool = Field(False, description="True: the person proved that it is theirs")


class Subject(BaseModel):
    """Whom the event is about."""

    ids: list[SubjectId] = Field([], description="Identifiers, at most 32")


class Envelope(BaseModel):
    """What every touchpoint has."""

    event_id: str = Field(description="Unique per event, 1 to 64 characters; the same again is a duplicate")
    type: str = Field(description="Type of the event, as the catalogue names it")
    source: str = Field(description="Front end that sent it, 1 to 64 characters")
    occurred_at: Ms = Field(description=f"When it happened, {MS}")
    subject: Subject | None = Field(None, description="Whom it is about")
    rep_id: str | None = Field(None, description="Salesperson who acted")
    extra: dict[str, Json] = Field({}, description="Fields that the catalogue does not know: name to JSON text")


class OriginRecord(BaseModel):
    """Where something came from: one output of one record of one incarnation of a topic."""

    topic: str = Field(description="Name of the topic")
    incarnation: str = Field(description="First 8 hex digits of the topic id")
    partition: Int = Field(description="Partition, counted from 0")
    offset: int = Field(description="Offset of the record")
    index: Int = Field(0, description="Which output of that record, counted from 0")


class NoteRecord(BaseModel):
    """One thing that cleansing did."""

    field: str = Field(description="Field that was cleansed")
    rule: str = Field(description="Rule that did it")
    raw: str = Field(description="What stood there before")


class FactRecord(BaseModel):
    """What happened to one entity: cleansed, typed by the catalogue, resolved."""

    entity: str = Field(description="Whom it is addressed to, kind:name")
    type: str = Field(description="Type of the event, as the catalogue names it")
    at: Ms = Field(description=f"When it happened, {MS}")
    known_at: Ms = Field(description=f"When we could first know it, {MS}")
    origin: OriginRecord = Field(description="Which record it was made from")
    event_id: str = Field("", description="Event id of the touchpoint, empty for facts between entities")
    source: str = Field("", description="Front end that sent the touchpoint")
    rep_id: str | None = Field(None, description="Salesperson who acted")
    lead: str | None = Field(None, description="Lead that it is about, where the entity is somebody else")
    via: list[str] = Field([], description="Identifiers (kind:value) by which the subject was recognised")
    verified: list[str] = Field([], description="Those of `via` that the front end had confirmed")
    notes: list[NoteRecord] = Field([], description="What cleansing did")
    data: Json = Field(description="Cleansed fields of the type (docs/events.md), a JSON object")


class TickRecord(BaseModel):
    """Control record: how far each partition of touchpoints has been read."""

    sources: dict[str, Ms] = Field(description=f"topic.partition.incarnation to the time read up to, {MS}")
    of: Int = Field(description="Number of partitions of touchpoints")


class RuleBookRecord(BaseModel):
    """Control record: from here on this rule book holds."""

    version: str = Field(description="Version of the rule book")
    document: Json = Field(description="The rule book as canonical JSON")
    applied_by: str = Field(description="Who applied it")
    applied_at: Ms = Field(description=f"When it was applied, {MS}")


class ModelRecord(BaseModel):
    """Control record: from here on this model scores."""

    name: str = Field(description="Name of the model")
    version: str = Field(description="Version of the model")
    snapshot: bytes = Field(description="The model as msgpack of plain data, never code")


class SignalRecord(BaseModel):
    """Something noticed, with its evidence."""

    signal_id: str = Field(description="Id, derived from the origin")
    kind: str = Field(description="Kind of signal, as the contract names it")
    entity: str = Field(description="Entity that it is about, kind:name")
    at: Ms = Field(description=f"Event time, {MS}")
    severity: str = Field(description="info, warning or critical")
    to: list[str] = Field(description="Recipients: rep:ID or role:NAME")
    title: dict[str, str] = Field(description="Language (zh, en) to one line of text")
    rule: str = Field(description="Rule that noticed it")
    rule_book: str = Field(description="Version of the rule book")
    origin: OriginRecord = Field(description="Which record it was made from")
    evidence: Json = Field(description="What a person needs to believe it, a JSON object")
    model: str | None = Field(None, description="Version of the model that took part")
    region: str | None = Field(None, description="Region that limits whom a role means")


class ExampleRecord(BaseModel):
    """A training example for the learner."""

    entity: str = Field(description="Entity that it is about, kind:name")
    at: Ms = Field(description=f"Event time, {MS}")
    origin: OriginRecord = Field(description="Which record it was made from")
    data: Json = Field(description="The example, a JSON object")


class RejectedRecord(BaseModel):
    """A touchpoint that was not accepted, with its original bytes."""

    reason: str = Field(description="Typed reason, as the contract names it")
    pointer: str = Field(description="JSON pointer (RFC 6901) to the field")
    message: str = Field(description="What would be right")
    event_id: str | None = Field(None, description="Event id, where it could be read")
    payload: bytes = Field(description="The original bytes")
    content_type: str = Field(description="Content type of the original bytes, empty when there was none")
    component: str = Field(description="Which component refused it")
    version: str = Field(description="Version of that component")
    topic: str = Field(description="Topic that it came from")
    incarnation: str = Field(description="First 8 hex digits of that topic's id")
    partition: Int = Field(description="Partition that it came from")
    offset: int = Field(description="Offset that it came from")
    rejected_at: Ms = Field(description=f"When it was refused, {MS}")


class ChangeRecord(BaseModel):
    """One row of a lead's history: a field took a new value."""

    lead: str = Field(description="Entity key of the lead")
    seq: int = Field(description="Number of the row within the lead, counted from 1")
    field: str = Field(description="Field that changed")
    old: str | None = Field(description="Former value")
    new: str | None = Field(description="New value")
    rule: str = Field(description="Rule that changed it")
    rule_book: str = Field(description="Version of the rule book")
    event_id: str = Field(description="Event id of the touchpoint that caused it")
    actor: str = Field(description="Who acted")
    at: Ms = Field(description=f"Event time, {MS}")
    origin: OriginRecord = Field(description="Which record caused it")
    previous: Hash = Field(description="Hash of the lead's row before it, 16 zero bytes for the first")
    hash: Hash = Field(description="BLAKE2b over the row and `previous`, 16 bytes")


class ChangedField(BaseModel):
    """One of several rows: a field took a new value."""

    field: str = Field(description="Field that changed")
    old: str | None = Field(description="Former value")
    new: str | None = Field(description="New value")
    rule: str = Field(description="Rule that changed it")
    index: Int = Field(description="Which output of the record in `origin`, counted from 0")
    hash: Hash = Field(description="BLAKE2b over the row and the hash of the row before it, 16 bytes")


class ChangesRecord(BaseModel):
    """Rows of a lead's history that have one cause, one behind the other: fields took new values together."""

    lead: str = Field(description="Entity key of the lead")
    seq: int = Field(description="Number of the first row within the lead, counted from 1")
    rule_book: str = Field(description="Version of the rule book")
    event_id: str = Field(description="Event id of the touchpoint that caused them")
    actor: str = Field(description="Who acted")
    at: Ms = Field(description=f"Event time, {MS}")
    origin: OriginRecord = Field(description="Which record caused them; the index is that of the first row")
    previous: Hash = Field(description="Hash of the lead's row before them, 16 zero bytes where there is none")
    rows: list[ChangedField] = Field(description="The rows, in order of their numbers")


class ClaimedId(BaseModel):
    """An identifier that begins to point to the lead."""

    kind: str = Field(description="Kind of identifier, as the contract names it")
    value: str = Field(description="Its normal form")
    verified: bool = Field(description="True: the person proved that it is theirs")


class EndedId(BaseModel):
    """An identifier that points to the lead no more."""

    kind: str = Field(description="Kind of identifier, as the contract names it")
    value: str = Field(description="Its normal form")


class IdentifiersRecord(BaseModel):
    """What one event changed about the identifiers of a lead."""

    lead: str = Field(description="Entity key of the lead")
    event_id: str = Field(description="Event id of the touchpoint that caused it")
    at: Ms = Field(description=f"Event time, {MS}")
    ended: list[EndedId] = Field(description="Identifiers that point to it no more")
    claimed: list[ClaimedId] = Field(description="Identifiers that point to it from now on")


class EvidenceLogRecord(BaseModel):
    """What a slice added to the evidence of who is who."""

    lead: str = Field(description="Entity key of one of the leads that it is about")
    content: bytes = Field(
        description="Records, findings, people, decisions and questions as msgpack of plain data, never code"
    )


TOPIC_RECORDS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("facts", "Fact", FactRecord),
    ("facts", "Tick", TickRecord),
    ("facts", "RuleBook", RuleBookRecord),
    ("facts", "Model", ModelRecord),
    ("signals", "Signal", SignalRecord),
    ("examples", "Example", ExampleRecord),
    ("rejected", "Rejected", RejectedRecord),
    ("lead-history", "Change", ChangeRecord),
    ("lead-history", "Changes", ChangesRecord),
    ("lead-history", "Identifiers", IdentifiersRecord),
    ("lead-history", "Evidence", EvidenceLogRecord),
)
"""Topic, Avro name and declaration of the records that do not come from the catalogue of types."""

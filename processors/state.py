"""What an entity and a partition remember, and how that is written down: msgpack, the same bytes for the same state."""

from base64 import b64decode, b64encode
from typing import Any

import msgspec

from processors.models import Models
from schemas.fact import Origin, Tick
from schemas.rules import Applied, RuleBook, read_applied

CLOCK, RULES, MODEL = "~clock", "~rules", "~model"  # pseudo entities: the partition's own state
NO_HASH = bytes(16)


class Member(msgspec.Struct, omit_defaults=True):
    """A lead of a person that several leads are: all that it would be alone, so that it can be parted again.

    `version`: how many times it has changed its person; `states` and `timers` as in `EntityState`; `owed`: what its
    detectors would have told since it joined, each with its time (ms), newest last (see `merging`).
    """

    version: int = msgspec.field(default=0, name="v")
    states: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict, name="d")
    timers: dict[str, int] = msgspec.field(default_factory=dict, name="t")
    owed: list[list[Any]] = msgspec.field(default_factory=list, name="w")


class Together(msgspec.Struct, omit_defaults=True):
    """The leads that an entity holds, its own among them, and where those went that it held before.

    - `members`: lead → what it would remember alone;
    - `moved`: lead that went → [entity that it went to, version];
    - `awaited`: lead that is to go on as soon as its memory comes back → the entity from which that comes;
    - `row`: the fields of the entity's own lead when that went;
    - `named`: [entity, version] of the person that the own lead goes by, since the entity it went to handed it on;
    - `told`: what was told while several leads went by one name, as [signal id, kind, rule, at (ms), recipients, field
      or ""], newest last (see `given_back`).
    """

    members: dict[str, Member] = msgspec.field(default_factory=dict, name="m")
    moved: dict[str, list[Any]] = msgspec.field(default_factory=dict, name="g")
    awaited: dict[str, str] = msgspec.field(default_factory=dict, name="a")
    row: dict[str, str] = msgspec.field(default_factory=dict, name="r")
    told: list[list[Any]] = msgspec.field(default_factory=list, name="s")
    named: list[Any] = msgspec.field(default_factory=list, name="b")

    def holds_others(self, entity: str) -> bool:
        """Tell whether the entity holds leads that are not its own: each lead is then stepped beside the person."""
        return len(self.members) > 1 or (bool(self.members) and entity not in self.members)


class EntityState(msgspec.Struct, omit_defaults=True):
    """Memory of one entity. `seen`: source → [offset, index] last applied, of each partition its last incarnation;
    `states`: detector → its state.

    `together` is None for nearly all: a lead that is nobody else, and never was.
    """

    seen: dict[str, list[int]] = msgspec.field(default_factory=dict, name="o")
    states: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict, name="d")
    timers: dict[str, int] = msgspec.field(default_factory=dict, name="t")
    seq: int = msgspec.field(default=0, name="n")
    hash: bytes = msgspec.field(default=NO_HASH, name="h")
    together: Together | None = msgspec.field(default=None, name="p")

    def forget(self, origin: Origin) -> None:
        """Forget the former incarnations of a partition: nothing of them comes after something of the next one.

        Each `lead restore` is an incarnation of its own, and the embedded broker begins anew at each start.
        """
        stem = f"{origin.topic}.{origin.partition}."
        for source in [source for source in self.seen if source.startswith(stem)]:
            del self.seen[source]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(EntityState).decode


_decode_member = msgspec.msgpack.Decoder(Member).decode


def encode_member(member: Member) -> str:
    """Return a member as text, as it travels in a fact."""
    return b64encode(_encode(member)).decode()


def decode_member(text: str) -> Member:
    """Return the member in what `encode_member` gave. Raises ValueError (msgspec's, binascii's) for anything else."""
    return _decode_member(b64decode(text, validate=True))


def encode_entity(state: EntityState) -> bytes:
    """Return the blob of an entity."""
    return _encode(state)


def decode_entity(blob: bytes | None) -> EntityState:
    """Return the state in a blob; a new one where there is none."""
    return EntityState() if blob is None else _decode(blob)


class Clock(msgspec.Struct):
    """How far each source partition has been read; the watermark is the least, once all have spoken."""

    sources: dict[str, int] = msgspec.field(default_factory=dict)
    of: int = 0
    watermark: int = -1

    def advanced(self, tick: Tick) -> "Clock":
        """Return the clock after a tick. A source that has a new incarnation replaces its former one."""
        sources = dict(self.sources)
        for source, at in tick.sources.items():
            if source not in sources:
                stem = source.rsplit(".", 1)[0] + "."
                for former in [name for name in sources if name.startswith(stem)]:
                    del sources[former]
            sources[source] = max(at, sources.get(source, at))
        complete = len(sources) >= tick.of > 0
        watermark = max(self.watermark, min(sources.values())) if complete else self.watermark
        return Clock(sources, tick.of, watermark)


_decode_clock = msgspec.msgpack.Decoder(Clock).decode


class Head(msgspec.Struct):
    """A partition's own state: its clock, the rule book and the models in force.

    `models` are as published (name → version, snapshot); `in_force` is what the step made of them, None until then.
    `refused` is what this release refuses of the book that was applied (see `schemas.rules.read_applied`).
    """

    clock: Clock
    rules: RuleBook
    models: dict[str, dict[str, Any]]
    in_force: Models | None = None
    refused: tuple[str, ...] = ()


HEAD_NAMES = (CLOCK, RULES, MODEL)


def decode_head(blobs: list[bytes | None], default_rules: RuleBook) -> Head:
    """Return the head from the blobs of `HEAD_NAMES`, in that order."""
    clock, rules, models = blobs
    applied = read_applied(rules.decode()) if rules else Applied(default_rules)
    return Head(
        _decode_clock(clock) if clock else Clock(),
        applied.book,
        msgspec.msgpack.decode(models) if models else {},
        refused=applied.problems,
    )


def encode_clock(clock: Clock) -> bytes:
    """Return the blob of a clock; sources sorted, so that the same clock gives the same bytes."""
    return _encode(Clock(dict(sorted(clock.sources.items())), clock.of, clock.watermark))

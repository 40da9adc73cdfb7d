"""What must come out of the sample, known before it is played."""

from collections import Counter

import msgspec
import orjson


class LeadTruth(msgspec.Struct, frozen=True, kw_only=True):
    """One simulated lead. `phone` is its final number in E.164 (None: it left none).

    `joined` is the event id that creates the newer lead which was merged into this one: what that one says last holds.
    """

    region: str
    phone: str | None
    email: str | None
    overdue: bool
    joined: str | None = None


class Truth(msgspec.Struct, kw_only=True):
    """Counts and leads that hold whatever the order in which partitions are processed.

    `sent` touchpoints are `distinct` accepted ones, `duplicates` and `rejected` ones, by reason. `leads` are the
    leads that forms and imports create, by the event id that creates them; `regions` how many of them each region
    hands out among its `rosters`; `lead_updated` the number of signals of that kind. `told` is kind → all that its
    signals must be about (see `streams.sample.telling`), `may` what they may be about as well: where two things are so
    near in time that the rhythm of ticks decides. `left_out` counts bookings of the shop's file that are neither order
    nor cancellation; they are not sent.
    """

    seed: int
    end: int
    days: int
    rosters: dict[str, list[str]]
    sent: int = 0
    distinct: int = 0
    duplicates: int = 0
    rejected: dict[str, int] = {}
    leads: dict[str, LeadTruth] = {}
    regions: dict[str, int] = {}
    lead_updated: int = 0
    told: dict[str, list[str]] = {}
    may: dict[str, list[str]] = {}
    left_out: int = 0

    def as_json(self) -> bytes:
        """Return the document that `whetstone sample make --truth` writes."""
        return orjson.dumps(msgspec.to_builtins(self), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)

    @property
    def overdue(self) -> set[str]:
        """The event ids that created the leads whose follow-up did not come in time."""
        return {event_id for event_id, lead in self.leads.items() if lead.overdue}


class Tally:
    """Collects the truth while the simulation is drawn."""

    def __init__(self) -> None:
        self.distinct = 0
        self.duplicates = 0
        self.rejected: Counter[str] = Counter()
        self.leads: dict[str, LeadTruth] = {}
        self.lead_updated = 0
        self.told: set[tuple[str, str]] = set()
        self.may: set[tuple[str, str]] = set()

    def filled(self, truth: Truth) -> Truth:
        """Return the truth with everything that was collected."""
        regions = Counter(lead.region for lead in self.leads.values())
        return msgspec.structs.replace(
            truth,
            sent=self.distinct + self.duplicates + sum(self.rejected.values()),
            distinct=self.distinct,
            duplicates=self.duplicates,
            rejected=dict(sorted(self.rejected.items())),
            leads=self.leads,
            regions=dict(sorted(regions.items())),
            lead_updated=self.lead_updated,
            told=_by_kind(self.told),
            may=_by_kind(self.may - self.told),
        )


def _by_kind(pairs: set[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, about in sorted(pairs):
        found.setdefault(kind, []).append(about)
    return found

"""Was the truth met? Pure: what was expected against what was observed, check by check."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from streams.sample.telling import COMPARED
from streams.sample.truth import Truth

SHOWN = 3  # examples of what differs


class Lead(NamedTuple):
    """What the lead library says of a lead in the end."""

    phone: str | None
    region: str | None
    rep: str | None


class Observed(msgspec.Struct, kw_only=True):
    """What came out. `created` maps the event id that created a lead to its entity; `leads` are keyed by entity.

    `abouts` is what the signals of each kind are about, of the kinds in `streams.sample.telling`.
    `live` are the event ids of the live phase, whose leads are not in the truth; `alerted` those of them whose
    alert reached the live page.
    """

    distinct: int
    duplicates: int
    rejected: Mapping[str, int]
    created: Mapping[str, str]
    leads: Mapping[str, Lead]
    overdue: frozenset[str]
    signals: Mapping[str, int]
    abouts: Mapping[str, frozenset[str]] = {}
    live: frozenset[str] = frozenset()
    live_distinct: int = 0
    alerted: frozenset[str] = frozenset()


class Check(NamedTuple):
    """One line of the verdict."""

    what: str
    expected: str
    actual: str
    met: bool


def judge(truth: Truth, observed: Observed) -> list[Check]:
    """Return every check, in the order in which they are shown."""
    return [
        _equal("distinct touchpoints accepted", truth.distinct, observed.distinct - observed.live_distinct),
        _equal("repeats recognised", truth.duplicates, observed.duplicates),
        *_rejected(truth, observed),
        _leads(truth, observed),
        _phones(truth, observed),
        _regions(truth, observed),
        _turns(truth, observed),
        _overdue(truth, observed),
        _equal("lead_updated signals", truth.lead_updated, observed.signals.get("lead_updated", 0)),
        _equal("lead_created signals", len(truth.leads) + len(observed.live), observed.signals.get("lead_created", 0)),
        _equal("live forms whose alert arrived", len(observed.live), len(observed.live & observed.alerted)),
        *(_about(kind, truth, observed) for kind in COMPARED),
    ]


def _equal(what: str, expected: int, actual: int) -> Check:
    return Check(what, f"{expected:,}", f"{actual:,}", expected == actual)


def _rejected(truth: Truth, observed: Observed) -> Iterable[Check]:
    for reason in sorted({*truth.rejected, *observed.rejected}):
        yield _equal(f"rejected: {reason}", truth.rejected.get(reason, 0), observed.rejected.get(reason, 0))


def _leads(truth: Truth, observed: Observed) -> Check:
    found = observed.created.keys() - observed.live
    entities = len({observed.created[event_id] for event_id in found})
    wrong = sorted(found ^ truth.leads.keys())
    actual = f"{entities:,}" + (f", differing: {_some(wrong)}" if wrong else "")
    return Check("leads, one per person", f"{len(truth.leads):,}", actual, not wrong and entities == len(truth.leads))


def _phones(truth: Truth, observed: Observed) -> Check:
    wrong = [event_id for event_id, lead in truth.leads.items() if _lead(event_id, observed).phone != lead.phone]
    return _all_right("final phone of every lead, E.164", len(truth.leads), wrong)


def _regions(truth: Truth, observed: Observed) -> Check:
    wrong = [event_id for event_id, lead in truth.leads.items() if _lead(event_id, observed).region != lead.region]
    return _all_right("region of every lead", len(truth.leads), wrong)


def _turns(truth: Truth, observed: Observed) -> Check:
    """Round robin: within a region, nobody has over one lead more than anybody else."""
    given: dict[str, Counter[str]] = defaultdict(Counter)
    for entity in observed.created.values():
        lead = observed.leads.get(entity)
        if lead and lead.region and lead.rep:
            given[lead.region][lead.rep] += 1
    shares = {region: [given[region][rep] for rep in reps] for region, reps in truth.rosters.items()}
    assigned = sum(map(sum, shares.values()))
    even = all(max(share) - min(share) <= 1 for share in shares.values())
    expected = f"{len(truth.leads) + len(observed.live):,} assigned, each region evenly"
    actual = f"{assigned:,} assigned: " + ", ".join(f"{region} {'/'.join(map(str, n))}" for region, n in shares.items())
    return Check("round robin per region", expected, actual, even and assigned == len(truth.leads) + len(observed.live))


def _overdue(truth: Truth, observed: Observed) -> Check:
    named = {entity: event_id for event_id, entity in observed.created.items()}
    found = {named.get(entity, entity) for entity in observed.overdue}
    missing, surplus = sorted(truth.overdue - found), sorted(found - truth.overdue)
    actual = f"{len(found):,}" + _differing(missing, surplus)
    return Check("leads whose follow-up was overdue", f"{len(truth.overdue):,}", actual, not missing and not surplus)


def _about(kind: str, truth: Truth, observed: Observed) -> Check:
    """Everything that the signals of a kind must be about is there, and nothing that they must not be about."""
    must, found = set(truth.told.get(kind, ())), observed.abouts.get(kind, frozenset())
    missing, surplus = sorted(must - found), sorted(found - must - set(truth.may.get(kind, ())))
    actual = f"{len(found & must):,}" + _differing(missing, surplus)
    return Check(f"{kind}: about whom", f"{len(must):,}", actual, not missing and not surplus)


def _differing(missing: list[str], surplus: list[str]) -> str:
    lost = f", {len(missing)} missing: {_some(missing)}" if missing else ""
    return lost + (f", {len(surplus)} too many: {_some(surplus)}" if surplus else "")


def _lead(event_id: str, observed: Observed) -> Lead:
    return observed.leads.get(observed.created.get(event_id, ""), Lead(None, "?", None))


def _all_right(what: str, count: int, wrong: list[str]) -> Check:
    actual = f"{count - len(wrong):,} right" + (f", wrong: {_some(wrong)}" if wrong else "")
    return Check(what, f"{count:,} right", actual, not wrong)


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")

"""From verdicts on pairs to people. Pure and canonical: the same records and verdicts give the same people.

Pairs join from the surest down, ties broken by content, unless a guard holds the merge back. Then what no pair could
carry alone is added up between people that stand so far: one record knows the birth date, another the address.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log2
from typing import NamedTuple

from processors.resolver.compare import Comparison, compare
from processors.resolver.judge import Judgement, Verdict, held_back, personal, strong
from processors.resolver.profile import CHANGED, Profile
from processors.resolver.weights import TOGETHER, UNLESS, Evidence, Weights
from schemas.rules.identity import ClusterLimits

_WITNESSES = 6  # records of each side that are compared when evidence is added up
_NAMED = 59.0  # bits: below a confirmed change of number alone

Pair = tuple[str, str]


class Edge(NamedTuple):
    """Two records (contents, the lesser first), what was found, and what is thought of it."""

    pair: Pair
    findings: Comparison
    judgement: Judgement


class Clustering(NamedTuple):
    """People as sets of records (least content first), and what a person should look at, with the reason."""

    people: tuple[tuple[str, ...], ...]
    review: tuple[tuple[Edge, str], ...]


class _People:
    """Sets of records that grow by joining."""

    def __init__(self, profiles: Mapping[str, Profile]) -> None:
        self.profiles = profiles
        self.person = {content: content for content in profiles}
        self.members = {content: [content] for content in profiles}

    def join(self, left: str, right: str) -> None:
        first, second = sorted((self.person[left], self.person[right]))
        if first == second:
            return
        moved = self.members.pop(second)
        self.members[first] = sorted(self.members[first] + moved)
        for content in moved:
            self.person[content] = first

    def together(self, left: str, right: str) -> list[Profile]:
        names = (*self.members[self.person[left]], *self.members[self.person[right]])
        return [self.profiles[name] for name in names]


def cluster(
    profiles: Mapping[str, Profile],
    edges: Iterable[Edge],
    weights: Weights,
    joined: Iterable[Pair] = (),
    parted: Iterable[Pair] = (),
) -> Clustering:
    """Return the people among records. `joined` and `parted` are what persons decided: they go before everything."""
    people, apart = _People(profiles), frozenset(parted)
    for left, right in sorted(joined):
        people.join(left, right)
    ordered = sorted(edges, key=lambda edge: (-_sureness(edge), edge.pair))
    held: dict[Pair, str] = {}
    for edge in ordered:
        if edge.judgement.verdict is Verdict.SAME and people.person[edge.pair[0]] != people.person[edge.pair[1]]:
            if reason := _guard(people, edge.pair, weights.rules.limits, apart) or _quarrel(people, edge, weights):
                held[edge.pair] = reason
            else:
                people.join(*edge.pair)
    _add_up(people, ordered, weights, apart)
    return Clustering(
        tuple(tuple(each) for _, each in sorted(people.members.items())), _open(people, ordered, held, apart)
    )


def _sureness(edge: Edge) -> float:
    """Return the bits by which edges are ordered. Leads that one event names come before all other evidence.

    Had that event come first, the two would have been one lead from the start.
    """
    named = bool(edge.findings) and edge.findings[0].field == TOGETHER
    return _NAMED if named else round(edge.judgement.score, 6)


def _open(
    people: _People, edges: Iterable[Edge], held: Mapping[Pair, str], apart: frozenset[Pair]
) -> tuple[tuple[Edge, str], ...]:
    found = []
    for edge in edges:
        left, right = (people.person[each] for each in edge.pair)
        if left != right and edge.judgement.verdict is not Verdict.DIFFERENT and edge.pair not in apart:
            found.append((edge, held.get(edge.pair, edge.judgement.reason)))
    return tuple(found)


def _guard(people: _People, pair: Pair, limits: ClusterLimits, apart: frozenset[Pair]) -> str:
    """Return why two people must not become one, empty where they may."""
    left, right = (people.members[people.person[each]] for each in pair)
    if apart and any((min(a, b), max(a, b)) in apart for a in left for b in right):
        return "a person said that they are different"
    whole = people.together(*pair)
    if len(whole) > limits.records:
        return "too many records for one person"
    if sum([len(each.phones) for each in whole]) > limits.phones and (
        len({phone.digits for each in whole for phone in each.phones}) > limits.phones
    ):
        return "too many phones for one person"
    if len(whole) > limits.emails and len({each.email for each in whole if each.email}) > limits.emails:
        return "too many emails for one person"
    made = [each.made for each in whole if each.made]
    if len({value for each in made for kind, value in each if kind == "device"}) > limits.devices:
        return "too many devices for one person"
    return _contradicted(whole)


def _quarrel(people: _People, edge: Edge, weights: Weights) -> str:
    """Return why two people must not become one although a pair of their records agrees, empty where they may.

    One record can be near somebody else by a slip (another's birth date, no mailbox, a household's surname alone): so
    the records of both are compared on the whole. An identifier of one person alone outweighs them.
    """
    first, second = (people.person[each] for each in edge.pair)
    if len(people.members[first]) + len(people.members[second]) == 2 or strong(edge.findings):
        return ""
    between = _between(people, first, second)
    if edge.findings[0].field in UNLESS:  # of the identifiers alone: nothing is added up
        against = sum(map(personal, between)) < 0
    else:
        against = weights.prior + _mean([weights.evidence(each) for each in between]) < -weights.rules.same_from
    return "most of their records speak against it" if against else ""


def _contradicted(whole: Sequence[Profile]) -> str:
    """Return which identifier that a person has once would stand there twice, empty where none does."""
    held: dict[str, str] = {}
    for profile in whole:
        if not (profile.made or profile.id_valid):
            continue
        once = [(kind, value) for kind, value in profile.made if kind not in ("device", "wechat_openid")]
        if profile.id_valid:
            once.append(("id_number", profile.id_number))
        for kind, value in once:
            if held.setdefault(kind, value) != value:
                return f"{kind} differs"
    return ""


def _add_up(people: _People, edges: Iterable[Edge], weights: Weights, apart: frozenset[Pair]) -> None:
    """Join people whose records carry together what no pair of them carries, until nothing changes."""
    waiting = [edge.pair for edge in edges if edge.judgement.verdict is Verdict.REVIEW]
    changed = True
    while changed and waiting:
        changed, left_over = False, []
        for pair in waiting:
            first, second = (people.person[each] for each in pair)
            if first == second:
                continue
            sizes = len(people.members[first]), len(people.members[second])
            if (
                max(sizes) > 1
                and not _guard(people, pair, weights.rules.limits, apart)
                and _carried(people, first, second, weights)
            ):
                people.join(*pair)
                changed = True
            else:
                left_over.append(pair)
        waiting = left_over


def _carried(people: _People, first: str, second: str, weights: Weights) -> bool:
    """Tell whether the findings between two people, each field at its best, carry them; chance is allowed for."""
    found = [weights.evidence(each) for each in _between(people, first, second)]
    if not found:
        return False
    best = _best(found)
    score = weights.prior + sum(bits for _, bits in best) - log2(len(found))
    return score >= weights.rules.same_from and not held_back(best, weights)


def _between(people: _People, first: str, second: str) -> list[Comparison]:
    """Return what is found between the records of two people, some of each."""
    said = ([name for name in people.members[each] if not name.startswith(CHANGED)] for each in (first, second))
    sides = [names[:_WITNESSES] for names in said]  # what only ties leads says nothing of them
    return [compare(people.profiles[a], people.profiles[b]) for a in sides[0] for b in sides[1]]


def _mean(found: Sequence[Evidence]) -> float:
    """Return the bits of all fields, each at the mean of the pairs in which both records have it."""
    return sum(sum(totals) / len(totals) for totals in map(_totals, _by_field(found).values()))


def _best(found: Sequence[Evidence]) -> Evidence:
    """Return for each field the findings of the pair in which it speaks most for one person, tempered by the mean."""
    result: Evidence = []
    for parts in _by_field(found).values():
        totals = _totals(parts)
        place = max(range(len(totals)), key=lambda each: (totals[each], -each))
        shift = (sum(totals) / len(totals) - totals[place]) / 2 / len(parts[place])
        result += [(finding, bits + shift) for finding, bits in parts[place]]
    return result


def _by_field(found: Iterable[Evidence]) -> dict[str, list[Evidence]]:
    """Return the findings of each field (in their order), a list for each pair of records that both have it."""
    fields: dict[str, list[Evidence]] = {}
    for evidence in found:
        parts: dict[str, Evidence] = {}
        for finding, bits in evidence:
            parts.setdefault(finding.field, []).append((finding, bits))
        for field, part in parts.items():
            fields.setdefault(field, []).append(part)
    return dict(sorted(fields.items()))


def _totals(parts: Iterable[Evidence]) -> list[float]:
    return [sum(bits for _, bits in part) for part in parts]

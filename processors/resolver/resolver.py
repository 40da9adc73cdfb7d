"""The online resolver: each record is resolved as it comes; the people it ends with depend on no order of arrival.

Records of one content are one node. What is found between two nodes depends on the two alone; what that is worth
follows from counts of the set of records; people follow from the verdicts in a canonical order (`cluster`). So a
record that comes may part what was joined, as a second number does to which a mask fits.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from processors.cleansing.phone_mask import PhoneMask
from processors.resolver.blocking import keys_of
from processors.resolver.cluster import Clustering, Edge, Pair, cluster
from processors.resolver.compare import BOTH_MASKED, Agreement, Comparison, compare
from processors.resolver.decisions import Decisions, Entry, Kind
from processors.resolver.fit import fitted
from processors.resolver.holdings import Holdings
from processors.resolver.judge import Judgement, Verdict, judge
from processors.resolver.profile import Profile
from processors.resolver.promise import promising
from processors.resolver.review import Review
from processors.resolver.statistics import Statistics, numbers_of
from processors.resolver.store import EvidenceStore
from processors.resolver.weights import Weights
from schemas.ids import derived_id, entity_key
from schemas.rules.identity import IdentityRules

FIRST_FIT = 500
"""Records after which weights are fitted for the first time while records come; then at each doubling."""


class Resolution(NamedTuple):
    """What is thought of a record at its arrival: its lead, whether that was known, what a person should look at."""

    lead: str
    verdict: Verdict
    review: tuple[Review, ...]


class _Record(NamedTuple):
    profile: Profile
    at: int


class Resolver:
    """Resolves records one by one. `settle` brings all that was decided up to date with what is counted by now."""

    def __init__(self, rules: IdentityRules | None = None) -> None:
        self.rules = rules or IdentityRules()
        self.decisions = Decisions()
        self._holdings = Holdings()
        self._store = EvidenceStore()
        self._statistics = Statistics(self.rules.limits.names_per_number)
        self._weights = Weights(self.rules, self._statistics)
        self._given: dict[str, _Record] = {}
        self._content: dict[str, str] = {}
        self._records: dict[str, dict[str, None]] = {}
        self._person: dict[str, tuple[str, ...]] = {}
        self._open: dict[Pair, tuple[Edge, str]] = {}
        self._asked: dict[str, set[Pair]] = {}
        self._next_fit = FIRST_FIT

    def resolve(self, record: str, profile: Profile, at: int = 0) -> Resolution:
        """Take in a record (its id, unique) of a time in ms, and return what is thought of it now.

        The same id again changes nothing. Raises ValueError when the id came with another content before.
        """
        known = self._given.get(record)
        if known is not None and known != _Record(profile, at):
            raise ValueError(f"the record {record} came before with another content")
        if known is None:
            self._given[record] = _Record(profile, at)
            touched = self._admit(record)
            if self._statistics.records >= self._next_fit:
                self._next_fit *= 2
                self.settle()
            else:
                self._recluster(touched)
        return self._resolution(record)

    def give_up(self, number: str, at: int) -> None:
        """Note that a number (national digits) was given up at a time: before and after, it is of different people."""
        if not self._holdings.give_up(number, at):
            return
        touched: set[str] = set()
        for record, given in sorted(self._given.items()):
            if any(phone.digits == number for phone in given.profile.phones):
                touched |= self._expel(record) | self._admit(record)
        self._recluster({content for content in touched if content in self._records})

    def join(self, left: str, right: str, by: str, at: int) -> int:
        """A person says that two records are one lead; return the place of the decision, for `withdraw`."""
        return self._decide(Kind.JOINED, left, right, by, at)

    def part(self, left: str, right: str, by: str, at: int) -> int:
        """A person says that two records are different leads; return the place of the decision."""
        return self._decide(Kind.PARTED, left, right, by, at)

    def withdraw(self, place: int, by: str, at: int) -> None:
        """Take a decision back: everybody is who they would be had it never been made."""
        self.decisions.append(Entry(Kind.WITHDRAWN, "", "", by, at, place))
        entry = self.decisions.entries[place]
        self._recluster({self._content[entry.left], self._content[entry.right]})

    def settle(self) -> None:
        """Fit the weights to all that came and decide everything anew: the end is the same for every order."""
        contents = sorted(self._records)
        compared = [found for left in contents for right, found in self._live(left).items() if left < right]
        self._weights = fitted(self.rules, self._statistics, compared)
        self._person.clear()
        self._open.clear()
        self._asked.clear()
        self._recluster(contents)

    def lead_of(self, record: str) -> str:
        """Return the lead of a record as it stands."""
        content = self._content[record]
        person = self._person[content]
        alone = len(person) == 1 and len(self._records[content]) > 1 and not self._one(content)
        if not alone:
            return entity_key("lead", derived_id("lead", person[0]))
        return entity_key("lead", derived_id("lead", content, record))

    def reviews(self) -> list[Review]:
        """Return the questions for persons, the likeliest to be one person first."""
        ordered = sorted(self._open.values(), key=lambda each: (-each[0].judgement.score, each[0].pair))
        return [self._question(edge, reason) for edge, reason in ordered]

    def people(self) -> frozenset[frozenset[str]]:
        """Return the leads as sets of record ids."""
        groups: dict[str, set[str]] = {}
        for record in self._given:
            groups.setdefault(self.lead_of(record), set()).add(record)
        return frozenset(frozenset(group) for group in groups.values())

    def _one(self, content: str) -> bool:
        """Tell whether two records of one content must be one person: whether what they hold is enough."""
        profile = self._store.profiles([content])[content]
        return self._judged(content, content, compare(profile, profile)).verdict is Verdict.SAME

    def _admit(self, record: str) -> set[str]:
        given = self._given[record]
        profile = self._holdings.dated(given.profile, given.at)
        content = self._content[record] = profile.content
        new = content not in self._records
        self._records.setdefault(content, {})[record] = None
        if not new:
            return {content}
        keys = keys_of(profile)
        near = self._store.under(keys, self.rules.limits.bucket)
        others = self._store.profiles({other for contents in near.values() for other in contents})
        masked = [other for phone in profile.phones for other in self._store.masks_for(phone.digits)]
        self._store.add(profile, keys)
        self._statistics.add(profile)
        self._person[content] = (content,)
        found = ((other, compare(profile, known)) for other, known in others.items())
        self._store.append(
            (min(content, other), max(content, other), each) for other, each in found if promising(each, self.rules)
        )
        public = [other for number in numbers_of(profile) if self._statistics.public(*number) for other in others]
        return {content, *masked, *public}

    def _expel(self, record: str) -> set[str]:
        content = self._content.pop(record)
        del self._records[content][record]
        if self._records[content]:
            return {content}
        del self._records[content]
        touched = {*self._person.pop(content), *self._store.found(content)}
        self._statistics.remove(self._store.profiles([content])[content])
        self._store.remove(content)
        self._forget([content])
        for other in touched & set(self._person):
            self._person[other] = tuple(each for each in self._person[other] if each != content)
        return touched

    def _decide(self, kind: Kind, left: str, right: str, by: str, at: int) -> int:
        if left not in self._given or right not in self._given:
            raise KeyError(left if left not in self._given else right)
        if self._content[left] == self._content[right]:
            raise ValueError(f"{left} and {right} hold the same: nothing could tell them apart")
        first, second = sorted((left, right))
        place = self.decisions.append(Entry(kind, first, second, by, at))
        self._recluster({self._content[left], self._content[right]})
        return place

    def _decided(self, pairs: Iterable[Pair]) -> set[Pair]:
        contents = ((self._content[left], self._content[right]) for left, right in pairs)
        return {(min(pair), max(pair)) for pair in contents if pair[0] != pair[1]}

    def _live(self, content: str) -> Mapping[str, Comparison]:
        """Return the findings of a record that still count: those under a key that does not name too many."""
        most = self.rules.limits.bucket
        found = self._store.found(content)
        return {other: each for other, each in found.items() if self._store.shared_keys(content, other, most)}

    def _judged(self, left: str, right: str, findings: Comparison) -> Judgement:
        """Return the verdict on what stands of the findings: public numbers and masks that fit two say nothing."""
        public = self._statistics.public
        standing = [each for each in findings if not each.value or not public(each.field, each.value)]
        if any(each.field == "phone_masked" and each.level and each.value != BOTH_MASKED for each in standing):
            masks = {mask for each in self._store.profiles((left, right)).values() for mask in each.masks}
            standing = [each for each in standing if each.field != "phone_masked" or self._holds(each, masks)]
        return judge(tuple(standing), self._weights)

    def _holds(self, masked: Agreement, masks: Collection[PhoneMask]) -> bool:
        """Tell whether one of the masks of two records that fits a number of theirs fits no other number."""
        fitting = (mask for mask in masks if mask.matches("+86" + masked.value))
        return any(len(self._store.fitting(mask, 2)) < 2 for mask in fitting)

    def _region(self, seeds: Iterable[str], joined: Iterable[Pair]) -> tuple[list[str], list[Edge]]:
        """Return all records that what is known of the seeds may concern, and the edges between them."""
        beside: dict[str, list[str]] = {}
        for left, right in joined:
            beside.setdefault(left, []).append(right)
            beside.setdefault(right, []).append(left)
        edges: dict[Pair, Edge] = {}
        waiting, region = list(seeds), set(seeds)
        while waiting:
            content = waiting.pop()
            near = {*self._person.get(content, ()), *beside.get(content, ())}
            for other, findings in self._live(content).items():
                pair = (min(content, other), max(content, other))
                if pair not in edges:
                    edges[pair] = Edge(pair, findings, self._judged(*pair, findings))
                if edges[pair].judgement.verdict is not Verdict.DIFFERENT:
                    near.add(other)
            waiting.extend(near - region)
            region |= near
        return sorted(region), [each for each in edges.values() if each.judgement.verdict is not Verdict.DIFFERENT]

    def _recluster(self, seeds: Iterable[str]) -> None:
        standing = self.decisions.standing()
        joined, parted = self._decided(standing.joined), self._decided(standing.parted)
        region, edges = self._region(seeds, joined)
        inside = set(region)
        self._forget(region)
        within = [pair for pair in joined if pair[0] in inside]
        self._keep(cluster(self._store.profiles(region), edges, self._weights, within, parted))

    def _keep(self, clustering: Clustering) -> None:
        for person in clustering.people:
            for content in person:
                self._person[content] = person
        for edge, reason in clustering.review:
            self._open[edge.pair] = edge, reason
            for content in edge.pair:
                self._asked.setdefault(content, set()).add(edge.pair)

    def _forget(self, contents: Iterable[str]) -> None:
        """Forget the questions about records: they are asked anew, or no more."""
        for content in contents:
            for pair in self._asked.pop(content, ()):
                self._open.pop(pair)
                self._asked.get(pair[1] if pair[0] == content else pair[0], set()).discard(pair)

    def _question(self, edge: Edge, reason: str) -> Review:
        left, right = (tuple(sorted(self._records[content])) for content in edge.pair)
        return Review(left, right, round(edge.judgement.score, 2), reason, edge.judgement.evidence)

    def _resolution(self, record: str) -> Resolution:
        content = self._content[record]
        review = tuple(self._question(*self._open[pair]) for pair in sorted(self._asked.get(content, ())))
        known = len(self._person[content]) > 1 or (len(self._records[content]) > 1 and self._one(content))
        verdict = Verdict.SAME if known else Verdict.REVIEW if review else Verdict.DIFFERENT
        return Resolution(self.lead_of(record), verdict, review)

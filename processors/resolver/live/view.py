"""What a slice of the event path sees of the evidence: what the library answered, and what the slice adds."""

from collections.abc import Callable, Iterable, Set

import msgspec

from processors.resolver.compare import BOTH_MASKED, Agreement, Comparison, compare
from processors.resolver.live.keys import SHARED_FIELDS, keys_named, named_values, numbers_key, value_key
from processors.resolver.live.members import Members
from processors.resolver.live.records import LAST, Records
from processors.resolver.packed import turns, unpack_findings
from processors.resolver.profile import CHANGED, Phone, Profile, national
from processors.resolver.statistics import initials, numbers_of
from processors.resolver.ties import Turn, standing_tie
from processors.resolver.weights import BOUND, KEPT, TAKEN, TOGETHER
from schemas.evidence import Around
from schemas.identity import PastHolders
from schemas.rules.identity import ClusterLimits

Matches = Callable[[str], bool]


class View(Records, Members):
    """Records, findings and people, and what of the findings counts by all that is known.

    `turns` are the moments (ms) at which numbers changed hands, of those of which the slice was told.
    """

    def __init__(self, limits: ClusterLimits) -> None:
        Records.__init__(self, limits)
        Members.__init__(self)
        self.turns: dict[str, list[int]] = {}
        self.changed: int | None = None
        self.whole = True

    def told(self, past: PastHolders) -> None:
        """Note when numbers changed hands, as the library says of those of the slice."""
        for number, ends in past.items():
            self.turns[national(number)] = turns(ends)

    def take_around(self, around: Around) -> None:
        """Add what is known around some leads."""
        for record in around.records:
            self._know(record)
            self._place(record.node, record.lead)
            self.order[record.lead] = min(record.no, self.order.get(record.lead, LAST))
        for edge in around.edges:
            self.join(edge.left, edge.right, unpack_findings(edge.findings))
        for member in around.people:
            if member.lead not in self.people:
                self.move(member)
        for decision in sorted(around.decisions, key=lambda each: each.no):
            self.answer(decision.left, decision.right, decision.answer)
        for question in around.questions:
            if question.closed:
                self.closed[question.left, question.right] = question
            else:
                self.ask(question)
        self.changed, self.whole = around.changed, around.whole

    def dated(self, profile: Profile, at: int, without: Set[str] = frozenset()) -> Profile:
        """Return a record with the period of each of its numbers at its time (ms), see `Phone.period`.

        A change that comes to be known later counts as if it had been known; those of records `without` do not yet.
        """
        if not (self.changes or self.turns) or not profile.phones:
            return profile
        moments = [self._turns(phone.digits, without) for phone in profile.phones]
        if not any(moments):
            return profile
        phones = tuple(
            Phone(phone.digits, phone.verified, sum(turn <= at for turn in turns)) if turns else phone
            for phone, turns in zip(profile.phones, moments, strict=True)
        )
        content = f"{profile.content}{CHANGED}{','.join(str(phone.period) for phone in phones)}"
        return msgspec.structs.replace(profile, phones=phones, content=content)

    def now(self, node: str) -> Profile:
        """Return a record as it is known while its slice is decided on."""
        return self.dated(self.profiles[node], self.at[node], self.waiting)

    def standing(self, left: str, right: str, findings: Comparison) -> Comparison:
        """Return the findings that count: public numbers and masks that fit several say nothing.

        Of numbers that changed hands only what agrees in one period does.
        """
        if findings and findings[0].field in (TOGETHER, BOUND):
            public = any(self._public(*each, self.waiting) for each in named_values(findings[0].value))
            return () if public else findings
        if self.changes or self.turns:
            if any(each.field in (TAKEN, KEPT) for each in findings):
                return self._tied(left, right, findings[0])
            one, other = self.now(left), self.now(right)
            if one is not self.profiles[left] or other is not self.profiles[right]:
                findings = compare(one, other)
        kept = [
            each
            for each in findings
            if not each.value
            or each.field not in SHARED_FIELDS
            or not self._public(each.field, each.value, self.waiting)
        ]
        kept = [each for each in kept if each.field != "phone_masked" or self._holds(each, left, right)]
        return findings if len(kept) == len(findings) else tuple(kept)

    def public(self, profile: Profile) -> list[tuple[str, str, int]]:
        """Return the numbers of a record that belong to nobody, used under too many names, each with its key."""
        found: list[tuple[str, str, int]] = []
        for field, value in numbers_of(profile):
            key = value_key(field, value)
            if key is not None and self._public(field, value, frozenset()):
                found.append((field, value, key))
        return found

    def unread(self, nodes: Iterable[str]) -> list[int]:
        """Return the keys still to be looked under before what is between these records can be judged."""
        wanted = dict.fromkeys(key for value in self.together for key in keys_named(value) if key not in self._read)
        for node in nodes:
            profile = self.profiles[node]
            shared = (value_key(*number) for number in (*numbers_of(profile), *_changed(profile)))
            for key in (*map(numbers_key, profile.masks), *shared):
                if key is not None and key not in self._read and key not in self.full:
                    wanted[key] = None
        return list(wanted)

    def _turns(self, digits: str, without: Set[str]) -> set[int]:
        """Return when a number changed hands (ms)."""
        return {*self.turns.get(digits, ()), *(self.at[node] for node in self._changes_of(digits, without))}

    def _changes_of(self, digits: str, without: Set[str]) -> list[str]:
        """Return the records that say that a number changed hands."""
        key = value_key("phone", digits)
        under = self.buckets.get(key, ()) if key is not None else ()
        found = (node for node in under if node in self.changes and node not in without)
        return [node for node in found if digits in self.profiles[node].changed_hands]

    def _tied(self, left: str, right: str, tie: Agreement) -> Comparison:
        """Return what a change of number says of a lead that it ties, as far as is known now."""
        change, tied = (left, right) if self.profiles[left].texts else (right, left)
        turns = [self._turn(node) for node in self._changes_of(tie.value, self.waiting)]
        return standing_tie(tie, self._turn(change), self.at[tied], turns)

    def _turn(self, node: str) -> Turn:
        return Turn(self.at[node], *self.profiles[node].changed_hands)

    def _public(self, field: str, value: str, without: Set[str]) -> bool:
        key = value_key(field, value)
        if key is None or key in self.full:
            return key is not None
        bucket = self.buckets.get(key, ())
        if len(bucket) <= self.limits.names_per_number:
            return False
        names = {initials(self.profiles[node]) for node in bucket if node not in without}
        return len(names - {""}) > self.limits.names_per_number

    def _holds(self, masked: Agreement, left: str, right: str) -> bool:
        """Tell whether a mask of two records that fits a number of theirs fits no other number."""
        if not masked.level or masked.value == BOTH_MASKED:
            return True
        masks = (mask for node in (left, right) for mask in self.profiles[node].masks)
        fitting = (mask for mask in masks if mask.matches("+86" + masked.value))
        return any(self._fits_one(numbers_key(mask), mask.matches) for mask in fitting)

    def _fits_one(self, key: int | None, matches: Matches) -> bool:
        if key is None or key in self.full:
            return False
        fitting = ""
        for node in self.buckets.get(key, ()):
            if node in self.waiting:
                continue
            for phone in self.profiles[node].phones:
                if phone.digits != fitting and matches("+86" + phone.digits):
                    if fitting:
                        return False
                    fitting = phone.digits
        return bool(fitting)


def _changed(profile: Profile) -> list[tuple[str, str]]:
    return [("phone", digits) for digits in profile.changed_hands]

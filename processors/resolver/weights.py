"""Bits of evidence: log2 of how much likelier a finding is if two records are one person (Fellegi and Sunter)."""

from collections.abc import Mapping
from functools import lru_cache
from math import log2
from types import MappingProxyType
from typing import Protocol

from processors.resolver.compare import Agreement, Comparison
from processors.resolver.likeness import both_words
from schemas.rules.identity import FieldRules, IdentityRules

ACCOUNTS = frozenset({"wechat", "qq", "douyin", "kuaishou"})
TAKEN = "phone_changed"
"""A number was given up, or taken, by whom both codes confirmed."""
KEPT = "phone_kept"
"""A number that was not given up before it was confirmed anew: most often it was the same person's all along."""
TOGETHER = "named_together"
"""Identifiers of two leads stood in one event."""
BOUND = "bound_together"
"""The same, and both were confirmed or made by programs: that alone links."""
SURE = frozenset({
    "wechat_unionid", "wechat_openid", "customer", "phone_verified", TAKEN, KEPT, TOGETHER, BOUND, "id_valid",
})  # fmt: skip
UNLESS = frozenset({KEPT, TOGETHER})
"""What makes one person of two leads unless names, birth dates or unique ids speak against it."""
FAMILIES = {
    "name": "name", "birth_date": "birth", "address": "place", "postcode": "place", "region": "place",
    "company": "work", "called": "work", "title": "title", "device": "device", "interest": "extra",
}  # fmt: skip
"""Fields that say much the same. Contacts and identifiers are each one of their own."""

Shares = Mapping[str, tuple[float, ...]]
NOTHING: Shares = MappingProxyType({})
NAMES = 8
"""Records that have a word of a name, from which on it is no slip of another word: slips come now and then."""
_REMEMBERED = 100_000  # findings
Evidence = list[tuple[Agreement, float]]


@lru_cache(1_024)
def kind_of(field: str) -> str:
    """Return the field of the rule book that a field follows."""
    if field in ACCOUNTS:
        return "account"
    if field in ("surname", "called"):
        return "name"
    if field.startswith("crm:") or field in SURE:
        return "sure"
    return "extra" if field.startswith("extra.") or field == "interest" else field


@lru_cache(1_024)
def family_of(field: str) -> str:
    """Return what kind of evidence a field is."""
    return "extra" if field.startswith("extra.") else FAMILIES.get(field, field)


class Counts(Protocol):
    """How many records there are, and how common a value is among them."""

    @property
    def records(self) -> int:
        """How many there are."""

    def frequency(self, field: str, value: str, default: float) -> float:
        """Return the share of a value among the records that hold the field."""

    def holders_of(self, field: str, value: str) -> int:
        """Return how many of the records that were counted hold a value."""


class Weights:
    """The worth of each finding at one moment: rules, counted frequencies, and shares that were fitted.

    `prior`: bits against two records taken at random being one person, before anything is compared. `lasting`:
    the statistics never change, so that what a value is worth need be worked out but once.
    """

    def __init__(
        self,
        rules: IdentityRules,
        statistics: Counts,
        same: Shares = NOTHING,
        chance: Shares = NOTHING,
        prior: float | None = None,
        *,
        lasting: bool = False,
    ) -> None:
        self.rules = rules
        self.same, self.chance = same, chance
        self.prior = -log2(max(statistics.records, rules.least_population)) if prior is None else prior
        self._statistics = statistics
        self._bits: dict[tuple[str, int, str], float] = {}
        self._lasting = lasting
        self._most: dict[tuple[str, bool], float] = {}
        self._caps = {
            "name": rules.fields["name"].most_bits,
            "work": rules.fields["name"].most_bits,
            "place": rules.place_bits,
            "extra": rules.extra_bits,
        }

    def rules_of(self, field: str) -> FieldRules:
        """Return the rules of a field: its own, or those of its kind."""
        return self.rules.fields[kind_of(field)]

    def bits(self, finding: Agreement) -> float:
        """Return what one finding adds (or takes away), in bits."""
        field, level, value = finding
        if value and (finding in self._bits or self._counts(field, level)):
            return self._by_value(finding)
        known = self._bits.get((field, level, ""))
        if known is None:
            rules = self.rules_of(field)
            chance = self.chance.get(field, rules.chance)[level]
            known = self._bits[field, level, ""] = self._bounded(field, level, chance)
        return known / 2 if known > 0 and value and level == 1 and self._are_two_names(field, value) else known

    def _are_two_names(self, field: str, value: str) -> bool:
        """Tell whether words that a slip makes one (schmidt, schmitt) are both borne by many: then it is no slip."""
        if kind_of(field) != "name" or (words := both_words(value)) is None:
            return False
        return all(self._statistics.holders_of("name", word) >= NAMES for word in words)

    def _counts(self, field: str, level: int) -> bool:
        """Tell whether agreement at a level is worth the more the rarer the value is."""
        rules = self.rules_of(field)
        return rules.by_value and level == len(rules.same) - 1

    def _by_value(self, finding: Agreement) -> float:
        known = self._bits.get(finding)
        if known is None:
            field, level, value = finding
            name = "name" if field in ("surname", "called") else field
            chance = self._statistics.frequency(name, value, self.rules_of(field).chance[-1])
            known = self._bounded(field, level, chance)
            if self._lasting and len(self._bits) < _REMEMBERED:
                self._bits[finding] = known
        return known

    def _bounded(self, field: str, level: int, chance: float) -> float:
        rules = self.rules_of(field)
        same = self.same.get(field, rules.same)[level]
        return min(rules.most_bits, max(rules.least_bits, log2(same / chance)))

    def most(self, field: str, *, but_last: bool = False) -> float:
        """Return the most bits that a field may add; `but_last`: where the values are not the same."""
        known = self._most.get((field, but_last))
        if known is None:
            rules = self.rules_of(field)
            levels = [self.bits(Agreement(field, level)) for level in range(len(rules.same))]
            last = rules.most_bits if rules.by_value else levels[-1]
            known = self._most[field, but_last] = max(levels[:-1] if but_last else (*levels, last))
        return known

    def evidence(self, findings: Comparison) -> Evidence:
        """Return each finding with its bits. What says much the same (parts of a name, of a place) is capped."""
        found = [(finding, self.bits(finding)) for finding in findings]
        totals: dict[str, float] = {}
        for finding, bits in found:
            if bits > 0:
                family = family_of(finding.field)
                totals[family] = totals.get(family, 0.0) + bits
        shrink = {name: most / totals[name] for name, most in self._caps.items() if totals.get(name, 0.0) > most}
        if not shrink:
            return found
        return [(each, bits * shrink.get(family_of(each.field), 1.0) if bits > 0 else bits) for each, bits in found]

    def score(self, findings: Comparison) -> float:
        """Return the bits in favour of one person, the rarity of matches included: 0 is even odds."""
        return self.prior + sum(bits for _, bits in self.evidence(findings))

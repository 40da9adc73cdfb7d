"""Bits of evidence: log2 of how much likelier a finding is if two records are one person (Fellegi and Sunter)."""

from collections.abc import Mapping
from functools import lru_cache
from math import log2
from types import MappingProxyType
from typing import Protocol

from processors.resolver.compare import Agreement, Comparison
from schemas.rules.identity import FieldRules, IdentityRules

ACCOUNTS = frozenset({"wechat", "qq", "douyin", "kuaishou"})
SURE = frozenset({"wechat_unionid", "wechat_openid", "customer", "phone_verified", "id_valid"})
FAMILIES = {
    "name": "name", "birth_date": "birth", "address": "place", "postcode": "place", "region": "place",
    "company": "work", "called": "work", "title": "work", "device": "device", "interest": "extra",
}  # fmt: skip
"""Fields that say much the same. Contacts and identifiers are each one of their own."""

Shares = Mapping[str, tuple[float, ...]]
NOTHING: Shares = MappingProxyType({})
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


class Weights:
    """The worth of each finding at one moment: rules, counted frequencies, and shares that were fitted.

    `prior`: bits against two records taken at random being one person, before anything is compared.
    """

    def __init__(
        self,
        rules: IdentityRules,
        statistics: Counts,
        same: Shares = NOTHING,
        chance: Shares = NOTHING,
        prior: float | None = None,
    ) -> None:
        self.rules = rules
        self.same, self.chance = same, chance
        self.prior = -log2(max(statistics.records, rules.least_population)) if prior is None else prior
        self._statistics = statistics
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
        rules = self.rules_of(finding.field)
        same = self.same.get(finding.field, rules.same)[finding.level]
        chance = self.chance.get(finding.field, rules.chance)[finding.level]
        if rules.by_value and finding.value and finding.level == len(rules.same) - 1:
            counted = "name" if finding.field in ("surname", "called") else finding.field
            chance = self._statistics.frequency(counted, finding.value, rules.chance[-1])
        return min(rules.most_bits, max(rules.least_bits, log2(same / chance)))

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

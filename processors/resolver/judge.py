"""From evidence to a verdict on two records: same, different, or a question for a person."""

from enum import StrEnum
from typing import NamedTuple

from processors.cleansing.hanzi import is_han
from processors.resolver.compare import Comparison, is_shared
from processors.resolver.weights import TAKEN, UNLESS, Evidence, Weights, family_of, kind_of

_PERSONAL = frozenset({"birth", "email", "id_number", "account", "sure"})
_NAMES = frozenset({"name", "surname", "called"})
_PLACES = frozenset({"place", "work", "title", "extra"})
_OF_MANY = frozenset({"surname", "title"})  # a second kind of evidence beside a name they are not
_CONFIRMED = 60.0  # bits: a change of number, confirmed by codes sent to both
_HELD_BACK_BY = 7.0  # bits against, from which even a strong identifier is a question: it was reused or mistyped


class Verdict(StrEnum):
    """What is thought of two records."""

    SAME = "same"
    REVIEW = "review"
    DIFFERENT = "different"


class Judgement(NamedTuple):
    """A verdict with its bits, the evidence, and why a person is asked (empty where nobody is)."""

    verdict: Verdict
    score: float
    evidence: tuple[tuple[str, int, float], ...] = ()
    reason: str = ""


def judge(findings: Comparison, weights: Weights) -> Judgement:
    """Return the verdict on a comparison.

    Strong identifiers decide alone, unless much speaks against them. Otherwise evidence must add up, come from two
    kinds at least, and a name that differs is outweighed only by what belongs to one person alone: two people of
    one household share telephone and address.
    """
    evidence = weights.evidence(findings)
    score = weights.prior + sum([bits for _, bits in evidence])
    told = tuple([(finding.field, finding.level, round(bits, 2)) for finding, bits in evidence])
    if told and told[0][0] == TAKEN:  # first of all, as if it were one lead
        return Judgement(Verdict.SAME, _CONFIRMED, told)
    if told and told[0][0] in UNLESS:  # last, to see what it joins
        return Judgement(Verdict.SAME, weights.rules.same_from, told)
    if contradiction := _contradiction(findings):
        verdict = Verdict.REVIEW if score >= weights.rules.same_from else Verdict.DIFFERENT
        return Judgement(verdict, score, told, contradiction if verdict is Verdict.REVIEW else "")
    if strong(findings):
        against = sum(bits for _, bits in evidence if bits < 0)
        if against > -_HELD_BACK_BY or score >= 3 * weights.rules.same_from:
            return Judgement(Verdict.SAME, max(score, weights.rules.same_from), told)
        return Judgement(Verdict.REVIEW, score, told, "strong identifier, much against it")
    if score < weights.rules.review_from:
        return Judgement(Verdict.DIFFERENT, score, told)
    if _of_an_office(evidence):
        return Judgement(Verdict.DIFFERENT, score, told)
    reason = "evidence is weak" if score < weights.rules.same_from else held_back(evidence, weights)
    return Judgement(Verdict.REVIEW if reason else Verdict.SAME, score, told, reason)


def held_back(evidence: Evidence, weights: Weights) -> str:
    """Return why evidence that adds up is still no proof, empty where it is."""
    families: dict[str, float] = {}
    for finding, bits in evidence:
        kind = kind_of(finding.field)
        personal = kind in _PERSONAL and not is_shared(finding)
        family = kind if personal else "work" if kind == "email" else family_of(finding.field)
        if family != "extra" or finding.field in weights.same:  # its worth is known only where it was learned
            families[family] = families.get(family, 0.0) + bits
    speaking = {family for family, bits in families.items() if bits >= weights.rules.family_bits} - _OF_MANY
    differing = {finding.field for finding, _ in evidence if finding.level == 0}
    if differing & _NAMES and not speaking & _PERSONAL:
        return "the names differ, and what agrees may belong to a household"
    if differing & _NAMES and speaking & _PERSONAL == {"birth"} and _one_surname(evidence):
        return "the names differ, and what agrees may belong to twins"
    firm = {"work", "phone"} <= speaking and any(finding.field == "called" for finding, _ in evidence)
    if not firm and not speaking & (_PERSONAL | {"name"}):
        return "what agrees may belong to a household"
    if len(speaking) < 2 and not speaking & {"email", "id_number", "sure"}:
        return "one kind of evidence alone"
    return ""


def _one_surname(evidence: Evidence) -> bool:
    """Tell whether a part of two Chinese names is the same: of these given names are seldom mistaken as a whole."""
    return any(finding.field == "name" and finding.level == 2 and is_han(finding.value) for finding, _ in evidence)


def _of_an_office(evidence: Evidence) -> bool:
    """Tell whether two names differ, and all that agrees is a place's or a firm's, its line or mailbox among it.

    Colleagues on one switchboard are many: nobody can answer a question about each two of them.
    """
    if not any(finding.level == 0 and finding.field in _NAMES for finding, _ in evidence):
        return False
    speaking = [finding for finding, bits in evidence if bits > 0 and finding.field not in _NAMES]
    shared = [finding for finding in speaking if is_shared(finding)]
    others = (finding for finding in speaking if finding not in shared)
    return bool(shared) and all(family_of(finding.field) in _PLACES for finding in others)


def strong(findings: Comparison) -> bool:
    """Tell whether an identifier that belongs to one person alone is the same."""
    for field, level, _ in findings:
        if (field == "email" and level == 3) or (field == "id_number" and level == 2):
            return True
        if level and kind_of(field) == "sure" and field not in UNLESS:
            return True
    return False


def personal(findings: Comparison) -> int:
    """Return 1 if what belongs to one person alone agrees, -1 if name or birth differ and it does not, else 0."""
    levels: dict[str, int] = {}
    for field, level, _ in findings:
        levels[field] = min(level, levels.get(field, level))
    whole_name = sum(field == "name" for field, _, _ in findings) > 1 and levels.get("name", 0) > 0
    if whole_name or levels.get("birth_date", 0) > 1 or levels.get("email", 0) > 1 or levels.get("id_number", 0) > 0:
        return 1
    return -1 if 0 in (levels.get("name"), levels.get("surname"), levels.get("birth_date")) else 0


def _contradiction(findings: Comparison) -> str:
    """Return which identifier that a person has once differs, empty where none does."""
    for field, level, _ in findings:
        if not level and (field in ("wechat_unionid", "customer", "id_valid") or field.startswith("crm:")):
            return f"{'crm id' if field.startswith('crm:') else field} differs"
    return ""

"""What becomes of a signal in a person's inbox: through which channels it is told, when, and in which words. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from processors.calendars.business import calendar_of, day_of, is_working_day, next_time_of_day, start_of_day
from processors.evidence_words import EvidenceWords
from schemas.masking import NAME_KEYS, mask_name, mask_record, mask_text
from schemas.rules import RuleBook
from schemas.rules.calendar import minutes_of
from schemas.rules.notifications import SEVERITIES, NotificationRules
from schemas.signal import Signal
from schemas.times import DAY, MINUTE, to_local

LINES = 8  # of evidence in one message
LINE = 160  # characters
DAYS = 400  # a calendar without a working day in so many is not waited for

SEVERITY_WORDS = {
    "zh": {"info": "提示", "warning": "注意", "critical": "紧急"},
    "en": {"info": "Info", "warning": "Warning", "critical": "Critical"},
}
DIGEST = {"zh": "{count} 条提醒", "en": "{count} alerts"}


class Plan(NamedTuple):
    """A message that is due: through which channel, in which language, not before when (ms)."""

    channel: str
    language: str
    due: int


class Message(NamedTuple):
    """What a person reads: `id` is derived, so that the same message again can be recognised; no personal data."""

    id: str
    title: str
    lines: tuple[str, ...]
    severity: str

    @property
    def text(self) -> str:
        """Title and lines as plain text."""
        return "\n".join((self.title, *self.lines))


def plans(signal: Signal, recipient: str, now: int, book: RuleBook) -> list[Plan]:
    """Return how a recipient is told of a signal, at a time (ms); nothing for who is not reached or need not be."""
    rules = book.notifications
    reach = rules.of(recipient)
    if reach is None or rank(signal.severity) < rank(reach.least):
        return []
    elsewhere = reach.regions and signal.region is not None and signal.region not in reach.regions
    if elsewhere and recipient.startswith("role:"):
        return []
    due = now if wakes(signal.severity, rules) else quiet_until(now, book)
    return [Plan(channel, reach.language, due) for channel in dict.fromkeys(reach.channels)]


def rank(severity: str) -> int:
    """Return what severities are ordered by."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0


def wakes(severity: str, rules: NotificationRules) -> bool:
    """Whether a signal of this severity heeds neither quiet hours nor the limit per hour."""
    return rank(severity) >= rank(rules.wakes)


def quiet_until(now: int, book: RuleBook) -> int:
    """Return when the quiet hours end in which a moment (ms) lies; the moment itself when it is in none."""
    rules, at = book.notifications, now
    calendar = calendar_of(book, rules.calendar)
    for _ in range(DAYS):
        if rules.quiet_days_off and not is_working_day(day_of(at), calendar):
            at = start_of_day(day_of(at) + 1)
        elif _is_quiet(at, rules):
            at = next_time_of_day(at, rules.quiet_until)
        else:
            return at
    return now


def _is_quiet(at: int, rules: NotificationRules) -> bool:
    minute = (at - start_of_day(day_of(at))) % DAY // MINUTE
    begin, end = minutes_of(rules.quiet_from), minutes_of(rules.quiet_until)
    return begin <= minute < end if begin <= end else minute >= begin or minute < end


def message(
    signals: Sequence[Signal], target: str, language: str, names: Mapping[str, str], words: EvidenceWords
) -> Message:
    """Return the message that tells of these signals, masked: one with its evidence, several a line each.

    `names` are what entities are called in titles, as far as that is a person's name; evidence is said in `words`.
    """
    worst = max(signals, key=lambda signal: rank(signal.severity)).severity
    severities = SEVERITY_WORDS[language]
    if len(signals) == 1:
        (signal,) = signals
        head = f"[{severities[signal.severity]}] {title(signal, language, names)}"
        details = tuple(_details(signal, language, names, words))
        return Message(message_id([signal.signal_id], target), head, details, worst)
    head = f"[{severities[worst]}] {DIGEST[language].format(count=len(signals))}"
    lines = tuple(
        f"{to_local(signal.at)} [{severities[signal.severity]}] {title(signal, language, names)}"[:LINE]
        for signal in signals
    )
    return Message(message_id([signal.signal_id for signal in signals], target), head, lines, worst)


def message_id(signal_ids: Iterable[str], target: str) -> str:
    """Return 32 hex digits that depend on whom a message tells of what."""
    return hashlib.blake2b("\x1f".join((target, *signal_ids)).encode(), digest_size=16).hexdigest()


def title(signal: Signal, language: str, names: Mapping[str, str]) -> str:
    """Return a signal's title with names and numbers masked: a group reads it."""
    text = signal.title.get(language) or signal.title.get("zh") or signal.kind
    return " ".join(mask_text(_without(text, _known(signal, names))).split())


def masked_evidence(signal: Signal, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a signal's evidence as it may leave the house; a name is masked in every text that has it."""
    return dict(mask_record(_without(signal.evidence, _known(signal, names))))


def _known(signal: Signal, names: Mapping[str, str]) -> list[str]:
    """Return the names of people that a signal tells, the longest first."""
    known = {*_names(signal.evidence), names.get(signal.entity, "").strip()} - {""}
    return sorted(known, key=len, reverse=True)


def _without(value: Any, names: Sequence[str]) -> Any:
    if isinstance(value, str):
        for name in names:
            value = value.replace(name, mask_name(name))
        return value
    if isinstance(value, Mapping):
        return {key: _without(member, names) for key, member in value.items()}
    return [_without(member, names) for member in value] if isinstance(value, list | tuple) else value


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            if str(key).lower() in NAME_KEYS and isinstance(member, str) and len(member.strip()) > 1:
                yield member.strip()
            else:
                yield from _names(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _names(member)


def _details(signal: Signal, language: str, names: Mapping[str, str], words: EvidenceWords) -> Iterator[str]:
    yield f"{to_local(signal.at)}  {mask_text(signal.entity)}"
    shown = [" ".join(line.split())[:LINE] for line in words.lines(masked_evidence(signal, names), language)]
    yield from shown[:LINES]
    if len(shown) > LINES:
        yield f"… +{len(shown) - LINES}"

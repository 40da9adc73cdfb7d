"""Making deliveries from notices, in the order of the inboxes and without passing over any."""

from collections.abc import Mapping, Sequence

from processors.notifying import plans
from schemas.rules import RuleBook
from sinks.channels import Channel
from sinks.postgres.deliveries import Notice, Owed


class Gaps:
    """Tells how far notices may be taken: their numbers are drawn before they can be seen.

    A number that is missing belongs to a transaction that still runs, or to one that was rolled back. It is passed
    over once every transaction has ended that ran, or could have drawn it, when the gap was first seen.
    """

    def __init__(self) -> None:
        self._gap = -1
        self._until = 0

    def settled(self, position: int, notices: Sequence[Notice]) -> list[Notice]:
        """Return the notices that nothing can come before any more; `notices` begin beyond `position`, in order."""
        last = position
        for place, notice in enumerate(notices):
            if notice.seq != last + 1 and not self._closed(last + 1, notice):
                return list(notices[:place])
            last = notice.seq
        return list(notices)

    def _closed(self, gap: int, notice: Notice) -> bool:
        if self._gap != gap:
            self._gap, self._until = gap, notice.next
        return notice.oldest >= self._until


def owed(notice: Notice, now: int, book: RuleBook, channels: Mapping[str, Channel]) -> tuple[list[Owed], list[str]]:
    """Return the messages that a notice asks for, and the channels it asks for in vain: unknown, or without address."""
    found, missing = [], []
    for plan in plans(notice.signal, notice.recipient, now, book):
        channel = channels.get(plan.channel)
        if channel is None or not channel.reaches(notice.recipient):
            missing.append(plan.channel)
            continue
        found.append(
            Owed(
                signal_id=notice.signal.signal_id,
                recipient=notice.recipient,
                channel=plan.channel,
                target=notice.recipient if channel.personal else "",
                language=plan.language,
                severity=notice.signal.severity,
                due=plan.due,
            )
        )
    return found, missing

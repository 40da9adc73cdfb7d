"""The SSE event id: how far each of a person's inboxes has been shown, as `rep:r17=170-0|role:manager=169-3`."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from sinks.inbox import entry_order

LIMIT = 2**63  # Redis takes no larger numbers in an entry's id


def write_position(positions: Mapping[str, str]) -> str:
    """Return the event id that resumes after these entries; ASCII, whatever the recipients are called."""
    return "|".join(f"{quote(name, safe=':@')}={entry_id}" for name, entry_id in positions.items())


def read_position(text: str | None, recipients: tuple[str, ...]) -> dict[str, str] | None:
    """Return where to resume; None when the id does not say it for exactly these inboxes."""
    found: dict[str, str] = {}
    for part in (text or "").split("|"):
        name, _, entry_id = part.rpartition("=")
        try:
            ms, number = entry_order(entry_id)
        except ValueError:
            return None
        if not (0 <= ms < LIMIT and 0 <= number < LIMIT):
            return None
        found[unquote(name)] = f"{ms}-{number}"
    return {name: found[name] for name in recipients} if found.keys() == set(recipients) else None

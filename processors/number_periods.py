"""Who held a phone number when. Numbers are given out anew, and news of a change may come late: event time decides."""

from bisect import insort

from schemas.identity import IdKey, Past, PastHolders, let_go


class Periods:
    """Who held phone numbers before their present holders, by number, in the order in which that ended."""

    def __init__(self, past: PastHolders) -> None:
        self.known: dict[str, list[Past]] = {}
        for number, ends in past.items():
            if kept := sorted(each for each in ends if not let_go(each.by)):
                self.known[number] = kept

    def add(self, key: IdKey, past: Past) -> None:
        """Note one that ended."""
        insort(self.known.setdefault(key.value, []), past)

    def ending(self, key: IdKey, at: int) -> Past | None:
        """Return the first that ended at a moment (ms) or later."""
        if key.kind != "phone" or key.value not in self.known:
            return None
        return next((each for each in self.known[key.value] if each.until >= at), None)

    def holder(self, key: IdKey, at: int) -> str | None:
        """Return who held a number at a moment, None where that is whoever holds it now. A change is the new one's."""
        past = self.ending(key, at + 1)
        return past.lead if past is not None else None

"""Who held a number when: numbers are given out anew, so one number in two periods is two numbers."""

from bisect import bisect_right, insort

import msgspec

from processors.resolver.profile import Phone, Profile, sealed


class Holdings:
    """The moments (ms) at which each number was given up. A number in different periods links nobody."""

    def __init__(self) -> None:
        self._given_up: dict[str, list[int]] = {}

    def give_up(self, number: str, at: int) -> bool:
        """Note that a holder gave a number up; return whether that was news."""
        moments = self._given_up.setdefault(number, [])
        if at in moments:
            return False
        insort(moments, at)
        return True

    def period(self, number: str, at: int) -> int:
        """Return in which period of a number a moment lies, 0 the first. The moment of the change is the new one."""
        return bisect_right(self._given_up.get(number, []), at)

    def dated(self, profile: Profile, at: int) -> Profile:
        """Return a record with the period of each of its numbers at its time."""
        if not any(phone.digits in self._given_up for phone in profile.phones):
            return profile
        phones = tuple(Phone(each.digits, each.verified, self.period(each.digits, at)) for each in profile.phones)
        return sealed(msgspec.structs.replace(profile, phones=phones))

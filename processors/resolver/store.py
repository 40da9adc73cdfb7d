"""Where the resolver finds what it was given: records by blocking keys, and what was found between them.

All in memory: of `whetstone evaluate` and of tests. The event path asks the lead library instead (`sinks.evidence`).
"""

from collections.abc import Iterable, Mapping, Sequence

from processors.cleansing.phone_mask import PhoneMask
from processors.resolver.compare import Comparison
from processors.resolver.profile import Profile

_HEAD = 3  # digits of a mainland mobile that every usable mask shows


class EvidenceStore:
    """Records under their blocking keys, and the findings between them. Calls take many at once."""

    def __init__(self) -> None:
        self._profiles: dict[str, Profile] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._under: dict[str, dict[str, None]] = {}
        self._found: dict[str, dict[str, Comparison]] = {}
        self._numbers: dict[str, dict[str, int]] = {}
        self._masked: dict[str, dict[str, Profile]] = {}

    def profiles(self, contents: Iterable[str]) -> Mapping[str, Profile]:
        """Return the records with these contents; those that are unknown are left out."""
        return {content: self._profiles[content] for content in contents if content in self._profiles}

    def under(self, keys: Iterable[str], most: int) -> Mapping[str, Sequence[str]]:
        """Return the contents under each key. A key with more than `most` is left out: it names too many people."""
        found = ((key, self._under.get(key)) for key in keys)
        return {key: tuple(contents) for key, contents in found if contents and len(contents) <= most}

    def add(self, profile: Profile, keys: Iterable[str]) -> None:
        """Keep a record under its keys."""
        self._profiles[profile.content] = profile
        self._keys[profile.content] = tuple(sorted(keys))
        self._found.setdefault(profile.content, {})
        for key in self._keys[profile.content]:
            self._under.setdefault(key, {})[profile.content] = None
        for phone in profile.phones:
            numbers = self._numbers.setdefault(phone.digits[:_HEAD], {})
            numbers[phone.digits] = numbers.get(phone.digits, 0) + 1
        for mask in profile.masks:
            self._masked.setdefault(mask.ends[0][:_HEAD], {})[profile.content] = profile

    def remove(self, content: str) -> None:
        """Forget a record, its keys and its findings."""
        profile = self._profiles.pop(content)
        for key in self._keys.pop(content):
            del self._under[key][content]
        for other in self._found.pop(content):
            del self._found[other][content]
        for phone in profile.phones:
            numbers = self._numbers[phone.digits[:_HEAD]]
            numbers[phone.digits] -= 1
            if not numbers[phone.digits]:
                del numbers[phone.digits]
        for mask in profile.masks:
            self._masked[mask.ends[0][:_HEAD]].pop(content, None)

    def append(self, findings: Iterable[tuple[str, str, Comparison]]) -> None:
        """Keep what was found between records (contents, the lesser first)."""
        for left, right, comparison in findings:
            self._found[left][right] = self._found[right][left] = comparison

    def found(self, content: str) -> Mapping[str, Comparison]:
        """Return the findings between a record and each other one."""
        return self._found.get(content, {})

    def fitting(self, mask: PhoneMask, most: int) -> Sequence[str]:
        """Return the known numbers that a mask fits, `most` at the most.

        A mask that hides the beginning may fit any number: all are tried.
        """
        head = mask.ends[0]
        groups = [self._numbers.get(head[:_HEAD], {})] if len(head) >= _HEAD else list(self._numbers.values())
        fitting = (number for group in groups for number in group if mask.matches("+86" + number))
        return [number for number, _ in zip(fitting, range(most), strict=False)]

    def masks_for(self, number: str) -> Sequence[str]:
        """Return the contents of the records with a mask that fits a number."""
        groups = [group for head, group in self._masked.items() if number.startswith(head)]
        known = ((content, profile) for group in groups for content, profile in group.items())
        return [content for content, each in known if any(mask.matches("+86" + number) for mask in each.masks)]

    def shared_keys(self, left: str, right: str, most: int) -> bool:
        """Tell whether two records still share a key that does not name too many people."""
        return any(len(self._under[key]) <= most for key in set(self._keys[left]).intersection(self._keys[right]))

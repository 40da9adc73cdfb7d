"""What a slice of the event path sees of records: found by node and by key, and what was found between them."""

from collections.abc import Iterable

from processors.resolver.compare import Comparison
from processors.resolver.packed import unpack
from processors.resolver.profile import Profile
from processors.resolver.weights import BOUND, TOGETHER
from schemas.evidence import EvidenceRecord, Near
from schemas.rules.identity import ClusterLimits

LAST = 2**62  # the place of a lead of which nothing is kept yet


class Records:
    """Records and findings. `waiting` are records of the slice whose turn has not come; `at` (ms) is when one was said.

    `changes` are records that say that numbers changed hands: here they alone have `texts`. `full` are keys that hold
    too many records to count, `order` says in which order leads began, `together` what named two leads at once.
    """

    def __init__(self, limits: ClusterLimits) -> None:
        self.limits = limits
        self.profiles: dict[str, Profile] = {}
        self.lead_of: dict[str, str] = {}
        self.at: dict[str, int] = {}
        self.changes: set[str] = set()
        self.nodes: dict[str, list[str]] = {}
        self.order: dict[str, int] = {}
        self.buckets: dict[int, list[str]] = {}
        self.full: set[int] = set()
        self.edges: dict[str, dict[str, Comparison]] = {}
        self.together: dict[str, None] = {}
        self.waiting: set[str] = set()
        self.newest: int | None = None
        self._added: dict[int, list[str]] = {}
        self._read: set[int] = set()

    def take(self, near: Near, keys: Iterable[int]) -> None:
        """Add what was found under `keys`. What was known under them before stands."""
        for record in near.records:
            self._know(record)
        asked = set(keys)
        self.full |= near.full & asked
        fresh = asked.difference(self._read, near.full)
        self._read |= fresh
        for key, nodes in near.buckets.items():  # of ten keys nine have none
            if key in fresh:
                self.buckets[key] = list(nodes)
        for key in fresh.intersection(self._added):
            for node in self._added[key]:
                self._put(key, node)
        self.newest = near.newest if self.newest is None else min(self.newest, near.newest)

    def add(self, node: str, lead: str, profile: Profile, keys: Iterable[int], at: int) -> None:
        """Add a record of the slice, whose turn has not come; it is found by the records after it."""
        self.profiles[node], self.lead_of[node], self.at[node] = profile, lead, at
        if profile.texts:
            self.changes.add(node)
        self.waiting.add(node)
        for key in keys:
            self._added.setdefault(key, []).append(node)
            if key in self._read:
                self._put(key, node)

    def begin(self, node: str, lead: str, place: int) -> None:
        """Note that a record's turn has come."""
        self.waiting.discard(node)
        self._place(node, lead)
        self.order.setdefault(lead, place)

    def join(self, left: str, right: str, findings: Comparison) -> None:
        """Add what was found between two records."""
        if findings and findings[0].field in (TOGETHER, BOUND):
            self.together[findings[0].value] = None
        self.edges.setdefault(left, {})[right] = findings
        self.edges.setdefault(right, {})[left] = findings

    def under(self, keys: Iterable[int]) -> dict[str, None]:
        """Return the records under keys that do not hold too many, in order, each once."""
        found: dict[str, None] = {}
        for key in keys:
            if key in self.buckets and key not in self.full:
                found.update(dict.fromkeys(self.buckets[key]))
        return found

    def _put(self, key: int, node: str) -> None:
        bucket = self.buckets.setdefault(key, [])
        bucket.append(node)
        if len(bucket) > self.limits.candidates:
            self.full.add(key)

    def _know(self, record: EvidenceRecord) -> None:
        if record.node not in self.profiles:
            profile = self.profiles[record.node] = unpack(record.profile)
            self.lead_of[record.node], self.at[record.node] = record.lead, record.at
            if profile.texts:
                self.changes.add(record.node)

    def _place(self, node: str, lead: str) -> None:
        nodes = self.nodes.setdefault(lead, [])
        if node not in nodes:
            nodes.append(node)

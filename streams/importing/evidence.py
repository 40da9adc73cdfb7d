"""What a row says of its person as evidence: made where rows are cleansed, beside what is judged of others."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from processors.identity import Known
from processors.leads import numbers
from processors.resolver.live.keys import Keys, live_keys
from processors.resolver.packed import PackedProfile, live_profile, telling
from schemas.identity import PastHolders


class Evidence(NamedTuple):
    """A row in comparable form, and under which keys it is found and looks for others."""

    profile: PackedProfile
    keys: Keys


def evidence_of(fields: Mapping[str, Any], ids: Iterable[Known], at: int, past: PastHolders) -> Evidence | None:
    """Return what cleansed lead fields and normalised identifiers say of a person; None where it is too little.

    See `live_profile` for `at` (ms since 1970) and `past`.
    """
    profile = live_profile(fields, ids, at, past)
    return Evidence(profile, live_keys(profile)) if telling(profile) else None


def phones_in(fields: Mapping[str, Any], ids: Iterable[Known]) -> Iterator[str]:
    """Yield the phone numbers in what `evidence_of` is given."""
    yield from (known.key.value for known in ids if known.key.kind == "phone")
    yield from fields.get(numbers.FIELD) or ()

"""Derived ids: 100 bits of a hash in base32, the same for ever."""

from base64 import b32encode
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import derived_id


@given(st.lists(st.text(st.characters(codec="utf-8")) | st.integers(), max_size=4))
def test_the_id_is_lower_case_base32_of_the_hash(parts: list[str | int]) -> None:
    digest = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=13).digest()
    assert derived_id(*parts) == b32encode(digest).decode().lower()[:20]

"""Values that reach every length and size of an Avro field: short and long texts, ordinary and extreme numbers."""

from hypothesis import strategies as st

TEXTS = (
    st.text(max_size=8) | st.text(max_size=200) | st.sampled_from(["phone:+8613800138000", "form_submitted", "网站"])
)
LONGS = st.one_of(st.integers(1_500_000_000_000, 1_900_000_000_000), st.integers(-(1 << 63), (1 << 63) - 1))
INTS = st.integers(0, (1 << 31) - 1)

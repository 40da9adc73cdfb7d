"""Hypothesis strategies: valid data of every type drawn from its model, arbitrary JSON, mutations of valid events."""

from typing import Any

from hypothesis import strategies as st

from schemas.catalogue import FACT_TYPES, TYPES
from tests.events import FULL, event

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20).filter(str.strip)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
MONEY = st.integers(0, 10**12).map(str)
DAYS = st.dates().map(lambda day: day.isoformat())
TIMES = st.integers(0, 253_402_300_799_999)
CELLS = st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=5)


def _like(name: str, value: Any) -> st.SearchStrategy[Any]:
    """Return values of the kind that an example shows; texts whose form matters stay as they are."""
    if name == "items":
        item = st.fixed_dictionaries({}, optional={"sku": TEXTS, "quantity": st.floats(0, 1e9), "unit_price": MONEY})
        return st.lists(item, max_size=5)
    if name == "row":
        return CELLS
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, int):
        return TIMES
    if isinstance(value, float):
        return st.floats(0, 80)
    if name in ("amount", "annual_revenue", "monthly_budget", "monthly_amount", "budget"):
        return MONEY
    if name.endswith("_on"):
        return DAYS
    fixed = (
        "answer",
        "keep",
        "datum",
        "currency",
        "stage",
        "status",
        "kind",
        "mood",
        "what",
        "photo_sha256",
        "channel",
    )
    return st.just(value) if name in fixed else TEXTS


@st.composite
def data_of(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Return plain data of a type: required fields, some of the optional ones, sometimes unknown ones."""
    fields = FACT_TYPES[name].model.model_fields
    chosen = [field for field in fields if fields[field].is_required() or draw(st.booleans())]
    data = {field: draw(_like(field, FULL[name][field])) for field in chosen}
    extra = draw(st.dictionaries(TEXTS.filter(lambda key: key not in fields), JSON, max_size=3))
    return {**data, "extra": extra} if extra else data


@st.composite
def typed(draw: st.DrawFn, names: Any = tuple(TYPES)) -> tuple[str, dict[str, Any]]:
    """Return a type and plain data of it."""
    name = draw(st.sampled_from(list(names)))
    return name, draw(data_of(name))


@st.composite
def broken_events(draw: st.DrawFn) -> dict[str, Any]:
    """Return a valid event in which something was replaced by arbitrary JSON, or removed."""
    whole = event(draw(st.sampled_from(list(TYPES))))
    target: dict[str, Any] = whole if draw(st.booleans()) else whole["data"]
    for field in draw(st.lists(st.sampled_from([*target, "other"]), min_size=1, max_size=3, unique=True)):
        if draw(st.booleans()):
            target[field] = draw(JSON)
        else:
            target.pop(field, None)
    return whole

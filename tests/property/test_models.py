"""Properties of the models: total, bounded, replayable, whatever comes."""

import math
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from online_models.features import FEATURES, NEW, update, vector
from online_models.features.channels import BY_TYPE
from online_models.learner import Learner
from online_models.maturation import NOTHING, Memory, ask, matured, ordered
from online_models.quantiles import QuantileSketch, rank
from online_models.scorer import Scorer
from schemas.times import DAY, HOUR
from tests.unit.models_facts import fact

HORIZON = 7 * DAY
anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.integers(), max_size=2)
)
facts = st.lists(
    st.tuples(
        st.sampled_from([*BY_TYPE, "tender_published", "no_such_type"]),
        st.one_of(st.integers(0, 4_102_444_800_000), st.sampled_from([-1, 2**63])),
        st.fixed_dictionaries(
            {}, optional={"amount": anything, "mood": anything, "url": anything, "section": anything}
        ),
    ),
    max_size=30,
)


@given(facts, st.integers(-(10**15), 10**15))
@example([("order_placed", 0, {"amount": 0}), ("order_placed", 0, {"amount": 3_269_180})], 0)
def test_features_are_total_bounded_and_survive_being_written_down(given_: list[Any], at: int) -> None:
    state = NEW
    for kind, when, data in given_:
        state = update(state, fact(kind, when, **data))
    written = msgspec.msgpack.encode(state)
    assert len(written) <= 600
    found = vector(state, at)
    assert len(found) == len(FEATURES)
    assert all(math.isfinite(value) and abs(value) <= 12 for value in found)
    assert vector(msgspec.msgpack.decode(written), at) == found


@given(st.permutations([1_700_000_000_000 + step * HOUR * 7 for step in range(6)]))
def test_counts_do_not_depend_on_the_order_of_arrival(times: list[int]) -> None:
    state, sorted_ = NEW, NEW
    for at in times:
        state = update(state, fact("login", at))
    for at in sorted(times):
        sorted_ = update(sorted_, fact("login", at))
    late, usual = state["c"]["l"], sorted_["c"]["l"]
    assert late[:2] == usual[:2]
    assert all(abs(a - b) <= 6 for a, b in zip(late[2:], usual[2:], strict=True))  # thousandths, by rounding


vectors = st.lists(
    st.tuples(st.lists(st.floats(-12, 12, width=16), min_size=3, max_size=3), st.integers(0, 1), st.floats(0.5, 3)),
    max_size=40,
)


@settings(max_examples=50)
@given(vectors, st.integers(0, 40))
def test_where_a_learner_is_written_down_makes_no_difference(examples: list[Any], cut: int) -> None:
    names = ("a", "b", "c")
    straight, broken = Learner(names=names), Learner(names=names)
    for number, (x, label, weight) in enumerate(examples):
        if number == cut:
            broken = Learner.restore(broken.checkpoint(), names=names)
        straight.learn(x, label, weight)
        broken.learn(x, label, weight)
    assert broken.checkpoint() == straight.checkpoint()
    assert broken.snapshot() == straight.snapshot()
    scorer = Scorer(straight.model(), names)
    for x, _, _ in examples:
        assert 0.0 <= scorer.score(x).probability <= 1.0


@given(
    st.lists(st.integers(0, 30 * 24), min_size=1, max_size=20, unique=True),
    st.lists(st.integers(0, 40 * 24), max_size=8, unique=True),
)
def test_every_snapshot_gets_one_label_and_it_is_the_right_one(questions: list[int], orders: list[int]) -> None:
    memory: Memory = NOTHING
    told: list[dict[str, Any]] = []
    events = sorted([(at, "ask") for at in questions] + [(at, "order") for at in orders])
    for hour, what in events:
        now = hour * HOUR
        memory, examples = matured(memory, now - 1, HORIZON)
        told += examples
        if what == "ask":
            memory, _ = ask(memory, "lead:a", now, 0.5, "m", {}, HORIZON)
        else:
            memory, _ = ordered(memory, f"o{hour}", now, HORIZON)
    memory, examples = matured(memory, 10**12, HORIZON)
    told += examples
    asked = [one["asked_at"] for one in told]
    assert len(asked) == len(set(asked))
    assert set(asked) <= {hour * HOUR for hour in questions}
    assert {at // DAY for at in asked} == {hour // 24 for hour in questions}
    for one in told:
        within = [at for at in orders if one["asked_at"] < at * HOUR <= one["asked_at"] + HORIZON]
        assert one["label"] == int(bool(within))


@given(st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=400), st.floats(-1e15, 1e15), st.floats(-1e15, 1e15))
def test_quantiles_never_fall_and_ranks_neither(values: list[float], a: float, b: float) -> None:
    sketch = QuantileSketch()
    for value in values:
        sketch.add(value)
    levels = sketch.quantiles()
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (min(values), max(values))
    low, high = sorted((a, b))
    assert 0.0 <= rank(levels, low) <= rank(levels, high) <= 1.0

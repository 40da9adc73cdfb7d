"""What the purchase model costs per call, and how large what it writes is; prints a Markdown table.

    python tests/bench/model_costs.py

The least of many repeats, one thread. River's logistic regression stands beside it, on the same features.
"""

import random
import timeit
from collections.abc import Callable

import msgspec
from river import linear_model, preprocessing

from online_models.features import NAMES, NEW, FeatureState, update, vector
from online_models.learner import Learner
from online_models.scorer import Scorer
from schemas.fact import Fact, Origin
from schemas.times import DAY, HOUR

BEGIN = 1_700_000_000_000
TYPES = ("order_placed", "page_viewed", "form_submitted", "login", "link_clicked", "contact_noted")


def lead(chance: random.Random) -> tuple[FeatureState, int, Fact]:
    """Return a lead's state, the time, and the next fact."""
    state, at = NEW, BEGIN
    for step in range(40):
        at += int(chance.expovariate(1 / DAY)) + HOUR
        data = {"amount": "99.5", "mood": "positive", "url": "/pricing"}
        kind = "order_placed" if step % 7 == 0 else chance.choice(TYPES)
        next_fact = Fact(entity="lead:a", type=kind, at=at, known_at=at, origin=Origin("t", "0", 0, 0), data=data)
        state = update(state, next_fact)
    return state, at + HOUR, next_fact


def least(call: Callable[[], object], number: int = 100, repeats: int = 300) -> float:
    """Return the least µs per call."""
    return min(timeit.repeat(call, number=number, repeat=repeats)) / number * 1e6


def main() -> None:
    """Print the table."""
    chance = random.Random(1)
    leads = [lead(chance) for _ in range(200)]
    vectors = [vector(state, at) for state, at, _ in leads]
    labels = [int(chance.random() < 0.2) for _ in leads]
    learner = Learner()
    for x, y in zip(vectors, labels, strict=True):
        learner.learn(x, y)
    scorer = Scorer(learner.model())
    river = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    rows = [dict(zip(NAMES, x, strict=True)) for x in vectors]
    turn = iter(range(10**9))

    def learn() -> None:
        place = next(turn) % len(vectors)
        learner.learn(vectors[place], labels[place])

    def river_learn() -> None:
        place = next(turn) % len(rows)
        river.learn_one(rows[place], bool(labels[place]))

    state, now, fact = leads[0]
    figures = {
        "`features.update`, one fact": least(lambda: update(state, fact)),
        "`features.vector`": least(lambda: vector(state, now)),
        "`Scorer.score`": least(lambda: scorer.score(vectors[0])),
        "`Scorer.explain`": least(lambda: scorer.explain(vectors[0])),
        "`Learner.learn`": least(learn),
        "River `StandardScaler`, `LogisticRegression`: score": least(lambda: river.predict_proba_one(rows[0])),
        "River: learn": least(river_learn),
    }
    print("| call | µs |\n|---|---|")
    for name, value in figures.items():
        print(f"| {name} | {value:.1f} |")
    sizes = [len(msgspec.msgpack.encode(state)) for state, _, _ in leads]
    print(f"\nstate of a lead with 6 kinds of behaviour: {max(sizes)} bytes at most")
    print(f"snapshot {len(learner.snapshot())} bytes, checkpoint {len(learner.checkpoint())} bytes")


if __name__ == "__main__":
    main()

"""The records of the topic `examples`, as the learner takes them: one function, one record.

| kind | fields | what it does |
|---|---|---|
| `label` | asked_at (ms), features (state of `online_models.features`), label, [was, weight] | learns, or corrects |
| `behaviours` | segment, values (behaviour → number) | moves the population's quantiles |
| `outcome` | segment, values, good | moves the weights of health |
"""

from collections.abc import Mapping
from typing import Any

from online_models.features import vector
from online_models.learner import Drift, Learner


def take(learner: Learner, data: Mapping[str, Any]) -> list[Drift]:
    """Apply one example; return what has moved. What cannot be read changes nothing but `learner.unusable`."""
    try:
        match data.get("kind"):
            case "label":
                return _label(learner, data)
            case "behaviours" if learner.health is not None:
                learner.health.observe(str(data["segment"]), data["values"])
                return []
            case "outcome" if learner.health is not None:
                learner.health.outcome(str(data["segment"]), data["values"], bool(data["good"]))
                return []
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        pass  # counted below: a record that a later release wrote must not stop this one
    learner.unusable += 1
    return []


def _label(learner: Learner, data: Mapping[str, Any]) -> list[Drift]:
    features = vector(data["features"], data["asked_at"])
    if "was" in data:
        learner.correct(features, data["was"], data["label"])
        return []
    return learner.learn(features, data["label"], data.get("weight", 1.0))

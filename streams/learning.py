"""What a learner tells the partitions of `facts`: the live stage and replay say it with the same words."""

from online_models.learner import Drift
from online_models.record import NAME
from online_models.trainer import Trainer
from schemas.fact import Fact, ModelChange, Origin
from schemas.ids import entity_key


def model_change(trainer: Trainer) -> ModelChange:
    """Return the control record that puts the trainer's model in force."""
    made = trainer.publish()
    return ModelChange(name=NAME, version=made.version, snapshot=made.snapshot)


def moved_fact(drift: Drift, at: int, origin: Origin, examples: int) -> Fact:
    """Return the fact that tells the model, as an entity, what has moved after so many examples; `at` in ms."""
    data: dict[str, object] = {"what": drift.what, "examples": examples}
    if drift.feature:
        data |= {"feature": drift.feature, "usual": round(drift.usual, 6), "now": round(drift.now, 6)}
    entity = entity_key("model", NAME)
    return Fact(entity=entity, type="model_moved", at=at, known_at=at, origin=origin, source="whetstone", data=data)

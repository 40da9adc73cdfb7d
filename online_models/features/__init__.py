"""Features of a lead: incremental, bounded, pure; the same code live, in replay and in evaluation."""

from online_models.features.catalogue import FEATURES, INDEX, NAMES, VERSION, Feature
from online_models.features.joined import joined
from online_models.features.state import NEW, FeatureState, update
from online_models.features.vector import SIZE, Vector, vector

__all__ = [
    "FEATURES",
    "INDEX",
    "NAMES",
    "NEW",
    "SIZE",
    "VERSION",
    "Feature",
    "FeatureState",
    "Vector",
    "joined",
    "update",
    "vector",
]

"""The published model: what a scorer needs, as msgpack of plain data, never code. At most 64 KiB."""

from collections.abc import Mapping
from hashlib import blake2b
from math import isfinite
from typing import Any

import msgspec

LARGEST = 64 * 1024
FORMAT = 1
NAME = "purchase"  # the name under which the record travels in `ModelChange`


class BadModel(ValueError):
    """The bytes are not a model that this release can score with. Keep the model in force, report this."""


class ModelRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A linear model with its calibration, and what health needs to know of the population.

    `names`, `weights` and `means` are parallel; a scorer takes the features it knows by name, so a feature that
    appears or vanishes breaks nothing. Log odds = bias + Σ weight * feature; calibrated log odds = slope * log
    odds + shift. `means` are for explanations. `examples` and `positives` are the evidence so far; below
    `sure_after` of either label, scores are marked unsure.
    """

    format: int
    features: str
    names: tuple[str, ...]
    weights: tuple[float, ...]
    means: tuple[float, ...]
    bias: float
    slope: float = 1.0
    shift: float = 0.0
    examples: int = 0
    positives: int = 0
    sure_after: int = 0
    health: Mapping[str, Any] = {}

    @property
    def unsure(self) -> bool:
        """Say whether there is too little evidence to rely on the scores."""
        return min(self.positives, self.examples - self.positives) < self.sure_after


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ModelRecord).decode


def encode_model(record: ModelRecord) -> bytes:
    """Return the bytes of a model. Raises BadModel when they are more than 64 KiB."""
    data = _encode(record)
    if len(data) > LARGEST:
        raise BadModel(f"the model takes {len(data)} bytes, at most {LARGEST} can be published")
    return data


def decode_model(data: bytes) -> ModelRecord:
    """Read a model. Raises BadModel, which says what is wrong with it."""
    if len(data) > LARGEST:
        raise BadModel(f"{len(data)} bytes are more than a model may have ({LARGEST})")
    try:
        record = _decode(data)
    except msgspec.MsgspecError as error:
        raise BadModel(f"not a model: {error}") from error
    if record.format != FORMAT:
        raise BadModel(f"the model has format {record.format}, this release reads {FORMAT}")
    if not len(record.names) == len(record.weights) == len(record.means):
        raise BadModel("names, weights and means must have the same number of entries")
    numbers = (*record.weights, *record.means, record.bias, record.slope, record.shift)
    if not all(map(isfinite, numbers)) or record.slope <= 0.0:
        raise BadModel("a model has finite numbers and a slope above 0")
    return record


def version_of(data: bytes) -> str:
    """Return the version of a published model: 12 hex digits that depend on its bytes alone."""
    return blake2b(data, digest_size=6).hexdigest()

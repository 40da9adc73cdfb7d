"""The words that evidence is told in: the table that ships with the live page."""

from functools import cache
from importlib.resources import files

import orjson

from processors.evidence_words import EvidenceWords


@cache
def evidence_words() -> EvidenceWords:
    """Return the words of the installation's `words.json`, read once."""
    text = files("streams.gateway").joinpath("static", "words.json").read_bytes()
    return EvidenceWords.of(orjson.loads(text))

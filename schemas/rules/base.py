"""The base of every section of the rule book: unknown keys are refused, documents are immutable."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the rule book. A key that no rule reads is an error: it would change nothing, silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)

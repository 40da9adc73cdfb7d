"""Names that rules refer to, each checked when the book is read: fact types, their fields, recipients, grades."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from schemas.catalogue import FACT_TYPES, TYPES
from schemas.rules.base import Section

Hours = Literal["wall", "business"]
Grade = Literal["A", "B", "C", "D"]
Stage = Literal["lead", "solution", "commercial", "legal", "won", "lost"]


def _touchpoint_type(name: str) -> str:
    if name not in TYPES:
        raise ValueError(f"no front end sends {name!r}; the types are {', '.join(TYPES)}")
    return name


def _fact_type(name: str) -> str:
    if name not in FACT_TYPES:
        raise ValueError(f"there is no fact type {name!r}; the types are {', '.join(FACT_TYPES)}")
    return name


TouchpointType = Annotated[str, AfterValidator(_touchpoint_type)]
"""A type that front ends send."""

FactType = Annotated[str, AfterValidator(_fact_type)]
"""A type of fact: those of touchpoints, and those that entities send each other."""

Recipient = Annotated[str, StringConstraints(pattern=r"^(rep|role:[a-z][a-z0-9_]*|rep:\S+)$")]
"""`rep` (the lead's or deal's own rep), `role:NAME` (all who hold a role) or `rep:ID` (one person)."""

CalendarName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


class Match(Section):
    """What a rule looks for: a fact type and, where it matters, the values that one field of its data may have."""

    type: FactType = Field(description="Fact type")
    field: str | None = Field(None, description="Field of the type's data; `extra.NAME` for one no model declares")
    any_of: tuple[str, ...] = Field((), description="Values of the field that count; none given: any value at all")

    @model_validator(mode="after")
    def _resolves(self) -> Self:
        known = FACT_TYPES[self.type].model.model_fields
        if self.field is None:
            if self.any_of:
                raise ValueError("any_of needs a field whose values it lists")
        elif self.field not in known and not self.field.startswith("extra."):
            raise ValueError(f"{self.type} has no field {self.field!r}; it has {', '.join(known)}")
        return self

    def holds(self, type_: str, data: Any) -> bool:
        """Return whether a fact of this type and data is what the rule looks for."""
        if type_ != self.type:
            return False
        if self.field is None:
            return True
        value = field_of(data, self.field)
        if isinstance(value, bool):
            value = "true" if value else "false"
        return value is not None and (not self.any_of or str(value) in self.any_of)


def field_of(data: Any, field: str) -> Any:
    """Return a field of a fact's data, None where it is missing; `extra.NAME` reads what no model declares."""
    if field.startswith("extra."):
        extra = data.get("extra")
        return extra.get(field[6:]) if hasattr(extra, "get") else None
    return data.get(field)

"""Rules of cleansing: what a phone without a country means, which rules are off, how long a field may be."""

from functools import cached_property

from pydantic import Field, field_validator

from schemas.datum import Datum
from schemas.rules.base import Section
from schemas.rules.cleansing_names import RULES


class CleansingRules(Section):
    """Parameters and switches of cleansing; `docs/cleansing.md` lists the rules by name."""

    region: str = Field("CN", pattern=r"^[A-Z]{2}$", description="Country of phone numbers that name none")
    area_code: str = Field("", pattern=r"^(0\d{2,3})?$", description="Area code of landlines written without one")
    datum: Datum = Field("WGS84", description="Datum of a lead's coordinates that name none (AMap and Tencent: GCJ02)")
    off: tuple[str, ...] = Field((), description="Optional rules that are switched off, by name")
    untouched: tuple[str, ...] = Field((), description="Fields that stay as they came")
    text_limit: int = Field(4_000, ge=16, le=100_000, description="Longest free text kept, in characters")
    field_limit: int = Field(200, ge=16, le=4_000, description="Longest single-line field kept, in characters")
    disposable_domains: tuple[str, ...] = Field((), description="Disposable e-mail domains beside those that ship")
    company_short_names: dict[str, str] = Field({}, description="Short name → full name, beside those that ship")

    @field_validator("off")
    @classmethod
    def _can_be_off(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        fixed = [name for name in names if name not in RULES or not RULES[name].optional]
        if fixed:
            optional = ", ".join(name for name, rule in RULES.items() if rule.optional)
            raise ValueError(f"{', '.join(fixed)} cannot be switched off; these can: {optional}")
        return names

    @field_validator("untouched")
    @classmethod
    def _not_secret(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if "id_number" in names:
            raise ValueError("id_number is always cleansed: it must not be stored as it came")
        return names

    @cached_property
    def switched_off(self) -> frozenset[str]:
        """The rules that are off, as a set."""
        return frozenset(self.off)

    @cached_property
    def disposable(self) -> frozenset[str]:
        """The further disposable domains, as a set."""
        return frozenset(self.disposable_domains)

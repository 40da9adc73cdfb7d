"""Rules of identity: what agreement of two records is worth, and when two records are one person."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from schemas.rules.base import Section


class FieldRules(Section):
    """What a comparison of one field is worth. Both lists go from level 0 (they differ) to the closest agreement.

    The worth of a level is log2(same / chance) bits. `chance` is where the measuring begins: it is counted on a sample
    of the records that have come, and the value's own frequency takes its place at the last level if `by_value`.
    """

    same: tuple[float, ...] = Field(description="Share of each level among pairs of records of one person")
    chance: tuple[float, ...] = Field(description="Share of each level among pairs of records of two people")
    by_value: bool = Field(True, description="Whether agreement on a rare value counts for more than on a common one")
    most_bits: float = Field(20.0, gt=0, le=60, description="What the field may add at most")
    least_bits: float = Field(-6.0, ge=-60, lt=0, description="What the field may take away at most")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.same) != len(self.chance) or len(self.same) < 2:
            raise ValueError("`same` and `chance` need one share for each level, two levels at least")
        if not all(0 < share <= 1 for share in (*self.same, *self.chance)):
            raise ValueError("every share lies between 0 and 1, and is greater than 0")
        return self


def _field(
    same: tuple[float, ...], chance: tuple[float, ...], most: float, least: float, by: bool = True
) -> FieldRules:
    return FieldRules(same=same, chance=chance, most_bits=most, least_bits=least, by_value=by)


DEFAULT_FIELDS: dict[str, FieldRules] = {
    "name": _field((0.08, 0.20, 0.72), (0.965, 0.025, 0.01), 15, -6),
    "birth_date": _field((0.04, 0.08, 0.10, 0.78), (0.97, 0.025, 0.004, 0.0001), 14, -6),
    "address": _field((0.05, 0.05, 0.10, 0.20, 0.60), (0.93, 0.05, 0.015, 0.003, 0.0005), 12, -4, False),
    "postcode": _field((0.10, 0.10, 0.80), (0.97, 0.02, 0.01), 8, -3),
    "region": _field((0.15, 0.10, 0.75), (0.90, 0.02, 0.08), 5, -2),
    "company": _field((0.15, 0.05, 0.20, 0.60), (0.96, 0.02, 0.01, 0.002), 9, -2),
    "title": _field((0.50, 0.10, 0.40), (0.88, 0.02, 0.10), 3, -1),
    "email": _field((0.25, 0.10, 0.15, 0.50), (0.9987, 0.001, 0.0002, 0.000001), 22, -2, False),
    "phone": _field((0.30, 0.05, 0.65), (0.9994, 0.0005, 0.00002), 15, -2, False),
    "phone_masked": _field((0.05, 0.20, 0.25, 0.50), (0.955, 0.04, 0.0045, 0.0005), 9, -4, False),
    "id_number": _field((0.06, 0.12, 0.82), (0.9989, 0.001, 0.000001), 22, -5, False),
    "account": _field((0.30, 0.05, 0.65), (0.999, 0.001, 0.00001), 16, -1, False),
    "sure": _field((0.10, 0.90), (0.999999, 0.000001), 25, -8, False),
    "device": _field((0.60, 0.40), (0.999, 0.001), 7, -1),
    "extra": _field((0.25, 0.15, 0.60), (0.90, 0.02, 0.08), 4, -2),
}


class ClusterLimits(Section):
    """Guards against merging too much: beyond these a merge waits for a person."""

    records: int = Field(500, ge=2, le=100_000, description="Different records of one lead")
    phones: int = Field(12, ge=1, le=1_000, description="Different phone numbers of one lead")
    emails: int = Field(12, ge=1, le=1_000, description="Different e-mail addresses of one lead")
    devices: int = Field(20, ge=1, le=1_000, description="Different devices of one lead")
    names_per_number: int = Field(
        8, ge=2, le=1_000, description="A number, address or device under more names than this is public: it links none"
    )
    bucket: int = Field(120, ge=2, le=10_000, description="Records under one blocking key; a fuller key is not used")
    candidates: int = Field(
        30, ge=2, le=1_000, description="The same on the event path, whose keys are fewer and tell more"
    )
    region: int = Field(
        200,
        ge=10,
        le=10_000,
        description="Leads that hang together; of more than that nothing is decided any more",
    )


class IdentityRules(Section):
    """When two records are about the same person."""

    resolver: Literal["exact", "full"] = Field(
        "full",
        description=(
            "What the event path decides by: evidence too where identifiers alone do not tell, or known identifiers "
            "alone (workers read it when they start)"
        ),
    )
    fields: dict[str, FieldRules] = Field(
        DEFAULT_FIELDS,
        description=(
            "Worth of the fields to change; `sure` stands for ids that link alone, `account` for WeChat, QQ, Douyin "
            "and Kuaishou, `extra` for the others"
        ),
    )
    same_from: float = Field(3.3, ge=0, le=60, description="Bits in favour from which two are the same: 3.3 is 91 %")
    review_from: float = Field(0.0, ge=-20, le=60, description="Bits in favour from which a person is asked: 0 is 50 %")
    place_bits: float = Field(14.0, gt=0, le=60, description="What address, postcode and region add together at most")
    extra_bits: float = Field(6.0, gt=0, le=60, description="What all `extra` fields add together at most")
    family_bits: float = Field(
        2.5,
        gt=0,
        le=60,
        description="Bits from which a kind of evidence (name, birth, contact, place) speaks for one person",
    )
    least_population: int = Field(500, ge=2, description="How many people are thought of at least, also at the start")
    population: int = Field(
        10_000, ge=2, le=10**10, description="How many people the event path thinks of while it has counted fewer"
    )
    limits: ClusterLimits = Field(ClusterLimits(), description="Guards against merging too much")

    @field_validator("fields", mode="before")
    @classmethod
    def _filled(cls, given: object) -> object:
        """A book names only the fields that it changes; the others keep their worth."""
        return {**DEFAULT_FIELDS, **given} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.review_from > self.same_from:
            raise ValueError("review_from lies above same_from: nothing could be reviewed")
        for name, field in self.fields.items():
            if name not in DEFAULT_FIELDS:
                raise ValueError(f"fields.{name}: no such field; they are {', '.join(DEFAULT_FIELDS)}")
            levels = len(DEFAULT_FIELDS[name].same)
            if len(field.same) != levels:
                raise ValueError(f"fields.{name}: it is compared at {levels} levels, {len(field.same)} are given")
        return self

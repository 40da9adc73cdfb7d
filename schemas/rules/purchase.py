"""Rules of purchase probability: when people are told. What the model learns from stands in `learning`."""

from typing import Annotated

from pydantic import Field, model_validator

from schemas.rules.base import Section
from schemas.rules.names import Recipient
from schemas.rules.text import Bilingual, places
from schemas.rules.weights import Bounded

_THRESHOLD = Bounded(0.05, 0.95, "a score above it is hardly ever given, so that nobody would ever be told")
Threshold = Annotated[float, _THRESHOLD]


class PurchaseRules(Section):
    """When a lead is likely to buy within the horizon, and who hears of it."""

    enabled: bool = Field(True, description="Whether leads are scored at all; switched off, nothing is remembered")
    threshold: Threshold = Field(0.60, description="Probability above which a purchase is likely")
    margin: float = Field(
        0.10, ge=0, le=0.5, description="How far below the threshold a score must fall before it can be told again"
    )
    tell_unsure: bool = Field(
        True, description="Tell scores of a model that has seen too little; they are marked as unsure"
    )
    reasons: int = Field(3, ge=1, le=10, description="Reasons that are told, the weightiest first")
    recipients: tuple[Recipient, ...] = Field(("rep",), min_length=1, description="Who hears; managers without a rep")
    title: Annotated[Bilingual, places("label", "percent", "days", "reason")] = Field(
        Bilingual(
            zh="{label} 未来 {days} 天内下单的可能性为 {percent}%：{reason}",
            en="{label} is {percent}% likely to order within {days} days: {reason}",
        ),
        description="Title of `purchase_likely`",
    )
    unsure_title: Annotated[Bilingual, places("label", "percent", "days", "reason")] = Field(
        Bilingual(
            zh="{label} 未来 {days} 天内下单的可能性约为 {percent}%（依据尚少）：{reason}",
            en="{label} may be {percent}% likely to order within {days} days (little is known yet): {reason}",
        ),
        description="Title of `purchase_likely` while the model is unsure",
    )

    @model_validator(mode="after")
    def _falls(self) -> "PurchaseRules":
        if self.margin >= self.threshold:
            raise ValueError(
                f"margin {self.margin:g} is not below the threshold {self.threshold:g}: no score would ever fall enough"
            )
        return self

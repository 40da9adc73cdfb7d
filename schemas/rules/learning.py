"""Rules of what the models learn, when and from what. One model serves all leads, so no override may touch these."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.rules.base import Section
from schemas.rules.names import Recipient
from schemas.rules.text import Bilingual, places
from schemas.rules.weights import Bounded

_BELIEF = Bounded(-3, 3, "what is believed before any evidence must be undone by some dozens of examples")
Belief = Annotated[float, _BELIEF]


class PriorRules(Section):
    """What is believed before anything was learned. It fades as examples come."""

    base_rate: float = Field(
        0.05, gt=0, lt=1, description="Share of scored leads that order within the horizon, when nothing else is known"
    )
    weights: dict[str, Belief] = Field(
        {
            "price_page_views.count.3d": 0.5,
            "forms.count.3d": 0.4,
            "interest_in_modules.count.14d": 0.4,
            "contact_notes.count.14d": 0.1,
            "mood": 0.3,
            "orders.count.60d": 0.3,
        },
        description="Log odds per unit of a feature (`docs/models-features.md`); a name that no feature has is ignored",
    )
    sure_after: int = Field(
        50, ge=0, le=1_000_000, description="Examples of either label until scores are not marked unsure"
    )


class LearningRules(Section):
    """What the models learn, when and from what. A book that is applied reaches the learner in the log."""

    horizon_days: int = Field(7, ge=1, le=90, description="Within how many days an order counts")
    labels: Literal["matured", "at_once", "corrected"] = Field(
        "matured", description="When a label is learned (docs/models.md); `matured` keeps scores calibrated"
    )
    sampled: float = Field(
        0.25,
        ge=0,
        le=1,
        description="Share of slots (a lead in a seventh of the horizon) of which one scoring is kept and learned",
    )
    publish_every: int = Field(
        500, ge=10, le=1_000_000, description="Examples until the model is published again; sooner while it is young"
    )
    prior: PriorRules = Field(PriorRules(), description="What is believed before anything was learned")
    health: bool = Field(
        True, description="Whether health learns what the population does and what behaviours are worth"
    )
    health_sampled: float = Field(
        0.03, ge=0, le=1, description="Share of customers' weeks that move the population's figures"
    )
    drift_quiet_days: int = Field(
        7, ge=0, le=365, description="Days until the same thing that moved is told again as `model_drift`"
    )
    recipients: tuple[Recipient, ...] = Field(("role:admin",), min_length=1, description="Who hears of `model_drift`")
    title: Annotated[Bilingual, places("what")] = Field(
        Bilingual(zh="成交预测模型出现漂移：{what}", en="What the purchase model learned from has moved: {what}"),
        description="Title of `model_drift`",
    )

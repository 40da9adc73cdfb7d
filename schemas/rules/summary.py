"""Rules of the daily summary and of the funnel."""

from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.rules.base import Section
from schemas.rules.names import CalendarName, Match, Recipient, TouchpointType
from schemas.rules.text import Bilingual, places


class SummaryRules(Section):
    """The summary of a rep's day."""

    at: str = Field("18:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Time of day, Asia/Shanghai")
    calendar: CalendarName = Field(
        "default", description="On days off in this calendar a summary comes only where something happened"
    )
    progress: tuple[TouchpointType, ...] = Field(
        (
            "customer_touched", "contact_noted", "followed_up", "visit_checked_in", "deal_updated", "evidence_attached",
            "forecast_submitted",
        ),
        description="What counts as progress",
    )  # fmt: skip
    lines: int = Field(40, ge=1, le=500, description="Lines of a summary at most; what is beyond is counted")
    events: int = Field(5, ge=1, le=50, description="Events that a line names; what is beyond is counted")
    open_days: int = Field(14, ge=1, le=365, description="Days after which an open item is no longer carried on")
    recipients: tuple[Recipient, ...] = Field(("rep",), min_length=1, description="Who gets it")
    title: Annotated[Bilingual, places("progress", "open", "help")] = Field(
        Bilingual(
            zh="今日小结：进展 {progress} 项，待办 {open} 项，需要帮助 {help} 项",
            en="Today: {progress} in progress, {open} open, {help} need help",
        ),
        description="Title of `daily_summary`",
    )


class FunnelStage(Section):
    """One stage of the funnel."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$", description="Name of the stage")
    entered_by: tuple[Match, ...] = Field((), description="Any of these brings a lead into it")
    exit: bool = Field(False, description="A lead that is here has left the funnel")


class FunnelRules(Section):
    """Stages that a lead passes through. A new lead is in the first; it moves forward only, except out of an exit."""

    stages: tuple[FunnelStage, ...] = Field(
        (
            FunnelStage(name="new"),
            FunnelStage(
                name="contacted",
                entered_by=tuple(
                    Match(type=name)
                    for name in ("followed_up", "customer_touched", "contact_noted", "visit_checked_in")
                ),
            ),
            FunnelStage(name="solution", entered_by=(Match(type="deal_updated", field="stage", any_of=("solution",)),)),
            FunnelStage(
                name="commercial", entered_by=(Match(type="deal_updated", field="stage", any_of=("commercial",)),)
            ),
            FunnelStage(name="legal", entered_by=(Match(type="deal_updated", field="stage", any_of=("legal",)),)),
            FunnelStage(
                name="won",
                entered_by=(
                    Match(type="order_placed"),
                    Match(type="deal_updated", field="stage", any_of=("won",)),
                    Match(type="subscription_changed", field="status", any_of=("started",)),
                ),
                exit=True,
            ),
            FunnelStage(
                name="lost", entered_by=(Match(type="deal_updated", field="stage", any_of=("lost",)),), exit=True
            ),
        ),
        min_length=2,
        description="The stages, in order",
    )
    variant: str = Field(
        "extra.variant", description="Field of the creating touchpoint that names the variant of an A/B test"
    )

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [stage.name for stage in self.stages]
        if len(set(names)) != len(names):
            raise ValueError(f"stages: each name once; found {', '.join(names)}")
        if self.stages[0].entered_by:
            raise ValueError("stages: the first is where new leads are; nothing else brings them there")
        return self

    @cached_property
    def entering_types(self) -> frozenset[str]:
        """The fact types that bring a lead into any stage."""
        return frozenset(match.type for stage in self.stages for match in stage.entered_by)

"""Rules of forecasts: what one is worth, when it loses worth, which dates are plausible, why one was missed."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.rules.base import Section
from schemas.rules.deals import STAGES, EvidenceKind
from schemas.rules.names import Match, Recipient, Stage
from schemas.rules.text import Bilingual, places

Share = Annotated[float, Field(ge=0, le=1)]
Cause = Literal["customer_delay", "our_resources", "competitor"]


class DecayStep(Section):
    """One point of the curve."""

    days: int = Field(ge=1, le=365, description="Days after the committed date without an update")
    factor: Share = Field(description="What is left of the credibility from there on: 0.6 is 60 %")


class CauseRule(Match):
    """An event between forecast and close that speaks for a cause."""

    cause: Cause = Field(description="What it speaks for")
    words: tuple[str, ...] = Field((), description="Words of which the field must hold one; none given: any text")
    points: int = Field(1, ge=1, le=10, description="How strongly it speaks; the cause with most points is named")

    @model_validator(mode="after")
    def _has_field(self) -> Self:
        if self.words and self.field is None:
            raise ValueError("words need a field in which they are looked for")
        return self


class ForecastRules(Section):
    """What a forecast is worth, and what happens when it was wrong."""

    credibility: dict[Stage, Share] = Field(
        {"lead": 0.1, "solution": 0.3, "commercial": 0.6, "legal": 0.85, "won": 1.0, "lost": 0.0},
        description="Stage → credibility of a forecast made in it",
    )
    evidence: dict[EvidenceKind, Share] = Field(
        {"budget_approval": 0.1, "trial_agreement": 0.05, "meeting_minutes": 0.02},
        description="Evidence → what it adds to the credibility, which stays below that of a won deal",
    )
    decay: tuple[DecayStep, ...] = Field(
        (DecayStep(days=3, factor=0.6),), min_length=1, max_length=10, description="The curve; before it, 100 %"
    )
    decay_recipients: tuple[Recipient, ...] = Field(
        ("role:director", "rep"), min_length=1, description="Who sees that a forecast lost credibility"
    )
    deviations: float = Field(2.0, gt=0, le=6, description="Standard deviations within which a date is plausible")
    least_cycles: int = Field(8, ge=2, le=1_000, description="Won deals of a segment before its cycle is compared with")
    cycle_memory: int = Field(200, ge=10, le=10_000, description="Deals that the cycle's statistics remember, about")
    least_deviation_days: float = Field(1.0, gt=0, le=365, description="Least standard deviation, in days")
    implausible_recipients: tuple[Recipient, ...] = Field(
        ("rep", "role:manager"), min_length=1, description="Who hears of implausible dates"
    )
    tolerance_days: int = Field(
        3, ge=0, le=365, description="Days by which a closing date may differ from the forecast"
    )
    causes: tuple[CauseRule, ...] = Field(
        (
            CauseRule(cause="competitor", type="tender_found", points=2),
            CauseRule(
                cause="competitor", type="deal_contact", field="topic", words=("竞品", "竞争", "友商", "competitor")
            ),
            CauseRule(
                cause="customer_delay",
                type="deal_contact",
                field="topic",
                words=("推迟", "延期", "预算", "审批", "postpone", "delay", "budget"),
            ),
            CauseRule(
                cause="our_resources",
                type="deal_contact",
                field="topic",
                words=("人手", "排期", "资源", "交付", "resources", "capacity"),
            ),
            CauseRule(cause="customer_delay", type="evidence_attached", field="kind", any_of=("contract_revision",)),
            CauseRule(cause="our_resources", type="deal_gate_changed", field="blocked", any_of=("true",)),
        ),
        description="Events between forecast and close, and the causes that they speak for",
    )
    missed_recipients: tuple[Recipient, ...] = Field(
        ("role:director", "rep"), min_length=1, description="Who hears why a forecast was missed"
    )
    report_recipients: tuple[Recipient, ...] = Field(
        ("role:director",), min_length=1, description="Who gets the month's greatest deviations"
    )
    report_length: int = Field(10, ge=1, le=50, description="How many deviations the report names")
    report_at: str = Field("09:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Time on the 1st, Asia/Shanghai")
    decayed_title: Annotated[Bilingual, places("deal", "days", "percent")] = Field(
        Bilingual(
            zh="商机 {deal} 的预测逾期 {days} 天未更新，可信度降至 {percent}%",
            en="The forecast of deal {deal} was not updated for {days} days: credibility falls to {percent} %",
        ),
        description="Title of `forecast_decayed`",
    )
    implausible_title: Annotated[Bilingual, places("deal", "count", "cycles")] = Field(
        Bilingual(
            zh="商机 {deal} 的 {count} 个预测日期与同类 {cycles} 个成交周期不符",
            en="{count} dates forecast for deal {deal} do not fit the {cycles} deals won in its segment",
        ),
        description="Title of `forecast_implausible`",
    )
    missed_title: Annotated[Bilingual, places("deal", "days", "cause")] = Field(
        Bilingual(
            zh="商机 {deal} 结束日期与预测相差 {days} 天（{cause}）",
            en="Deal {deal} ended {days} days from its forecast ({cause})",
        ),
        description="Title of `forecast_missed`; days are negative where it ended early",
    )
    cause_names: dict[Cause | Literal["unknown"], Bilingual] = Field(
        {
            "customer_delay": Bilingual(zh="客户延迟", en="the customer delayed"),
            "our_resources": Bilingual(zh="我方资源", en="our resources"),
            "competitor": Bilingual(zh="竞争对手", en="a competitor"),
            "unknown": Bilingual(zh="原因不明", en="cause unknown"),
        },
        description="What each cause is called in titles",
    )
    report_title: Annotated[Bilingual, places("month", "count", "top")] = Field(
        Bilingual(
            zh="{month} 预测偏差：{count} 个商机，前 {top} 名", en="Forecasts missed in {month}: {count}, the top {top}"
        ),
        description="Title of `forecast_report`",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = [stage for stage in STAGES if stage not in self.credibility]
        if missing:
            raise ValueError(f"credibility: {', '.join(missing)} is missing")
        days = [step.days for step in self.decay]
        factors = [step.factor for step in self.decay]
        if days != sorted(set(days)) or factors != sorted(factors, reverse=True):
            raise ValueError("decay: days must rise and factors fall from step to step")
        return self

    def factor(self, days: float) -> float:
        """Return what is left of the credibility some days after the committed date: the curve's value."""
        left = 1.0
        for step in self.decay:
            if days >= step.days:
                left = step.factor
        return left

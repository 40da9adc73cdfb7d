"""Rules of grades: ability to pay, growth potential, cost to serve; weights per industry; resources per grade."""

from functools import cached_property
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from schemas.rules.base import Section
from schemas.rules.names import Grade, Recipient, TouchpointType
from schemas.rules.text import Bilingual, places
from schemas.rules.weights import Bounded, RepurchaseCycleWeight, Weights

Part = Annotated[float, Bounded(0, 0.5, "above 0.5 one part alone decides the grade, whatever all others say")]


class GradeWeights(Weights):
    """What each part is worth. They add up to 1; a part that is unknown leaves the weighting."""

    TOTAL: ClassVar[float | None] = 1.0

    monthly_budget: Part = Field(0.20, description="Ability to pay: budget of a month")
    annual_revenue: Part = Field(0.12, description="Ability to pay: revenue of a year")
    employees: Part = Field(0.08, description="Ability to pay: employees")
    growth_rate: Part = Field(0.14, description="Growth potential: growth of revenue in a year")
    renewal: Part = Field(0.14, description="Growth potential: share of terms that were renewed")
    interest: Part = Field(0.06, description="Growth potential: modules that interest was shown in")
    repurchase_cycle: RepurchaseCycleWeight = Field(0.0, description="Growth potential: orders in the last year")
    decision_chain: Part = Field(0.10, description="Cost to serve: how many people decide")
    integration: Part = Field(0.10, description="Cost to serve: effort of integration")
    service_hours: Part = Field(0.06, description="Cost to serve: service hours in a month")


def _with(name: str, weight: float) -> GradeWeights:
    """Return the default weights with one of them set and the others in proportion, rounded to whole thousandths."""
    default = dict(GradeWeights().items())
    others = {other: value for other, value in default.items() if other != name}
    scale = (1 - weight) / sum(others.values())
    rounded = {other: round(value * scale, 3) for other, value in others.items()}
    greatest = max(rounded, key=lambda other: rounded[other])
    rounded[greatest] = round(rounded[greatest] + 1 - weight - sum(rounded.values()), 3)
    return GradeWeights(**{**rounded, name: weight})


class Scale(Section):
    """What a value is worth: nothing at `poor`, all at `good`, in between in proportion (of orders of magnitude)."""

    poor: float = Field(description="Value that is worth nothing")
    good: float = Field(description="Value that is worth all")
    magnitudes: bool = Field(False, description="Ten times as much is one step: for money and numbers of people")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.poor == self.good:
            raise ValueError("poor and good must differ")
        if self.magnitudes and min(self.poor, self.good) <= 0:
            raise ValueError("poor and good must be above 0 where magnitudes count")
        return self


class GradeScales(Section):
    """What the values of each part are worth."""

    monthly_budget: Scale = Field(Scale(poor=1_000, good=1_000_000, magnitudes=True), description="CNY in a month")
    annual_revenue: Scale = Field(
        Scale(poor=1_000_000, good=10_000_000_000, magnitudes=True), description="CNY in a year"
    )
    employees: Scale = Field(Scale(poor=5, good=5_000, magnitudes=True), description="People")
    growth_rate: Scale = Field(Scale(poor=-0.1, good=0.4), description="Share in a year")
    renewal: Scale = Field(Scale(poor=0, good=1), description="Share of terms")
    interest: Scale = Field(Scale(poor=0, good=3), description="Modules")
    repurchase_cycle: Scale = Field(Scale(poor=0, good=12), description="Orders in a year")
    decision_chain: Scale = Field(Scale(poor=10, good=1), description="People who decide")
    integration: Scale = Field(Scale(poor=1, good=0), description="Effort, 0 to 1")
    service_hours: Scale = Field(Scale(poor=80, good=0), description="Hours in a month")


def _plain(name: str) -> str:
    """Return the name of an industry as names are compared."""
    return name.strip().casefold()


class Industry(Section):
    """Weights of one industry."""

    names: tuple[str, ...] = Field(
        min_length=1, description="How `account_profiled` may call it, in small letters or capitals"
    )
    weights: GradeWeights = Field(description="What each part is worth there")


class Resources(Section):
    """What a grade is given."""

    visits_month: float = Field(ge=0, le=31, description="Visits in a month")
    contacts_month: float = Field(ge=0, le=100, description="Other contacts in a month")
    response_minutes: int = Field(ge=1, le=10_080, description="Minutes until a question is answered")
    text: Bilingual = Field(description="What that means")


class PotentialRules(Section):
    """When a customer shows high potential."""

    above: float = Field(85, gt=0, lt=100, description="The health index stays above this")
    months: int = Field(2, ge=1, le=12, description="For so many whole calendar months")
    interest_days: int = Field(
        90, ge=1, le=730, description="Interest in a module may come at most so many days before these months end"
    )
    title: Annotated[Bilingual, places("label", "module")] = Field(
        Bilingual(zh="高潜客户：{label}，对 {module} 感兴趣", en="High potential: {label} is interested in {module}"),
        description="Title of `high_potential`",
    )


class GradeRules(Section):
    """Grades A to D, from a sum of 0 to 100."""

    weights: GradeWeights = Field(GradeWeights(), description="What each part is worth in all other industries")
    industries: dict[str, Industry] = Field(
        {
            "education": Industry(names=("education", "教育", "教育培训", "学校"), weights=_with("renewal", 0.4)),
            "manufacturing": Industry(
                names=("manufacturing", "制造", "制造业", "工业"), weights=_with("integration", 0.35)
            ),
            "government": Industry(
                names=("government", "政府", "政务", "公共事业"), weights=_with("decision_chain", 0.5)
            ),
        },
        description="Weights of industries, by a name of your own",
    )
    scales: GradeScales = Field(GradeScales(), description="What values are worth")
    a: float = Field(70, gt=0, lt=100, description="From here on A")
    b: float = Field(50, gt=0, lt=100, description="From here on B")
    c: float = Field(30, gt=0, lt=100, description="From here on C, below it D")
    margin: float = Field(3, ge=0, le=9, description="Points beyond a bound that it takes to change the grade")
    coverage: float = Field(0.3, gt=0, le=1, description="Share of the weights that must be known for a grade")
    interactions: tuple[TouchpointType, ...] = Field(
        (
            "customer_touched", "contact_noted", "followed_up", "visit_checked_in", "login", "product_used",
            "ticket_opened", "order_placed", "form_submitted",
        ),
        min_length=1,
        description="What counts as an interaction: without any since the grade was given, it is not lowered",
    )  # fmt: skip
    interaction_days: int = Field(90, ge=1, le=730, description="An interaction longer ago does not count")
    resources: dict[Grade, Resources] = Field(
        {
            "A": Resources(
                visits_month=4, contacts_month=8, response_minutes=15,
                text=Bilingual(zh="专属客户经理与方案团队", en="Account manager and solution team of their own"),
            ),
            "B": Resources(
                visits_month=2, contacts_month=4, response_minutes=60,
                text=Bilingual(zh="客户经理定期拜访", en="Regular visits of an account manager"),
            ),
            "C": Resources(
                visits_month=0.5, contacts_month=2, response_minutes=240,
                text=Bilingual(zh="电话与线上跟进", en="By phone and online"),
            ),
            "D": Resources(
                visits_month=0, contacts_month=0.5, response_minutes=1440,
                text=Bilingual(zh="自动培育", en="Automatic nurture"),
            ),
        },
        description="Resource plan of each grade",
    )  # fmt: skip
    potential: PotentialRules = Field(PotentialRules(), description="High potential")
    recipients: tuple[Recipient, ...] = Field(("rep", "role:manager"), min_length=1, description="Who hears of grades")
    title: Annotated[Bilingual, places("label", "before", "after")] = Field(
        Bilingual(zh="{label} 的等级由 {before} 变为 {after}", en="The grade of {label} went from {before} to {after}"),
        description="Title of `grade_changed`",
    )
    held_title: Annotated[Bilingual, places("label", "before", "after")] = Field(
        Bilingual(
            zh="{label} 的等级暂不由 {before} 降为 {after}：期间没有任何互动",
            en="{label} stays {before} and is not lowered to {after}: there was no interaction",
        ),
        description="Title of `grade_held`",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        apart = 2 * self.margin
        if not self.a > self.b + apart or not self.b > self.c + apart:
            raise ValueError("a, b and c must fall, more than twice the margin apart")
        missing = [grade for grade in ("A", "B", "C", "D") if grade not in self.resources]
        if missing:
            raise ValueError(f"resources: {', '.join(missing)} is missing")
        named = [_plain(name) for industry in self.industries.values() for name in industry.names]
        if len(set(named)) != len(named):
            raise ValueError("industries: a name belongs to one industry only")
        return self

    def weights_of(self, industry: str | None) -> GradeWeights:
        """Return the weights of an industry as `account_profiled` calls it; the general ones for all others."""
        return self.weights if industry is None else self._by_name.get(_plain(industry), self.weights)

    @cached_property
    def _by_name(self) -> dict[str, GradeWeights]:
        return {_plain(name): industry.weights for industry in self.industries.values() for name in industry.names}

    def plan(self, grade: Grade) -> dict[str, object]:
        """Return the resource plan of a grade as plain data."""
        return self.resources[grade].model_dump(mode="json")

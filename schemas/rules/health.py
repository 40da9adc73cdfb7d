"""Rules of the health index: behaviours, what the population does, weights, colours."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from schemas.rules.base import Section
from schemas.rules.names import Recipient
from schemas.rules.text import Bilingual, places
from schemas.rules.weights import Bounded, RepurchaseCycleWeight, Weights

Colour = Literal["green", "yellow", "red"]
HealthFact = Literal[
    "login", "product_used", "page_viewed", "link_clicked", "form_submitted", "ticket_opened", "ticket_answered",
    "ticket_closed", "order_placed", "order_cancelled", "subscription_changed", "contact_noted",
]  # fmt: skip
"""Facts that behaviours are read from."""

_HABIT = Bounded(0, 0.3, "one habit is not the customer; above 0.3 it outweighs all others together")
Habit = Annotated[float, _HABIT]


class HealthWeights(Weights):
    """What each behaviour is worth. They add up to 1; a behaviour that is unknown leaves the weighting."""

    TOTAL: ClassVar[float | None] = 1.0

    login_frequency: Habit = Field(0.12, description="Logins in a week")
    feature_depth: Habit = Field(0.10, description="Uses of features in a week")
    feature_breadth: Habit = Field(0.08, description="Different features used in a week")
    module_use: Habit = Field(0.08, description="Different modules used in a week")
    session_length: Habit = Field(0.05, description="Time of a use, in seconds")
    browsing: Habit = Field(0.05, description="Pages viewed in a week")
    reading_time: Habit = Field(0.04, description="Time on a page, in seconds")
    replies: Habit = Field(0.06, description="Links followed and forms sent in a week")
    mood: Habit = Field(0.08, description="Mood of contacts, 0 (negative) to 1 (positive)")
    ticket_response: Habit = Field(0.06, description="Minutes until our answer to a ticket")
    open_tickets: Habit = Field(0.08, description="Tickets that are open")
    orders: RepurchaseCycleWeight = Field(0.07, description="Time since the last order, in times of the usual cycle")
    cancellations: Habit = Field(0.05, description="Share of the last orders that were cancelled")
    payment_punctuality: Habit = Field(0.05, description="Share of terms that were renewed in time")
    renewal_distance: Habit = Field(0.03, description="Days until the term ends")


class Population(Section):
    """What the population does. `typical` is worth 75 points of 100, `poor` none, `good` all of them."""

    poor: float = Field(description="Value that is worth nothing; above `good` where less is better")
    typical: float = Field(description="Value of most customers")
    good: float = Field(description="Value that cannot be worth more")
    own: bool = Field(True, description="Compare with the customer's own past too")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not (self.poor < self.typical < self.good or self.poor > self.typical > self.good):
            raise ValueError(
                f"poor, typical and good must rise or fall: found {self.poor:g}, {self.typical:g}, {self.good:g}"
            )
        return self


class HealthPopulation(Section):
    """What the population does, per behaviour; from the rule book until models know it better."""

    login_frequency: Population = Field(Population(poor=0, typical=5, good=12), description="Logins in a week")
    feature_depth: Population = Field(Population(poor=0, typical=20, good=60), description="Uses in a week")
    feature_breadth: Population = Field(Population(poor=0, typical=4, good=10), description="Features in a week")
    module_use: Population = Field(Population(poor=0, typical=2, good=4), description="Modules in a week")
    session_length: Population = Field(Population(poor=0, typical=300, good=900), description="Seconds of a use")
    browsing: Population = Field(Population(poor=0, typical=5, good=20), description="Pages in a week")
    reading_time: Population = Field(Population(poor=0, typical=30, good=90), description="Seconds on a page")
    replies: Population = Field(Population(poor=0, typical=1, good=3), description="Links and forms in a week")
    mood: Population = Field(Population(poor=0, typical=0.6, good=1, own=False), description="Mood, 0 to 1")
    ticket_response: Population = Field(Population(poor=1440, typical=120, good=15), description="Minutes")
    open_tickets: Population = Field(Population(poor=6, typical=1, good=0, own=False), description="Open tickets")
    orders: Population = Field(
        Population(poor=3, typical=1, good=0.5, own=False), description="Time since the last order, in usual cycles"
    )
    cancellations: Population = Field(
        Population(poor=0.5, typical=0.1, good=0, own=False), description="Share of cancelled orders"
    )
    payment_punctuality: Population = Field(
        Population(poor=0.3, typical=0.85, good=1, own=False), description="Share of terms renewed in time"
    )
    renewal_distance: Population = Field(
        Population(poor=0, typical=45, good=120, own=False), description="Days until the term ends"
    )


class HealthRules(Section):
    """The health index, 0 to 100."""

    weights: HealthWeights = Field(HealthWeights(), description="What each behaviour is worth")
    population: HealthPopulation = Field(HealthPopulation(), description="What the population does")
    own_share: float = Field(
        0.5, ge=0, le=1, description="How much the own past counts against the population, once it is known"
    )
    past_weeks: int = Field(4, ge=1, le=26, description="Earlier weeks from which on an own past is known")
    fade_weeks: int = Field(12, ge=4, le=104, description="Weeks after which the own past is mostly replaced")
    stale_weeks: int = Field(6, ge=2, le=52, description="Weeks without word after which a behaviour is unknown")
    coverage: float = Field(0.4, gt=0, le=1, description="Share of the weights that must be known for an index")
    unknown_after_weeks: int = Field(2, ge=1, le=26, description="Weeks with too little known until that is told")
    expected_of: tuple[HealthFact, ...] = Field(
        ("login", "product_used", "subscription_changed", "ticket_opened"),
        description="Facts by which somebody becomes a customer whose health is expected: that it is unknown is told "
        "of these, and of whoever had an index before. Of visitors and buyers in a shop it is no news",
    )
    green: float = Field(70, gt=0, lt=100, description="From here on green")
    yellow: float = Field(45, gt=0, lt=100, description="From here on yellow, below it red")
    margin: float = Field(4, ge=0, le=20, description="Points beyond a bound that it takes to change the colour")
    told_points: float = Field(10, ge=1, le=100, description="Change of the index that is told within a colour")
    gap_events: int = Field(5, ge=2, le=100, description="Events in a row without a field they used to have: a gap")
    gap_recipients: tuple[Recipient, ...] = Field(("role:admin",), min_length=1, description="Who hears of gaps")
    recipients: tuple[Recipient, ...] = Field(("rep", "role:manager"), min_length=1, description="Who hears of changes")
    title: Annotated[Bilingual, places("label", "before", "after")] = Field(
        Bilingual(
            zh="{label} 的健康度由 {before} 变为 {after}", en="The health of {label} went from {before} to {after}"
        ),
        description="Title of `health_changed`",
    )
    unknown_title: Annotated[Bilingual, places("label")] = Field(
        Bilingual(zh="{label} 的健康度未知：数据不足", en="The health of {label} is unknown: too little is heard"),
        description="Title of `health_unknown`",
    )

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.yellow + 2 * self.margin >= self.green:
            raise ValueError("green must lie more than twice the margin above yellow")
        return self

"""Business calendars: when people work. Public holidays ship as data; a book adds to them or takes away."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from schemas.rules.base import Section

DAY_MINUTES = 24 * 60


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value  # YAML reads an unquoted day as a date


Day = Annotated[str, BeforeValidator(_written), AfterValidator(_day)]
Span = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]|24):[0-5]\d$")]
Weekday = Annotated[int, Field(ge=1, le=7)]


def minutes_of(clock: str) -> int:
    """Return minutes since midnight of `HH:MM`."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


class CalendarRules(Section):
    """Working days and hours in Asia/Shanghai (UTC+8, no summer time)."""

    hours: tuple[Span, ...] = Field(
        ("09:00-12:00", "13:00-18:00"), min_length=1, max_length=8, description="Working hours of a day, in order"
    )
    weekdays: tuple[Weekday, ...] = Field(
        (1, 2, 3, 4, 5), min_length=1, max_length=7, description="Days of the week that are worked, 1 is Monday"
    )
    public_holidays: bool = Field(True, description="Keep the Chinese public holidays and make-up days that ship")
    days_off: tuple[Day, ...] = Field((), description="Further days off, YYYY-MM-DD; strongest of all")
    working_days: tuple[Day, ...] = Field((), description="Days worked though weekday or holidays say otherwise")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        end = -1
        for begin, finish in self.spans:
            if begin >= finish or finish > DAY_MINUTES:
                raise ValueError(f"hours: working hours end after they begin, by 24:00; see {', '.join(self.hours)}")
            if begin <= end:
                raise ValueError(f"hours: working hours must be in order and apart; see {', '.join(self.hours)}")
            end = finish
        both = sorted(set(self.days_off) & set(self.working_days))
        if both:
            raise ValueError(f"days_off and working_days both name {', '.join(both)}")
        return self

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The working hours in minutes since midnight."""
        pairs = (span.split("-") for span in self.hours)
        return tuple((minutes_of(begin), minutes_of(end)) for begin, end in pairs)

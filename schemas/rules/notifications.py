"""Rules of notifications: who is told through which channels, in which language, and when rather not."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.rules.base import Section
from schemas.rules.names import CalendarName, Recipient
from schemas.signal import Severity

ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
TIME_OF_DAY = r"^([01]\d|2[0-3]):[0-5]\d$"
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")


class Reach(Section):
    """How one recipient is reached."""

    channels: tuple[ChannelName, ...] = Field(
        min_length=1, max_length=5, description="Names of channels; their addresses stand in the settings"
    )
    language: Literal["zh", "en"] = Field("zh", description="Language of the messages")
    least: Severity = Field("info", description="Signals below this severity are left to the live page")
    regions: tuple[str, ...] = Field(
        (), description="Regions whose signals a role is told; none given: all. Signals without a region always come"
    )


class NotificationRules(Section):
    """Messages to people outside the live page. Nobody is named, nobody is told."""

    reach: dict[Recipient, Reach] = Field(
        {}, description="How each recipient is reached: `rep:ID`, `role:NAME`, `rep` for every rep who is not named"
    )
    quiet_from: str = Field("22:00", pattern=TIME_OF_DAY, description="Quiet hours begin, Asia/Shanghai")
    quiet_until: str = Field("08:00", pattern=TIME_OF_DAY, description="Quiet hours end; the same as above: none")
    quiet_days_off: bool = Field(False, description="Whether days off are quiet as a whole")
    calendar: CalendarName = Field("default", description="Whose days off")
    wakes: Severity = Field("critical", description="From this severity on signals come in quiet hours, too")
    per_hour: int = Field(
        30,
        ge=1,
        le=1_000,
        description="Messages to one recipient in an hour; those of `wakes` come beyond it",
    )
    digest_from: int = Field(
        5, ge=2, le=1_000, description="So many signals that wait for one recipient come as one message"
    )
    digest_lines: int = Field(20, ge=2, le=50, description="Signals in one message at most")
    stale_hours: int = Field(24, ge=1, le=720, description="What could not be sent for so long is given up")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if "rep:" in self.reach or any(name.startswith("rep:*") for name in self.reach):
            raise ValueError("reach: `rep` is for every rep, `rep:ID` for one")
        if self.digest_lines < self.digest_from:
            raise ValueError("digest_lines: must not be less than digest_from")
        return self

    def of(self, recipient: str) -> Reach | None:
        """Return how a recipient is reached, None for one who is not."""
        found = self.reach.get(recipient)
        return self.reach.get("rep") if found is None and recipient.startswith("rep:") else found

"""Rules of field visits: what makes a visit doubtful. A flag is a question to a person, never a verdict."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.datum import Datum
from schemas.rules.base import Section
from schemas.rules.names import CalendarName, Recipient, TouchpointType
from schemas.rules.text import Bilingual, places

Doubt = Literal[
    "long_stay", "far_from_customer", "left_at_once", "mock_location", "impossible_speed", "repeated_coordinates",
    "replayed_track", "shared_track",
]  # fmt: skip


class KnownPlace(Section):
    """A place where a stay is no visit and needs no explanation: an office, a home, a car park."""

    name: str = Field(min_length=1, max_length=120, description="What it is called")
    kind: Literal["office", "home", "parking", "other"] = Field("office", description="What it is")
    lat: float = Field(ge=-90, le=90, description="Latitude in degrees")
    lon: float = Field(ge=-180, le=180, description="Longitude in degrees")
    datum: Datum = Field("WGS84", description="Datum of the coordinates")
    radius_m: float = Field(150, ge=20, le=2_000, description="Radius that belongs to it, in metres")
    reps: tuple[str, ...] = Field((), description="Reps that it is known for; none named: all")


class StayRules(Section):
    """How stays are found in a track, and when one is doubtful."""

    radius_m: float = Field(100, ge=20, le=500, description="Fixes of a stay lie this near to their mean, in metres")
    least_minutes: float = Field(5, ge=1, le=60, description="Minutes from which on it is a stay")
    gap_minutes: float = Field(30, ge=2, le=240, description="A longer time without reports is no presence")
    building_m: float = Field(100, ge=20, le=500, description="Stays this near to each other are in one building")
    accuracy_m: float = Field(200, ge=20, le=5_000, description="Fixes less exact than this say nothing of stays")
    hours: float = Field(4, gt=0, le=24, description="More working hours than this in one building make a day doubtful")
    days: int = Field(3, ge=1, le=5, description="Consecutive working days until somebody is asked")
    home_nights: int = Field(
        2, ge=1, le=30, description="Nights (02:00 to 04:00) after which a building is taken for the rep's home"
    )
    updates: tuple[TouchpointType, ...] = Field(
        (
            "customer_touched", "contact_noted", "followed_up", "deal_updated", "evidence_attached",
            "forecast_submitted",
        ),
        min_length=1,
        description="What counts as a customer update during a stay",
    )  # fmt: skip
    slack_minutes: float = Field(30, ge=0, le=480, description="An update this long before or after a stay counts too")
    judged_at: str = Field("21:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="When a day is looked at")


class TrackRules(Section):
    """What no honest track does."""

    speed_mps: float = Field(110, ge=30, le=300, description="Faster than this on the ground is not possible, m/s")
    flight_mps: float = Field(300, ge=100, le=1_000, description="The same over `flight_minutes` and more, m/s")
    flight_minutes: float = Field(20, ge=5, le=240, description="Without reports for so long, one may have flown")
    leap_m: float = Field(2_000, ge=500, le=50_000, description="Shorter leaps are noise of the receiver, in metres")
    check_in_leap_m: float = Field(
        500, ge=200, le=50_000, description="The same between a check-in and the phone's own track, in metres"
    )
    check_in_mps: float = Field(60, ge=10, le=300, description="Fastest way between track and check-in, m/s")
    confirming_fixes: int = Field(
        3, ge=1, le=10, description="Fixes that must follow a leap at its end, so that it was none of the receiver's"
    )
    same_fixes: int = Field(12, ge=3, le=1_000, description="Reports of exactly the same place until it is doubtful")
    same_minutes: float = Field(20, ge=1, le=1_440, description="Minutes that these must span")
    same_check_ins: int = Field(3, ge=2, le=20, description="Check-ins at exactly the same place, an hour apart")
    replay_days: int = Field(10, ge=1, le=20, description="Earlier days that a track is compared with")
    replay_points: int = Field(3, ge=3, le=60, description="Points of one earlier day that must come again")
    replay_share: float = Field(0.5, gt=0, le=1, description="Share of the comparable points that must come again")
    shared_points: int = Field(5, ge=2, le=60, description="Points that two reps must share to the last digit")
    shared_minutes: float = Field(10, ge=1, le=60, description="How far apart in time these may be, in minutes")


class CheckInRules(Section):
    """What a visit must be like."""

    far_m: float = Field(500, ge=50, le=50_000, description="Farther from the customer's place is doubtful, in metres")
    learned_from: int = Field(
        3, ge=2, le=10, description="Earlier check-ins that agree, from which a customer's place is learned"
    )
    least_minutes: float = Field(5, ge=1, le=120, description="A visit that ends sooner is doubtful, in minutes")
    away_m: float = Field(300, ge=50, le=5_000, description="This far from the check-in one has left, in metres")


TITLES: dict[Doubt, Bilingual] = {
    "long_stay": Bilingual(
        zh="请核实：{rep} 连续多个工作日长时间停留在同一地点，且无客户更新",
        en="Please check: {rep} spent several working days in one building without a customer update",
    ),
    "far_from_customer": Bilingual(
        zh="请核实：{rep} 的签到地点远离客户所在地", en="Please check: {rep} checked in far from the customer's place"
    ),
    "left_at_once": Bilingual(
        zh="请核实：{rep} 签到后随即离开", en="Please check: {rep} checked in and left at once"
    ),
    "mock_location": Bilingual(
        zh="请核实：{rep} 的手机标记了模拟定位", en="Please check: the phone of {rep} reports a simulated place"
    ),
    "impossible_speed": Bilingual(
        zh="请核实：{rep} 的位置移动速度不可能", en="Please check: {rep} moved faster than possible"
    ),
    "repeated_coordinates": Bilingual(
        zh="请核实：{rep} 的坐标完全重复", en="Please check: coordinates of {rep} repeat to the last digit"
    ),
    "replayed_track": Bilingual(
        zh="请核实：{rep} 的轨迹与早前某天完全相同", en="Please check: the track of {rep} is that of an earlier day"
    ),
    "shared_track": Bilingual(
        zh="请核实：{rep} 与另一位销售的轨迹相同", en="Please check: {rep} and another rep have one track"
    ),
}  # fmt: skip


class VisitRules(Section):
    """Doubtful visits."""

    calendar: CalendarName = Field("default", description="Business calendar, one of `calendars`")
    known_places: tuple[KnownPlace, ...] = Field(
        (), max_length=2_000, description="Known places: stays there do not count"
    )
    stays: StayRules = Field(StayRules(), description="Stays")
    track: TrackRules = Field(TrackRules(), description="Tracks")
    check_in: CheckInRules = Field(CheckInRules(), description="Check-ins")
    off: tuple[Doubt, ...] = Field((), description="Kinds of doubt that nobody is asked about")
    quiet_hours: float = Field(20, ge=1, le=720, description="Hours in which the same doubt is not raised again")
    appeal_days: int = Field(7, ge=1, le=90, description="Days in which the rep can answer")
    recipients: tuple[Recipient, ...] = Field(("rep", "role:manager"), min_length=1, description="Who is asked")
    titles: dict[Doubt, Annotated[Bilingual, places("rep")]] = Field(
        {}, description="Other titles of `fake_visit_suspected`, by kind of doubt"
    )

    def title(self, doubt: Doubt, rep: str) -> dict[str, str]:
        """Return the title of a doubt about a rep."""
        return (self.titles.get(doubt) or TITLES[doubt]).filled(rep=rep)

"""Rules of the lead record: what makes a lead, how it is welcomed, who gets it."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.rules.base import Section
from schemas.rules.names import TouchpointType
from schemas.rules.survivorship import SurvivorshipRules
from schemas.rules.text import Bilingual, places

WelcomeText = Annotated[Bilingual, places("name")]


class WelcomeRules(Section):
    """The message that a new lead is to be sent; `lead_created` carries the request, the notifier sends it."""

    enabled: bool = Field(True, description="Request a welcome message at all")
    created_by: tuple[TouchpointType, ...] = Field(
        ("form_submitted",), description="Touchpoint types whose leads are welcomed: those who wrote to us themselves"
    )
    channels: tuple[Literal["wechat", "phone", "email"], ...] = Field(
        ("wechat", "phone", "email"), min_length=1, description="Ways in order of preference; the first that is known"
    )
    text: WelcomeText = Field(
        Bilingual(
            zh="{name}，您好！感谢您的关注，我们的顾问会尽快与您联系。",
            en="Hello {name}, thank you for your interest. One of our consultants will contact you shortly.",
        ),
        description="What it says; `{name}` is the person's name",
    )
    nameless: Bilingual = Field(
        Bilingual(zh="尊敬的客户", en="there"), description="Stands for `{name}` where no name is known"
    )


class LeadRules(Section):
    """What makes a lead of an entity, and which touchpoints may set its fields."""

    created_by: tuple[TouchpointType, ...] = Field(
        ("form_submitted", "lead_imported"), description="Touchpoint types that make a lead of whom they are about"
    )
    in_bulk: tuple[TouchpointType, ...] = Field(
        ("lead_imported",),
        description="Types that bring leads by the thousand: their reps are told in one digest, not lead by lead, and"
        " the duties of first contact and nurture begin when the lead gets in touch itself",
    )
    source_priority: dict[str, int] = Field(
        {}, description="Which source wins between two unverified values of the same time; higher wins, default 0"
    )
    survivorship: SurvivorshipRules = Field(SurvivorshipRules(), description="Which value of a field holds")
    welcome: WelcomeRules = Field(WelcomeRules(), description="The welcome message")


class AssignmentRules(Section):
    """Who gets a new lead: round robin over the roster of its region."""

    rosters: dict[str, tuple[str, ...]] = Field({}, description="Region → rep ids, in the order of the round robin")
    default_roster: tuple[str, ...] = Field((), description="Reps for regions without a roster of their own")
    by_place: dict[str, str] = Field(
        {},
        description="Province, city or district → region, for leads that come with an address and no region; the"
        " narrowest counts (浙江: 华东). Empty: no region is derived",
    )
    digest_minutes: int = Field(
        10, ge=1, le=10_080, description="Minutes after the first lead in bulk until region and reps are told how many"
    )
    digest_title: Annotated[Bilingual, places("count", "region")] = Field(
        Bilingual(zh="{region}：新导入 {count} 条线索分配给你", en="{region}: {count} imported leads are yours"),
        description="Title of `leads_imported` for a rep",
    )
    digest_manager_title: Annotated[Bilingual, places("count", "region")] = Field(
        Bilingual(zh="{region}：新导入 {count} 条线索", en="{region}: {count} imported leads"),
        description="Title of `leads_imported` for the manager",
    )

    def roster(self, region: str) -> tuple[str, ...]:
        """Return the reps of a region, in order; empty when nobody is on duty."""
        return self.rosters.get(region) or self.default_roster

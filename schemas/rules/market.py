"""Rules of what happens at companies: strategic changes, tenders."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.rules.base import Section
from schemas.rules.names import Recipient
from schemas.rules.text import Bilingual, places

Happening = Literal["white_paper", "cto_hiring", "funding", "relocation", "other"]


class CompanyRules(Section):
    """What a company as an entity remembers; every list is bounded."""

    members: int = Field(500, ge=1, le=5_000, description="Leads and deals that a company knows, latest joined kept")
    memory_days: int = Field(
        90, ge=1, le=730, description="Days that news and tenders wait for leads and deals to come"
    )
    news: int = Field(10, ge=1, le=100, description="Pieces of news and tenders kept, latest first")


class StrategicRules(Section):
    """Which changes of a company ask for a new look at its leads."""

    what: tuple[Happening, ...] = Field(
        ("white_paper", "cto_hiring", "funding", "relocation"), description="Changes that count"
    )
    quiet_days: int = Field(30, ge=0, le=730, description="Days in which the same change is not told a lead again")
    recipients: tuple[Recipient, ...] = Field(("rep",), min_length=1, description="Who is asked to grade again")
    title: Annotated[Bilingual, places("label", "company", "what")] = Field(
        Bilingual(zh="{company}：{what}，请重新评估 {label}", en="{company}: {what}. Please grade {label} again"),
        description="Title of `strategic_upgrade`",
    )
    names: dict[Happening, Bilingual] = Field(
        {
            "white_paper": Bilingual(zh="发布白皮书", en="published a white paper"),
            "cto_hiring": Bilingual(zh="招聘 CTO", en="is hiring a CTO"),
            "funding": Bilingual(zh="获得融资", en="was funded"),
            "relocation": Bilingual(zh="搬迁", en="is moving"),
            "other": Bilingual(zh="有新动态", en="has news"),
        },
        description="What each change is called in titles",
    )


class TenderRules(Section):
    """How a tender finds its deal, and how far it moves the deal's forecast."""

    decision_days: int = Field(14, ge=0, le=365, description="Days from the last day for bids until a deal can close")
    recipients: tuple[Recipient, ...] = Field(("rep", "role:manager"), min_length=1, description="Who hears of it")
    title: Annotated[Bilingual, places("buyer", "tender")] = Field(
        Bilingual(zh="{buyer} 发布招标：{tender}", en="{buyer} published a tender: {tender}"),
        description="Title of `tender_matched`",
    )

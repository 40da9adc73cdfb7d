"""Rules of deals: the table of stages with the evidence that each needs, and who may sign."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from schemas.rules.base import Section
from schemas.rules.names import Recipient, Stage
from schemas.rules.text import Bilingual, places

EvidenceKind = Literal[
    "price_comparison", "spec_matrix", "case_study", "trial_agreement", "meeting_minutes", "contract_revision",
    "legal_clearance", "budget_approval",
]  # fmt: skip
STAGES: tuple[Stage, ...] = get_args(Stage)


class StageRule(Section):
    """One row of the table."""

    stage: Stage = Field(description="The stage")
    needs: tuple[EvidenceKind, ...] = Field((), description="Evidence without which a deal may not be in it")


class DealRules(Section):
    """Which evidence a deal needs in each stage; the needs of the stages before it count as well."""

    stages: tuple[StageRule, ...] = Field(
        (
            StageRule(stage="lead"),
            StageRule(stage="solution"),
            StageRule(stage="commercial", needs=("price_comparison", "spec_matrix", "case_study")),
            StageRule(stage="legal", needs=("legal_clearance",)),
            StageRule(stage="won"),
            StageRule(stage="lost"),
        ),
        description="The table, in order; a lost deal needs nothing",
    )
    signed: tuple[EvidenceKind, ...] = Field(("legal_clearance",), description="Evidence that must be signed")
    signers: dict[EvidenceKind, tuple[str, ...]] = Field(
        {}, description="Evidence → ids of those who may sign it; none listed: anybody but the deal's own rep"
    )
    newer_than: dict[EvidenceKind, tuple[EvidenceKind, ...]] = Field(
        {"legal_clearance": ("contract_revision",)},
        description="Evidence → evidence that it must be newer than: a clearance of an older contract is none",
    )
    grace_minutes: int = Field(0, ge=0, le=10_080, description="Minutes that evidence may come after its stage")
    recipients: tuple[Recipient, ...] = Field(("rep", "role:manager"), min_length=1, description="Who hears of it")
    title: Annotated[Bilingual, places("deal", "stage", "count")] = Field(
        Bilingual(
            zh="商机 {deal} 在 {stage} 阶段缺 {count} 项依据",
            en="Deal {deal} lacks {count} pieces of evidence for {stage}",
        ),
        description="Title of `deal_blocked`",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        found = tuple(row.stage for row in self.stages)
        if found != STAGES:
            raise ValueError(f"stages: every stage once, in the order {', '.join(STAGES)}; found {', '.join(found)}")
        return self

    def needs(self, stage: str) -> tuple[EvidenceKind, ...]:
        """Return what a deal needs to be in a stage: the row's needs and those of all rows before it."""
        if stage == "lost":
            return ()
        found: dict[EvidenceKind, None] = {}
        for row in self.stages:
            found.update(dict.fromkeys(row.needs))
            if row.stage == stage:
                return tuple(found)
        return ()

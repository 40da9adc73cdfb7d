"""Rules of the lead record: what makes a lead, who gets it, when it must be followed up."""

from pydantic import Field

from schemas.rules.base import Section


class LeadRules(Section):
    """What makes a lead of an entity, and which touchpoints may set its fields."""

    created_by: tuple[str, ...] = Field(
        ("form_submitted", "lead_imported"), description="Touchpoint types that make a lead of whom they are about"
    )
    source_priority: dict[str, int] = Field(
        {}, description="Which source wins between two unverified values of the same time; higher wins, default 0"
    )


class AssignmentRules(Section):
    """Who gets a new lead: round robin over the roster of its region."""

    rosters: dict[str, tuple[str, ...]] = Field({}, description="Region → rep ids, in the order of the round robin")
    default_roster: tuple[str, ...] = Field((), description="Reps for regions without a roster of their own")

    def roster(self, region: str) -> tuple[str, ...]:
        """Return the reps of a region, in order; empty when nobody is on duty."""
        return self.rosters.get(region) or self.default_roster


class FollowUpRules(Section):
    """How soon a new lead must be followed up."""

    first_contact_minutes: int = Field(30, ge=1, le=10_080, description="Minutes until rep and manager are alerted")
    counts_as_follow_up: tuple[str, ...] = Field(
        ("followed_up", "customer_touched", "contact_noted", "visit_checked_in"),
        description="Touchpoint types of a rep that count as a follow-up",
    )
    recipients: tuple[str, ...] = Field(("rep", "role:manager"), description="`rep` is the lead's own rep")

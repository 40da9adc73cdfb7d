"""The sales region of a lead that names none: where its address lies, by the rule book's table of places."""

from collections.abc import Mapping

from processors.cleansing.address import parse_address
from processors.cleansing.gazetteer import stem_of
from processors.effects import SetField
from processors.leads.survivorship import DERIVED, Held
from schemas.rules.lead import AssignmentRules

RULE = "assignment.by_place"


def region_by_place(fields: Mapping[str, Held], rules: AssignmentRules) -> str | None:
    """Return the region that the table gives for the address, its narrowest part first; None where it gives none.

    Places may be written with their rank or without (浙江省, 浙江).
    """
    if not rules.by_place or "region" in fields or "address" not in fields:
        return None
    address = parse_address(fields["address"][0])
    for place in (address.district, address.city, address.province):
        if place and (region := rules.by_place.get(place) or rules.by_place.get(stem_of(place))):
            return region
    return None


def with_region(fields: Mapping[str, Held], region: str) -> tuple[Mapping[str, Held], SetField]:
    """Return the fields with a derived region, which gives way to any that is said, and the change."""
    change = SetField(field="region", old=None, new=region, rule=RULE)
    return {**fields, "region": [region, DERIVED, 0, 0]}, change

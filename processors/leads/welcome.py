"""What is said of and to a lead: its label, and the welcome message that a new one is to be sent."""

from collections.abc import Mapping
from typing import Any

from processors.leads.fields import CONTACTS
from schemas.masking import mask_record
from schemas.rules.lead import WelcomeRules

NAMELESS = "?"


def welcome(rules: WelcomeRules, fact_type: str, fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the request for a welcome message: by which field to reach the person, and what to say."""
    channel = next((field for field in rules.channels if field in fields), None)
    if not rules.enabled or fact_type not in rules.created_by or channel is None:
        return None
    name = fields["name"][0] if "name" in fields else None
    text = {
        language: rules.text.filled(name=name or getattr(rules.nameless, language))[language]
        for language in ("zh", "en")
    }
    return {"channel": channel, "text": text}


def label(fields: Mapping[str, Any]) -> str:
    """Return what a lead is called where it is shown: name, company, or a masked contact."""
    for field in ("name", "company", *CONTACTS):
        if field in fields:
            value: str = fields[field][0]
            return value if field in ("name", "company") else str(mask_record(value, field))
    return NAMELESS

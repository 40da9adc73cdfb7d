"""Companies as entities: one key for one company, however its name is written."""

from collections.abc import Mapping

from processors.cleansing.company import company_key
from schemas.ids import entity_key

LONGEST_KEY = 100


def company_entity(name: str | None, short_names: Mapping[str, str]) -> str | None:
    """Return the entity of a company by its name; None when nothing of the name identifies one.

    `short_names` are those of the rule book (`cleansing.company_short_names`), beside those that ship.
    """
    if not name:
        return None
    key = company_key(short_names.get(name, name))[:LONGEST_KEY]
    return entity_key("company", key) if key else None

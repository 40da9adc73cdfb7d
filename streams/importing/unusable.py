"""Why a row reaches and recognises nobody, said so that whoever has the table knows what to mend."""

from collections.abc import Sequence
from typing import NamedTuple

from processors.cleanse import CONTACT_FIELDS
from processors.lead_fields import FIELD_NAMES
from schemas.fact import Note
from schemas.rules.cleansing_names import RULES
from streams.importing.columns import Columns
from streams.importing.outcomes import NO_IDENTIFIER
from streams.importing.problems import Said

TOTALS = frozenset({"合计", "总计", "小计", "共计", "总共", "汇总", "累计", "total", "subtotal", "grandtotal", "sum"})
TOTAL_ROW = Said("合计行，不是客户", "a row of totals, nobody's")
HEADER_AGAIN = Said("重复的表头", "the header once more")
NOTHING_READ = Said("能识别的列都是空的", "nothing stands in any column that is understood")
OF_THE_RULE = frozenset({"invalid", "masked", "service", "area_code", "gone", "rounded", "no_key"})


class Unusable(NamedTuple):
    """A contact that was given and cannot be used: the field, and the rule that refused it."""

    field: str
    rule: str


def unusable_of(notes: Sequence[Note]) -> tuple[Unusable, ...]:
    """Return the contacts that rules refused, one a field."""
    refused = {note.field: note.rule for note in notes if note.rule.rpartition(".")[2] in OF_THE_RULE}
    return tuple([Unusable(name, refused[name]) for name in CONTACT_FIELDS if name in refused])


def why_nobody(cells: Sequence[str], columns: Columns, unusable: Sequence[Unusable]) -> Said:
    """Return why a row without any identifier is of no use."""
    filled = {place: " ".join(cell.split()) for place, cell in enumerate(cells) if cell}
    if all(place < len(columns.headings) and columns.headings[place] == cell for place, cell in filled.items()):
        return HEADER_AGAIN
    first = next(iter(filled.values()), "")
    if "".join(first.split()).strip(":：").lower() in TOTALS:
        return TOTAL_ROW
    if not unusable:
        return NO_IDENTIFIER if columns.row(cells) else NOTHING_READ
    zh = "；".join(f"{FIELD_NAMES[one.field][0]}：{RULES[one.rule].zh}" for one in unusable)
    en = "; ".join(f"{FIELD_NAMES[one.field][1]}: {RULES[one.rule].en}" for one in unusable)
    return Said(f"没有可用的联系方式（{zh}）", f"nothing to recognise the person by ({en})")

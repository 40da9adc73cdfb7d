"""What the copy of the lead library is told about evidence. Pure; a redelivery tells the same again."""

from collections.abc import Sequence
from typing import Any

import msgspec

from processors.cleanse_batch import JUDGED, Decided
from schemas.evidence import Around, EvidenceClaim, EvidenceLog, EvidenceRecord

AT_ONCE = 200  # of each kind in one record of the topic: some 100 KB
KINDS = EvidenceLog.__struct_fields__


def evidence_logs(found: EvidenceClaim | Around | None, at_once: int = AT_ONCE) -> list[EvidenceLog]:
    """Return what a claim adds, or all that the library knows of some leads, in parts of bounded size."""
    if found is None:
        return []
    given: dict[str, Sequence[Any]] = {kind: getattr(found, kind) for kind in KINDS}
    given["records"] = [_without_keys(record) for record in found.records]
    longest = max(map(len, given.values()))
    return [
        EvidenceLog(**{kind: tuple(values[first : first + at_once]) for kind, values in given.items()})
        for first in range(0, longest, at_once)
    ]


def decided_before(decided: Decided) -> list[str]:
    """Return the leads of events that an earlier delivery decided on: nobody may have been told of what followed."""
    leads = dict.fromkeys(lead for lead in decided.before.values() if lead)
    for _, cleansed in decided.fresh:
        if cleansed.touchpoint.event_id in decided.before and cleansed.touchpoint.type == JUDGED:
            leads.update(dict.fromkeys((cleansed.data["left"], cleansed.data["right"])))
    return list(leads)


def _without_keys(record: EvidenceRecord) -> EvidenceRecord:
    return msgspec.structs.replace(record, keys=(), no=0)

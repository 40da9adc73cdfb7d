"""The lines of a daily summary: nothing but what facts said, each with the ids of the events that say so."""

from collections.abc import Mapping
from typing import Any

from schemas.times import to_iso

NAMES = {
    "customer_touched": ("联系客户", "Contacted the customer"),
    "contact_noted": ("记录沟通", "Wrote a note of a contact"),
    "followed_up": ("跟进线索", "Followed up"),
    "visit_checked_in": ("上门拜访", "Visited the customer"),
    "deal_updated": ("更新商机", "Updated the deal"),
    "evidence_attached": ("补充商机依据", "Attached evidence"),
    "forecast_submitted": ("提交预测", "Submitted a forecast"),
    "": ("其他进展", "More progress"),
}
OPEN_NAMES = {
    "lead": ("新线索待跟进", "New lead waits for its first contact"),
    "note": ("联系尚无记录", "A contact has no note yet"),
    "deal_blocked": ("商机缺少依据", "The deal lacks evidence"),
}

Line = dict[str, Any]


def lines_of(
    day: Mapping[str, Any], opened: Mapping[str, Any], most: int, called: Mapping[str, str]
) -> dict[str, list[Line]]:
    """Return the lines by part: progress, open, help. `day`, `opened` and `called` are those of the detector's state.

    A line names a lead as it is called, and by its id where that is not known.
    """
    progress = [_progress(key, count, events, called) for key, (count, events) in sorted(day.items())]
    waiting: dict[str, list[Line]] = {"open": [], "help": []}
    for key, (at, event_id, more) in sorted(opened.items(), key=lambda item: (item[1][0], item[0])):
        what, _, about = key.partition("|")
        zh, en = OPEN_NAMES[what]
        line: Line = {"what": what, "about": about, "since": to_iso(at), "events": [event_id]}
        whom = called.get(about, about)
        line["text"] = {"zh": f"{zh}：{whom}", "en": f"{en}: {whom}"}
        if more:
            line["missing"] = more
        waiting["help" if what == "deal_blocked" else "open"].append(line)
    return {"progress": progress, "open": waiting["open"][:most], "help": waiting["help"][:most]}


def _progress(key: str, count: int, events: list[str], called: Mapping[str, str]) -> Line:
    what, _, about = key.partition("|")
    zh, en = NAMES.get(what, (what, what))
    times = f" ×{count}" if count > 1 else ""
    whom = called.get(about, about)
    return {
        "what": what or "more",
        "about": about or None,
        "count": count,
        "events": events,
        "text": {
            "zh": f"{zh}{times}：{whom}" if about else f"{zh}{times}",
            "en": f"{en}{times}: {whom}" if about else f"{en}{times}",
        },
    }

"""Leads that come in bulk, as a table of a hundred thousand does: nobody is alerted row by row (decision 0060)."""

from collections.abc import Mapping
from typing import Any

from processors.detector import Context, State
from processors.effects import Emit
from processors.leads.view import NO_REGION
from schemas.fact import Fact
from schemas.rules import RuleBook
from schemas.rules.text import Bilingual
from schemas.times import MINUTE, to_iso

DIGEST = "digest"
MOST_FILES = 5
NOWHERE = {"zh": "未分区域", "en": "No region"}
NOBODY = ""  # stands for the rep of leads whose region has none


def in_bulk(fact: Fact, rules: RuleBook) -> bool:
    """Return whether a fact is one of many that came together."""
    return fact.type in rules.lead.in_bulk


def wakes(lead: State, fact: Fact, rules: RuleBook) -> bool:
    """Return whether a lead that came in bulk gets in touch with this fact: by what would make a lead by itself."""
    return "bulk" in lead and fact.type in rules.lead.created_by and not in_bulk(fact, rules)


def woken(lead: State, fact: Fact, known: int) -> dict[str, Any]:
    """Return the state of a lead that got in touch: from here on (ms) people have duties towards it."""
    after = {name: value for name, value in lead.items() if name != "bulk"}
    return {**after, "woken": fact.at, "known": known}


def touched(lead: State, fact: Fact, label: str) -> Emit:
    """Return the signal that a lead which came in bulk got in touch: its rep hears of it as of a new one."""
    rep, region = lead.get("rep"), lead.get("region")
    return Emit(
        kind="lead_assigned",
        severity="info",
        to=(f"rep:{rep}",) if rep else ("role:manager",),
        title={"zh": f"导入的线索主动联系：{label}", "en": f"An imported lead got in touch: {label}"},
        rule="lead.woken",
        evidence={"type": fact.type, "source": fact.source, "event_id": fact.event_id, "since": to_iso(fact.at)},
        region=None if region == NO_REGION else region,
    )


def table_of(fact: Fact) -> dict[str, Any]:
    """Return which line of which table a fact came from."""
    return {name: fact.data[name] for name in ("file", "line") if name in fact.data}


def bulk_data(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the region is told besides: that the lead came in bulk, and with what (see `table_of`)."""
    file = table.get("file")
    return {"bulk": True, "file": file} if file else {"bulk": True}


def digest_due(ctx: Context) -> int:
    """Return when (ms) a digest that begins now is told."""
    return ctx.now + ctx.rules.assignment.digest_minutes * MINUTE


def counted(waiting: Mapping[str, Any], rep: str | None, fact: Fact) -> dict[str, Any]:
    """Return a digest {reps {rep: leads}, files (the first five), since (ms)} with one lead more."""
    reps = dict(waiting.get("reps", {}))
    reps[rep or NOBODY] = reps.get(rep or NOBODY, 0) + 1
    files: list[str] = waiting.get("files", [])
    file = fact.data.get("file")
    if file and file not in files and len(files) < MOST_FILES:
        files = [*files, file]
    return {"reps": reps, "files": files, "since": waiting.get("since", fact.at)}


def digest(waiting: Mapping[str, Any], ctx: Context) -> tuple[Emit, ...]:
    """Return what each rep and the manager are told of the leads that came in bulk."""
    reps: Mapping[str, int] = waiting.get("reps", {})
    if not reps:
        return ()
    region = ctx.entity.partition(":")[2]
    where = None if region == NO_REGION else region
    rules, total = ctx.rules.assignment, sum(reps.values())
    common = {"region": where, "files": waiting["files"], "since": to_iso(waiting["since"])}
    shown = {rep or "-": count for rep, count in sorted(reps.items())}
    told = [
        (f"rep:{rep}", rules.digest_title, count, {**common, "count": count})
        for rep, count in sorted(reps.items())
        if rep != NOBODY
    ]
    told.append(("role:manager", rules.digest_manager_title, total, {**common, "count": total, "reps": shown}))
    return tuple(
        Emit(
            kind="leads_imported",
            severity="info",
            to=(who,),
            title=_titled(title, count, where),
            rule="assignment.digest",
            evidence=evidence,
            region=where,
        )
        for who, title, count, evidence in told
    )


def _titled(title: Bilingual, count: int, region: str | None) -> dict[str, str]:
    """Return the title of a digest; who has no region is named so in each language."""
    names = NOWHERE if region is None else dict.fromkeys(NOWHERE, region)
    return {language: title.filled(count=count, region=name)[language] for language, name in names.items()}

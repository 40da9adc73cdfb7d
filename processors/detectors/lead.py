"""The lead record: which values hold, when a lead begins, who is told that something changed."""

from collections.abc import Mapping
from typing import Any

from processors.detector import Context, State
from processors.effects import NOTHING, Effect, Effects, Emit, SetField, Tell
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.ids import entity_key
from schemas.masking import mask_record
from schemas.rules.lead import WelcomeRules

FIELDS = frozenset({
    "name", "phone", "email", "wechat", "qq", "douyin", "kuaishou", "company", "title", "address", "birth_date",
    "id_number", "postcode", "region", "interest",
})  # fmt: skip
CONTACTS = ("phone", "email", "wechat", "qq", "douyin", "kuaishou")
UNVERIFIED, VERIFIED = 1, 2
NO_REGION = "-"
FIELD_NAMES = {
    "name": ("姓名", "name"), "phone": ("电话", "phone"), "email": ("邮箱", "e-mail"), "wechat": ("微信", "WeChat"),
    "qq": ("QQ", "QQ"), "douyin": ("抖音", "Douyin"), "kuaishou": ("快手", "Kuaishou"), "company": ("公司", "company"),
    "title": ("职位", "title"), "address": ("地址", "address"), "birth_date": ("生日", "birth date"),
    "id_number": ("证件号", "id number"), "postcode": ("邮编", "postcode"), "region": ("区域", "region"),
    "interest": ("意向", "interest"),
}  # fmt: skip


class LeadRecord:
    """Keeps the fields of a lead. State: created, source, region, rep, and fields {name: [value, rank, at, priority]}.

    A value replaces another if it is better by (verified, newer, source priority); ties go to the greater text, so
    that the outcome does not depend on the order in which events arrive.
    """

    name = "lead"
    kinds = frozenset({"lead"})
    facts = frozenset({"form_submitted", "lead_updated", "lead_imported", "phone_changed", "lead_assigned"})
    order = 0

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Take over better values; begin the lead; take note of its rep."""
        if fact.type == "lead_assigned":
            return _assigned(state, fact)
        taken, effects = _merge(state, fact, ctx)
        if "created" in state:
            told = tuple(_updated(state, effect, fact) for effect in effects)
            return (_with(state, fields=taken), (*effects, *told)) if effects else (state, NOTHING)
        if fact.type in ctx.rules.lead.created_by and any(field in taken for field in CONTACTS):
            return _created(state, fact, taken, effects, ctx)
        return (_with(state, fields=taken), effects) if effects else (state, NOTHING)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


def _with(state: State, **changes: Any) -> State:
    return {**state, **changes}


def proposed(fact: Fact) -> Mapping[str, tuple[str, bool]]:
    """Return the lead fields that a fact brings: name → (value, verified)."""
    data = fact.data
    if fact.type == "phone_changed":
        confirmed = data.get("old_code_verified") and data.get("new_code_verified")
        return {"phone": (data["new"], True)} if confirmed and data.get("new") else {}
    values = data.get("row", {}) if fact.type == "lead_imported" else data
    return {
        field: (value, f"{field}:{value}" in fact.verified)
        for field, value in values.items()
        if field in FIELDS and isinstance(value, str) and value
    }


def _merge(state: State, fact: Fact, ctx: Context) -> tuple[dict[str, Any], tuple[SetField, ...]]:
    fields: dict[str, Any] = dict(state.get("fields", {}))
    effects = []
    priority = ctx.rules.lead.source_priority.get(fact.source, 0)
    for field, (value, verified) in proposed(fact).items():
        held = fields.get(field)
        offer = [value, VERIFIED if verified else UNVERIFIED, fact.at, priority]
        if held is not None and _strength(held) >= _strength(offer):
            continue
        fields[field] = offer
        if held is None or held[0] != value:
            why = (
                "phone.confirmed_by_code"
                if fact.type == "phone_changed"
                else f"{fact.type}.{'verified' if verified else 'newer'}"
            )
            effects.append(SetField(field=field, old=held and held[0], new=value, rule=why, actor=fact.source))
    return fields, tuple(effects)


def _strength(value: Any) -> tuple[int, int, int, str]:
    return value[1], value[2], value[3], value[0]


def _created(
    state: State, fact: Fact, fields: dict[str, Any], effects: tuple[SetField, ...], ctx: Context
) -> tuple[State, Effects]:
    region = fields["region"][0] if "region" in fields else NO_REGION
    known = max(fact.at, fact.known_at)
    born = _with(state, created=fact.at, known=known, source=fact.source, region=region, fields=fields)
    label = _label(fields)
    shown = mask_record({field: value[0] for field, value in fields.items()})
    evidence = {"source": fact.source, "type": fact.type, "event_id": fact.event_id, "fields": shown}
    welcome = _welcome(ctx.rules.for_(region=region, source=fact.source).lead.welcome, fact.type, fields)
    if welcome is not None:
        evidence["welcome"] = welcome
    announce = Emit(
        kind="lead_created",
        severity="info",
        to=("role:manager",),
        title={"zh": f"新线索：{label}", "en": f"New lead: {label}"},
        rule="lead.created",
        evidence=evidence,
        region=None if region == NO_REGION else region,
    )
    ask = Tell(
        entity=entity_key("region", region),
        type="lead_awaits_assignment",
        data={"lead": fact.entity, "region": region},
        lead=fact.entity,
    )
    return born, (*effects, announce, ask)


def _welcome(rules: WelcomeRules, fact_type: str, fields: Mapping[str, Any]) -> dict[str, Any] | None:
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


def _label(fields: Mapping[str, Any]) -> str:
    for field in ("name", "company", *CONTACTS):
        if field in fields:
            value: str = fields[field][0]
            return value if field in ("name", "company") else str(mask_record(value, field))
    return "?"


def _assigned(state: State, fact: Fact) -> tuple[State, Effects]:
    rep, before = fact.data.get("rep_id"), state.get("rep")
    if not rep or rep == before:
        return state, NOTHING
    fields = state.get("fields", {})
    label = _label(fields)
    effects: tuple[Effect, ...] = (
        SetField(field="rep_id", old=before, new=rep, rule="assignment.round_robin"),
        Emit(
            kind="lead_assigned",
            severity="info",
            to=(f"rep:{rep}",),
            title={"zh": f"新线索分配给你：{label}", "en": f"A new lead is yours: {label}"},
            rule="assignment.round_robin",
            evidence={"region": fact.data.get("region"), "fields": {name: value[0] for name, value in fields.items()}},
        ),
    )
    return _with(state, rep=rep), effects


def _updated(state: State, effect: SetField, fact: Fact) -> Emit:
    zh, en = FIELD_NAMES[effect.field]
    label = _label(state.get("fields", {}))
    rep = state.get("rep")
    region = state.get("region")
    return Emit(
        kind="lead_updated",
        severity="info",
        to=(f"rep:{rep}",) if rep else ("role:manager",),
        title={"zh": f"{label} 的{zh}已更正", "en": f"The {en} of {label} was corrected"},
        rule=f"lead.{effect.rule}",
        evidence={
            "field": effect.field,
            "old": effect.old,
            "new": effect.new,
            "why": effect.rule,
            "source": fact.source,
            "event_id": fact.event_id,
        },
        region=None if region == NO_REGION else region,
    )


DETECTOR = LeadRecord()

"""The model as an entity: what has moved in what it learns from is told, each thing once in a while."""

from processors.detector import Context, State
from processors.effects import NOTHING, Effects, Emit
from processors.leads.view import recipients
from schemas.effects import Timer
from schemas.fact import Fact
from schemas.signal import Severity
from schemas.times import DAY

MOST_TOLD = 64
WHAT = {
    "loss": {"zh": "预测误差上升，新模型开始并行试用", "en": "losses rise, a challenger runs beside the model"},
    "champion": {"zh": "试用的新模型更好，已替换原模型", "en": "the challenger is better and has replaced the model"},
}
SEVERITY: dict[str, Severity] = {"loss": "warning", "champion": "info", "feature": "info"}


class ModelDrift:
    """State: told {what: when last (ms)}, at most 64; the oldest go first."""

    name = "model_drift"
    kinds = frozenset({"model"})
    facts = frozenset({"model_moved"})
    order = 0

    def on_fact(self, state: State, fact: Fact, ctx: Context) -> tuple[State, Effects]:
        """Tell what moved, unless the same was told a short while ago."""
        rules = ctx.rules.learning
        what, feature = fact.data.get("what", ""), fact.data.get("feature") or ""
        told, key = dict(state.get("told", {})), f"{what}.{feature}"
        if what not in SEVERITY or (key in told and fact.at - told[key] < rules.drift_quiet_days * DAY):
            return state, NOTHING
        told[key] = fact.at
        kept = dict(sorted(told.items(), key=lambda item: (item[1], item[0]))[-MOST_TOLD:])
        names = ("what", "feature", "usual", "now", "examples")
        evidence = {name: fact.data[name] for name in names if name in fact.data}
        emitted = Emit(
            kind="model_drift",
            severity=SEVERITY[what],
            to=recipients(rules.recipients, None),
            title=_title(what, feature, fact, ctx),
            rule="learning.drift",
            evidence=evidence,
            model=ctx.models.purchase.version if ctx.models.purchase else None,
        )
        return {"told": kept}, (emitted,)

    def on_timer(self, state: State, timer: Timer, ctx: Context) -> tuple[State, Effects]:
        """Return the state as it is: this detector sets no timers."""
        return state, NOTHING


def _title(what: str, feature: str, fact: Fact, ctx: Context) -> dict[str, str]:
    said = WHAT.get(what)
    if said is None:
        usual, now = fact.data.get("usual"), fact.data.get("now")
        change = f"{usual:.2f} → {now:.2f}" if usual is not None and now is not None else ""
        said = {"zh": f"特征 {feature} {change}", "en": f"feature {feature} {change}"}
    title = ctx.rules.learning.title
    return {language: title.filled(what=said[language].strip())[language] for language in ("zh", "en")}


DETECTOR = ModelDrift()

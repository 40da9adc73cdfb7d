"""Customers: how they use the product, what is known of them, what happens at their companies."""

from collections.abc import Iterable
from typing import Any

from schemas.times import DAY, HOUR, MINUTE
from streams.sample.scenes.scene import Scene

RICH: dict[str, Any] = {
    "industry": "制造业", "monthly_budget": "2000000", "annual_revenue": "20000000000", "employees": 8000,
    "growth_rate": 0.5, "decision_chain_length": 1, "integration_complexity": 0, "service_hours_month": 0,
}  # fmt: skip
POOR: dict[str, Any] = {
    "monthly_budget": "1000", "annual_revenue": "1000000", "employees": 5, "growth_rate": -0.1,
    "decision_chain_length": 10, "integration_complexity": 1, "service_hours_month": 80,
}  # fmt: skip
MUCH, LITTLE = 12, 1  # logins in a week
FEATURES, MODULES = 10, 4


def _weeks(scene: Scene, begin: int, end: int) -> Iterable[int]:
    """Yield the Mondays (days before the end) from one day to another."""
    first = next(days for days in range(begin, begin - 7, -1) if _weekday(scene.when(days)) == 0)
    return range(first, end - 1, -7)


def _weekday(ms: int) -> int:
    return ((ms + 8 * HOUR) // DAY + 3) % 7


def _used(scene: Scene, monday: int, logins: int, source: str = "app", *, timed: bool = True) -> None:
    """One week of use: so many logins, and uses of features in proportion, from Monday to Friday."""
    for number in range(logins):
        at = scene.when(monday - number % 5, 9) + number * 17 * MINUTE
        if at >= scene.end - HOUR:
            continue
        scene.says("login", at, source, channel="web")
        if number < FEATURES:
            used: dict[str, Any] = {"feature": f"f{number}", "module": f"m{number % MODULES}", "count": 6}
            scene.says("product_used", at + MINUTE, source, **used, **({"duration_s": 900} if timed else {}))


def thriving_early(scene: Scene) -> None:
    """Uses everything, for months; asks for a new module before two whole months of that are over."""
    _thriving(scene, asks=105)


def thriving_late(scene: Scene) -> None:
    """The same, but asks only after these months."""
    _thriving(scene, asks=12)


def _thriving(scene: Scene, asks: int) -> None:
    for monday in _weeks(scene, 140, 2):
        _used(scene, monday, MUCH)
    scene.says("module_interest", scene.when(asks, 20), "app", module="analytics")
    scene.must("high_potential", scene.lead)


def fading(scene: Scene) -> None:
    """Uses everything, and from one week to the next almost nothing any more."""
    for monday in _weeks(scene, 110, 2):
        _used(scene, monday, MUCH if monday > 50 else LITTLE)
    scene.must("health_changed", scene.lead)


def silent(scene: Scene) -> None:
    """Uses everything, then nothing at all is heard: unknown, which is not the same as ill."""
    for monday in _weeks(scene, 110, 75):
        _used(scene, monday, MUCH)
    scene.must("health_unknown", scene.lead)


def subscriber(scene: Scene) -> None:
    """Subscribes and is not heard of again."""
    scene.says("subscription_changed", scene.when(70), status="started", module="crm", term_months=12)
    scene.must("health_unknown", scene.lead)


def gap(scene: Scene) -> None:
    """Uses everything, but the front end stops saying for how long."""
    for monday in _weeks(scene, 70, 2):
        _used(scene, monday, MUCH, "mini-program", timed=monday > 25)
    scene.must("data_gap", "source:mini-program product_used.duration_s")


def graded(scene: Scene) -> None:
    """Able to pay, growing, easy to serve."""
    scene.says("account_profiled", scene.when(80), **RICH)
    scene.must("grade_changed", f"{scene.lead} – → A")


def downgraded(scene: Scene) -> None:
    """The same; then nothing of it is left, and the rep has talked with them in between."""
    scene.says("account_profiled", scene.when(100), **RICH)
    at = scene.when(90)
    scene.by_rep("customer_touched", at, channel="meeting", duration_s=1800)
    scene.by_rep("contact_noted", at + 5 * MINUTE, channel="meeting", topic="预算冻结", mood="negative")
    scene.says("account_profiled", scene.when(80), **POOR)
    scene.must("grade_changed", f"{scene.lead} – → A")
    scene.must("grade_changed", f"{scene.lead} A → D")


def held(scene: Scene) -> None:
    """The same, but nobody has talked with them since: the grade is held."""
    scene.says("account_profiled", scene.when(90), **RICH)
    scene.says("account_profiled", scene.when(60), **POOR)
    scene.must("grade_changed", f"{scene.lead} – → A")
    scene.must("grade_held", scene.lead)


def expanding(scene: Scene) -> None:
    """Their company, written otherwise, is hiring a CTO. Both customers of it say so; it is one piece of news."""
    news = {"company": "杭州云帆软件（集团）有限公司", "what": "cto_hiring", "url": "https://news.example.cn/cto"}
    if scene.life.person.company.endswith("软件有限公司"):
        scene.put("company_changed", scene.when(8), news, "news")
    scene.must("strategic_upgrade", scene.lead)


def unmoved(scene: Scene) -> None:
    """A company of the same name in another city: nothing happens."""

"""Deals: stages with and without their evidence, forecasts that are kept, forgotten, missed or beyond belief."""

from typing import Any

from schemas.times import DAY, HOUR, MINUTE
from streams.sample.scenes.scene import Scene

SEGMENT = "中型制造"
CYCLES = (26, 30, 34)  # days that deals of the segment took, each of three customers three times
NEEDED = ("price_comparison", "spec_matrix", "case_study")


def _evidence(scene: Scene, at: int, kinds: tuple[str, ...] = NEEDED) -> None:
    for number, kind in enumerate(kinds):
        scene.of_deal("evidence_attached", at + number * MINUTE, kind=kind)


def blocked(scene: Scene) -> None:
    """Into the commercial stage without a case study; it follows three days later."""
    scene.of_deal("deal_updated", scene.when(75), stage="solution", amount="360000")
    _evidence(scene, scene.when(70), NEEDED[:2])
    scene.of_deal("deal_updated", scene.when(68), stage="commercial")
    _evidence(scene, scene.when(65), NEEDED[2:])
    scene.of_deal("deal_updated", scene.when(50), stage="lost")
    scene.must("deal_blocked", f"deal:{scene.deal}")


def cleared(scene: Scene) -> None:
    """All evidence in time, cleared by somebody else, won on the day that was forecast: nobody need hear of it."""
    scene.of_deal("deal_updated", scene.when(96), stage="solution", amount="820000")
    scene.of_deal("forecast_submitted", scene.when(95), neutral_on=scene.day(60))
    _evidence(scene, scene.when(90))
    scene.of_deal("deal_updated", scene.when(88), stage="commercial")
    cleared_at = scene.when(70)
    scene.of_deal("evidence_attached", cleared_at, kind="legal_clearance", signed_by="legal-1", signed_at=cleared_at)
    scene.of_deal("deal_updated", scene.when(69), stage="legal")
    scene.of_deal("deal_updated", scene.when(60), stage="won")


def self_signed(scene: Scene) -> None:
    """The rep clears the own deal."""
    scene.of_deal("deal_updated", scene.when(66), stage="solution")
    _evidence(scene, scene.when(60))
    scene.of_deal("deal_updated", scene.when(58), stage="commercial")
    signed = scene.when(50)
    scene.of_deal("evidence_attached", signed, kind="legal_clearance", signed_by=scene.life.rep, signed_at=signed)
    scene.of_deal("deal_updated", scene.when(49), stage="legal")
    scene.of_deal("deal_updated", scene.when(40), stage="lost")
    scene.must("deal_blocked", f"deal:{scene.deal}")


def decayed(scene: Scene) -> None:
    """The committed day passes, and nobody says a word."""
    scene.of_deal("deal_updated", scene.when(55), stage="solution", amount="150000")
    scene.of_deal("forecast_submitted", scene.when(54), neutral_on=scene.day(20))
    scene.must("forecast_decayed", f"deal:{scene.deal}")


def renewed(scene: Scene) -> None:
    """The forecast is renewed the day before it would lose worth."""
    scene.of_deal("deal_updated", scene.when(55), stage="solution", amount="150000")
    scene.of_deal("forecast_submitted", scene.when(54), neutral_on=scene.day(30))
    scene.of_deal("forecast_submitted", scene.when(28), neutral_on=scene.day(-20))


def quick(scene: Scene) -> None:
    """Won on the second day: no nurture flow."""
    won = scene.life.at + DAY
    _evidence(scene, won - 3 * HOUR)
    scene.of_deal("evidence_attached", won - HOUR, kind="legal_clearance", signed_by="legal-1", signed_at=won - HOUR)
    scene.of_deal("deal_updated", won, stage="won")


def missed(scene: Scene) -> None:
    """Lost half a year after the day that was forecast, while the notes speak of a competitor."""
    scene.of_deal("deal_updated", scene.when(290), stage="solution", amount="990000")
    scene.of_deal("forecast_submitted", scene.when(288), neutral_on=scene.day(260))
    for days in (280, 270):
        scene.by_rep("contact_noted", scene.when(days), channel="call", topic="竞品报价更低", mood="negative")
    scene.of_deal("forecast_submitted", scene.when(262), neutral_on=scene.day(68))
    scene.of_deal("deal_updated", scene.when(69), stage="lost")
    scene.must("forecast_missed", f"deal:{scene.deal} competitor")


def cycle(scene: Scene) -> None:
    """A customer of the segment buys three times in its usual time, early in the year."""
    for number, days in enumerate(CYCLES):
        deal, begun, signed = f"{scene.deal}-{number}", scene.when(358 - number), 358 - number - days + 1
        scene.of_deal("deal_updated", begun, deal, stage="solution", segment=SEGMENT)
        for place, kind in enumerate(NEEDED):
            scene.of_deal("evidence_attached", begun + (place + 1) * HOUR, deal, kind=kind)
        clearance: dict[str, Any] = {"kind": "legal_clearance", "signed_by": "legal-1", "signed_at": scene.when(signed)}
        scene.of_deal("evidence_attached", scene.when(signed), deal, **clearance)
        scene.of_deal("deal_updated", scene.when(signed - 1), deal, stage="won", segment=SEGMENT)


def implausible(scene: Scene) -> None:
    """Forecasts five months for what takes others of the segment one, and says so twice."""
    scene.of_deal("deal_updated", scene.when(50), stage="solution", segment=SEGMENT, amount="480000")
    dates = {"optimistic_on": scene.day(-60), "neutral_on": scene.day(-100), "pessimistic_on": scene.day(-200)}
    for days in (49, 30):
        scene.of_deal("forecast_submitted", scene.when(days), **dates)
    scene.must("forecast_implausible", f"deal:{scene.deal}")


def plausible(scene: Scene) -> None:
    """Forecasts what others of the segment took, and is right."""
    scene.of_deal("deal_updated", scene.when(50), stage="solution", segment=SEGMENT)
    scene.of_deal("forecast_submitted", scene.when(49), neutral_on=scene.day(20))
    scene.of_deal("deal_updated", scene.when(19), stage="lost")


def tender(scene: Scene) -> None:
    """The buyer of an open deal, written otherwise, publishes a tender."""
    scene.of_deal("deal_updated", scene.when(40), stage="solution", amount="1200000")
    scene.of_deal("forecast_submitted", scene.when(39), neutral_on=scene.day(-5))
    published = {
        "tender_id": "T-2071",
        "buyer": "苏州市恒澜医疗器械股份有限公司",
        "title": "客户管理系统采购",
        "budget": "1500000",
        "closes_on": scene.day(-25),
    }
    scene.put("tender_published", scene.when(9), published, "tenders")
    scene.must("tender_matched", f"deal:{scene.deal}")


def other_buyer(scene: Scene) -> None:
    """An open deal of a company of the same name in another city: the tender is none of its business."""
    scene.of_deal("deal_updated", scene.when(40), stage="solution")

"""What the sample shows of likely purchases: one row per main reason, with the reasons in two languages."""

from streams.sample.likely import rows
from streams.sample.telling import Heard


def heard(entity: str, probability: float, *groups: str, unsure: bool = False) -> Heard:
    reasons = [{"group": group, "log_odds": 1.0, "zh": f"{group}高", "en": f"{group} speaks"} for group in groups]
    evidence = {"probability": probability, "unsure": unsure, "reasons": reasons}
    return Heard("purchase_likely", entity, "purchase.likely", evidence)


def test_one_row_per_main_reason_the_surest_of_each() -> None:
    signals = [
        heard("lead:a", 0.7, "recency"),
        heard("lead:b", 0.91, "recency", "money"),
        heard("lead:c", 0.64, "forms"),
        heard("lead:d", 0.99, "forms", unsure=True),
    ]
    assert rows(signals) == [
        ("2", "lead:b", "91%", "recency高 / recency speaks\nmoney高 / money speaks"),
        ("1", "lead:c", "64%", "forms高 / forms speaks"),
    ]


def test_nothing_told_nothing_shown() -> None:
    assert rows([]) == []
    assert rows([heard("lead:a", 0.9)]) == []

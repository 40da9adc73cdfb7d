"""Models in replay: learned on the way, in force at their place in the log, and the same bytes whatever the batches."""

import random
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.rules import load_rule_book
from schemas.times import DAY, HOUR, parse_iso, to_iso
from streams.replay.run import replay_file
from streams.settings import Settings
from tests.events import event
from tests.unit.detector_bench import NINE

RULES = """
learning: {sampled: 1.0, publish_every: 60, prior: {base_rate: 0.2, sure_after: 20}}
"""
CUSTOMERS = 30


def story() -> list[dict[str, Any]]:
    """Three months of a shop: who looks at the price page orders within days, four times of five; others never do."""
    chance = random.Random(11)
    told: list[tuple[int, str, dict[str, Any], int]] = []
    for customer in range(CUSTOMERS):
        at = NINE + customer * HOUR
        while at < NINE + 90 * DAY:
            at += int(chance.uniform(6, 16) * DAY)
            eager = chance.random() < 0.4
            page = "/pricing" if eager else "/about"
            told.append((at, "page_viewed", {"url": f"https://example.com{page}"}, customer))
            if eager and chance.random() < 0.8:
                ordered = at + int(chance.uniform(1, 4) * DAY)
                told.append((ordered, "order_placed", {"order_id": f"o{len(told)}", "amount": "120"}, customer))
    return [
        event(
            kind,
            data,
            event_id=f"e{place}",
            occurred_at=to_iso(at),
            rep_id=None,
            subject={"ids": [{"kind": "customer", "value": f"c{customer}"}]},
        )
        for place, (at, kind, data, customer) in enumerate(sorted(told, key=lambda one: one[0]))
    ]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "story.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, story())))
    return path


def replayed(source: Path, name: str, rules: str = RULES, size: int = 1_000) -> dict[str, Any]:
    book = load_rule_book(rules)
    return replay_file(source, source.parent / name, book, Settings(fact_partitions=3), size, lambda _: None)


def signals(source: Path, name: str) -> list[dict[str, Any]]:
    lines = [orjson.loads(line) for line in (source.parent / name / "signals.jsonl").read_bytes().splitlines()]
    return [line for line in lines if line["kind"] == "purchase_likely"]


def test_it_learns_who_buys_and_says_why(source: Path) -> None:
    report = replayed(source, "whole")
    assert report["failures"] == 0
    assert report["examples"] > 200
    told = signals(source, "whole")
    assert len(told) > 10
    for one in told:
        assert one["evidence"]["probability"] >= 0.6
        assert one["model"] is not None, "the rule book's prior alone believes in nobody so much"
        assert one["to"] == ["role:manager"]
        reasons = one["evidence"]["reasons"]
        assert 1 <= len(reasons) <= 3
        assert all(reason["zh"] and reason["en"] and reason["log_odds"] for reason in reasons)
    reasons = [one["evidence"]["reasons"][0]["group"] for one in told]
    assert reasons.count("price page views") > len(reasons) / 2


def test_of_those_told_most_buy_within_the_horizon(source: Path) -> None:
    replayed(source, "whole")
    asked = {one["occurred_at"]: customer_of(one) for one in story() if one["type"] == "page_viewed"}
    orders = [(customer_of(one), ms(one["occurred_at"])) for one in story() if one["type"] == "order_placed"]
    told = [(asked[one["at"]], ms(one["at"])) for one in signals(source, "whole")]
    right = [any(who == buyer and at < then <= at + 7 * DAY for buyer, then in orders) for who, at in told]
    assert sum(right) / len(right) >= 0.6


def customer_of(one: dict[str, Any]) -> str:
    return str(one["subject"]["ids"][0]["value"])


def ms(text: str) -> int:
    found = parse_iso(text)
    assert found is not None
    return found


@pytest.mark.parametrize("size", [1, 7, 100])
def test_the_bytes_do_not_depend_on_the_batches(source: Path, size: int) -> None:
    assert replayed(source, f"out{size}", size=size)["digest"] == replayed(source, "whole")["digest"]


def test_switched_off_nothing_is_remembered_learned_or_told(source: Path) -> None:
    report = replayed(source, "off", "purchase: {enabled: false}\nlearning: {health: false}")
    assert report["examples"] == 0
    assert signals(source, "off") == []
    assert b'"purchase"' not in (source.parent / "off" / "state.jsonl").read_bytes()


def test_what_is_unsure_is_told_as_such_or_not_at_all(source: Path) -> None:
    eager = RULES.replace("sure_after: 20", "sure_after: 1000000")
    replayed(source, "unsure", eager)
    told = signals(source, "unsure")
    assert told
    assert all(one["evidence"]["unsure"] and "little is known" in one["title"]["en"] for one in told)
    replayed(source, "quiet", f"{eager}\npurchase: {{tell_unsure: false}}")
    assert signals(source, "quiet") == []

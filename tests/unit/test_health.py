"""Health, as a sales manager would read it: what moves the index, by how much, and what must not."""

from collections.abc import Callable
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.health import levels
from processors.health.behaviours import CODES, WATCHED
from processors.health.index import Value, colour_of, known, reach, score, scores, still_kept, weighted
from processors.health.potential import months_after
from schemas.rules import RuleBookError, load_rule_book
from schemas.rules.health import HealthFact, HealthRules, Population
from schemas.times import DAY, HOUR, MINUTE, parse_iso, to_iso
from tests.unit.detector_bench import NINE, Bench

LEAD = "lead:a"
MONDAY = NINE + 2 * DAY  # 2026-11-23, 09:00 in Shanghai
RULES = HealthRules()


@pytest.fixture
def bench() -> Bench:
    return Bench(load_rule_book("assignment: {default_roster: [r1]}"))


def use(bench: Bench, week: int, times: int = 10, entity: str = LEAD, source: str = "app", **without: bool) -> None:
    """One week of a customer: logins, uses of two modules and five features, pages; on Tuesday to Thursday."""
    for number in range(times):
        at = MONDAY + week * 7 * DAY + (number % 3) * DAY + number * MINUTE
        bench.fact("login", at, entity)
        data: dict[str, Any] = {
            "feature": f"f{number % 5}",
            "module": f"m{number % 2}",
            "count": 5,
            "duration_s": 400.0,
        }
        kept = {name: value for name, value in data.items() if not without.get(name)}
        bench.fact("product_used", at, entity, **kept)
        dwell = {} if without.get("dwell_ms") else {"dwell_ms": 40_000.0}
        bench.fact("page_viewed", at, entity, url="/x", **dwell)


def week(number: float) -> int:
    return MONDAY + round(number * 7 * DAY)


def heard(bench: Bench, kind: str = "health_changed") -> list[Any]:
    return [one for one in bench.signals if one.kind == kind]


def colours(bench: Bench) -> list[tuple[str | None, str]]:
    return [(one.evidence["colour"]["before"], one.evidence["colour"]["after"]) for one in heard(bench)]


def told(bench: Bench) -> str:
    colour: str = bench.state(LEAD, "health")["told"][2]
    return colour


def play(bench: Bench, weeks: int, each: Callable[[int], int], begin: int = 0) -> None:
    for number in range(begin, begin + weeks):
        use(bench, number, each(number))
        bench.until(week(number + 1) - 10 * HOUR)


STORIES = [  # story, uses in each week, colours at the end of the changes
    ("steady", lambda _: 10, []),
    ("a little up and down", lambda number: 10 + number % 3, []),
    ("a slow goodbye", lambda number: max(1, 14 - number), ["yellow", "red"]),
    ("all at once", lambda number: 12 if number < 8 else 1, ["yellow", "red"]),
]


@pytest.mark.parametrize(("story", "uses", "colours_after"), STORIES)
def test_how_customers_fare(bench, story, uses, colours_after):
    play(bench, 18, uses)
    changed = [after for before, after in colours(bench) if before != after]
    assert changed == colours_after[: len(changed)], story
    assert bool(changed) == bool(colours_after), story


def test_a_change_says_which_behaviours_moved_it_and_the_points_add_up(bench):
    play(bench, 18, lambda number: 12 if number < 8 else 1)
    for one in heard(bench):
        moved = one.evidence["moved_by"]
        assert sum(row["points"] for row in moved) == pytest.approx(
            one.evidence["after"] - one.evidence["before"], abs=0.3
        )
        assert abs(moved[0]["points"]) == max(abs(row["points"]) for row in moved)
    assert "login_frequency" in {row["behaviour"] for row in heard(bench)[0].evidence["moved_by"][:4]}


def test_silence_is_unknown_and_never_a_downgrade(bench):
    play(bench, 8, lambda _: 10)
    before = told(bench)
    for number in range(8, 20):
        bench.until(week(number))
    assert heard(bench) == []
    (unknown,) = heard(bench, "health_unknown")
    assert unknown.evidence["last_colour"] == before
    assert "login_frequency" in unknown.evidence["unknown"]
    use(bench, 21)
    bench.until(week(22))
    assert len(heard(bench, "health_unknown")) == 1


def test_a_field_that_is_missing_lowers_nothing_and_is_told_once(bench):
    for entity in ("lead:a", "lead:b"):
        for number in range(6):
            use(bench, number, entity=entity)
    for entity in ("lead:a", "lead:b"):
        for number in range(6, 20):
            use(bench, number, entity=entity, duration_s=True, dwell_ms=True)
    bench.until(week(20))
    assert heard(bench) == []
    gaps = heard(bench, "data_gap")
    assert sorted(one.evidence["field"] for one in gaps) == ["duration_s", "dwell_ms"]
    assert {one.entity for one in gaps} == {"source:website"}


def test_a_field_that_comes_back_and_goes_again_is_told_again(bench):
    for number, gone in enumerate([False, True, False, True]):
        use(bench, number, duration_s=gone)
    assert len(heard(bench, "data_gap")) == 2


def test_a_source_that_never_sent_a_field_has_no_gap(bench):
    for number in range(4):
        use(bench, number, duration_s=True)
    assert heard(bench, "data_gap") == []


LITTLE = [  # what is seen of a customer in a week, whether it is news that no index comes of it
    ("a visitor who reads pages", "page_viewed", {"url": "/x"}, False),
    ("a buyer in the shop", "order_placed", {"order_id": "1", "amount": "10"}, False),
    ("a lead who sends forms", "form_submitted", {"form": "trial"}, False),
    ("a user who logs in", "login", {}, True),
    ("a subscriber", "subscription_changed", {"status": "started"}, True),
]


@pytest.mark.parametrize(("who", "seen", "data", "told_once"), LITTLE)
def test_too_little_known_is_told_once_where_an_index_is_expected(bench, who, seen, data, told_once):
    for number in range(6):
        bench.fact(seen, week(number), LEAD, **data)
        bench.until(week(number + 1))
    assert len(heard(bench, "health_unknown")) == told_once, who
    assert heard(bench) == []


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_more_can_be_known_than_the_quick_look_says(data):
    """What is left out because it cannot reach the coverage would not have: over any facts, at any time."""
    bench = Bench(load_rule_book("assignment: {default_roster: [r1]}"))
    facts = st.tuples(st.sampled_from(LITTLE), st.integers(0, 7 * 24))
    for (_, seen, fields, _), hours in data.draw(st.lists(facts, max_size=25)):
        bench.fact(seen, MONDAY + hours * HOUR, LEAD, **fields)
        state = bench.state(LEAD, "health")
        for later in (0, 40 * DAY):
            index = weighted(scores(known(state, MONDAY + hours * HOUR + later, RULES), RULES), RULES.weights)
            assert index.coverage <= reach(state, RULES.weights) + 1e-12


def test_who_becomes_a_customer_later_is_waited_for_anew(bench):
    for number in range(20):
        bench.fact("page_viewed", week(number), LEAD, url="/x")
    bench.fact("login", week(20), LEAD)
    bench.until(week(21))
    assert heard(bench, "health_unknown") == []


def test_the_rule_book_says_of_whom_an_index_is_expected():
    bench = Bench(load_rule_book("health: {expected_of: [page_viewed]}"))
    for entity, seen, data in (("lead:a", "page_viewed", {"url": "/x"}), ("lead:b", "login", {})):
        bench.fact(seen, week(0), entity, **data)
    bench.until(week(6))
    assert {one.entity for one in heard(bench, "health_unknown")} == {"lead:a"}


def test_an_index_can_be_expected_of_whatever_health_is_read_from():
    assert {*get_args(HealthFact), "module_interest"} == WATCHED


def test_trouble_is_seen_at_once(bench):
    play(bench, 6, lambda _: 10)
    assert told(bench) == "green"
    at = week(6)
    for number in range(6):
        bench.fact("ticket_opened", at + number * HOUR, LEAD, ticket_id=f"t{number}")
        bench.fact("contact_noted", at + number * HOUR, LEAD, rep="r1", channel="call", topic="x", mood="negative")
        bench.fact("order_cancelled", at + number * HOUR, LEAD, order_id=f"o{number}")
    assert heard(bench)
    assert {row["behaviour"] for row in heard(bench)[-1].evidence["moved_by"]} >= {"mood", "open_tickets"}


def test_a_ticket_whose_end_is_heard_of_first_is_not_open(bench):
    for number, (type_, hour) in enumerate([("ticket_closed", 2), ("ticket_opened", 0), ("ticket_opened", 3)], 1):
        bench.fact(type_, NINE + hour * HOUR, LEAD, ticket_id="t")
        open_ = levels.values(bench.state(LEAD, "health"), NINE + DAY, DAY)["ot"]
        assert open_ == (number == 3), "opened again after its end it is"


def test_late_payment_and_a_term_that_ends(bench):
    play(bench, 6, lambda _: 10)
    bench.fact("subscription_changed", week(6), LEAD, status="started", term_months=1)
    bench.fact("subscription_changed", week(6) + 45 * DAY, LEAD, status="renewed", term_months=1)
    assert bench.state(LEAD, "health")["paid"][0] == 0.0
    assert bench.state(LEAD, "health")["term"] == week(6) + 45 * DAY + round(30.4375 * DAY)


MONTHS = [  # since, end of the second whole month after it (Shanghai)
    ("2026-11-30T16:00:00.000Z", "2027-01-31T16:00:00.000Z"),
    ("2026-12-01T02:00:00.000Z", "2027-02-28T16:00:00.000Z"),
    ("2026-11-20T02:00:00.000Z", "2027-01-31T16:00:00.000Z"),
]


@pytest.mark.parametrize(("since", "due"), MONTHS)
def test_two_whole_calendar_months(since, due):
    assert to_iso(months_after(parse_iso(since), 2)) == due


POTENTIALS = [  # story, uses a week, week of the interest, whether it is told
    ("interest after the two months", 40, 15, True),
    ("interest before the two months end", 40, 8, True),
    ("no interest", 40, None, False),
    ("interest of a customer who is well, but not very", 5, 8, False),
    ("interest, but the index fell in between", -40, 15, False),
]


@pytest.mark.parametrize(("story", "uses", "interest", "expected"), POTENTIALS)
def test_high_potential(bench, story, uses, interest, expected):
    bench.fact("account_profiled", MONDAY, LEAD, monthly_budget="500000", annual_revenue="9000000000")
    for number in range(18):
        use(bench, number, 3 if uses < 0 and number in (7, 8, 9, 10) else abs(uses))
        bench.fact("link_clicked", week(number) + HOUR, LEAD, link="l")
        bench.fact("contact_noted", week(number) + HOUR, LEAD, rep="r1", channel="call", topic="x", mood="positive")
        if number == interest:
            bench.fact("module_interest", week(number) + 4 * DAY, LEAD, module="BI")
        bench.until(week(number + 1) - 10 * HOUR)
    signals = heard(bench, "high_potential")
    assert len(signals) == int(expected), story
    if expected:
        assert signals[0].evidence["module"] == "BI"
        assert signals[0].evidence["grade"] == "A"
        assert signals[0].evidence["resources"]["response_minutes"] == 15
        assert signals[0].at >= week(15) + 4 * DAY if interest == 15 else signals[0].evidence["months_until"]


BEHAVIOURS = st.dictionaries(st.sampled_from(list(CODES)), st.integers(0, 1000), min_size=1)


@given(found=BEHAVIOURS)
def test_points_add_up_to_the_index(found):
    index = weighted(found, RULES.weights)
    assert sum(index.points.values()) == pytest.approx(index.value)
    assert -1e-9 <= index.value <= 100 + 1e-9
    assert 0 < index.coverage <= 1 + 1e-9


@given(found=BEHAVIOURS, data=st.data())
def test_what_goes_missing_lowers_nothing_by_itself(found, data):
    left = data.draw(st.sets(st.sampled_from(sorted(found)), max_size=len(found) - 1))
    rest = {name: value for name, value in found.items() if name not in left}
    gone = still_kept(found, rest, {}, RULES.weights)
    assert weighted(rest, RULES.weights, sum(gone.values())).value >= weighted(found, RULES.weights).value - 0.2
    assert still_kept(rest, found, gone, RULES.weights) == {}, "what is known again is not held any more"


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.none() | st.floats(0, 1e6), st.sampled_from(list(CODES)))
def test_better_is_never_worth_less(one, other, level, name):
    population: Population = getattr(RULES.population, name)
    worse, better = sorted((one, other), reverse=population.good < population.poor)
    assert score(Value(worse, level), population, 0.5) <= score(Value(better, level), population, 0.5)


@given(st.floats(0, 100), st.sampled_from(["green", "yellow", "red", None]))
def test_colours_settle_at_once(value, former):
    once = colour_of(value, former, RULES)
    assert colour_of(value, once, RULES) == once


def test_around_a_bound_the_colour_stays():
    assert colour_of(RULES.green - 1, "green", RULES) == "green"
    assert colour_of(RULES.green + 1, "yellow", RULES) == "yellow"
    assert colour_of(RULES.yellow + 1, "red", RULES) == "red"
    assert colour_of(0, "green", RULES) == "red"


def test_there_are_fifteen_behaviours_each_with_a_weight_and_a_population():
    names = [name for name, _ in RULES.weights.items()]
    assert len(names) >= 12
    assert names == list(CODES) == list(type(RULES.population).model_fields)
    assert scores({name: Value(getattr(RULES.population, name).typical) for name in names}, RULES) == dict.fromkeys(
        names, 750
    )


REFUSED = [
    ("health: {weights: {orders: 0.35}}", "a regular date outweighs everything"),
    ("health: {weights: {mood: 0.2}}", "the weights add up to 1.12"),
    ("health: {yellow: 69}", "green must lie more than twice the margin above yellow"),
    ("health: {population: {mood: {poor: 1, typical: 0, good: 2}}}", "must rise or fall"),
]


@pytest.mark.parametrize(("book", "why"), REFUSED)
def test_books_that_are_refused(book, why):
    with pytest.raises(RuleBookError, match=why):
        load_rule_book(book)


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 70), st.integers(0, 20)), min_size=1, max_size=30))
def test_the_index_lies_between_0_and_100_whatever_happens(happenings):
    bench = Bench(load_rule_book("assignment: {default_roster: [r1]}"))
    for day, times in happenings:
        for number in range(times):
            bench.fact("login", NINE + day * DAY + number * MINUTE, LEAD)
            bench.fact("product_used", NINE + day * DAY, LEAD, feature=f"f{number}", count=number)
            bench.fact("ticket_answered", NINE + day * DAY, LEAD, ticket_id="t", response_minutes=float(number * 60))
        bench.until(NINE + day * DAY)
    for one in heard(bench):
        assert 0 <= one.evidence["after"] <= 100


def test_memory_is_small_after_a_year(bench):
    for number in range(52):
        use(bench, number, 12)
        for day in range(3):
            at = week(number) + day * DAY
            bench.fact("ticket_opened", at, LEAD, ticket_id=f"t{number}-{day}")
            bench.fact("order_placed", at, LEAD, order_id=f"o{number}-{day}", amount="10")
            bench.fact("contact_noted", at, LEAD, rep="r1", channel="call", topic="x", mood="neutral")
    assert len(msgspec.msgpack.encode(bench.state(LEAD, "health"))) < 1_600

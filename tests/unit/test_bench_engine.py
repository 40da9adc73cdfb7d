"""What the engine benchmark computes, without running any system."""

import json
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from streams.bench.engine import BenchmarkFailed, Plan, ratios, summary
from streams.bench.engine_systems import SYSTEMS
from streams.bench.machine import machine
from streams.bench.meter import Meter, Run
from streams.commands import bench


def test_the_median_run_stands_for_a_system() -> None:
    runs = {"whetstone": [Run(100, 1.0, 0.1, 50), Run(100, 4.0, 0.3, 70), Run(100, 2.0, 0.2, 60)]}
    (result,) = summary(runs)
    assert result == {
        "system": "whetstone",
        "events": 100,
        "seconds": 2.0,
        "events_per_second": 50,
        "cpu_us_per_event": 2000.0,
        "rss_mb": 70,
        "events_per_second_range": [25, 100],
    }


def test_ratios_are_ours_to_each_peer() -> None:
    results = [{"system": name, "events_per_second": rate} for name, rate in [("whetstone", 300), ("bytewax", 200)]]
    assert ratios(results) == {"bytewax": 1.5}
    assert ratios(results[1:]) == {}


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.bench.engine.find_spec", lambda name: None if name == "bytewax" else find_spec(name))
    with pytest.raises(BenchmarkFailed, match=r"bytewax is not installed.*make bench"):
        Plan(["whetstone", "bytewax"], 10_000, 1)
    result = CliRunner().invoke(bench.bench, ["engine", "--systems", "bytewax", "--brokers", "nowhere:1"])
    assert result.exit_code == 1
    assert "bytewax is not installed" in result.output


def test_a_system_that_nobody_knows_is_refused() -> None:
    result = CliRunner().invoke(bench.bench, ["engine", "--systems", "whetstone,flink"])
    assert result.exit_code == 2
    assert "unknown: flink" in result.output


def test_every_system_on_offer_can_be_run() -> None:
    assert set(bench.SYSTEMS) == set(SYSTEMS)


def test_faust_reads_a_share() -> None:
    plan = Plan(["faust"], 1_000_000, 1)
    assert (plan.events_of("faust"), plan.events_of("whetstone")) == (100_000, 1_000_000)


def test_the_first_batch_starts_the_clock_and_is_not_counted() -> None:
    meter = Meter(30)
    assert not meter.note(10, 100)
    assert not meter.note(10, 100)
    assert meter.note(10, 100)
    run = meter.run()
    assert run.events == 20
    assert run.seconds > 0
    assert run.rss_mb > 1


def test_one_batch_is_nothing_to_measure() -> None:
    meter = Meter(10)
    meter.note(10, 100)
    with pytest.raises(ValueError, match="nothing to measure"):
        meter.run()


def test_the_machine_is_described_as_plain_data() -> None:
    described = json.loads(json.dumps(machine()))
    assert described["cores"] >= 1
    assert described["processor"]


def test_the_table_has_a_line_for_each_system() -> None:
    results = summary({"whetstone": [Run(1000, 1.0, 0.1, 50)], "bytewax": [Run(1000, 2.0, 0.1, 50)]})
    assert len(bench.table(results).splitlines()) == 3

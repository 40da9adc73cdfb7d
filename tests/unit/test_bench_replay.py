"""The replay benchmark: the facts that it records are those of the topic, and its output is the contract's."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.bench.engine import BenchmarkFailed
from streams.bench.recorded import record
from streams.bench.replay import Measured, _result
from streams.commands.bench import bench
from streams.replay.run import replay_file
from streams.rules import read_rule_book
from streams.sample.recipe import Recipe, Sample
from streams.sample.retail import data_file, read
from streams.settings import Settings


@pytest.fixture(scope="module")
def touchpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("replay") / "sample.jsonl"
    sends = list(Sample(Recipe(7, 1_795_000_000_000, 30, 60, 20, json_only=True), list(read(data_file()))).sends())
    file.write_bytes(b"".join(send.body + b"\n" for send in sends[-400:]))
    return file


def test_recorded_facts_replay_to_what_the_file_does(touchpoints: Path, tmp_path: Path) -> None:
    rules = read_rule_book(None)
    whole = replay_file(touchpoints, tmp_path / "file", rules, Settings(), 100, lambda count: None)
    facts = record(touchpoints, 100)
    assert facts.count == whole["facts"] > 0
    assert facts.replay(rules, tmp_path / "facts", 37) == (facts.count, whole["digest"])


@pytest.mark.timeout(300)
def test_the_output_is_the_contracts(touchpoints: Path) -> None:
    done = CliRunner().invoke(bench, ["replay", str(touchpoints), "--rounds", "1", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["benchmark"] == "replay"
    assert [line["system"] for line in found["results"]] == ["whetstone", "facts again", "pure core alone"]
    for line in found["results"]:
        assert set(line) == {"system", "events", "seconds", "events_per_second", "cpu_us_per_event", "rss_mb"}
        assert min(line["events"], line["events_per_second"], line["cpu_us_per_event"], line["rss_mb"]) > 0
    whole, _, alone = (line["cpu_us_per_event"] for line in found["results"])
    assert found["cpu_as_multiple_of_the_core"] == pytest.approx(whole / alone, abs=0.01)


def test_rounds_that_differ_are_no_result() -> None:
    runs = {"whetstone": [Measured(1, 1.0, 1.0, 1.0, digest) for digest in "ab"]}
    with pytest.raises(BenchmarkFailed, match="different results"):
        _result(runs, 2)


def test_a_file_without_touchpoints_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("{}\n")
    done = CliRunner().invoke(bench, ["replay", str(tmp_path / "empty.jsonl")])
    assert done.exit_code == 1
    assert "holds no touchpoint" in done.output

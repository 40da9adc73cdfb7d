"""Alerts, dashboard and code agree on the metrics: each is set by somebody, none is asked for that nobody declares."""

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from streams import metrics
from tests.deploy.expressions import Selector, groupings, selectors

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/prometheus/rules/whetstone.yml"
PAGES = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
DASHBOARDS = {path.stem: json.loads(path.read_text("utf-8")) for path in PAGES}
PANELS = [panel for dashboard in DASHBOARDS.values() for panel in dashboard["panels"]]
PROMTESTS = sorted(Path(__file__).parent.glob("*.promtest.yml"))
PROMTOOL = shutil.which("promtool")
OPERATIONS = ROOT / "docs/operations.md"
FOREIGN = {"up": set[str](), "process_start_time_seconds": set[str]()}  # by Prometheus itself, by its Python client
SCRAPED = {"job", "instance"}  # labels that Prometheus adds
SETTERS = {"labels", "set", "inc", "dec", "observe", "time", "clear"}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """Give every expression with where it stands."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in PANELS:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def labels_of(name: str) -> set[str]:
    """Return the labels of a series, those of scraping included. KeyError for one that nobody declares."""
    if name in FOREIGN:
        return FOREIGN[name] | SCRAPED
    stem = re.sub(r"_(bucket|sum|count)$", "", name)
    declared = metrics.DECLARED[name if name in metrics.DECLARED else stem]
    histogram = declared.type == "histogram"
    assert histogram == (stem != name and name not in metrics.DECLARED), f"{name} is not a series of {declared.name}"
    return {*declared.labels, *SCRAPED} | ({"le"} if name.endswith("_bucket") else set())


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_expressions_ask_for_what_is_declared(where: str, expression: str) -> None:
    asked = selectors(expression)
    assert asked, where
    for selector in asked:
        assert selector.labels <= labels_of(selector.name), (where, selector)
    everywhere = set.intersection(*(labels_of(selector.name) for selector in asked))
    assert groupings(expression) <= everywhere, where


def test_legends_name_labels_that_are_grouped_by() -> None:
    for panel in PANELS:
        for target in panel.get("targets", []):
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= groupings(target["expr"]), panel[
                "title"
            ]


def test_every_metric_is_on_a_dashboard() -> None:
    shown = {selector.name for _, expression in expressions() for selector in selectors(expression)}
    stems = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    assert set(metrics.DECLARED) <= shown | stems


def _used(path: Path) -> Iterator[str]:
    """Give the names of metrics that a module sets: `NAME.labels(…)`, `metrics.NAME.inc()`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in SETTERS:
            value = node.value
            if isinstance(value, ast.Name):
                yield value.id
            elif isinstance(value, ast.Attribute):
                yield value.attr


def test_every_metric_is_set_somewhere() -> None:
    names = {name for name, value in vars(metrics).items() if isinstance(value, MetricWrapperBase)}
    files = [path for path in (ROOT / "streams").rglob("*.py") if path.name != "metrics.py"]
    assert len(names) == len(metrics.DECLARED)
    assert names - {name for path in files for name in _used(path)} == set()


def test_alerts_are_complete_and_explained() -> None:
    sections = set(re.findall(r"^### (\w+)$", OPERATIONS.read_text("utf-8"), re.MULTILINE))
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    assert {name for name in sections if name.startswith("Whetstone")} == set(names)
    for rule in rules():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        notes = rule["annotations"]
        assert notes["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
        assert notes["summary"]
        assert re.search(r"[\u4e00-\u9fff]", notes["summary_zh"]), rule["alert"]


def test_every_alert_is_seen_to_fire_and_seen_to_keep_quiet() -> None:
    fires, quiet = set(), set()
    for file in PROMTESTS:
        for case in yaml.safe_load(file.read_text("utf-8"))["tests"]:
            for one in case["alert_rule_test"]:
                (fires if one["exp_alerts"] else quiet).add(one["alertname"])
    assert {rule["alert"] for rule in rules()} == fires == quiet


@pytest.mark.skipif(PROMTOOL is None, reason="promtool comes with Prometheus; .ci/run installs it")
def test_alerts_behave() -> None:
    done = subprocess.run([str(PROMTOOL), "test", "rules", *PROMTESTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("expression", "found", "grouped"),
    [
        ('up{job="worker"} == 0', [("up", {"job"})], set()),
        ("sum by (stage) (rate(a_total[5m])) / max(b)", [("a_total", set()), ("b", set())], {"stage"}),
        ('sum(x{a=~"1", b!="2"}) == 0 and on () y', [("x", {"a", "b"}), ("y", set())], set()),
    ],
)
def test_expressions_are_read_right(expression: str, found: list[tuple[str, set[str]]], grouped: set[str]) -> None:
    assert selectors(expression) == [Selector(name, frozenset(labels)) for name, labels in found]
    assert groupings(expression) == grouped


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_do_not_overlap(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    panels = DASHBOARDS[name]["panels"]
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_dashboards_have_addresses_of_their_own() -> None:
    assert len({one["uid"] for one in DASHBOARDS.values()}) == len(DASHBOARDS)


def test_grafana_finds_dashboard_and_data() -> None:
    provided = ROOT / "deploy/grafana/provisioning"
    folder = yaml.safe_load((provided / "dashboards/whetstone.yml").read_text("utf-8"))["providers"][0]["options"][
        "path"
    ]
    mounts = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]["grafana"]["volumes"]
    source, target, _ = next(mount.split(":") for mount in mounts if folder.startswith(mount.split(":")[1]))
    assert (ROOT / source / folder.removeprefix(target).lstrip("/") / "whetstone.json").is_file()
    uid = yaml.safe_load((provided / "datasources/prometheus.yml").read_text("utf-8"))["datasources"][0]["uid"]
    assert {target["datasource"]["uid"] for panel in PANELS for target in panel.get("targets", [])} == {uid}

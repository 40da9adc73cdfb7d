"""Every metric stands in one place, under one name, with its meaning."""

import re
from pathlib import Path

from prometheus_client import REGISTRY, generate_latest

from streams import metrics


def test_what_is_declared_is_what_is_exposed() -> None:
    exposed = {found.name for found in REGISTRY.collect() if found.name.startswith(metrics.PREFIX)}
    assert exposed == {name.removesuffix("_total") for name in metrics.DECLARED}
    assert generate_latest()


def test_names_tell_type_and_unit() -> None:
    for name, one in metrics.DECLARED.items():
        assert re.fullmatch(r"whetstone_[a-z_]+", name)
        assert name.endswith("_total") == (one.type == "counter"), name
        assert one.unit
        assert one.meaning
        if one.unit == "seconds":
            assert name.endswith("_seconds")
        assert not {"lead", "phone", "email", "entity", "event_id", "rep_id"} & set(one.labels)


def test_no_other_module_makes_metrics() -> None:
    makers = re.compile(r"\b(Counter|Gauge|Histogram|Summary)\(\s*[\"']")
    folders = ("streams", "sinks", "processors", "schemas", "online_models")
    root = Path(metrics.__file__).parents[1]
    made = [
        path for folder in folders for path in (root / folder).rglob("*.py") if makers.search(path.read_text("utf-8"))
    ]
    assert made == []

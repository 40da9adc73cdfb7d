"""docker-compose.yml, the image and the settings files fit the code: there is no engine here to find out with."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from streams.cli import COMMANDS
from streams.settings import Settings, strangers
from streams.settings_reference import reference
from tests.containers import environment

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("whetstone:")]
FIELDS = {f"WHETSTONE_{name.upper()}" for name in Settings.model_fields}
SETTINGS_FILES = sorted((ROOT / "deploy/settings").glob("*.env"))

each_service = pytest.mark.parametrize("name", SERVICES)
each_of_ours = pytest.mark.parametrize("name", OURS)


def text() -> str:
    return (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def test_what_the_issue_asks_for_is_there() -> None:
    assert {"kafka", "redis", "postgres", "prometheus", "grafana", "gateway", "worker-1", "worker-2"} <= set(SERVICES)
    assert SERVICES["schema-registry"]["profiles"] == ["schema-registry"]


@each_service
def test_images_are_pinned(name: str) -> None:
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-\w+)?", SERVICES[name]["image"])


@each_service
def test_health_is_checked(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    ends = any(
        other.get("depends_on", {}).get(name, {}).get("condition") == "service_completed_successfully"
        for other in SERVICES.values()
    )
    assert check.get("disable", False) is ends
    assert ends or (check["test"][0] in {"CMD", "CMD-SHELL"} and check["retries"] > 1)


@each_service
def test_privileges_are_dropped(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


@each_of_ours
def test_our_containers_write_nothing_but_tmp(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert [mount.split(":")[0] for mount in SERVICES[name]["tmpfs"]] == ["/tmp"]  # noqa: S108 -- in the container


@each_of_ours
def test_our_variables_are_settings(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= FIELDS


@each_of_ours
def test_our_commands_exist(name: str) -> None:
    program, command = SERVICES[name]["command"]
    assert program == "whetstone"
    assert command in COMMANDS


@each_service
def test_volumes_are_declared_or_in_the_project(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]


@each_service
def test_ports_are_on_loopback(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@each_service
def test_dependencies_exist(name: str) -> None:
    assert set(SERVICES[name].get("depends_on", {})) <= set(SERVICES)


def test_no_secret_has_a_default() -> None:
    secret = re.compile(r"\$\{(\w*(?:PASSWORD|SECRET)\w*)(:?[?-])?")
    found = [(match[1], match[2]) for match in secret.finditer(text())]
    assert found
    assert all(operator == ":?" for _, operator in found)


def test_the_test_containers_answer_every_question() -> None:
    asked = {match[1] for match in re.finditer(r"\$\{(\w+):\?", text())}
    assert asked <= set(environment({}))


def test_the_image_is_built_from_what_exists() -> None:
    lines = (ROOT / SERVICES["gateway"]["build"]["dockerfile"]).read_text(encoding="utf-8").splitlines()
    copied = [
        source for line in lines if line.startswith("COPY ") and "--from" not in line for source in line.split()[1:-1]
    ]
    assert copied
    assert [source for source in copied if not (ROOT / source).exists()] == []
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{source}" for source in copied} <= set(allowed)
    assert any(line.startswith("USER ") and not line.startswith("USER 0") for line in lines)
    assert any("--require-hashes" in line for line in lines)


def test_prometheus_scrapes_what_is_there() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    shared = dotenv_values(ROOT / "deploy/settings/compose.env")
    assert jobs["gateway"]["static_configs"][0]["targets"] == [f"gateway:{shared['WHETSTONE_GATEWAY_PORT']}"]
    (workers,) = jobs["worker"]["dns_sd_configs"]
    assert workers["port"] == int(shared["WHETSTONE_METRICS_PORT"] or 0)
    for worker in ("worker-1", "worker-2"):
        assert workers["names"] == SERVICES[worker]["networks"]["inside"]["aliases"]


@pytest.mark.parametrize("file", SETTINGS_FILES, ids=lambda file: file.name)
def test_settings_files_hold_settings(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = dotenv_values(file)
    assert set(values) <= FIELDS
    for name, value in values.items():
        assert value is not None
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.model_fields_set >= {name.removeprefix("WHETSTONE_").lower() for name in values}


def test_the_reference_is_up_to_date_and_its_defaults_are_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    written = (ROOT / "deploy/settings/reference.env").read_text(encoding="utf-8")
    assert written == reference(), "make settings"
    monkeypatch.delenv("WHETSTONE_DATA_DIR", raising=False)
    defaults = Settings()
    for name, value in re.findall(r"^#(WHETSTONE_\w+)=(.+)$", written, re.MULTILINE):
        monkeypatch.setenv(name, value)
    assert Settings() == defaults


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_misspelt_setting_is_named_with_the_one_that_was_meant() -> None:
    given = [
        "PATH",
        "WHETSTONE_KAFKA_BROKER",
        "WHETSTONE_TEST_SERVICES",
        "WHETSTONE_KEY",
        "WHETSTONE_XYZ",
        "WHETSTONE_SECRET",
    ]
    assert strangers(given) == [("WHETSTONE_KAFKA_BROKER", "WHETSTONE_KAFKA_BROKERS"), ("WHETSTONE_XYZ", "")]

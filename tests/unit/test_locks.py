"""The lock files: hashes for everything, no addresses, one version of each package in all of them."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = {"requirements.txt": [], "requirements-dev.txt": ["dev"], "requirements-bench.txt": ["dev", "bench"]}
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

each_lock = pytest.mark.parametrize("name", LOCKS)


def entries(name: str) -> list[str]:
    """Return each package of a lock as one line with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def pinned(name: str) -> dict[str, set[Version]]:
    """Return the versions of each package (several where the Python version decides)."""
    found: dict[str, set[Version]] = {}
    for entry in entries(name):
        match = re.match(r"([\w.-]+)(?:\[[^]]*\])?==(\S+)", entry)
        assert match, entry
        found.setdefault(canonicalize_name(match[1]), set()).add(Version(match[2]))
    return found


def declared(groups: list[str]) -> list[Requirement]:
    project = PROJECT["project"]
    chosen = [*project["dependencies"], *project["optional-dependencies"]["embedded"]]
    for group in ["build", *groups]:
        chosen += [line for line in PROJECT["dependency-groups"][group] if isinstance(line, str)]
    return [Requirement(line) for line in chosen]


@each_lock
def test_every_package_has_hashes(name: str) -> None:
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries(name))


@each_lock
def test_no_address_and_no_path(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"://|@ file|^\s*-(?!-hash)|--(index|extra-index|find-links|trusted)", text, re.MULTILINE)


@each_lock
def test_what_the_project_needs_is_locked_to_versions_that_fit(name: str) -> None:
    versions = pinned(name)
    unfit = [
        str(requirement)
        for requirement in declared(LOCKS[name])
        if not all(
            map(requirement.specifier.contains, versions.get(canonicalize_name(requirement.name), {Version("0")}))
        )
    ]
    assert unfit == [], "pyproject.toml was changed: make lock"


def test_the_smaller_locks_are_parts_of_the_larger() -> None:
    runtime, dev, bench = (pinned(name) for name in LOCKS)
    assert runtime.items() <= dev.items() <= bench.items()


def test_the_runtime_needs_no_test_tools() -> None:
    assert not {"pytest", "mypy", "ruff", "bytewax", "quixstreams"} & set(pinned("requirements.txt"))


def test_every_dependency_has_its_reason_on_record() -> None:
    reasons = (ROOT / "docs/decisions/0002-dependencies.md").read_text(encoding="utf-8")
    unexplained = [
        requirement.name
        for requirement in declared(["dev", "bench"])
        if not re.search(rf"\b{re.escape(requirement.name.removeprefix('pytest-'))}\b", reasons)
    ]
    assert unexplained == []

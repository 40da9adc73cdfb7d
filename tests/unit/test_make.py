"""The Makefile and CI do what the documents say."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
MAKE = shutil.which("make") or "make"
BASH = shutil.which("bash") or "bash"


def dry(*arguments: str) -> str:
    """Return what make would run."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run([MAKE, "-n", *arguments], cwd=ROOT, capture_output=True, text=True, env=clean, check=True)
    return done.stdout


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/decisions/0002-dependencies.md", ".ci/run"])
def test_documents_name_targets_that_exist(document: str) -> None:
    named = set(
        re.findall(
            r"(?:^|[`\" ])make ([a-z]+)\b(?=[`\" \n|)])", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    assert named
    assert named <= TARGETS


def test_every_target_is_listed_by_help() -> None:
    assert set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE)) == TARGETS


def test_test_leaves_out_what_is_long_and_installs_by_hash(tmp_path: Path) -> None:
    commands = dry("test", f"VENV={tmp_path}/venv")
    assert "--require-hashes -r requirements-dev.txt" in commands
    assert '-m "not slow and not chaos and not browser"' in commands
    assert commands.index("-m venv") < commands.index("--require-hashes") < commands.index("--no-deps")


def test_run_installs_no_test_tools_and_passes_arguments_on(tmp_path: Path) -> None:
    commands = dry("run", f"VENV={tmp_path}/venv", "ARGS=--exit")
    assert "-r requirements.txt" in commands
    assert "requirements-dev" not in commands
    assert commands.rstrip().endswith("whetstone sample play --exit")


def test_nothing_is_installed_twice(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    for name in ("bin/python", ".run", ".dev"):
        (venv / name).touch()
    assert "pip install" not in dry("test", f"VENV={venv}")
    assert "pip install" not in dry("run", f"VENV={venv}")


def test_clean_keeps_data(tmp_path: Path) -> None:
    assert not re.search(r"\.whetstone|\.services", dry("clean", f"VENV={tmp_path}/venv"))


def test_ci_is_valid_and_begins_with_the_test_command() -> None:
    subprocess.run([BASH, "-n", str(ROOT / ".ci/run")], check=True)
    text = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    steps = re.findall(r'^step "[^"]+" (.+)$', text, re.MULTILINE)
    assert [re.sub(r"^(once_more )?within \d+ ", "", step) for step in steps[:2]] == ["make test", "make lint"]
    assert os.access(ROOT / ".ci/run", os.X_OK)

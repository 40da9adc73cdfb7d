"""What stands at the top of the repository: the names the customer fixed and what belongs beside them, nothing else."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {".ci", "deploy", "docs", "online_models", "processors", "schemas", "sinks", "streams", "tests"}
FILES = {
    ".dockerignore",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "NOTICE",
    "README.md",
    "docker-compose.yml",
    "pyproject.toml",
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-bench.txt",
}


def test_nothing_else_is_tracked_at_the_top() -> None:
    git = shutil.which("git")
    command = [str(git), "ls-files", "-z"]
    listed = git and subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    if not listed:
        pytest.skip("no git, or no checkout: what is tracked is not known")
    tracked = [Path(name) for name in listed.split("\0") if name and (ROOT / name).exists()]
    assert {path.parts[0] for path in tracked if len(path.parts) > 1} <= FOLDERS
    assert {path.name for path in tracked if len(path.parts) == 1} <= FILES

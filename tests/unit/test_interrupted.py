"""Ctrl-C in a command that takes long: what it leaves behind is said, and a report does not pass for a whole one."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from streams.cli import main

COMMANDS = {
    "import leads.csv": "what was sent counts; run it again to go on",
    "export leads out.xlsx": "no file was written",
    "history backup folder": "what stands in the folder is whole; run it again",
    "history restore --backup folder": "all of it was restored or nothing; run it again",
    "review decide --file leads.csv --answer same": "what was sent is decided; run it again to go on",
    "rejected resend --reason bad_field": "what was sent counts; run it again to go on",
    "send events.jsonl": "what was accepted counts; run it again, repeats are recognised",
}


@pytest.fixture(autouse=True)
def at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupt whatever a command begins to wait for, in a folder with its files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leads.csv").write_text("姓名,手机\n张三,13800138000\n", encoding="utf-8")
    (tmp_path / "events.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()

    def run(awaited: Coroutine[Any, Any, Any]) -> None:
        awaited.close()
        raise KeyboardInterrupt

    monkeypatch.setattr(asyncio, "run", run)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_left_is_said(command: str) -> None:
    result = CliRunner().invoke(main, command.split())
    assert result.exit_code == 1
    assert "已中断：" in result.stderr
    assert f" / interrupted: {COMMANDS[command]}" in result.stderr
    assert "Traceback" not in result.output


def test_the_report_of_an_import_says_that_rows_are_missing(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["import", "leads.csv", "--report", "report.xlsx"])
    summary = CalamineWorkbook.from_path(tmp_path / "report.xlsx").get_sheet_by_name("汇总 summary").to_python()
    assert str(summary[0][0]).startswith(
        "导入未完成，其余的行不在本报告中；请再次运行 / the import did not come to its end"
    )

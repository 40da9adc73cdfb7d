"""Tables of commands lose nothing where a terminal is narrow."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from streams import commands
from streams.commands.tables import print_table, table


@pytest.mark.parametrize("width", [50, 80, 200])
def test_an_id_stays_in_one_line_and_the_rest_is_never_cut_off(width: int) -> None:
    text, shown = StringIO(), table(("id", "message"), whole=("id",))
    shown.add_row("touchpoints.3.1d78fc07.7416", "not a usable phone; check that value and kind belong together")
    Console(file=text, width=width).print(shown)
    assert "touchpoints.3.1d78fc07.7416" in text.getvalue()
    assert "…" not in text.getvalue()
    assert "".join(text.getvalue().split()).count("together") == 1


def test_what_goes_into_a_file_is_as_wide_as_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    shown = table(("id", "message", "pointer"))
    shown.add_row(
        "touchpoints.3.1d78fc07.7416", "not a usable phone; check that value and kind belong together", "/data"
    )
    print_table(shown)
    assert any(
        "touchpoints.3.1d78fc07.7416" in line and "belong together" in line and "/data" in line
        for line in capsys.readouterr().out.splitlines()
    )


@pytest.mark.parametrize("cell", ["a[/b]", "[vip] 张三", "at 10:100: yes", "[bold]"])
def test_a_cell_is_shown_as_it_was_written(capsys: pytest.CaptureFixture[str], cell: str) -> None:
    shown = table(("name",))
    shown.add_row(cell)
    print_table(shown)
    assert cell in capsys.readouterr().out


def test_all_commands_make_their_tables_here() -> None:
    """A table of rich's own cuts long words off."""
    others = [path for path in Path(commands.__file__).parent.glob("*.py") if path.name != "tables.py"]
    assert len(others) > 20
    assert [path.name for path in others if re.search(r"\bTable\(", path.read_text(encoding="utf-8"))] == []

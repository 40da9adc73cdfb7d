"""`whetstone evaluate identity`: files in, files out, and what is refused."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.evaluate.identity import identity

ROWS = """given,family,mobile,mail,town
Ann,Lee,13800138000,ann.lee@smith.net,Hull
Bo,Chan,13912345678,,
Lee,Ann,138 0013 8000,,Hull
,,,ann.lee@smith.net,

张,伟,13877778000,,北京
"""
MAP = """name: [given, family]
phone: mobile
email: mail
extra.town: town
"""


def run(folder: Path, rows: str = ROWS, map_text: str = MAP, *more: str) -> Result:
    (folder / "in.csv").write_text(rows, encoding="utf-8")
    (folder / "map.yaml").write_text(map_text, encoding="utf-8")
    arguments = [str(folder / "in.csv"), str(folder / "out.csv"), "--map", str(folder / "map.yaml"), *more]
    return CliRunner().invoke(identity, arguments)


def written(folder: Path) -> list[dict[str, str]]:
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_rows_stay_and_get_their_lead_and_what_is_in_question(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 0, result.output
    rows = written(tmp_path)
    assert list(rows[0]) == ["given", "family", "mobile", "mail", "town", "lead_id", "review"]
    assert [row["given"] for row in rows] == ["Ann", "Bo", "Lee", "", "张"]
    leads = [row["lead_id"] for row in rows]
    assert leads[0] == leads[2] == leads[3]
    assert len(set(leads)) == 3
    assert all(lead.startswith("lead:") for lead in leads)
    assert [row["review"] for row in rows] == ["0"] * 5
    assert "5 rows, 3 leads, 0 questions" in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "map.yaml", "out.csv"]


def test_a_row_in_question_says_so(tmp_path: Path) -> None:
    rows = "name,phone,home\n王伟,13800138000,北京市海淀区中关村大街27号\n王芳,13800138000,北京市海淀区中关村大街27号\n"
    assert run(tmp_path, rows, "name: name\nphone: phone\naddress: home\n").exit_code == 0
    assert [row["review"] for row in written(tmp_path)] == ["1", "1"]


def test_the_order_of_rows_changes_no_lead(tmp_path: Path) -> None:
    run(tmp_path)
    there = {(row["given"], row["mobile"]): row["lead_id"] for row in written(tmp_path)}
    header, *lines = [line for line in ROWS.splitlines() if line]
    run(tmp_path, "\n".join([header, *reversed(lines)]))
    assert {(row["given"], row["mobile"]): row["lead_id"] for row in written(tmp_path)} == there


def test_a_table_without_rows_stays_one(tmp_path: Path) -> None:
    assert run(tmp_path, "given,family,mobile,mail,town\n").exit_code == 0
    assert written(tmp_path) == []


def test_thresholds_come_from_the_rule_book(tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text("identity: {same_from: 60}", encoding="utf-8")
    rows = "name,phone\n张伟,13800138000\n张伟,13800138000\n"
    assert run(tmp_path, rows, "name: name\nphone: phone", "--rules", str(tmp_path / "book.yaml")).exit_code == 0
    assert len({row["lead_id"] for row in written(tmp_path)}) == 2


@pytest.mark.parametrize(
    ("map_text", "said"),
    [
        ("nickname: given", "`nickname` is no lead field"),
        ("extra.: given", "`extra.` is no lead field"),
        ("name: [given, nothing]", "no column `nothing` (for name)"),
        ("name: nothing", "no column `nothing`"),
        ("name: []", "a column's name or a list of them is needed"),
        ("name: {given: 1}", "a column's name or a list of them is needed"),
        ("- name", "it must map lead fields to columns"),
        ("name: [given", "not YAML"),
    ],
)
def test_a_map_that_cannot_be_used_says_what_would_be_right(tmp_path: Path, map_text: str, said: str) -> None:
    result = run(tmp_path, map_text=map_text)
    assert result.exit_code == 1
    assert said in result.output
    assert not (tmp_path / "out.csv").exists()


def test_columns_that_a_program_wrote_behind_a_blank_are_those_of_the_map(tmp_path: Path) -> None:
    rows = "rec, given, family, mobile, mail, town\n1, Ann, Lee, 13800138000, ann.lee@smith.net, Hull\n"
    assert run(tmp_path, rows).exit_code == 0
    assert written(tmp_path)[0][" given"] == " Ann"
    assert run(tmp_path, rows, "name: [' given', family ]\n").exit_code == 0

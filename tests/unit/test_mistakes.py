"""Mistakes at the command line: each is answered by one clear line and an exit status, never by a stack trace."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli import main
from streams.settings import settings

FILES = {
    "leads.csv": "姓名,手机\n张三,13800138000\n",
    "strange.csv": "x,y\n1,2\n",
    "empty.csv": "",
    "open.yaml": "a: [",
    "unknown.yaml": "nosuch: 1\n",
    "known.yaml": "followup: {}\n",
    "bad.jsonl": "not json\n",
}
MISTAKES = [
    ("replay nosuch --out o", "File 'nosuch' does not exist"),
    ("replay folder --out o", "'folder' is a directory"),
    ("replay bad.jsonl", "Missing option '--out'"),
    ("replay --topic nosuch --out o", "'nosuch' is not 'facts'"),
    ("replay --topic facts --out o --from yesterday", "is no time such as"),
    ("replay bad.jsonl --out o --rules unknown.yaml", "nosuch: no rule reads this key"),
    ("replay bad.jsonl --out o --rules open.yaml", "not YAML: line 1, column 5: expected the node content"),
    ("replay bad.jsonl --out o", "bad.jsonl: every event was rejected (not_json 1)"),
    ("import folder", "'folder' is a directory"),
    ("import nosuch.xlsx", "does not exist"),
    ("import empty.csv", "the file is empty"),
    ("import strange.csv", "no header row"),
    ("import leads.csv --map open.yaml", "the mapping cannot be used: line 1, column 5: expected the node content"),
    ("import leads.csv --report nowhere/r.xlsx", "nowhere/r.xlsx: No such file or directory"),
    ("import leads.csv --sheet 客户", "a CSV file has no sheets, so none that is called '客户'"),
    ("import leads.csv --source=", "1 to 64 characters"),
    (f"import leads.csv --source={'x' * 65}", "1 to 64 characters"),
    ("export leads out.pdf", "a file that ends in .xlsx or .csv"),
    ("export leads nowhere/out.csv", "there is no folder nowhere"),
    ("export leads folder", "'folder' is a directory"),
    ("export leads out.csv --where foo=bar", "'foo=bar': no field of a lead; there are name, phone"),
    ("export leads out.csv --where phone", "'phone': FIELD=VALUE (or != ~ >= <=; several values as A|B"),
    ("export leads out.csv --language fr", "'fr' is not one of 'zh', 'en'"),
    ("export lead out.csv", "No such command 'lead'"),
    ("signin", "say who: --rep ID or --role manager"),
    ("signin --role boss", "'boss' is not 'manager'"),
    ("signin --rep r1", "WHETSTONE_SECRET is not set"),
    ("lead restore x --as-of yesterday", "is no time such as"),
    ("lead restore x --as-of 2999-01-01T00:00", "2998-12-31T16:00:00.000Z is yet to come"),
    ("lead merge x", "Missing argument 'B'"),
    ("lead history", "Missing argument 'ID'"),
    ("rules check unknown.yaml", "nosuch: no rule reads this key"),
    ("rules check nosuch.yaml", "does not exist"),
    ("rules list bad.jsonl --book known.yaml", "bad.jsonl: not one line is a touchpoint that is accepted"),
    ("send nosuch.jsonl", "No such file or directory"),
    ("send bad.jsonl --url nonsense --key wsk_x_y", "is no address such as http://127.0.0.1:8080"),
    ("send bad.jsonl --url http://127.0.0.1:1", "a gateway needs --key"),
    ("evaluate addresses leads.csv out.csv", "no column `address`; there are: 姓名, 手机"),
    ("evaluate identity leads.csv out.csv --map open.yaml", "not YAML (line 1, column 5: expected the node content"),
    ("evaluate purchase bad.jsonl --horizon 7x --json", "is no duration such as"),
    ("evaluate purchase bad.jsonl --horizon 7d --json", "not one of 1 lines is a touchpoint"),
    ("review decide a b --answer perhaps", "'perhaps' is not one of"),
    ("notifications resend nosuch", "'nosuch' is not a valid integer"),
    ("history restore", "say where from"),
    ("up --workers 0", "is not in the range"),
    ("nosuch", "No such command 'nosuch'"),
]


@pytest.mark.parametrize(("command", "expected"), MISTAKES, ids=[command for command, _ in MISTAKES])
def test_a_mistake_is_answered_in_a_line(
    command: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("WHETSTONE_SECRET", "WHETSTONE_DATA_DIR", "WHETSTONE_KEY"):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    result = CliRunner().invoke(main, command.split())
    settings.cache_clear()
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    error = result.output[result.output.index("Error: ") :].strip()
    assert expected in error
    assert len(error.splitlines()) <= (2 if "rule book" in error else 1)


@pytest.mark.parametrize("command", ["notifications list", "export leads out.csv"])
def test_a_command_whose_services_do_not_run_says_how_to_start_them(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WHETSTONE_POSTGRES_DSN", "host=127.0.0.1 port=1 dbname=x user=x")
    settings.cache_clear()
    result = CliRunner().invoke(main, command.split())
    settings.cache_clear()
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    error = result.output[result.output.index("Error: ") :].strip()
    assert error.startswith("Error: PostgreSQL at 127.0.0.1:1: ")
    assert "`whetstone up` starts it" in error
    assert len(error.splitlines()) == 1

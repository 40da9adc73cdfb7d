"""The commands on real services with a real worker: what the preview says is what the library then holds."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from functools import partial
from itertools import product
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from confluent_kafka import Consumer
from python_calamine import CalamineWorkbook

from schemas.ids import derived_id
from sinks.kafka import KafkaProducer
from sinks.memory import MemoryLibrary
from sinks.postgres import migrate
from sinks.postgres.workers import worker_name
from streams.cli import main
from streams.clock import wall_ms
from streams.commands import export as export_command
from streams.commands import import_ as import_command
from streams.kafka_config import client_config
from streams.settings import Settings
from streams.topics import ensure_topics
from streams.waiting import wait_until
from tests.chaos.real_workers import RealWorker, environment, touchpoint_count, wait_until_done
from tests.contract.archives import execute
from tests.tables import imported, workbook
from tests.touchpoint_log import from_the_beginning

PEOPLE = 300
NAMES = [
    "".join(parts)
    for parts in product("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许", "伟芳娜敏静丽强磊军洋勇艳杰娟涛", "明超秀霞")
]


@pytest.fixture
def cli(isolated_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for command in (import_command, export_command):
        monkeypatch.setattr(command, "settings", lambda: isolated_settings)
    ensure_topics(isolated_settings)
    asyncio.run(migrate(isolated_settings.postgres_dsn.get_secret_value(), isolated_settings.namespace))
    return CliRunner()


def counts(text: str) -> Counter[str]:
    line = next(line for line in text.splitlines() if line.startswith("conflict="))
    return Counter({name: int(number) for name, number in (pair.split("=") for pair in line.split())})


def mailbox(number: int) -> str:
    """Return a mailbox that is like no other: p1@ and p2@ may be one, mistyped."""
    return f"{derived_id('mailbox', number)}@example.cn"


def people(path: Path) -> Path:
    rows: list[list[object]] = [["潜在客户"], ["姓名", "手机", "邮箱", "区域"]]
    rows += [[NAMES[number], 13800138000 + number, mailbox(number), "华东"] for number in range(PEOPLE)]
    rows += [[NAMES[number], f"+86 {13800138000 + number}"] for number in range(20)]
    rows += [["李四", 13800138000], ["王五", "无"]]
    return workbook(path, rows)


def test_an_import_without_workers_says_that_its_rows_wait(
    cli: CliRunner, isolated_settings: Settings, tmp_path: Path
) -> None:
    file = workbook(tmp_path / "a.xlsx", [["姓名", "手机"], ["李四", 13800138000]])
    preview = cli.invoke(main, ["import", str(file), "--dry-run"])
    assert "no worker is connected" not in preview.output
    for _ in range(2):  # also when it is run again, because nobody sees the lead
        done = cli.invoke(main, ["import", str(file)])
        assert (done.exit_code, counts(done.output)["new"]) == (0, 1), done.output
        assert "没有工作进程在运行" in done.output
        assert "no worker is connected" in done.output
    dsn = isolated_settings.postgres_dsn.get_secret_value()
    with psycopg.connect(dsn, application_name=worker_name(isolated_settings.namespace)):
        done = cli.invoke(main, ["import", str(file)])
    assert (done.exit_code, counts(done.output)["new"]) == (0, 1), done.output
    assert "no worker is connected" not in done.output


@pytest.mark.timeout(300)
def test_a_workbook_becomes_leads_once(cli: CliRunner, isolated_settings: Settings, tmp_path: Path) -> None:
    file, report = people(tmp_path / "a.xlsx"), tmp_path / "report.xlsx"
    expected = Counter(conflict=1, rejected=1, new=PEOPLE, update=0, duplicate=20)
    preview = cli.invoke(main, ["import", str(file), "--dry-run", "--report", str(report)])
    assert preview.exit_code == 0, preview.output
    assert counts(preview.output) == expected
    assert touchpoint_count(isolated_settings) == 0
    assert len(CalamineWorkbook.from_path(report).get_sheet_by_name("新增 new").to_python()) == PEOPLE + 1
    worker = RealWorker(isolated_settings)
    try:
        first = cli.invoke(main, ["import", str(file)])
        assert counts(first.output) == expected, first.output
        wait_until_done(isolated_settings, [worker])
        rows = history(isolated_settings)
        again = cli.invoke(main, ["import", str(file)])
        assert counts(again.output) == Counter(conflict=1, rejected=1, new=0, update=0, duplicate=PEOPLE + 20)
        asyncio.run(resend(file, isolated_settings))
        wait_until_done(isolated_settings, [worker])
    finally:
        worker.process.terminate()
        worker.process.wait(60)
    assert touchpoint_count(isolated_settings) == 2 * PEOPLE
    assert history(isolated_settings) == rows
    a_report_of_conflicts_says_who_saw_whom(cli, isolated_settings, tmp_path)
    assert exported(cli, tmp_path / "all.csv") == PEOPLE
    assert exported(cli, tmp_path / "one.xlsx", "--where", "phone=+8613800138007") == 1
    assert exported(cli, tmp_path / "none.csv", "--region", "华南") == 0
    assert "13800138007" not in (tmp_path / "all.csv").read_text(encoding="utf-8-sig")


def a_report_of_conflicts_says_who_saw_whom(cli: CliRunner, settings: Settings, folder: Path) -> None:
    file, report = folder / "two.xlsx", folder / "two-report.xlsx"
    workbook(file, [["姓名", "手机", "邮箱"], ["李四", 13800138000, mailbox(1)], ["新人", 13900139000, ""]])
    command = ["import", str(file), "--dry-run", "--report", str(report), "--by", "li"]
    done = cli.invoke(main, command)
    assert counts(done.output)["conflict"] == 1, done.output
    (shown,) = CalamineWorkbook.from_path(report).get_sheet_by_name("冲突 conflict").to_python()[1:]
    assert NAMES[0] in str(shown[1])
    dsn = settings.postgres_dsn.get_secret_value()
    (lead,) = (cell for cell in shown if str(cell).startswith("lead:"))
    rows = asyncio.run(execute(dsn, settings.namespace, "SELECT who, what, about FROM disclosures"))
    assert rows == [("li", "import report", lead)]


def anything_sent(consumer: Consumer, process: "subprocess.Popen[bytes]") -> bool:
    """Tell whether a touchpoint has come, or none will."""
    message = consumer.poll(0.05)
    return (message is not None and message.error() is None) or process.poll() is not None


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_an_import_that_is_killed_is_continued_by_running_it_again(
    cli: CliRunner, isolated_settings: Settings, tmp_path: Path
) -> None:
    file, rows = tmp_path / "a.csv", 10_000
    lines = "\n".join(
        f"{NAMES[number % len(NAMES)]},139{number * 7_919 % 10**8:08},{mailbox(number)}" for number in range(rows)
    )
    file.write_text(f"姓名,手机,邮箱\n{lines}\n", encoding="gb18030")
    command = [sys.executable, "-m", "streams", "import", str(file)]
    sending = from_the_beginning(isolated_settings, fetch_wait_max_ms=4, topic_metadata_refresh_interval_ms=1_000)
    killed = subprocess.Popen(command, env=environment(isolated_settings), stderr=subprocess.DEVNULL)
    assert wait_until(partial(anything_sent, sending, killed), 120, longest_pause=0.001)
    killed.kill()
    sending.close()
    assert killed.wait(60) == -signal.SIGKILL
    some = touchpoint_count(isolated_settings)
    assert 0 < some < rows, some
    worker = RealWorker(isolated_settings)
    try:
        again = cli.invoke(main, ["import", str(file)])  # beside the worker, which has not yet told the library of all
        assert again.exit_code == 0, again.output
        wait_until_done(isolated_settings, [worker])
        last = cli.invoke(main, ["import", str(file)])
        assert counts(last.output) == Counter(conflict=0, rejected=0, new=0, update=0, duplicate=rows)
    finally:
        assert worker.end() == 0
    with psycopg.connect(isolated_settings.postgres_dsn.get_secret_value()) as connection:
        query = f"SELECT count(*), count(DISTINCT phone) FROM {isolated_settings.namespace}.leads"  # noqa: S608
        assert connection.execute(query).fetchone() == (rows, rows)


async def resend(file: Path, settings: Settings) -> None:
    """Send the whole file once more under the same event ids, as an import that had not yet heard of the first."""
    producer = KafkaProducer(client_config(settings))
    result = await imported(file, MemoryLibrary(), at=wall_ms(), processes=2, at_once=100)
    assert len(result.sent) == PEOPLE
    await producer.produce_all([record._replace(topic=settings.topic("touchpoints")) for record in result.sent])
    await producer.close()


def history(settings: Settings) -> list[tuple[object, ...]]:
    with psycopg.connect(settings.postgres_dsn.get_secret_value()) as connection:
        query = f"SELECT lead, seq, field, new FROM {settings.namespace}.history ORDER BY lead, seq"  # noqa: S608
        return connection.execute(query).fetchall()


def exported(cli: CliRunner, out: Path, *options: str) -> int:
    done = cli.invoke(main, ["export", "leads", str(out), *options])
    assert done.exit_code == 0, done.output
    assert out.exists()
    return int(done.stdout.strip().rpartition("leads=")[2])


def test_a_missing_topic_and_a_bad_file_are_said(cli: CliRunner, isolated_settings: Settings, tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["a", "b"], ["c", "d"]])
    done = cli.invoke(main, ["import", str(file)])
    assert done.exit_code == 1
    assert "找不到表头" in done.output
    assert "no header row" in done.output
    wrong = cli.invoke(main, ["export", "leads", str(tmp_path / "x.csv"), "--where", "nonsense=1"])
    assert wrong.exit_code == 2

"""A library from a backup on new services: the workers refuse, `prepare` brings the state up, and the work goes on."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from click.testing import CliRunner

from sinks.postgres.snapshot import moment
from streams.archive.recalling import recall
from streams.archive.restoring import WorkersRun
from streams.cli import main
from streams.commands import history as history_command
from streams.commands import lead_merging
from streams.services.prepare import prepare_stores
from streams.settings import Settings
from streams.waiting import wait_until
from tests.chaos.real_workers import RealWorker, wait_until_done
from tests.integration.test_history_commands import form, publish

ONE, OTHER = "+8613800138000", "+8613900139001"


def of(phone: str, number: int, **data: Any) -> dict[str, Any]:
    made = form(number, phone=phone, **data)
    return {**made, "subject": {"ids": [{"kind": "phone", "value": phone}]}}


def held_by(settings: Settings, phone: str) -> tuple[str, dict[str, Any]]:
    """Return the lead to whom a number belongs, and its row."""

    async def asked() -> tuple[str, dict[str, Any]]:
        async with moment(settings.postgres_dsn.get_secret_value(), settings.namespace) as now:
            query = (
                "SELECT lead_id, fields FROM {schema}.identifiers JOIN {schema}.leads ON lead_id = lead"
                " WHERE kind = 'phone' AND value = %s AND until IS NULL"
            )
            ((lead, row),) = await now.rows(query, (phone,))
            return lead, {name: text for name, text in row.items() if text is not None}

    return asyncio.run(asked())


def lose_everything_but(settings: Settings, backup: Path, run: Callable[..., str]) -> Settings:
    """Lose PostgreSQL, Redis and Kafka; return the settings of new ones, with the library from its backup."""
    client = redis.Redis.from_url(settings.redis_url.get_secret_value())
    for key in client.scan_iter(f"*{settings.namespace}:*", count=1_000):
        client.delete(key)
    client.close()
    with psycopg.connect(settings.postgres_dsn.get_secret_value(), autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {settings.namespace} CASCADE".encode())
    anew = settings.model_copy(update={"topic_prefix": settings.topic_prefix + "anew."})
    prepare_stores(anew)
    run(anew, "history", "restore", "--backup", str(backup))
    return anew


def prepared(settings: Settings) -> list[str]:
    said: list[str] = []
    prepare_stores(settings, said.append)
    return [line for line in said if line.startswith("State:")]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    def command(settings: Settings, *arguments: str) -> str:
        for module in (history_command, lead_merging):
            monkeypatch.setattr(module, "settings", lambda: settings)
        result = CliRunner().invoke(main, list(arguments))
        assert result.exit_code == 0, result.output
        return result.output

    return command


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_library_from_a_backup_is_worked_on_with_new_services(
    isolated_settings: Settings, tmp_path: Path, run: Callable[..., str]
) -> None:
    book = tmp_path / "book.yaml"
    book.write_text("identity: {resolver: full}")
    settings = isolated_settings.model_copy(update={"rule_book": book})
    prepare_stores(settings)
    worker = RealWorker(settings)
    try:
        publish(settings, of(ONE, 1, name="张三", region="华东"), of(OTHER, 2, name="李四", title="经理"))
        wait_until_done(settings, [worker])
        (one, _), (other, _) = held_by(settings, ONE), held_by(settings, OTHER)
        run(settings, "lead", "merge", one, other)
        wait_until_done(settings, [worker])
    finally:
        assert worker.end() == 0
    run(settings, "history", "backup", str(tmp_path / "copies"))

    settings = lose_everything_but(settings, tmp_path / "copies", run)
    refused = RealWorker(settings)
    assert wait_until(lambda: refused.process.poll() is not None, 60)
    assert refused.process.returncode != 0
    assert "lacks what PostgreSQL holds" in refused.log.read_text()
    (said,) = prepared(settings)
    assert said.startswith("State: 2 leads of ")
    assert prepared(settings) == []

    worker = RealWorker(settings)
    try:
        publish(settings, of(ONE, 3, title="总监"), of(OTHER, 4, wechat="lisi_2020"))
        wait_until_done(settings, [worker])
        rows = held_by(settings, ONE)[1], held_by(settings, OTHER)[1]
        (person,) = (row for row in rows if "merged_into" not in row)
        assert (person["title"], person["wechat"]) == ("总监", "lisi_2020")
        with pytest.raises(WorkersRun, match=r"^workers are connected, so that state .*: stop them all"):
            asyncio.run(recall(settings, everything=True))
        run(settings, "lead", "unmerge", one, other)
        wait_until_done(settings, [worker])
        rows = held_by(settings, ONE)[1], held_by(settings, OTHER)[1]
        assert [(row["name"], row["phone"]) for row in rows] == [("张三", ONE), ("李四", OTHER)]
        assert "wrong=0" in run(settings, "history", "verify")
    finally:
        assert worker.end() == 0
    again = run(settings, "history", "recall")
    assert "leads=0: brought up from the library" in again

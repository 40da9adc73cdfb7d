"""The commands on real services with a real worker: a lead put back, a rejected event repaired, a disk lost."""

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
import psycopg
import pytest
from click.testing import CliRunner

from schemas.times import to_iso
from sinks.kafka import KafkaProducer
from sinks.postgres import migrate
from sinks.records import Record
from streams.cli import main
from streams.clock import wall_ms
from streams.commands import export as export_command
from streams.commands import history as history_command
from streams.commands import lead_looking, lead_merging, lead_restoring, rejected_mending, review
from streams.commands import rejected as rejected_command
from streams.kafka_config import client_config
from streams.services.prepare import prepare_stores
from streams.settings import Settings
from streams.topics import ensure_topics
from streams.touchpoint_records import JSON_HEADER
from tests.chaos.real_workers import RealWorker, wait_until_done
from tests.contract.archives import content, execute

PHONE = "+8613800138000"
TABLES = {
    "leads": "lead_id, fields, created_at, updated_at, version",
    "identifiers": "kind, value, lead, event_id, verified, since, until, moved_by",
    "history": "lead, seq, field, old, new, rule, rule_book, event_id, actor, at, topic, incarnation, partition,"
    " log_offset, output_index, previous, hash",
    "evidence_records": "node, lead, profile, at, event_id",
    "evidence_edges": "left_node, right_node, left_lead, right_lead, findings, verdict, score",
    "people": "lead, person, address, version",
    "identity_decisions": "left_lead, right_lead, answer, decided_by, at, event_id",
    "questions": "*",
}


@pytest.fixture
def cli(isolated_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for command in (
        export_command,
        history_command,
        lead_looking,
        lead_merging,
        lead_restoring,
        rejected_command,
        rejected_mending,
        review,
    ):
        monkeypatch.setattr(command, "settings", lambda: isolated_settings)
    ensure_topics(isolated_settings)
    asyncio.run(migrate(isolated_settings.postgres_dsn.get_secret_value(), isolated_settings.namespace))
    return CliRunner()


def form(number: int, **data: Any) -> dict[str, Any]:
    ids = [{"kind": "phone", "value": PHONE}]
    return {"event_id": f"form-{number}", "type": "form_submitted", "source": "website", "subject": {"ids": ids},
            "occurred_at": to_iso(wall_ms()), "data": {"form": "trial", "phone": PHONE, **data}}  # fmt: skip


def publish(settings: Settings, *events: dict[str, Any]) -> None:
    """Produce events as a front end on Kafka does: what is wrong with them is for the workers to say."""

    async def run() -> None:
        producer = KafkaProducer(client_config(settings))
        topic = settings.topic("touchpoints")
        await producer.produce_all([Record(topic, orjson.dumps(event), b"k", headers=JSON_HEADER) for event in events])
        await producer.close()

    asyncio.run(run())


def library(settings: Settings) -> dict[str, Any]:
    dsn = settings.postgres_dsn.get_secret_value()
    found = asyncio.run(content(dsn, settings.namespace, **TABLES))
    return {name: found[name] for name in TABLES}


def sql(settings: Settings, *texts: str) -> list[tuple[Any, ...]]:
    return asyncio.run(execute(settings.postgres_dsn.get_secret_value(), settings.namespace, *texts))


def run(cli: CliRunner, *arguments: str, status: int = 0) -> str:
    result = cli.invoke(main, list(arguments))
    assert result.exit_code == status, result.output
    return result.output


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_people_do_to_history(cli: CliRunner, isolated_settings: Settings, tmp_path: Path) -> None:
    book = tmp_path / "book.yaml"
    book.write_text("identity: {resolver: full}")
    settings = isolated_settings
    for options in ([], ["--missing"]):
        assert "nothing was restored" in run(cli, "history", "restore", "--topic", *options, status=1)
    worker = RealWorker(settings.model_copy(update={"rule_book": book}))
    try:
        publish(settings, form(1, name="张三", region="华东"))
        wait_until_done(settings, [worker])
        ((lead,),) = sql(settings, "SELECT lead_id FROM leads")
        before = to_iso(wall_ms())
        publish(settings, form(2, name="冒名者", wechat="fake_weixin1"), form(3, form=7, name="王五"))
        wait_until_done(settings, [worker])
        a_lead_is_shown_masked_and_put_back(cli, settings, lead, before)
        a_rejected_event_is_repaired_and_counts_once(cli, settings, worker)
        exports_say_who_saw_everything(cli, settings, tmp_path)
        two_leads_become_one_and_are_parted_again(cli, settings, worker, lead)
        assert run(cli, "history", "verify").startswith("leads=2 ")
    finally:
        worker.process.terminate()
        worker.process.wait(60)
    a_lost_disk_comes_back_from_either_copy(cli, settings, tmp_path)


def a_lead_is_shown_masked_and_put_back(cli: CliRunner, settings: Settings, lead: str, before: str) -> None:
    masked, full = run(cli, "lead", "show", lead, "--json"), run(cli, "lead", "show", lead, "--json", "--reveal")
    assert PHONE not in masked
    assert "冒名者" not in masked
    assert orjson.loads(masked)["fields"]["reachability"] == "valid"
    assert orjson.loads(full)["fields"]["phone"] == PHONE
    assert orjson.loads(masked)["facets"].keys() == {"phone_kind"}
    assert orjson.loads(full)["facets"].keys() >= {"phone_kind", "phone_operator"}
    assert [row[0] for row in sql(settings, "SELECT about FROM disclosures")] == [lead]
    dry = run(cli, "lead", "restore", lead, "--as-of", before, "--dry-run")
    assert dry.splitlines()[0] == "name: 冒* → 张*"
    early = run(cli, "lead", "restore", lead, "--as-of", "2000-01-01T00:00:00Z", status=1)
    assert "had no history at 2000-01-01T00:00:00.000Z" in early  # it would have been emptied
    assert "added for" in run(cli, "lead", "restore", lead, "--as-of", before, "--by", "wang")
    restored = orjson.loads(run(cli, "lead", "show", lead, "--json", "--reveal"))["fields"]
    assert (restored["name"], restored.get("wechat")) == ("张三", None)
    rows = [orjson.loads(line) for line in run(cli, "lead", "history", lead, "--json").splitlines()]
    assert [row["actor"] for row in rows if row["rule"] == "lead.restored"] == ["wang", "wang"]
    assert "nothing was done" in run(cli, "lead", "restore", lead, "--as-of", before)


def a_rejected_event_is_repaired_and_counts_once(cli: CliRunner, settings: Settings, worker: RealWorker) -> None:
    (line,) = run(cli, "rejected", "list", "--reason", "bad_field", "--source", "website", "--json").splitlines()
    one = orjson.loads(line)
    assert (one["pointer"], one["status"], one["event_id"]) == ("/data/form", "open", "form-3")
    assert PHONE not in run(cli, "rejected", "show", one["id"])
    assert "still bad_field" in run(cli, "rejected", "resend", one["id"], status=1)
    assert "still bad_field" in run(cli, "rejected", "repair", one["id"], "--set", "/data/form={}", status=1)
    assert "were not sent" in run(cli, "rejected", "resend", one["id"], status=1)
    assert "no rejected record x.1" in run(cli, "rejected", "resend", one["id"], "x.1", status=1)
    run(cli, "rejected", "repair", one["id"], "--set", "/data/form=8")  # a text is wanted there: it becomes one
    run(cli, "rejected", "repair", one["id"], "--set", "/data/form=trial", "--set", "/data/title=总经理", "--by", "li")
    assert "event form-3" in run(cli, "rejected", "resend", one["id"])
    assert "was sent again" in run(cli, "rejected", "resend", one["id"])
    with patch.object(rejected_mending, "KafkaProducer", side_effect=rejected_mending.KafkaProducer) as made:
        run(cli, "rejected", "resend", one["id"], one["id"], "--again")
    assert made.call_count == 1  # a connection a record would take an hour for 5,000
    assert "sent=0 sent_before=1 not_sent=0" in run(cli, "rejected", "resend", "--reason", "bad_field")
    assert "sent=1 sent_before=0 not_sent=0" in run(cli, "rejected", "resend", "--reason", "bad_field", "--again")
    wait_until_done(settings, [worker])
    assert sql(settings, "SELECT count(*) FROM history WHERE event_id = 'form-3' AND field = 'title'") == [(1,)]
    assert orjson.loads(run(cli, "rejected", "list", "--json"))["status"] == "resent"


def two_leads_become_one_and_are_parted_again(
    cli: CliRunner, settings: Settings, worker: RealWorker, lead: str
) -> None:
    ids = [{"kind": "phone", "value": "+8613900139001"}]
    publish(settings, {**form(4, phone="+8613900139001"), "subject": {"ids": ids}})
    wait_until_done(settings, [worker])
    ((other,),) = sql(settings, "SELECT lead_id FROM leads WHERE fields ->> 'phone' = '+8613900139001'")
    assert "merged with no other" in run(cli, "lead", "unmerge", lead, status=1)
    person = run(cli, "lead", "merge", lead, other, "--by", "wang").partition("one person, ")[2].strip()
    shown = orjson.loads(run(cli, "lead", "show", person, "--json"))["identifiers"]
    assert {one["lead"] for one in shown} == {lead, other}
    joined = other if person == lead else lead
    wait_until_done(settings, [worker])
    assert f"goes by {person}" in run(cli, "lead", "restore", joined, "--as-of", to_iso(wall_ms()), status=1)
    assert "two people" in run(cli, "lead", "unmerge", lead, "--by", "li")
    wait_until_done(settings, [worker])
    assert "nothing was done" in run(cli, "lead", "restore", joined, "--as-of", to_iso(wall_ms()))
    assert "a lead is itself" in run(cli, "lead", "merge", lead, lead, status=1)
    for command in (("lead", "merge", lead, "nope"), ("review", "decide", lead, "nope", "--answer", "same")):
        assert "there is no lead lead:nope" in run(cli, *command, status=1)
    assert "never a question" in run(cli, "review", "show", lead, "nope", status=1)
    assert "1 questions decided: same" in run(cli, "review", "decide", lead, other, "--answer", "same")
    wait_until_done(settings, [worker])
    together = to_iso(wall_ms())
    assert "two people" in run(cli, "lead", "unmerge", lead, other)
    wait_until_done(settings, [worker])
    told = {each: run(cli, "lead", "restore", each, "--as-of", together, "--dry-run") for each in (lead, other)}
    assert any("phone:" in each for each in told.values())  # one of them went by the other's name, and phone
    for each, alien in ((lead, other), (other, lead)):
        assert (f"this phone belongs to {alien}" in told[each]) == ("phone:" in told[each])


def exports_say_who_saw_everything(cli: CliRunner, settings: Settings, folder: Path) -> None:
    run(cli, "export", "leads", str(folder / "masked.csv"), "--where", "reachability=valid")
    assert PHONE not in (folder / "masked.csv").read_text("utf-8-sig")
    assert "valid" in (folder / "masked.csv").read_text("utf-8-sig")
    nobody = cli.invoke(main, ["export", "leads", str(folder / "no.csv"), "--where", "区域=华中", "--rep", "r99"])
    assert nobody.stdout == "leads=0\n"
    assert "没有符合条件的线索 / no lead fits: region=华中, of reps" in nobody.stderr
    run(cli, "export", "leads", str(folder / "full.csv"), "--unmasked", "--by", "li")
    assert PHONE in (folder / "full.csv").read_text("utf-8-sig")
    rows = sql(settings, "SELECT who, what, about FROM disclosures WHERE what = 'export leads'")
    assert rows == [("li", "export leads", "all leads")]


def a_lost_disk_comes_back_from_either_copy(cli: CliRunner, settings: Settings, folder: Path) -> None:
    before = library(settings)
    assert "history=" in run(cli, "history", "backup", str(folder / "copies"))
    for source in (["--topic"], ["--backup", str(folder / "copies")], ["--backup", str(folder / "copies"), "--topic"]):
        assert "not empty" in run(cli, "history", "restore", *source, status=1)
        with psycopg.connect(settings.postgres_dsn.get_secret_value(), autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {settings.namespace} CASCADE".encode())
        assert "a table is missing" in run(cli, "history", "verify", "--no-topic", status=1)
        prepare_stores(settings)  # as docs/operations.md says
        assert "every chain is whole" in run(cli, "history", "restore", *source)
        assert library(settings) == before
        assert "wrong=0" in run(cli, "history", "verify", "--backup", str(folder / "copies"))
    sql(settings, "ALTER TABLE history DISABLE TRIGGER ALL", "DELETE FROM history WHERE seq = 2")
    assert "row 2 is missing" in run(cli, "history", "verify", status=1)
    missing = len(before["history"]) - len(library(settings)["history"])
    added = run(cli, "history", "restore", "--missing", "--topic")
    assert f"{missing} rows of history and 0 identifiers were missing" in added
    assert "every chain is whole" in added
    assert library(settings) == before

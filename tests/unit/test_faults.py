"""What a command says when something outside of it fails: what, where, what to do; no stack trace, no secret."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
import uvicorn
from click.testing import CliRunner, Result
from confluent_kafka import KafkaError, KafkaException

from schemas.rules import RuleBookError, load_rule_book
from sinks.base import SchemaRefused, SinkUnavailable
from sinks.postgres.snapshot import MissingTable
from streams.cli import main
from streams.commands.faults import said
from streams.gateway.problems import unavailable
from streams.listening import PortTaken, bound
from streams.notifying.channels import ChannelsRefused
from streams.prepared import NotPrepared
from streams.settings import settings
from streams.topics import TopicMismatch

PASSWORD = "a-password-nobody-may-see"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Stores at addresses of their own, with passwords; the settings are read anew."""
    monkeypatch.setenv("WHETSTONE_DATA_DIR", "/nowhere")
    monkeypatch.setenv("WHETSTONE_POSTGRES_DSN", f"postgresql://me:{PASSWORD}@127.0.0.1:{_closed_port()}/whetstone")
    monkeypatch.setenv("WHETSTONE_REDIS_URL", f"redis://:{PASSWORD}@redis.example:6380/0")
    monkeypatch.setenv("WHETSTONE_KAFKA_BROKERS", "kafka.example:9092")
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


def _closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert PASSWORD not in result.output
    return result


@pytest.mark.parametrize(
    "command",
    [("lead", "show", "x"), ("lead", "history", "x"), ("lead", "restore", "x", "--as-of", "2026-01-01T00:00:00Z")],
)
def test_a_command_without_its_database_says_where_it_looked_and_what_to_do(command: tuple[str, ...]) -> None:
    result = run(*command)
    assert result.exit_code == 1
    assert result.output.startswith("Error: PostgreSQL at 127.0.0.1:")
    assert "Connection refused" in result.output
    assert "`whetstone up`" in result.output
    assert "WHETSTONE_POSTGRES_DSN" in result.output


def test_where_no_setting_leads_to_an_installation_its_folder_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = said(SinkUnavailable("redis", "gone")) or ""
    assert "WHETSTONE_DATA_DIR" not in told  # an address is set
    environment.delenv("WHETSTONE_REDIS_URL")
    environment.setenv("WHETSTONE_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    told = said(SinkUnavailable("redis", "gone")) or ""
    assert f"No installation is in {tmp_path}: run this where it is, or set WHETSTONE_DATA_DIR" in told
    (tmp_path / "services.env").write_text("WHETSTONE_REDIS_URL=redis://127.0.0.1:7/0\n", "utf-8")
    settings.cache_clear()
    assert "WHETSTONE_DATA_DIR" not in (said(SinkUnavailable("redis", "gone")) or "")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("FACT_PARTITIONS", "many", "valid integer"),
        ("SECRET", PASSWORD, "fewer than 32 characters"),
        ("REDIS_URL", f"redis.example:{PASSWORD}", "begins with redis://"),
        ("CLOCK", "sundial", "'wall' or 'events'"),
    ],
)
def test_a_bad_setting_is_named_and_its_value_is_not(
    environment: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    environment.setenv(f"WHETSTONE_{name}", value)
    result = run("status")
    assert (result.exit_code, f"WHETSTONE_{name}: " in result.output) == (1, True)
    assert message in result.output
    assert value not in result.output


def test_all_bad_settings_are_named_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("WHETSTONE_FACT_PARTITIONS", "0")
    environment.setenv("WHETSTONE_LOG_LEVEL", "LOUD")
    output = run("status").output
    assert "WHETSTONE_FACT_PARTITIONS" in output
    assert "WHETSTONE_LOG_LEVEL" in output


def test_a_rule_book_that_is_not_there_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("WHETSTONE_RULE_BOOK", "/nowhere/book.yaml")
    assert "/nowhere/book.yaml: No such file or directory" in run("rules", "show").output


def kafka(code: int, why: str) -> KafkaException:
    return KafkaException(KafkaError(code, why))


NO_TABLE = 'relation "whetstone.leads" does not exist'


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (kafka(KafkaError._TRANSPORT, "broken"), ["Kafka at kafka.example:9092", "no broker", "KAFKA_BROKERS"]),
        (kafka(KafkaError.UNKNOWN_TOPIC_OR_PART, "no such topic: facts"), ["no such topic: facts", "prepare`"]),
        (kafka(KafkaError.TOPIC_AUTHORIZATION_FAILED, "not yours"), ["kafka.example:9092: not yours"]),
        (SinkUnavailable("redis", "gone"), ["Redis at redis.example:6380: gone", "WHETSTONE_REDIS_URL"]),
        (SinkUnavailable("schema registry", "HTTP 500"), ["the schema registry: HTTP 500", "SCHEMA_REGISTRY_URL"]),
        (redis.ConnectionError("gone"), ["Redis at redis.example:6380: gone"]),
        (MissingTable(NO_TABLE), [NO_TABLE, "`whetstone prepare`"]),
        (psycopg.errors.UndefinedTable(NO_TABLE), [NO_TABLE, "`whetstone prepare`"]),
        (psycopg.OperationalError("timeout\nmore"), ["PostgreSQL at 127.0.0.1", "timeout", "`whetstone up`"]),
        (psycopg.errors.InsufficientPrivilege("denied\nmore"), ["PostgreSQL at 127.0.0.1", "denied"]),
        (unavailable("the gateway cannot be reached", 1.0), ["503 the gateway cannot be reached"]),
        (NotPrepared("topics do not exist: facts"), ["facts", "`whetstone prepare`"]),
        (TopicMismatch("topic facts has 4 partitions"), ["4 partitions"]),
        (SchemaRefused("HTTP 401"), ["HTTP 401"]),
        (ChannelsRefused("no channel is configured"), ["no channel is configured"]),
    ],
)
def test_each_failure_says_what_where_and_what_to_do(error: Exception, parts: list[str]) -> None:
    told = said(error) or ""
    assert all(part in told for part in parts), told
    assert PASSWORD not in told
    assert "\nmore" not in told


def test_a_port_that_is_taken_is_named_with_the_settings_that_change_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken) as caught:
            bound(uvicorn.Config(health, host="127.0.0.1", port=port, log_config=None), "WHETSTONE_METRICS_PORT")
    told = f"cannot listen on 127.0.0.1:{port} (Address already in use): choose another WHETSTONE_METRICS_PORT"
    assert said(caught.value) == told


async def health(*_asgi: object) -> None:
    """An application that is never asked."""


def test_a_rule_book_names_its_problems() -> None:
    with pytest.raises(RuleBookError) as caught:
        load_rule_book("nope: 1")
    assert "nope" in (said(caught.value) or "")


def test_what_nobody_foresaw_keeps_its_stack_trace() -> None:
    assert said(ZeroDivisionError("a fault of ours")) is None
    assert said(KeyError("nothing")) is None


def test_what_every_command_relies_on_does_not_load_the_web_framework() -> None:
    look = "import sys, streams.commands.import_; sys.exit('fastapi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0

"""`whetstone prepare` makes what is missing, a worker only looks: with rights of its own, it needs no DDL."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo, sql
from pydantic import SecretStr
from redis.asyncio import Redis, RedisCluster

from sinks.base import SinkUnavailable
from sinks.postgres.library import PostgresLibrary
from sinks.postgres.migrate import migrations
from sinks.redis.client import connect
from sinks.rule_books import PostgresRuleBookStore
from streams import log_files
from streams.gateway.opening import opened
from streams.outages import OUTAGES
from streams.prepared import NotPrepared, check_prepared
from streams.rules import read_rule_book
from streams.services import ServiceError
from streams.services.prepare import prepare_stores
from streams.settings import Settings
from streams.stages.ticker import Ticker
from streams.topics import TopicMismatch, ensure_topics
from streams.waiting import wait_until
from streams.worker import assemble, probing
from streams.worker.assemble import surroundings, worker
from tests.chaos.real_workers import environment

UNREACHABLE = SecretStr("postgresql://127.0.0.1:1/whetstone?connect_timeout=2")


def check(settings: Settings, patience: float = 10.0) -> None:
    asyncio.run(check_prepared(settings, patience))


def test_what_is_missing_is_named_with_what_to_do(isolated_settings: Settings) -> None:
    with pytest.raises(NotPrepared, match=r"topics do not exist: .*lead-history.*`whetstone prepare`"):
        check(isolated_settings, patience=0)
    ensure_topics(isolated_settings)
    with pytest.raises(NotPrepared, match=rf"{isolated_settings.namespace}: 0001_.*`whetstone prepare`"):
        check(isolated_settings)
    told: list[str] = []
    prepare_stores(isolated_settings, told.append)
    assert told == ["Topics: all there", f"Database: {len(migrations())} migrations applied"]
    check(isolated_settings)
    prepare_stores(isolated_settings, told.append)
    assert told[2:] == ["Topics: all there", "Database: up to date"]


def test_a_rule_book_in_force_that_a_release_does_not_understand_stops_the_rollout(
    isolated_settings: Settings,
) -> None:
    async def apply(document: str) -> None:
        books = PostgresRuleBookStore(isolated_settings.owner_dsn, isolated_settings.namespace, connections=1)
        async with books as store:
            await store.told(await store.begin("ours@1", document, "t", 1), 2)

    told: list[str] = []
    prepare_stores(isolated_settings)
    asyncio.run(apply('{"name": "ours", "notes": {"gone": 1}}'))
    with pytest.raises(ServiceError, match=r"ours@1, is not (?s:.*)notes\.gone(?s:.*)`whetstone rules apply`"):
        prepare_stores(isolated_settings)
    asyncio.run(apply('{"name": "ours"}'))
    prepare_stores(isolated_settings, told.append)
    assert told[-1] == "Rule book: ours@1 is understood"


def test_other_partitions_than_the_settings_say_are_refused(isolated_settings: Settings) -> None:
    prepare_stores(isolated_settings)
    with pytest.raises(TopicMismatch, match="WHETSTONE_FACT_PARTITIONS=4"):
        check(isolated_settings.model_copy(update={"fact_partitions": 5}))


def test_a_worker_on_stores_that_nobody_prepared_says_so_and_makes_nothing(
    isolated_settings: Settings, tmp_path: Path
) -> None:
    ensure_topics(isolated_settings)
    own = {**environment(isolated_settings), "WHETSTONE_DATA_DIR": str(tmp_path), "WHETSTONE_METRICS_PORT": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "streams", "worker"], env={**os.environ, **own}, capture_output=True, text=True,
        check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 1
    assert "whetstone prepare" in done.stderr
    assert "Traceback" not in done.stderr
    with pytest.raises(NotPrepared, match="0001_"):
        check(isolated_settings)


@pytest.fixture
def role(isolated_settings: Settings, postgres_admin_dsn: str) -> Iterator[Settings]:
    """Settings of an installation whose worker signs in as a role that owns nothing and was granted nothing yet."""
    name = f"{isolated_settings.namespace}_worker"
    with psycopg.connect(postgres_admin_dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'throwaway'").format(sql.Identifier(name)))
        try:
            own = conninfo.make_conninfo(
                isolated_settings.postgres_dsn.get_secret_value(), user=name, password="throwaway"
            )
            changes = {
                "postgres_owner_dsn": isolated_settings.postgres_dsn,
                "postgres_dsn": SecretStr(own),
                "postgres_worker_role": name,
            }
            yield isolated_settings.model_copy(update=changes)
        finally:
            admin.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(name)))


def test_a_worker_with_the_least_rights_works_on_what_the_owner_prepared(role: Settings) -> None:
    prepare_stores(role.model_copy(update={"postgres_worker_role": ""}))
    with pytest.raises(NotPrepared, match="WHETSTONE_POSTGRES_WORKER_ROLE"):
        check(role)
    told: list[str] = []
    prepare_stores(role, told.append)
    assert told[-1] == f"Rights: given to the role {role.postgres_worker_role}"

    async def work() -> None:
        async with surroundings(role, read_rule_book(None)) as around:
            assert await around.library.forget_events(0) == 0

    asyncio.run(work())


def test_prepare_says_what_it_may_not_do_and_whom_it_does_not_find(role: Settings) -> None:
    with pytest.raises(ServiceError, match="WHETSTONE_POSTGRES_OWNER_DSN"):
        prepare_stores(role.model_copy(update={"postgres_owner_dsn": SecretStr("")}))
    with pytest.raises(ServiceError, match="no role nobody_there"):
        prepare_stores(role.model_copy(update={"postgres_worker_role": "nobody_there"}))
    with pytest.raises(ServiceError, match="PostgreSQL: connection"):
        prepare_stores(role.model_copy(update={"postgres_owner_dsn": UNREACHABLE}))


@pytest.mark.parametrize(("cluster", "kind"), [(False, Redis), (True, RedisCluster)])
def test_worker_and_gateway_speak_to_the_kind_of_redis_that_the_settings_name(
    isolated_settings: Settings, cluster: bool, kind: type
) -> None:
    chosen = isolated_settings.model_copy(update={"redis_cluster": cluster, "secret": SecretStr("s" * 32)})
    prepare_stores(chosen)

    async def open_both() -> None:
        async with surroundings(chosen, read_rule_book(None)) as around, opened(chosen) as context:
            assert isinstance(around.state._client, kind)  # type: ignore[attr-defined]
            assert isinstance(context.inboxes._client, kind)  # type: ignore[attr-defined]

    asyncio.run(open_both())


def test_a_worker_without_work_says_which_of_its_stores_do_not_answer(
    isolated_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_stores(isolated_settings)

    async def away(*_: object) -> None:
        raise SinkUnavailable("postgres", "hangs")

    async def look(hung: socket.socket) -> bool:
        url = SecretStr(f"redis://127.0.0.1:{hung.getsockname()[1]}")
        async with worker(isolated_settings.model_copy(update={"redis_url": url})):
            return await asyncio.to_thread(wait_until, lambda: OUTAGES.stores() == ["postgres", "redis"], 60.0)

    monkeypatch.setattr(PostgresLibrary, "fence", away)
    monkeypatch.setattr(assemble, "connect", partial(connect, timeout=0.1))
    monkeypatch.setattr(probing, "EVERY_S", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as hung:  # the system takes its calls, and nobody answers
        assert asyncio.run(look(hung))
    assert OUTAGES.stores() == []


def test_a_worker_cuts_the_logs_of_its_folder(
    isolated_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_stores(isolated_settings)
    monkeypatch.setattr(log_files, "EVERY_S", 0.0)
    path = log_files.folder_of(tmp_path) / "worker.log"
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(log_files.MOST_BYTES + 1)

    async def look() -> bool:
        async with worker(isolated_settings.model_copy(update={"data_dir": tmp_path})):
            return await asyncio.to_thread(wait_until, lambda: not path.stat().st_size, 60.0)

    assert asyncio.run(look())


def test_a_worker_that_can_tick_no_more_ends(isolated_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_stores(isolated_settings)

    async def break_down(*_: object) -> None:
        raise RuntimeError("odd")

    async def look() -> None:
        async with worker(isolated_settings) as made:
            await asyncio.wait_for(made.ending.wait(), 60)

    monkeypatch.setattr(Ticker, "tell", break_down)
    asyncio.run(look())

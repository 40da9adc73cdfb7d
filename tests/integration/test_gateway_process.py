"""The gateway as a process, on the services of this run."""

import asyncio
import json
import os
import queue
import signal as signals
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx
import orjson
import pytest
from click.testing import CliRunner

from schemas.effects import NO_OFFSET, Outputs, Slot
from schemas.fact import Origin
from schemas.lead_query import LeadQuery
from schemas.registry import FileRegistry
from schemas.signal import Signal
from schemas.wire import Codec
from sinks.postgres import PostgresLibrary
from sinks.redis import RedisStateStore, connect
from streams.cli import main
from streams.clock import wall_ms
from streams.exporting.job import ExportJob
from streams.exporting.process import ExportFailed, Order, Outcome, export_apart
from streams.gateway.sessions import Sessions, new_session
from streams.services.prepare import prepare_stores
from streams.settings import Settings, settings
from tests.contract.archives import execute
from tests.contract.examples import SLOT, change
from tests.gateway import SECRET, bearer, messages, signal
from tests.gateway import event as known_event
from tests.touchpoint_log import from_the_beginning

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
PATIENCE = 60.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class GatewayProcess:
    """`whetstone gateway` on a free port."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streams", "gateway", "--port", "0"],
            stderr=subprocess.PIPE,
            env=os.environ | environment,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self.log: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self.address = self._wait_for("gateway listens on ").rpartition(" ")[2]
        except BaseException:
            self.kill()
            raise

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self._lines.put(line)

    def _wait_for(self, beginning: str) -> str:
        while True:
            said = json.loads(self._lines.get(timeout=PATIENCE))
            self.log.append(said)
            if str(said["event"]).startswith(beginning):
                return str(said["event"])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def end(self) -> int:
        self.process.send_signal(signals.SIGTERM)
        return self.process.wait(PATIENCE)


@pytest.fixture
def environment(isolated_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The settings as a process gets them; the commands of this process see the same."""
    prepare_stores(isolated_settings, lambda _line: None)
    values = {
        "NAMESPACE": isolated_settings.namespace,
        "TOPIC_PREFIX": isolated_settings.topic_prefix,
        "KAFKA_BROKERS": isolated_settings.kafka_brokers,
        "REDIS_URL": isolated_settings.redis_url.get_secret_value(),
        "POSTGRES_DSN": isolated_settings.postgres_dsn.get_secret_value(),
        "SECRET": SECRET,
    }
    given = {f"WHETSTONE_{name}": value for name, value in values.items()}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield given
    settings.cache_clear()


@pytest.fixture
async def gateway(environment: dict[str, str]) -> AsyncIterator[GatewayProcess]:
    started = await anyio.to_thread.run_sync(GatewayProcess, environment)
    try:
        async with httpx.AsyncClient(base_url=started.address) as client:
            deadline = time.monotonic() + PATIENCE
            while (await client.get("/readyz")).status_code != 200:
                assert time.monotonic() < deadline, (await client.get("/readyz")).text
                await anyio.sleep(0.05)
        yield started
    finally:
        started.kill()


def command(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    return done.output


def held(found: Settings, count: int) -> list[dict[str, Any]]:
    """Read touchpoints from Kafka."""
    consumer = from_the_beginning(found)
    codec = Codec(FileRegistry())
    events: list[dict[str, Any]] = []
    deadline = time.monotonic() + PATIENCE
    try:
        while len(events) < count:
            assert time.monotonic() < deadline, f"{len(events)} of {count} came"
            events += [
                orjson.loads(one.value()) if one.headers() else codec.decode_touchpoint(one.value())[0]
                for one in consumer.consume(count, 0.5)
                if not one.error()
            ]
    finally:
        consumer.close()
    return events


async def test_from_key_to_kafka(gateway: GatewayProcess, isolated_settings: Settings) -> None:
    key = (await anyio.to_thread.run_sync(command, "key", "create", "--source", "crm")).split()[0]
    now = {"occurred_at": "2026-01-01T10:00:00+08:00"}
    events = [known_event(number, **now) for number in range(50)]
    async with httpx.AsyncClient(base_url=gateway.address, headers=bearer(key)) as client:
        answer = await client.post("/v1/touchpoints", json=events)
        assert answer.status_code == 202, answer.text
        assert answer.json()["accepted"] == 50
        metrics = (await client.get("/metrics")).text
    assert 'whetstone_gateway_touchpoints_total{outcome="accepted",source="crm"} 50.0' in metrics
    found = await anyio.to_thread.run_sync(held, isolated_settings, 50)
    assert {one["event_id"] for one in found} == {f"e{number}" for number in range(50)}
    assert {one["source"] for one in found} == {"crm"}
    listed = await anyio.to_thread.run_sync(command, "key", "list")
    assert key.split("_")[1] in listed
    assert key not in listed
    await anyio.to_thread.run_sync(command, "key", "revoke", key.split("_")[1])
    assert await anyio.to_thread.run_sync(gateway.end) == 0


async def test_send_reaches_kafka_both_ways(
    gateway: GatewayProcess, isolated_settings: Settings, tmp_path: Any
) -> None:
    files = []
    for part in range(2):
        file = tmp_path / f"{part}.jsonl"
        numbers = range(part * 700, part * 700 + 700)
        given = [known_event(number, occurred_at="2026-01-01T10:00:00+08:00") for number in numbers]
        file.write_text("\n".join(json.dumps(one) for one in given))
        files.append(str(file))
    key = (await anyio.to_thread.run_sync(command, "key", "create")).split()[0]
    straight = await anyio.to_thread.run_sync(command, "send", files[0])
    through = await anyio.to_thread.run_sync(command, "send", files[1], "--url", gateway.address, "--key", key)
    assert "accepted=700 duplicates=0 rejected=0" in straight
    assert "accepted=700 duplicates=0 rejected=0" in through
    assert len({one["event_id"] for one in await anyio.to_thread.run_sync(held, isolated_settings, 1400)}) == 1400


async def test_an_alert_reaches_the_stream_and_its_acknowledgement_the_library(
    gateway: GatewayProcess, isolated_settings: Settings
) -> None:
    token = Sessions(SECRET).signin_token(new_session(("rep:r17",), None, "rep:r17", wall_ms() + 60_000))
    sent = {name: value for name, value in signal(1).items() if name != "origin"}
    slot = Slot("facts", "i", 0)
    made = Signal(**sent | {"at": wall_ms(), "to": ("rep:r17",), "origin": Origin("facts", "i", 0, 0)})
    dsn = isolated_settings.postgres_dsn.get_secret_value()
    client = connect(isolated_settings.redis_url.get_secret_value())
    async with (
        PostgresLibrary(dsn, isolated_settings.namespace) as library,
        RedisStateStore(client, isolated_settings.namespace) as store,
        httpx.AsyncClient(base_url=gateway.address, timeout=PATIENCE) as browser,
    ):
        assert (await browser.post("/live/signin", data={"token": token})).status_code == 303
        async with browser.stream("GET", "/v1/alerts/stream") as stream:
            text = stream.aiter_text()
            assert "event: ready" in await anext(text)
            await library.commit("detect", slot, -1, 0, Outputs(signals=[made]))
            await store.deliver(slot, [made])
            ((kind, event_id, data),) = messages(await anext(text))
            assert (kind, data["signal"]["signal_id"]) == ("alert", "s1")
            assert event_id is not None
            assert "warning" not in await anyio.to_thread.run_sync(command, "signin", "--rep", "r17")
            assert "warning: no roster" in await anyio.to_thread.run_sync(command, "signin", "--rep", "nosuch")
            headers = {"X-Alert-Token": data["token"]}
            answer = (await browser.post("/v1/alerts/s1/ack", headers=headers)).json()
            assert (answer["acknowledged"], answer["by"]) == (1, "rep:r17")
            ((kind, _, told),) = messages(await anext(text))
            assert (kind, told["by"], told["at"]) == ("ack", "rep:r17", answer["at"])
            ended = anyio.to_thread.run_sync(gateway.end)  # an open stream must not keep the process alive
            assert await ended == 0


async def test_a_salesperson_downloads_their_leads_and_it_is_written_down_who_saw_them(
    gateway: GatewayProcess, isolated_settings: Settings
) -> None:
    where = isolated_settings.postgres_dsn.get_secret_value(), isolated_settings.namespace
    async with PostgresLibrary(*where) as library:
        rows = [change(1, "rep_id", f"r{number % 2}", f"lead:{number}", offset=number) for number in range(50)]
        rows += [
            change(2, "phone", f"+861380013800{number}", f"lead:{number}", offset=50 + number) for number in (1, 2)
        ]
        await library.commit("detect", SLOT, NO_OFFSET, len(rows), Outputs(changes=rows))
    asked = "signin", "--rep", "r1", "--unmasked", "--name", "李娜"
    link = (await anyio.to_thread.run_sync(command, *asked)).split("token=")[1].strip()
    async with httpx.AsyncClient(base_url=gateway.address, timeout=PATIENCE) as browser:
        assert (await browser.post("/live/signin", data={"token": link})).status_code == 303
        wish = {"where": [{"field": "phone", "operator": "not"}], "format": "csv", "unmasked": True}
        filled = await browser.post("/v1/leads/export", json=wish)
        everything = await browser.post("/v1/leads/export", json={"format": "csv"})
    assert [line.split(",")[0] for line in filled.text.splitlines()[1:]] == ["lead:1"]
    assert "+8613800138001" in filled.text
    assert len(everything.text.splitlines()) == 1 + 25
    assert "+86138****8001" in everything.text
    shown = await anyio.to_thread.run_sync(asyncio.run, execute(*where, "SELECT who, what, about FROM disclosures"))
    assert shown == [("李娜", "export leads", "phone!=, of reps r1")]


async def test_an_export_that_cannot_be_written_leaves_no_process_and_says_why(
    isolated_settings: Settings, tmp_path: Path
) -> None:
    job = ExportJob(query=LeadQuery(), masked=True, who="x", most=1)
    path = tmp_path / "leads.csv"
    order = Order(isolated_settings.postgres_dsn.get_secret_value(), isolated_settings.namespace, job, str(path))
    await anyio.to_thread.run_sync(prepare_stores, isolated_settings, lambda _line: None)
    assert await export_apart(order, PATIENCE) == Outcome(0)
    async with PostgresLibrary(order.dsn, order.namespace) as library:
        rows = [change(1, "name", "x", f"lead:{number}", offset=number) for number in range(2)]
        await library.commit("detect", SLOT, NO_OFFSET, len(rows), Outputs(changes=rows))
    assert await export_apart(order, PATIENCE) == Outcome(too_many=True)
    nowhere = Order("postgresql://nobody@127.0.0.1:1/x", order.namespace, job, str(path))
    assert (await export_apart(nowhere, PATIENCE)).away
    with pytest.raises(ExportFailed, match="no answer within 0 s"):
        await export_apart(order, 0)
    with pytest.raises(ExportFailed, match="it ended with 1"):
        await export_apart(Order(order.dsn, order.namespace, job, str(tmp_path / "nowhere" / "leads.csv")), PATIENCE)


async def test_without_a_secret_it_says_so_and_ends(environment: dict[str, str]) -> None:
    done = await anyio.to_thread.run_sync(
        lambda: subprocess.run(
            [sys.executable, "-m", "streams", "gateway", "--port", "0"],
            env=os.environ | environment | {"WHETSTONE_SECRET": ""},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    )
    assert done.returncode == 2
    assert "openssl rand -hex 32" in done.stderr

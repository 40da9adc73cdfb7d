"""Campaign links: where they lead, what they record, and that an outage loses no click."""

import asyncio
import logging
import os
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from streams.cli import main
from streams.commands.duration import DURATION
from streams.gateway.links import BadTarget, Link, check_target, read_link, write_link
from streams.gateway.signing import Signer
from streams.settings import settings
from tests.gateway import SECRET, FakeGateway

TARGET = "https://www.example.com/产品?a=1&b=2#x"


def run(scenario) -> None:
    asyncio.run(scenario())


async def until(condition, attempts: int = 1000) -> None:
    for _ in range(attempts):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came true")


def test_a_click_is_recorded_and_led_on() -> None:
    async def scenario() -> None:
        gateway = FakeGateway(public_url="https://go.example")
        made = Link(target=TARGET, channel="sms", campaign="spring", subject=("customer", "C-7"))
        async with gateway.client() as client:
            first = await client.get("/c/" + write_link(gateway.links, made))
            second = await client.get("/c/" + write_link(gateway.links, made))
            await until(lambda: len(gateway.producer.records["touchpoints"]) == 2)
        assert first.status_code == 302
        assert first.headers["location"] == "https://www.example.com/%E4%BA%A7%E5%93%81?a=1&b=2#x"
        assert "no-store" in first.headers["cache-control"]
        cookie = first.headers["set-cookie"].lower()
        assert "samesite=lax" in cookie
        assert "secure" in cookie
        one, two = gateway.produced()
        assert (one["type"], one["data"]["channel"], one["data"]["campaign"]) == ("link_clicked", "sms", "spring")
        assert [i["kind"] for i in one["subject"]["ids"]] == ["customer", "device"]
        assert one["event_id"] != two["event_id"]
        assert one["data"]["link"] == two["data"]["link"]
        assert second.status_code == 302

    run(scenario)


def test_a_visitor_is_recognised_by_cookie_unless_they_want_none() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        path = "/c/" + write_link(gateway.links, Link(target="http://a.example/", channel="x"))
        async with gateway.client() as client:
            private = await client.get(path, headers={"Sec-GPC": "1"})
            assert "set-cookie" not in private.headers
            await client.get(path)
            await client.get(path)
            await client.get(path, headers={"Sec-Purpose": "prefetch"})
            await client.head(path)
            await until(lambda: len(gateway.producer.records["touchpoints"]) == 3)
        devices = [one["subject"]["ids"][0]["value"] for one in gateway.produced()]
        assert devices[1] == devices[2] != devices[0]

    run(scenario)


def test_bad_and_old_links_lead_nowhere() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        token = write_link(gateway.links, Link(target=TARGET, channel="x", expires_at=gateway.now // 1000 + 1))
        async with gateway.client() as client:
            assert (await client.get("/c/" + token)).status_code == 302
            gateway.now += 1000
            old = await client.get("/c/" + token)
            bad = await client.get("/c/" + token[:-1] + ("A" if token[-1] != "A" else "B"))
            foreign = await client.get("/c/" + Signer(SECRET, "signin").sign([TARGET, "x", None, None, None]))
        assert (old.status_code, bad.status_code, foreign.status_code) == (410, 404, 404)
        assert "链接已过期" in old.text
        assert "expired" in old.text

    run(scenario)


def test_an_outage_neither_delays_nor_loses_a_click(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.gateway.clicks.PAUSE_S", 0)

    async def scenario() -> None:
        gateway = FakeGateway()
        token = write_link(gateway.links, Link(target=TARGET, channel="x"))
        async with gateway.client() as client:
            gateway.producer.outage = True
            assert (await client.get("/c/" + token)).status_code == 302
            await asyncio.sleep(0)
            assert not gateway.producer.records["touchpoints"]
            gateway.producer.outage = False
            await until(lambda: len(gateway.producer.records["touchpoints"]) == 1)

    run(scenario)


def test_what_is_left_at_the_end_is_published_or_named(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        token = write_link(gateway.links, Link(target=TARGET, channel="x"))
        async with gateway.client() as client:
            gateway.producer.outage = True
            await client.get("/c/" + token)

    with caplog.at_level(logging.ERROR):
        run(scenario)
    assert "1 clicks were lost at the end" in caplog.text


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)", "//evil.example/", "/relative", "https://user:pw@a.example/", "https://",
        "data:text/html,x",
        "https://a.example/\r\nSet-Cookie: x", "https://a.example/ b", "https://[bad/", "https://a.example\\@b",
        "x" * 3000,
        "https://例子.example/",
    ],
)  # fmt: skip
def test_targets_that_no_browser_should_be_sent_to(target: str) -> None:
    with pytest.raises(BadTarget):
        check_target(target)


def test_the_command_makes_links_that_the_gateway_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHETSTONE_SECRET", SECRET)
    monkeypatch.setenv("WHETSTONE_GATEWAY_PUBLIC_URL", "https://go.example/")
    settings.cache_clear()
    arguments = ["link", "--target", TARGET, "--channel", "sms", "--subject", "crm:sap:77", "--ttl", "12h"]
    done = CliRunner().invoke(main, arguments)
    settings.cache_clear()
    assert done.exit_code == 0, done.output
    address = done.output.strip()
    assert address.startswith("https://go.example/c/")
    link = read_link(FakeGateway().links, address.rpartition("/")[2])
    assert link is not None
    assert (link.target, link.subject) == (TARGET, ("crm:sap", "77"))


def test_personal_data_goes_into_a_link_only_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHETSTONE_SECRET", SECRET)
    settings.cache_clear()
    arguments = ["link", "--target", TARGET, "--channel", "sms", "--subject", "phone:13800138000"]
    refused = CliRunner().invoke(main, arguments)
    allowed = CliRunner().invoke(main, [*arguments, "--personal"])
    settings.cache_clear()
    assert (refused.exit_code, allowed.exit_code) == (2, 0)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--subject", "custmer:C-1"], "one of customer, device"),
        (["--subject", "customer:" + "x" * 300], "/subject/ids/0/value"),
        (["--subject", "email:nobody", "--personal"], "email"),
        (["--campaign", "c" * 4_001], "/data/campaign"),
        (["--campaign", "".join(chr(0x4E00 + n * 7_919 % 20_000) for n in range(3_000))], "too long"),
    ],
)
def test_a_link_is_not_made_whose_clicks_would_be_refused(
    monkeypatch: pytest.MonkeyPatch, more: list[str], why: str
) -> None:
    monkeypatch.setenv("WHETSTONE_SECRET", SECRET)
    settings.cache_clear()
    refused = CliRunner().invoke(main, ["link", "--target", TARGET, "--channel", "sms", *more])
    settings.cache_clear()
    assert refused.exit_code == 2, refused.output
    assert why in " ".join(refused.output.split())


def test_durations() -> None:
    assert [DURATION.convert(text, None, None) for text in ("45s", "30m", "12h", "90d")] == [45, 1800, 43200, 7776000]


def test_a_gateway_says_that_its_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        environment = {**os.environ, "WHETSTONE_SECRET": "s" * 32}
        command = [sys.executable, "-m", "streams", "gateway", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port} (Address already in use): choose another" in ended.stderr
    assert "Traceback" not in ended.stderr

"""The live page's server side: signing in, the stream, acknowledgements, who sees what."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace

import httpx
import pytest

from schemas.effects import Outputs, Slot
from schemas.fact import Origin
from schemas.signal import Signal
from streams.gateway.feed import Feed
from streams.gateway.pages import said_who
from streams.gateway.resume import read_position, write_position
from streams.gateway.sessions import Session, Sessions, new_session
from streams.gateway.stream import LiveStream
from tests.gateway import NOW, FakeGateway, messages, signal

REP = new_session(("rep:r17",), None, "rep:r17", NOW + 1_000_000)
MANAGER = new_session(("role:manager",), ("north",), "王经理", NOW + 1_000_000)


def run(scenario) -> None:
    asyncio.run(scenario())


@asynccontextmanager
async def connected(gateway: FakeGateway, session: Session, last_event_id: str | None = None):
    """A page's connection, as the route makes it, with the feed running."""
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(gateway.context())
        feeding = asyncio.create_task(here.feed.run())
        stack.callback(feeding.cancel)
        subscription = await here.feed.subscribe(session.recipients)
        stack.callback(here.feed.unsubscribe, subscription)
        live = LiveStream(here, session, subscription, last_event_id)
        opening = list(messages(b"".join(await live.opening()).decode()))
        yield SimpleNamespace(opening=opening, coming=live.messages(), live=live)


async def take(page: SimpleNamespace, count: int) -> list:
    async with asyncio.timeout(20):
        return [next(messages((await anext(page.coming)).decode())) for _ in range(count)]


def shown(found: list) -> list[str]:
    return [data["signal"]["signal_id"] for kind, _, data in found if kind == "alert"]


async def store(gateway: FakeGateway, number: int, to: tuple[str, ...], region: str | None = None) -> None:
    """Put a signal into the library, as a worker does before it delivers it."""
    given = {name: value for name, value in signal(number, to=to, region=region).items() if name != "origin"}
    made = Signal(**given | {"at": NOW, "to": to, "origin": Origin("facts", "i", 0, number)})
    await gateway.library.commit("detect", Slot("facts", "i", 0), number - 1, number, Outputs(signals=[made]))


def test_a_new_page_gets_its_inbox_then_what_comes() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        await store(gateway, 0, ("rep:r17",))
        await store(gateway, 1, ("rep:r99",))
        gateway.inboxes.deliver("rep:r17", signal(0))
        async with connected(gateway, REP) as page:
            assert shown(page.opening) == ["s0"]
            assert page.opening[-1][0] == "ready"
            gateway.inboxes.deliver("rep:r99", signal(8))
            gateway.inboxes.deliver("rep:r17", signal(2))
            assert shown(await take(page, 1)) == ["s2"]

    run(scenario)


def test_a_page_is_told_whether_there_are_older_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.gateway.stream.HISTORY", 2)

    async def scenario() -> None:
        gateway = FakeGateway()
        for number, whole in ((0, True), (1, False), (2, False)):
            await store(gateway, number, ("rep:r17",))
            async with connected(gateway, REP) as page:
                assert (page.opening[-1][2]["before"] is None) is whole
                last = page.opening[-1][1]
        async with connected(gateway, REP, last) as page:  # what it missed, and no word of the rest
            assert "before" not in page.opening[-1][2]

    run(scenario)


def test_older_notices_come_page_by_page_to_who_may_see_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("stream", "alerts"):
        monkeypatch.setattr(f"streams.gateway.{place}.HISTORY", 2)

    async def scenario() -> None:
        gateway = FakeGateway()
        for number in range(5):
            await store(gateway, number, ("rep:r17",))
        await store(gateway, 5, ("rep:r99",))
        async with connected(gateway, REP) as page:
            found, before = list(reversed(shown(page.opening))), page.opening[-1][2]["before"]
        async with gateway.client() as client:
            assert (await client.get(f"/v1/alerts?before={before}")).status_code == 401
            await sign_in(gateway, client, REP)
            assert (await client.get("/v1/alerts?before=x")).status_code == 400
            while before is not None:
                answer = (await client.get(f"/v1/alerts?before={before}")).json()
                found += [each["signal"]["signal_id"] for each in answer["alerts"]]
                before = answer["before"]
            token = answer["alerts"][-1]["token"]
            acked = await client.post("/v1/alerts/s0/ack", headers={"X-Alert-Token": token})
        assert found == ["s4", "s3", "s2", "s1", "s0"]
        assert acked.json() == {"acknowledged": 1, "by": "rep:r17", "at": NOW}

    run(scenario)


def test_a_page_that_comes_back_gets_what_it_missed_and_nothing_twice() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        both = new_session(("rep:r17", "role:manager"), None, "x", NOW + 1_000_000)
        async with connected(gateway, both) as page:
            gateway.inboxes.deliver("rep:r17", signal(1))
            gateway.inboxes.deliver("role:manager", signal(2))
            seen = await take(page, 2)
        last = seen[-1][1]
        for number, recipient in ((3, "role:manager"), (4, "rep:r17"), (5, "role:manager")):
            gateway.inboxes.deliver(recipient, signal(number))
        async with connected(gateway, both, last) as page:
            assert sorted(shown(page.opening)) == ["s3", "s4", "s5"]
            gateway.inboxes.deliver("rep:r17", signal(6))
            assert shown(await take(page, 1)) == ["s6"]

    run(scenario)


@pytest.mark.parametrize("cut", range(1, 7))
def test_wherever_the_connection_breaks_every_alert_comes_once(cut: int) -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        both = new_session(("rep:r17", "role:manager"), None, "x", NOW + 1_000_000)
        async with connected(gateway, both) as page:
            for number in range(6):
                gateway.inboxes.deliver(("rep:r17", "role:manager")[number % 2], signal(number))
            before = await take(page, cut)
        async with connected(gateway, both, before[-1][1]) as page:
            after = page.opening
        assert sorted(shown(before) + shown(after)) == [f"s{number}" for number in range(6)]

    run(scenario)


def test_who_missed_too_much_gets_the_inbox_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.gateway.stream.BACKLOG", 2)

    async def scenario() -> None:
        gateway = FakeGateway()
        for number in range(4):
            await store(gateway, number, ("rep:r17",))
            gateway.inboxes.deliver("rep:r17", signal(number))
        async with connected(gateway, REP, "rep:r17=0-0") as page:
            assert shown(page.opening) == ["s0", "s1", "s2", "s3"]

    run(scenario)


def test_a_manager_sees_only_the_regions_of_the_session() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        await store(gateway, 0, ("role:manager",), "south")
        await store(gateway, 1, ("role:manager",), "north")
        async with connected(gateway, MANAGER) as page:
            assert shown(page.opening) == ["s1"]
            for number, region in ((2, "south"), (3, "north"), (4, None)):
                gateway.inboxes.deliver("role:manager", signal(number, region=region))
            assert shown(await take(page, 2)) == ["s3", "s4"]

    run(scenario)


def test_a_slow_page_is_sent_away_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.gateway.feed.WAITING", 3)

    async def scenario() -> None:
        gateway = FakeGateway()
        async with connected(gateway, REP) as page:
            for number in range(6):
                gateway.inboxes.deliver("rep:r17", signal(number))
            async with asyncio.timeout(20):
                got = [next(messages(one.decode())) async for one in page.coming]
        assert "signed_out" not in [kind for kind, _, _ in got]
        alerts = [one for one in got if one[0] == "alert"]
        async with connected(gateway, REP, alerts[-1][1]) as page:
            assert shown(alerts) + shown(page.opening) == [f"s{number}" for number in range(6)]

    run(scenario)


def test_the_stream_survives_an_outage_of_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.gateway.feed.PAUSE_S", 0)

    async def scenario() -> None:
        gateway = FakeGateway()
        async with connected(gateway, REP) as page:
            gateway.inboxes.outage = True
            gateway.inboxes.deliver("rep:r17", signal(1))
            for _ in range(20):
                await asyncio.sleep(0)
            gateway.inboxes.outage = False
            told = await take(page, 3)
        assert [kind for kind, _, _ in told] == ["away", "back", "alert"]
        assert shown(told) == ["s1"]

    run(scenario)


def test_a_session_ends_in_the_stream_too() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with connected(gateway, REP) as page:
            gateway.now = REP.expires_at
            assert [kind for kind, _, _ in await take(page, 1)] == ["signed_out"]

    run(scenario)


async def sign_in(gateway: FakeGateway, client: httpx.AsyncClient, session: Session) -> httpx.Response:
    token = gateway.sessions.signin_token(session)
    asked = (await client.get("/live/signin", params={"token": token})).text
    assert all(f"<strong>{said}</strong>" in asked for said in said_who(session.who))
    return await client.post("/live/signin", data={"token": token})


def test_who_signs_in_is_said_in_words() -> None:
    assert said_who("role:manager") == ("销售经理", "the sales manager")
    assert said_who("rep:r17") == ("销售 r17", "rep r17")
    assert said_who("王经理") == ("王经理", "王经理")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-GB,en;q=0.9", "en"),
        ("fr;q=0.9, zh;q=0.2, en;q=0.5", "en"),
        ("en;q=nonsense, zh", "zh-CN"),
        ("de-DE", "en"),
        ("*", "zh-CN"),
        ("", "zh-CN"),
    ],
)
def test_the_live_page_says_the_language_that_the_browser_asks_for(accepted: str, language: str) -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with gateway.client() as client:
            await sign_in(gateway, client, REP)
            shown = await client.get("/live", headers={"Accept-Language": accepted})
            assert f'<html lang="{language}">' in shown.text

    run(scenario)


def test_signing_in_works_once_and_gives_a_careful_cookie() -> None:
    async def scenario() -> None:
        gateway = FakeGateway(public_url="https://go.example")
        async with gateway.client() as client:
            assert (await client.get("/live")).status_code == 401
            done = await sign_in(gateway, client, REP)
            assert (done.status_code, done.headers["location"]) == (303, "/live")
            cookie = done.headers["set-cookie"].lower()
            assert all(word in cookie for word in ("httponly", "samesite=lax", "secure", "path=/"))
            again = await client.post("/live/signin", data={"token": gateway.sessions.signin_token(REP)})
            assert again.status_code == 410

    run(scenario)


def test_signing_in_while_redis_is_away_says_so_in_words_and_leaves_the_link_good() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        form, browser = {"token": gateway.sessions.signin_token(REP)}, {"Accept": "text/html,*/*;q=0.8"}
        async with gateway.client() as client:
            gateway.inboxes.outage = True
            away = await client.post("/live/signin", data=form, headers=browser)
            assert (away.status_code, "retry-after" in away.headers) == (503, True)
            assert "请稍后再试" in away.text
            assert "try again" in away.text
            gateway.inboxes.outage = False
            assert (await client.post("/live/signin", data=form, headers=browser)).status_code == 303

    run(scenario)


def test_forged_and_old_signin_links_do_not_work() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        old = new_session(("rep:r17",), None, "x", NOW)
        tokens = ["", "x", gateway.sessions.signin_token(old), Sessions("t" * 40).signin_token(REP)]
        tokens.append(gateway.sessions.start(REP, NOW)[1])  # a cookie is no sign-in link
        async with gateway.client() as client:
            for token in tokens:
                assert (await client.get("/live/signin", params={"token": token})).status_code == 410
                assert (await client.post("/live/signin", data={"token": token})).status_code == 410

    run(scenario)


def test_an_alert_is_acknowledged_for_all_who_hold_the_role() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        await store(gateway, 0, ("role:manager",), "north")
        session, cookie = gateway.sessions.start(MANAGER, NOW)
        other = new_session(("role:manager",), None, "李经理", NOW + 1_000_000)
        async with connected(gateway, other) as page, gateway.client() as client:
            client.cookies.set("whetstone_session", cookie)
            token = gateway.sessions.alert_token(session, "s0")
            done = await client.post("/v1/alerts/s0/ack", headers={"X-Alert-Token": token})
            assert done.json() == {"acknowledged": 1, "by": "王经理", "at": NOW}
            ((kind, _, told),) = await take(page, 1)
            assert (kind, told["signal_id"], told["by"]) == ("ack", "s0", "王经理")
            again = await client.post("/v1/alerts/s0/ack", headers={"X-Alert-Token": token})
            assert again.json() == {"acknowledged": 0, "by": "王经理", "at": NOW}
            late, cookie = gateway.sessions.start(other, NOW)
            client.cookies.set("whetstone_session", cookie)
            gateway.now += 5
            token = gateway.sessions.alert_token(late, "s0")
            later = await client.post("/v1/alerts/s0/ack", headers={"X-Alert-Token": token})
            assert later.json() == {"acknowledged": 0, "by": "王经理", "at": NOW}
        async with connected(gateway, other) as page:
            assert page.opening[0][2]["acked"] == {"at": NOW, "by": "王经理"}

    run(scenario)


def test_an_acknowledgement_that_others_could_not_be_told_of_is_told_when_it_is_sent_again() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        await store(gateway, 0, ("role:manager",), "north")
        session, cookie = gateway.sessions.start(MANAGER, NOW)
        headers = {"X-Alert-Token": gateway.sessions.alert_token(session, "s0")}
        async with gateway.client() as client:
            client.cookies.set("whetstone_session", cookie)
            gateway.inboxes.outage = True
            assert (await client.post("/v1/alerts/s0/ack", headers=headers)).status_code == 503
            gateway.inboxes.outage = False
            assert (await client.post("/v1/alerts/s0/ack", headers=headers)).status_code == 200
        told = await gateway.inboxes.since("role:manager", "0-0", 10) or []
        assert [(entry.kind, entry.content["by"]) for entry in told] == [("ack", "王经理")]

    run(scenario)


def test_a_redis_that_hangs_is_told_of_before_its_connection_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.gateway.feed.SLOW_S", 0)

    async def scenario() -> None:
        gateway = FakeGateway()
        answers, read = asyncio.Event(), gateway.inboxes.read

        async def hang(positions: dict[str, str], block_ms: int):
            await answers.wait()
            return await read(positions, block_ms)

        monkeypatch.setattr(gateway.inboxes, "read", hang)
        async with connected(gateway, REP) as page:
            gateway.inboxes.deliver("rep:r17", signal(1))
            assert [kind for kind, _, _ in await take(page, 1)] == ["away"]
            answers.set()
            assert [kind for kind, _, _ in await take(page, 2)] == ["back", "alert"]

    run(scenario)


def test_a_page_that_comes_in_an_outage_that_others_live_through_is_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.gateway.feed.PAUSE_S", 0)

    async def scenario() -> None:
        gateway = FakeGateway()
        async with connected(gateway, REP) as first:
            gateway.inboxes.outage = True
            assert [kind for kind, _, _ in await take(first, 1)] == ["away"]
            second = await gateway.feed.subscribe(REP.recipients)
            assert await second.next() == "away"
            gateway.inboxes.outage = False
            assert await second.next() == "back"
            gateway.feed.unsubscribe(second)

    run(scenario)


def test_a_quiet_stream_is_told_apart_from_a_dead_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.gateway.stream.HEARTBEAT_S", 0.01)

    async def scenario() -> None:
        async with connected(FakeGateway(), REP) as page:
            assert [kind for kind, _, _ in await take(page, 2)] == ["beat", "beat"]

    run(scenario)


def test_an_acknowledgement_needs_session_and_the_alerts_own_token() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        await store(gateway, 0, ("rep:r17",))
        session, cookie = gateway.sessions.start(REP, NOW)
        foreign, _ = gateway.sessions.start(REP, NOW)
        tokens = [
            "",
            "0" * 32,
            gateway.sessions.alert_token(session, "s1"),
            gateway.sessions.alert_token(foreign, "s0"),
        ]
        async with gateway.client() as client:
            good = gateway.sessions.alert_token(session, "s0")
            assert (await client.post("/v1/alerts/s0/ack", headers={"X-Alert-Token": good})).status_code == 401
            client.cookies.set("whetstone_session", cookie)
            for token in tokens:
                answer = await client.post("/v1/alerts/s0/ack", headers={"X-Alert-Token": token})
                assert answer.status_code == 403
        (notice,) = await gateway.library.inbox(("rep:r17",), None, 10)
        assert notice.acked_at is None

    run(scenario)


def test_the_stream_is_refused_without_a_session_and_when_redis_is_away() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with gateway.client() as client:
            assert (await client.get("/v1/alerts/stream")).status_code == 401
            client.cookies.set("whetstone_session", gateway.sessions.start(REP, NOW)[1])
            gateway.inboxes.outage = True
            away = await client.get("/v1/alerts/stream")
            assert (away.status_code, "retry-after" in away.headers) == (503, True)

    run(scenario)


def test_an_inbox_that_nobody_watches_is_not_read() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        feed = Feed(gateway.inboxes)
        one, two = await feed.subscribe(("rep:r17",)), await feed.subscribe(("rep:r17", "role:manager"))
        feed.unsubscribe(two)
        assert list(feed._positions) == ["rep:r17"]
        feed.unsubscribe(one)
        assert not feed._positions

    run(scenario)


def test_a_page_may_come_while_the_last_other_reader_of_an_inbox_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        feed = Feed(gateway.inboxes)
        manager = await feed.subscribe(("role:manager",))
        asked, found = [], gateway.inboxes.last

        async def last(recipients: tuple[str, ...]):
            asked.append(tuple(recipients))
            if len(asked) == 1:
                feed.unsubscribe(manager)
            return await found(recipients)

        monkeypatch.setattr(gateway.inboxes, "last", last)
        both = await feed.subscribe(("rep:r17", "role:manager"))
        assert both.positions.keys() == feed._positions.keys() == feed._readers.keys() == {"rep:r17", "role:manager"}
        assert asked == [("rep:r17",), ("role:manager",)]

    run(scenario)


@pytest.mark.parametrize(
    "text", [None, "", "x", "rep:r17=", "rep:r17=x-y", "rep:r18=1-1", "rep:r17=-1-1", "rep:r17=9" * 99]
)
def test_event_ids_that_do_not_say_where_to_resume(text: str | None) -> None:
    assert read_position(text, ("rep:r17",)) is None


def test_event_ids_survive_any_recipient() -> None:
    positions = {"rep:王|=%": "170-0", "role:manager": "169-3"}
    text = write_position(positions)
    assert text.isascii()
    assert read_position(text, tuple(positions)) == positions

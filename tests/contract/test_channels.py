"""Every channel against a server that behaves as its vendor documents: one set of promises for all."""

import email
import email.policy
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from schemas.times import SECOND
from sinks.channels import (
    Channel,
    ChannelDown,
    ChannelMisconfigured,
    DingTalkRobot,
    FeishuRobot,
    HttpClient,
    MailChannel,
    MessageRefused,
    Outgoing,
    Webhook,
    WeComRobot,
)  # fmt: skip
from sinks.channels.mail import Server
from tests.vendors import SECRET, Post, Vendor, post, vendor

pytestmark = pytest.mark.anyio
NOW = 1_795_000_000_000
ROBOTS = ("wecom", "dingtalk", "feishu")
KINDS = (*ROBOTS, "webhook", "email")
LANDLINE = {"rep:r17": ("rep17@example.com",)}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Side(NamedTuple):
    """A channel, and what its other side can be made to do."""

    channel: Channel
    taken: Callable[[], int]
    break_down: Callable[[], None]
    forget_us: Callable[[], None]
    refuse: Callable[[], None]
    move_away: Callable[[], None]


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient()
    yield made
    await made.close()


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def made(kind: str, client: HttpClient, one: Vendor) -> Channel:
    mentions = {"rep:r17": "li.lei"}
    if kind == "webhook":
        return Webhook(client, one.url, SECRET)
    robots = {"wecom": WeComRobot, "dingtalk": DingTalkRobot, "feishu": FeishuRobot}
    return robots[kind](client, one.url, SECRET, mentions)


def http_side(kind: str, client: HttpClient, servers: ExitStack) -> Side:
    one = servers.enter_context(vendor(kind))

    def answer(status: int, **headers: str) -> None:
        one.outage = (status, {}, headers)

    def forget_us() -> None:
        if kind == "webhook":
            answer(401)
        else:
            codes = {"wecom": ("errcode", 93000), "dingtalk": ("errcode", 310000), "feishu": ("code", 19021)}
            name, code = codes[kind]
            one.outage = (200, {name: code}, {})

    def refuse() -> None:
        one.poison = "poison"

    channel = made(kind, client, one)
    return Side(
        channel, lambda: len(one.taken), lambda: answer(503, **{"Retry-After": "120"}), forget_us, refuse,
        lambda: answer(302, Location="http://127.0.0.1:1/elsewhere"),
    )  # fmt: skip


def mail_channel(one: Post) -> MailChannel:
    server = Server("127.0.0.1", one.port, "none", "whetstone", "secret")
    return MailChannel(server, "whetstone@example.com", LANDLINE)


def mail_side(servers: ExitStack) -> Side:
    one = servers.enter_context(post())

    def to(command: str, answer: str) -> Callable[[], None]:
        return lambda: one.answers.update({command: answer})

    one.answers["EHLO"] = "250-tests\r\n250 AUTH PLAIN"
    one.answers["AUTH"] = "235 let in"
    return Side(
        mail_channel(one), lambda: len(one.mails), to("MAIL", "451 try later"), to("AUTH", "535 who are you"),
        to("RCPT", "550 no such user"), to("MAIL", "550 not from there"),
    )  # fmt: skip


@pytest.fixture(params=KINDS)
def side(request: pytest.FixtureRequest, client: HttpClient, servers: ExitStack) -> Side:
    if request.param == "email":
        return mail_side(servers)
    return http_side(request.param, client, servers)


def words(text: str = "新线索", **more: Any) -> Outgoing:
    given: dict[str, Any] = {"id": "a1b2", "target": "rep:r17", "lines": ("2026-11-21 10:00",), **more}
    return Outgoing(title=text, **given)


async def test_what_is_taken_is_sent_once(side: Side) -> None:
    await side.channel.send(words(), NOW)
    assert side.taken() == 1


async def test_a_passing_trouble_is_told_as_one(side: Side) -> None:
    side.break_down()
    with pytest.raises(ChannelDown) as caught:
        await side.channel.send(words(), NOW)
    assert not isinstance(caught.value, ChannelMisconfigured)
    assert side.taken() == 0
    if not isinstance(side.channel, MailChannel):
        assert caught.value.retry_after == 120


async def test_a_channel_that_forgot_us_needs_a_person(side: Side) -> None:
    side.forget_us()
    with pytest.raises(ChannelMisconfigured):
        await side.channel.send(words(), NOW)


async def test_a_message_that_is_refused_is_not_the_channels_fault(side: Side) -> None:
    side.refuse()
    with pytest.raises(MessageRefused):
        await side.channel.send(words("poison"), NOW)


async def test_no_address_but_the_configured_one(side: Side) -> None:
    side.move_away()
    with pytest.raises(ChannelMisconfigured):
        await side.channel.send(words(), NOW)


async def test_errors_show_no_address(side: Side, servers: ExitStack) -> None:
    servers.close()  # nobody listens any more
    with pytest.raises(ChannelDown) as caught:
        await side.channel.send(words(), NOW)
    assert not {"127.0.0.1", "k-right", SECRET} & set(str(caught.value).split())
    assert "http" not in str(caught.value).lower()
    assert " " in str(caught.value), "words, no mere name of an error"


@pytest.mark.parametrize("kind", [*ROBOTS, "webhook"])
async def test_the_vendors_limit_asks_for_patience(kind: str, client: HttpClient, servers: ExitStack) -> None:
    one = servers.enter_context(vendor(kind))
    one.limit = 2
    channel = made(kind, client, one)
    for number in range(2):
        await channel.send(words(id=str(number)), NOW)
    with pytest.raises(ChannelDown) as caught:
        await channel.send(words(id="3"), NOW)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after >= 60
    assert len(one.taken) == 2


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
async def test_a_wrong_signing_key_is_noticed(kind: str, client: HttpClient, servers: ExitStack) -> None:
    one = servers.enter_context(vendor(kind))
    robots = {"dingtalk": DingTalkRobot, "feishu": FeishuRobot}
    for wrong in ("", "SEC-of-somebody-else"):
        with pytest.raises(ChannelMisconfigured):
            await robots[kind](client, one.url, wrong).send(words(), NOW)
    await robots[kind](client, one.url, SECRET).send(words(), NOW + 5 * SECOND)


@pytest.mark.parametrize("kind", ROBOTS)
async def test_the_people_meant_are_mentioned(kind: str, client: HttpClient, servers: ExitStack) -> None:
    one = servers.enter_context(vendor(kind))
    await made(kind, client, one).send(words(recipients=("rep:r17", "role:manager")), NOW)
    (body,) = one.taken
    if kind == "wecom":
        assert body["text"]["mentioned_list"] == ["li.lei"]
    elif kind == "dingtalk":
        assert body["at"] == {"atUserIds": ["li.lei"], "isAtAll": False}
        assert body["text"]["content"].endswith("@li.lei")
    else:
        assert body["content"]["text"].endswith('<at user_id="li.lei"></at>')


async def test_nobody_is_mentioned_by_a_leads_text(client: HttpClient, servers: ExitStack) -> None:
    one = servers.enter_context(vendor("feishu"))
    await made("feishu", client, one).send(words('<at user_id="all">everyone</at>'), NOW)
    assert "<at" not in one.taken[0]["content"]["text"]


async def test_a_long_message_is_cut_to_what_wecom_takes(client: HttpClient, servers: ExitStack) -> None:
    one = servers.enter_context(vendor("wecom"))
    await made("wecom", client, one).send(words("长" * 3_000), NOW)
    assert one.taken[0]["text"]["content"].endswith("…")


async def test_a_webhook_can_recognise_a_repeat(client: HttpClient, servers: ExitStack) -> None:
    one = servers.enter_context(vendor("webhook"))
    for _ in range(2):
        await made("webhook", client, one).send(words(signals=[{"signal_id": "s1"}]), NOW)
    assert [headers["idempotency-key"] for headers in one.headers] == ["a1b2", "a1b2"]
    assert one.taken[0]["signal"] == {"signal_id": "s1"}


async def test_a_server_that_hangs_up_is_told_in_words(client: HttpClient, servers: ExitStack) -> None:
    one = servers.enter_context(vendor("webhook"))
    one.hangs_up = True
    with pytest.raises(ChannelDown, match=r"^the server hung up"):
        await made("webhook", client, one).send(words(), NOW)


async def test_who_never_answers_is_not_waited_for(servers: ExitStack) -> None:
    one = servers.enter_context(vendor("wecom"))
    one.hangs.set()
    impatient = HttpClient(patience=0.3)
    try:
        with pytest.raises(ChannelDown):
            await made("wecom", impatient, one).send(words(), NOW)
    finally:
        one.released.set()
        await impatient.close()


async def test_an_endless_answer_is_not_read_to_its_end(client: HttpClient, servers: ExitStack) -> None:
    one = servers.enter_context(vendor("wecom"))
    one.outage = (200, {"errmsg": "x" * 1_000_000, "errcode": 0}, {})
    with pytest.raises(ChannelDown):
        await made("wecom", client, one).send(words(), NOW)


async def test_a_mail_is_known_by_its_id_and_no_title_makes_a_header(servers: ExitStack) -> None:
    one = servers.enter_context(post())
    one.answers |= {"EHLO": "250-tests\r\n250 AUTH PLAIN", "AUTH": "235 let in"}
    await mail_channel(one).send(words("新线索\r\nBcc: everyone@example.com"), NOW)
    ((sender, to, text),) = one.mails
    assert (sender, to) == ("whetstone@example.com", ["rep17@example.com"])
    mail = email.message_from_string(text, policy=email.policy.default)
    assert mail["Message-ID"] == "<a1b2@example.com>"
    assert mail["Bcc"] is None
    assert mail["Subject"] == "新线索 Bcc: everyone@example.com"


async def test_who_has_no_address_is_refused(servers: ExitStack) -> None:
    channel = mail_channel(servers.enter_context(post()))
    assert not channel.reaches("rep:r18")
    with pytest.raises(MessageRefused):
        await channel.send(words(target="rep:r18"), NOW)

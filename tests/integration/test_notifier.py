"""The notifier on PostgreSQL: nothing lost, nothing twice beyond what was on its way, and each channel for itself."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from schemas.effects import Outputs
from schemas.rules import RuleBook, load_rule_book
from schemas.times import HOUR, MINUTE
from sinks.channels import Channel, ChannelDown, MessageRefused, Outgoing
from sinks.postgres import PostgresLibrary
from sinks.postgres.deliveries import Deliveries, Notice, Owed, Superseded
from sinks.rule_books import MemoryRuleBookStore
from streams.clock import wall_ms
from streams.commands.notifications import notifications
from streams.notifying.notifier import Notifier
from streams.settings import Settings, settings
from streams.waiting import wait_until
from tests.contract.conftest import dsn, postgres_library
from tests.contract.examples import SLOT
from tests.contract.examples import signal as example
from tests.vendors import Vendor, vendor

pytestmark = [pytest.mark.anyio, pytest.mark.services]
__all__ = ["dsn", "postgres_library"]
NO_QUIET = "  quiet_from: '08:00'\n  quiet_until: '08:00'\n"
BOOK = "notifications:\n  reach:\n    rep: {channels: [%s]}\n    role:manager: {channels: [other]}\n" + NO_QUIET


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Fake:
    """A channel in memory: what it took, in order; `trouble` is raised instead while it is set."""

    def __init__(self, *, personal: bool = False, digests: bool = True) -> None:
        self.personal = personal
        self.digests = digests
        self.per_minute = 100_000
        self.taken: list[Outgoing] = []
        self.tries = 0
        self.trouble: Callable[[Outgoing], Exception | None] = lambda message: None

    def reaches(self, recipient: str) -> bool:
        return True

    async def send(self, message: Outgoing, now: int) -> None:
        self.tries += 1
        trouble = self.trouble(message)
        if trouble is not None:
            raise trouble
        self.taken.append(message)

    @property
    def told(self) -> list[str]:
        return [str(one["signal_id"]) for message in self.taken for one in message.signals]


class Clock:
    """Time that moves by hand, ms."""

    def __init__(self) -> None:
        self.now = 1_795_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
async def deliveries(dsn: str, isolated_settings: Settings) -> AsyncIterator[Deliveries]:
    async with Deliveries(dsn, isolated_settings.namespace) as opened:
        yield opened


def book(channels: str = "one", more: str = "") -> RuleBook:
    return load_rule_book(BOOK % channels + more)


@asynccontextmanager
async def running(
    deliveries: Deliveries,
    rules: RuleBook,
    channels: Mapping[str, Channel],
    clock: Callable[[], int],
    holder: str = "a",
    steady: Callable[[], int] | None = None,
) -> AsyncIterator[Notifier]:
    notifier = Notifier(
        deliveries, MemoryRuleBookStore(), rules, channels, clock, holder, lease=1.5, steady=steady or clock
    )
    task = asyncio.create_task(notifier.run())
    await until(lambda: notifier.active or task.done())
    try:
        yield notifier
    finally:
        notifier.stop()
        await asyncio.wait_for(task, 30)


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    async def asked() -> bool:
        return condition()

    await until_found(asked, seconds)


async def until_found(condition: Callable[[], Awaitable[object]], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - the condition is in a database, or in another task's hands
            await asyncio.sleep(0.02)


class Writer:
    """Commits signals as a worker does."""

    def __init__(self, library: PostgresLibrary) -> None:
        self._library = library
        self._last = -1

    async def __call__(
        self, numbers: Sequence[int], to: tuple[str, ...] = ("rep:r17",), severity: str = "info"
    ) -> None:
        signals = [
            example(number, to=to, severity=severity, title={"zh": f"新线索 {number}", "en": f"New lead {number}"})
            for number in numbers
        ]
        await self._library.commit("detect", SLOT, self._last, numbers[-1], Outputs(signals=signals))
        self._last = numbers[-1]


@pytest.fixture
def write(postgres_library: PostgresLibrary) -> Writer:
    return Writer(postgres_library)


def ids(numbers: Sequence[int]) -> list[str]:
    return [f"s{number}.0" for number in numbers]


async def test_each_signal_is_told_once_to_each_recipient(write: Writer, deliveries: Deliveries) -> None:
    one, other = Fake(personal=True, digests=False), Fake(digests=False)
    await write([0])  # before there was a notifier: the page has it
    async with running(deliveries, book(), {"one": one, "other": other}, Clock()):
        await write([1, 2], to=("rep:r17", "rep:r18", "role:manager"))
        await write([3])
        await until(lambda: len(one.taken) >= 5 and len(other.taken) >= 2)
    async with running(deliveries, book(), {"one": one, "other": other}, Clock(), "b"):
        await write([4])
        await until(lambda: "s4.0" in one.told)
    expected = [(name, target) for name in ids([1, 2]) for target in ("rep:r17", "rep:r18")]
    expected += [(name, "rep:r17") for name in ids([3, 4])]
    assert sorted((str(m.signals[0]["signal_id"]), m.target) for m in one.taken) == sorted(expected)
    assert other.told == ids([1, 2])
    assert len({message.id for message in one.taken}) == len(one.taken)


async def test_a_group_that_several_recipients_share_is_told_once(write: Writer, deliveries: Deliveries) -> None:
    group = Fake(digests=False)
    rules = load_rule_book(BOOK % "other")
    async with running(deliveries, rules, {"other": group}, Clock()):
        await write([1], to=("rep:r17", "rep:r18", "role:manager"))
        await write([2])
        await until(lambda: "s2.0" in group.told)
    assert group.told == ids([1, 2])
    assert group.taken[0].recipients == ("rep:r17", "rep:r18", "role:manager")


async def test_a_channel_that_is_down_for_hours_delays_only_itself(write: Writer, deliveries: Deliveries) -> None:
    clock, down, up = Clock(), Fake(digests=False), Fake(digests=False)
    down.trouble = lambda message: ChannelDown("HTTP 503")
    async with running(deliveries, book("one, other"), {"one": down, "other": up}, clock):
        for hour in range(6):
            await write([hour])
            await until(lambda hour=hour: f"s{hour}.0" in up.told)
            clock.now += HOUR
        assert up.told == ids(range(6))
        assert down.taken == []
        assert down.tries < 40  # it rests between attempts
        down.trouble = lambda message: None
        clock.now += HOUR
        await until(lambda: len(down.told) == 6)
    assert sorted(down.told) == ids(range(6))


async def test_what_failed_is_late_from_when_it_was_wanted(write: Writer, deliveries: Deliveries) -> None:
    """An attempt that failed moves the next one into the future: a channel with few messages never looked late."""
    clock, down = Clock(), Fake(digests=False)
    down.trouble = lambda message: ChannelDown("HTTP 503")
    wanted = clock.now
    async with running(deliveries, book(), {"one": down}, clock):
        await write([1])
        for tries in (1, 2, 3):
            await until(lambda tries=tries: down.tries == tries)
            clock.now += HOUR
        await until(lambda: down.tries == 4)

        async def put_off() -> bool:
            return (await deliveries.find("waiting", "one", 1))[0].due > clock.now

        await until_found(put_off)
        assert await deliveries.counts() == {("one", "waiting"): (1, wanted)}


async def test_what_waits_for_a_recipients_next_hour_is_not_late(write: Writer, deliveries: Deliveries) -> None:
    clock, fake = Clock(), Fake(personal=True, digests=False)
    async with running(deliveries, book(more="  per_hour: 1\n"), {"one": fake}, clock):
        await write([1, 2])

        async def put_off() -> bool:
            return ("one", "waiting") in (found := await deliveries.counts()) and found["one", "waiting"][0] == 1

        await until(lambda: len(fake.taken) == 1)
        await until_found(put_off)

        async def next_hour() -> bool:
            return (await deliveries.counts())["one", "waiting"] == (1, clock.now + HOUR)

        await until_found(next_hour)


async def test_one_message_that_always_fails_does_not_hold_up_the_others(write: Writer, deliveries: Deliveries) -> None:
    clock, fake = Clock(), Fake(digests=False)
    fake.trouble = lambda m: ChannelDown("HTTP 500") if m.signals[0]["signal_id"] == "s0.0" else None
    async with running(deliveries, book(), {"one": fake}, clock):
        await write(range(4))
        await until(lambda: fake.tries == 1)
        clock.now += HOUR
        await until(lambda: len(fake.told) == 3)
    assert sorted(fake.told) == ids([1, 2, 3])


async def test_what_is_refused_is_put_aside_and_can_be_sent_again(
    write: Writer, deliveries: Deliveries, isolated_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, fake = Clock(), Fake()
    fake.trouble = lambda m: MessageRefused("not that") if any(s["signal_id"] == "s3.0" for s in m.signals) else None
    async with running(deliveries, book(), {"one": fake}, clock):
        await write(range(8))  # one message, refused; then each alone
        await until(lambda: len(fake.told) == 7)
        dead = await deliveries.find("dead", None, 10)
        assert [(one.signal.signal_id, one.error) for one in dead] == [("s3.0", "not that")]
        fake.trouble = lambda message: None
        for name, value in isolated_settings.model_dump().items():
            if name in {"namespace", "postgres_dsn"}:
                shown = value if isinstance(value, str) else value.get_secret_value()
                monkeypatch.setenv(f"WHETSTONE_{name.upper()}", shown)
        settings.cache_clear()
        try:
            shown = await asyncio.to_thread(CliRunner().invoke, notifications, ["list", "--json"])
            number = json.loads(shown.output)["number"]
            again = await asyncio.to_thread(CliRunner().invoke, notifications, ["resend", str(number)])
        finally:
            settings.cache_clear()
        assert again.output == "1 wait again\n"
        clock.now = wall_ms() + 1_000  # which the command has
        await until(lambda: "s3.0" in fake.told)
    assert sorted(fake.told) == ids(range(8))


async def test_a_clock_that_is_put_back_silences_no_channel(write: Writer, deliveries: Deliveries) -> None:
    clock, steady, fake = Clock(), Clock(), Fake()
    fake.per_minute = 2
    fake.trouble = lambda _: ChannelDown("away")
    async with running(deliveries, book(), {"one": fake}, clock, steady=steady):
        await write([0])
        await until(lambda: fake.tries == 1)
        fake.trouble = lambda _: None
        clock.now -= HOUR
        steady.now += 10 * MINUTE  # longer than it rests
        await write([1])
        await until(lambda: fake.told == ["s1.0"])
        clock.now += HOUR + 10 * MINUTE  # what was put off is due by the wall clock
        steady.now += MINUTE
        await until(lambda: fake.told == ["s1.0", "s0.0"])


async def test_a_fault_of_ours_costs_one_message(write: Writer, deliveries: Deliveries) -> None:
    fake = Fake(digests=False)
    fake.trouble = lambda m: KeyError("x") if m.signals[0]["signal_id"] == "s0.0" else None
    async with running(deliveries, book(), {"one": fake}, Clock()):
        await write([0, 1])
        await until(lambda: fake.told == ["s1.0"])
    (dead,) = await deliveries.find("dead", "one", 5)
    assert dead.error == "internal: KeyError"


async def test_what_could_not_be_told_for_a_day_is_given_up(write: Writer, deliveries: Deliveries) -> None:
    clock, fake = Clock(), Fake(digests=False)
    fake.trouble = lambda message: ChannelDown("HTTP 503")
    async with running(deliveries, book(), {"one": fake}, clock):
        await write([0])
        await until(lambda: fake.tries == 1)
        clock.now += 25 * HOUR
        await until_found(lambda: deliveries.find("dead", "one", 1))
    (dead,) = await deliveries.find("dead", "one", 1)
    assert dead.error == "given up after 24 h; HTTP 503"


async def test_many_signals_for_one_target_come_as_one_message(write: Writer, deliveries: Deliveries) -> None:
    clock, fake = Clock(), Fake()
    fake.trouble = lambda message: ChannelDown("not yet")
    async with running(deliveries, book(), {"one": fake}, clock):
        await write(range(12))
        await until(lambda: fake.tries == 1)
        fake.trouble = lambda message: None
        clock.now += HOUR
        await until(lambda: len(fake.told) == 12)
    assert max(len(message.signals) for message in fake.taken) >= 11
    assert sorted(fake.told) == sorted(ids(range(12)))


async def test_a_recipient_gets_so_many_messages_an_hour_and_what_is_critical(
    write: Writer, deliveries: Deliveries
) -> None:
    clock, fake = Clock(), Fake(personal=True, digests=False)
    async with running(deliveries, book(more="  per_hour: 2\n"), {"one": fake}, clock):
        await write(range(4))
        await until(lambda: len(fake.taken) == 2)
        await write([4], severity="critical")
        await until(lambda: "s4.0" in fake.told)
        await write([5], to=("rep:r18",))
        await until(lambda: "s5.0" in fake.told)
        assert len(fake.taken) == 4
        clock.now += HOUR + 1
        await until(lambda: len(fake.taken) == 6)
    assert sorted(fake.told) == ids(range(6))


async def test_one_notifier_is_active_and_another_takes_over(write: Writer, deliveries: Deliveries) -> None:
    one, other = Fake(digests=False), Fake(digests=False)
    async with running(deliveries, book(), {"one": one}, Clock(), "a"):
        second = Notifier(
            deliveries, MemoryRuleBookStore(), book(), {"one": other}, Clock(), "b", lease=1.5, steady=Clock()
        )
        task = asyncio.create_task(second.run())
        await write([0])
        await until(lambda: one.told == ["s0.0"])
        assert not second.active
    await until(lambda: second.active)
    await write([1])
    await until(lambda: other.told == ["s1.0"])
    second.stop()
    await task
    assert one.told == ["s0.0"]


async def test_a_former_holder_writes_nothing(write: Writer, deliveries: Deliveries) -> None:
    first = await deliveries.hold("a", 0.0)
    assert first is not None
    await write([0])
    second = await deliveries.hold("b", 60.0)
    assert second == (first[0] + 1, first[1])
    assert await deliveries.hold("a", 60.0) is None
    owed = Owed(signal_id="s0.0", recipient="rep:r17", channel="one", target="", language="zh", severity="info", due=1)
    (notice,) = await deliveries.notices(first[1], 10)
    with pytest.raises(Superseded):
        await deliveries.make(first[0], first[1], notice.seq, [owed])
    await deliveries.make(second[0], second[1], notice.seq, [owed, owed])
    with pytest.raises(Superseded):  # the position has moved
        await deliveries.make(second[0], second[1], notice.seq, [owed])
    (one,) = await deliveries.waiting("one", 2, 10)
    for call in (
        deliveries.sent(first[0], [one.delivery_id], "m", 3),
        deliveries.put_off(first[0], [one.delivery_id], 3, "no"),
        deliveries.give_up(first[0], [one.delivery_id], "no"),
    ):
        with pytest.raises(Superseded):
            await call
    assert await deliveries.waiting("one", 2, 10) == [one]


async def test_a_notice_that_is_committed_late_is_not_passed_over(
    write: Writer, deliveries: Deliveries, dsn: str, isolated_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, asked = Fake(digests=False), Counter[str]()
    schema, read = isolated_settings.namespace, deliveries.notices

    async def notices(after: int, limit: int) -> list[Notice]:
        found = await read(after, limit)
        asked["notices"] += 1
        return found

    monkeypatch.setattr(deliveries, "notices", notices)
    insert = f"INSERT INTO {schema}.notices (recipient, signal_id) VALUES ('rep:r17', 's0.0')"  # noqa: S608
    async with (
        running(deliveries, book(), {"one": fake}, Clock()),
        await psycopg.AsyncConnection.connect(dsn) as slow,
        await psycopg.AsyncConnection.connect(dsn) as undone,
    ):
        await write([0], to=())
        await slow.execute(insert)
        await undone.execute(insert.replace("r17", "r18"))
        await write([1])
        before = asked["notices"]
        await until(lambda: asked["notices"] > before + 2)
        assert fake.told == []  # a number before it is still missing
        await undone.rollback()
        await slow.commit()
        await until(lambda: len(fake.told) == 2)
    assert fake.told == ids([0, 1])


@pytest.fixture
def one() -> Iterator[Vendor]:
    with vendor("wecom") as made:
        made.limit = 1_000
        yield made


def notifier_process(found: Settings, one: Vendor, book_file: Path) -> subprocess.Popen[bytes]:
    channels = {"one": {"kind": "wecom", "url": one.url}}
    environment = {
        **os.environ,
        "WHETSTONE_POSTGRES_DSN": found.postgres_dsn.get_secret_value(),
        "WHETSTONE_NAMESPACE": found.namespace,
        "WHETSTONE_NOTIFY_CHANNELS": json.dumps(channels),
        "WHETSTONE_RULE_BOOK": str(book_file),
    }
    command = [sys.executable, "-m", "streams", "notifier"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_killed_between_sending_and_writing_down(
    write: Writer, deliveries: Deliveries, isolated_settings: Settings, one: Vendor, tmp_path: Path
) -> None:
    """The vendor takes a message, or does not, and never answers; the process is killed; the next one goes on."""
    (tmp_path / "book.yaml").write_text(BOOK % "one")
    held = await deliveries.hold("before", 0.0)  # so that the first process begins before the signals
    assert held is not None
    one.hangs.set()
    for number, one.deaf in enumerate((False, True)):
        before = one.requests
        process = notifier_process(isolated_settings, one, tmp_path / "book.yaml")
        try:
            await write([number])
            assert await asyncio.to_thread(wait_until, lambda before=before: one.requests > before, 90)
        finally:
            process.kill()
            process.wait()
        one.released.set()
        one.released = threading.Event()
    one.hangs.clear()
    one.deaf = False
    process = notifier_process(isolated_settings, one, tmp_path / "book.yaml")
    try:
        await write([2])

        async def is_done() -> bool:
            return len(await deliveries.find("sent", "one", 10)) == 3

        await until_found(is_done, 90)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    text = "\n".join(body["text"]["content"] for body in one.taken)
    told = re.findall(r"新线索 (\d)", text)
    assert set(told) == set("012")
    assert len(told) <= 3 + 1  # the kill after it was taken repeats the one message that was on its way

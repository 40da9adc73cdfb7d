"""Whom a signal is told, when and in which words; gaps in the inboxes; the pace of a channel."""

import inspect
import re
from datetime import datetime
from typing import Any

import pytest
from pydantic import SecretStr

from processors.notifying import message, plans, quiet_until
from processors.resolver import cluster, judge
from schemas.rules import RuleBook, RuleBookError, load_rule_book
from schemas.signal import Signal
from schemas.times import MINUTE, to_ms
from sinks.channels.http import retry_after
from sinks.postgres.deliveries import Notice
from streams.notifying.channels import ChannelsRefused, described
from streams.notifying.pace import Pace
from streams.notifying.routing import Gaps
from streams.notifying.words import evidence_words
from streams.settings import Settings
from tests.contract.examples import signal as example

BOOK = """
notifications:
  reach:
    rep: {channels: [sales], language: zh}
    rep:r17: {channels: [sales, mail], language: en, least: warning}
    role:manager: {channels: [managers], regions: [华东]}
"""


def at(text: str) -> int:
    return to_ms(datetime.fromisoformat(text))


WORDS = evidence_words()
NOON = at("2026-11-20T12:00:00+08:00")  # a Friday


def signal(**rest: Any) -> Signal:
    return example(1, **rest)


def book(more: str = "") -> RuleBook:
    return load_rule_book(BOOK + more)


@pytest.mark.parametrize(
    ("recipient", "severity", "region", "told"),
    [
        ("rep:r1", "info", None, ["sales"]),
        ("rep:r17", "info", None, []),
        ("rep:r17", "warning", None, ["sales", "mail"]),
        ("role:manager", "info", "华东", ["managers"]),
        ("role:manager", "info", "华南", []),
        ("role:manager", "info", None, ["managers"]),
        ("role:director", "critical", None, []),
    ],
)
def test_whom_a_signal_is_told(recipient: str, severity: str, region: str | None, told: list[str]) -> None:
    found = plans(signal(severity=severity, region=region), recipient, NOON, book())
    assert [plan.channel for plan in found] == told
    assert all(plan.due == NOON for plan in found)


def test_nobody_is_told_without_rules() -> None:
    assert plans(signal(severity="critical"), "rep:r17", NOON, RuleBook()) == []


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-20T21:59:59+08:00", "2026-11-20T21:59:59+08:00"),
        ("2026-11-20T22:00:00+08:00", "2026-11-21T08:00:00+08:00"),
        ("2026-11-21T02:30:00+08:00", "2026-11-21T08:00:00+08:00"),
        ("2026-11-21T08:00:00+08:00", "2026-11-21T08:00:00+08:00"),
    ],
)
def test_quiet_hours_cross_midnight(now: str, due: str) -> None:
    assert quiet_until(at(now), book()) == at(due)


def test_quiet_days_off_end_on_the_next_working_morning() -> None:
    rules = book("  quiet_days_off: true\n")
    assert quiet_until(at("2026-11-21T12:00:00+08:00"), rules) == at("2026-11-23T08:00:00+08:00")
    assert quiet_until(at("2026-11-20T23:00:00+08:00"), rules) == at("2026-11-23T08:00:00+08:00")


def test_quiet_hours_of_no_length_and_within_a_day() -> None:
    none = book('  quiet_from: "08:00"\n  quiet_until: "08:00"\n')
    assert quiet_until(at("2026-11-20T08:00:00+08:00"), none) == at("2026-11-20T08:00:00+08:00")
    nap = book('  quiet_from: "12:00"\n  quiet_until: "13:00"\n')
    assert quiet_until(NOON, nap) == at("2026-11-20T13:00:00+08:00")


def test_what_is_critical_wakes() -> None:
    night = at("2026-11-20T23:00:00+08:00")
    (plan,) = plans(signal(severity="critical"), "rep:r1", night, book())
    assert plan.due == night


def test_a_calendar_in_which_nobody_works_is_not_waited_for() -> None:
    days = ", ".join(f"2026-11-{day}" for day in range(20, 31))
    rules = load_rule_book(
        f"calendars: {{default: {{weekdays: [7], days_off: [{days}]}}}}\nnotifications: {{quiet_days_off: true}}"
    )
    assert quiet_until(NOON, rules) == at("2026-12-06T08:00:00+08:00")


def test_names_and_numbers_are_masked() -> None:
    told = signal(
        title={"zh": "张伟 30 分钟未跟进，电话 13800138000", "en": "Zhang Wei not followed up"},
        evidence={
            "name": "Zhang Wei",
            "phone": "+8613800138000",
            "lead": {"address": "文三路 1 号", "grade": "A"},
            "welcome": ["张伟，您好", "Hello Zhang Wei"],
        },
    )
    chinese = message([told], "sales:", "zh", {"lead:a": "张伟"}, WORDS)
    assert chinese.title == "[提示] 张* 30 分钟未跟进，电话 138****8000"
    english = message([told], "sales:", "en", {"lead:a": "张伟"}, WORDS)
    assert english.title == "[Info] Z* not followed up"
    for one in (chinese, english):
        assert not {"张伟", "Zhang Wei", "13800138000", "文三路"} & {
            one.text[i:j] for i in range(200) for j in range(300)
        }
    assert "线索 · 等级: A" in chinese.lines
    assert "Lead · Grade: A" in english.lines


def test_evidence_is_told_in_the_words_of_the_recipient() -> None:
    evidence = {
        "type": "form_submitted",
        "event_id": "e1",
        "appeal": {"state": "open", "until": "2026-11-29T18:12:30.807Z"},
        "welcome": {"text": {"zh": "您好", "en": "Hello"}},
        "why": "form_submitted.newer",
        "probability": 0.91234,
        "present": ["spec_matrix", "case_study"],
        "source": "open",
        "mock": True,
    }
    told = signal(evidence=evidence)
    assert message([told], "a", "zh", {}, WORDS).lines[1:] == (
        "事件: 提交表单",
        "申诉 · 状态: 进行中",
        "申诉 · 截止: 2026-11-30 02:12",
        "欢迎语 · 内容: 您好",
        "原因: 提交表单 · 较新的信息",
        "成交概率: 91.2%",
        "已具备: 规格对照、案例",
        "来源: open",
        "… +1",
    )
    assert message([told], "a", "en", {}, WORDS).lines[2] == "Appeal · State: Open"


def test_a_number_in_an_explanation_is_masked() -> None:
    told = signal(evidence={"reason": "测试机，见 13800138000", "state": "explained"})
    assert message([told], "a", "zh", {}, WORDS).lines[1:] == ("原因: 测试机，见 138****8000", "状态: 已说明")


def test_several_signals_are_one_message_of_the_worst_severity() -> None:
    told = [example(1, severity="info"), example(2, severity="warning", title={"zh": "健康下降", "en": "Health fell"})]
    found = message(told, "sales:", "zh", {}, WORDS)
    assert found.title == "[注意] 2 条提醒"
    assert found.lines[1].endswith("[注意] 健康下降")


def test_the_same_message_has_the_same_id_and_others_have_others() -> None:
    one, other = example(1), example(2)
    ids = [
        message(told, target, "zh", {}, WORDS).id
        for told, target in [([one], "a"), ([one], "a"), ([other], "a"), ([one], "b"), ([one, other], "a")]
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


def test_long_evidence_is_counted() -> None:
    found = message([signal(evidence={f"part{number}": number for number in range(20)})], "a", "zh", {}, WORDS)
    assert found.lines[-1] == "… +12"


@pytest.mark.parametrize("wrong", ["  digest_lines: 3\n", "  calendar: none\n", "  wakes: panic\n"])
def test_rules_that_cannot_hold_are_refused(wrong: str) -> None:
    with pytest.raises(RuleBookError):
        book(wrong)


def notice(seq: int, oldest: int = 100, following: int = 100) -> Notice:
    return Notice(seq=seq, recipient="rep:r1", oldest=oldest, next=following, signal=signal())


def test_a_gap_is_waited_for_until_its_transactions_have_ended() -> None:
    gaps = Gaps()
    assert [one.seq for one in gaps.settled(4, [notice(5), notice(7, 90, 100)])] == [5]
    assert gaps.settled(5, [notice(7, 99, 103)]) == []
    assert [one.seq for one in gaps.settled(5, [notice(6, 99, 104), notice(7, 99, 104)])] == [6, 7]  # it came
    assert gaps.settled(7, [notice(9, 104, 110)]) == []
    assert [one.seq for one in gaps.settled(7, [notice(9, 110, 120), notice(11, 110, 120)])] == [9]  # rolled back
    assert [one.seq for one in gaps.settled(9, [notice(11, 121, 122)])] == [11]


def test_no_more_than_the_limit_in_any_minute() -> None:
    pace = Pace(3)
    for now in (0, 10_000, 20_000):
        assert pace.wait(now) == 0
        pace.attempt(now)
    assert pace.wait(20_000) == 40_000
    assert pace.wait(60_000) == 0
    assert Pace(2, sent=[5_000, 1_000]).wait(6_000) == MINUTE - 5_000


def test_rests_grow_and_heed_what_the_channel_asks_for() -> None:
    pace = Pace(100)
    rests = [pace.failed(0, None) for _ in range(12)]
    assert all(1_000 <= rest <= 600_000 for rest in rests)
    assert rests[-1] >= 300_000
    assert pace.open
    assert pace.failed(0, 3_000.0) == 3_000_000
    pace.worked()
    assert not pace.open
    assert pace.failed(0, None) <= 2_000
    assert pace.misconfigured(0) == 600_000
    assert pace.open


def test_a_date_may_say_when_to_come_again() -> None:
    assert retry_after("Fri, 31 Dec 2100 23:59:59 GMT") == 3_600
    assert retry_after("Fri, 31 Dec 1999 23:59:59 GMT") == 0
    assert retry_after("") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": {"kind": "wecom", "url": "http://intranet.example/send?key=hush"}}', "must be https"),
        ('{"a": {"kind": "wecom", "url": "file:///etc/passwd?hush"}}', "must be an https address"),
        ('{"a": {"kind": "webhook", "url": "https://x.example/hush", "secret": "short-hush"}}', "at least 16"),
        ('{"a": {"kind": "webhook", "url": "http://x.example/hush", "secret": "0123456789abcdef"}}', "must be https"),
        ('{"a": {"kind": "email", "host": "mail.example", "security": "none", "sender": "a@b.c", "to": {"rep:r1": []},'
         ' "password": "hush"}}', "this machine only"),
        ('{"a": {"kind": "pigeon", "url": "hush"}}', "a"),
        ('{"A b": {"kind": "wecom", "url": "https://x.example/hush"}}', "pattern"),
        ("hush", "JSON"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_followed_are_refused_without_their_secrets(text: str, why: str) -> None:
    with pytest.raises(ChannelsRefused) as caught:
        described(Settings(notify_channels=SecretStr(text)))
    assert why in str(caught.value)
    assert "hush" not in str(caught.value)


def test_no_setting_is_no_channel() -> None:
    assert described(Settings()) == {}
    inside = (
        '{"crm": {"kind": "webhook", "url": "http://crm.example/in", "secret": "0123456789abcdef", "insecure": true}}'
    )
    assert set(described(Settings(notify_channels=SecretStr(inside)))) == {"crm"}


def test_a_title_of_a_lead_is_a_job_and_no_region_is_said_so() -> None:
    told = signal(evidence={"fields": {"title": "总经理"}, "title": "招标公告", "region": "-"})
    zh = message([told], "sales:", "zh", {}, WORDS).lines[1:]
    assert zh == ("资料 · 职位: 总经理", "名称: 招标公告", "区域: 未分区域")
    assert message([told], "sales:", "en", {}, WORDS).lines[-1] == "Region: No region"


def test_a_question_of_who_is_who_tells_its_weights_and_reason() -> None:
    evidence = {
        "for": {"called": 15.03, "address": 2.1}, "against": {"qq": -1.2, "birth_date": -3.0},
        "reason": "evidence is weak",
    }  # fmt: skip
    assert message([signal(evidence=evidence)], "a", "zh", {}, WORDS).lines[1:] == (
        "支持同一人 · 姓名或公司: 15.03",
        "支持同一人 · 地址: 2.1",
        "反对同一人 · QQ: -1.2",
        "反对同一人 · 出生日期: -3",
        "原因: 依据不足",
    )


REASONS = re.compile(r'"((?:too many|most of|what agrees|the names|one kind|a person said|evidence is|strong)[^"]*)"')


def test_every_reason_of_a_question_has_words() -> None:
    reasons = {reason for module in (cluster, judge) for reason in REASONS.findall(inspect.getsource(module))}
    assert len(reasons) > 9
    assert reasons <= WORDS.values.keys()

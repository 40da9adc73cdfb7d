"""The live page in a real browser."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from schemas.effects import NO_OFFSET, Outputs, Slot
from schemas.fact import Origin
from schemas.signal import Signal
from streams.clock import wall_ms
from streams.gateway.sessions import Session, new_session
from tests.browser.conftest import Edge, closed
from tests.contract.examples import SLOT, change
from tests.gateway import signal

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
PICTURES = os.environ.get("WHETSTONE_TEST_PICTURES")


async def deliver(edge: Edge, number: int, recipient: str = "rep:r17", **changes: object) -> None:
    """Do what a worker does: library first, then the inbox stream."""
    sent = signal(number, to=(recipient,), **changes)
    given = {name: value for name, value in sent.items() if name != "origin"}
    made = Signal(**given | {"at": wall_ms(), "to": (recipient,), "origin": Origin("facts", "i", 0, number)})
    slot = Slot("facts", "i", 0)
    fence = await edge.gateway.library.fence("detect", slot)
    await edge.gateway.library.commit("detect", slot, fence, fence + 1, Outputs(signals=[made]))
    edge.gateway.inboxes.deliver(recipient, made.as_json(), wall_ms())


@pytest.fixture
async def session(edge: Edge) -> Session:
    edge.gateway.now = wall_ms()
    return new_session(("rep:r17",), None, "rep:r17", edge.gateway.now + 1_000_000)


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="zh-CN", viewport={"width": 1100, "height": 900})
    opened = await context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda one: problems.append(one.text) if "Content Security Policy" in one.text else None)
    yield opened
    await closed(context)
    assert not problems


async def sign_in(edge: Edge, page: Page, session: Session) -> None:
    await page.goto(f"{edge.address}/live/signin?token={edge.gateway.sessions.signin_token(session)}")
    await page.get_by_role("button").click()
    await expect(page.locator("#state")).to_have_attribute("data-state", "open")


async def picture(page: Page, name: str) -> None:
    """Keep a picture for whoever wants to look (WHETSTONE_TEST_PICTURES names the folder)."""
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def test_who_is_not_signed_in_is_told_what_to_do(edge: Edge, page: Page) -> None:
    answer = await page.goto(edge.address + "/live")
    assert answer is not None
    assert answer.status == 401
    await expect(page.get_by_text("whetstone signin").first).to_be_visible()
    await picture(page, "signed-out")


async def test_alerts_of_before_and_alerts_that_come(edge: Edge, page: Page, session: Session) -> None:
    await deliver(edge, 1)
    await sign_in(edge, page, session)
    await expect(page.locator("article")).to_have_count(1)
    changes = {"fields": {"name": "张*", "phone": "138****8000"}, "source": "website"}
    await deliver(edge, 2, severity="critical", kind="lead_created", evidence=changes)
    first = page.locator("article").first
    await expect(first).to_contain_text("线索 2 超过 30 分钟未跟进")
    await expect(first).to_contain_text("紧急")
    await expect(first).to_contain_text("电话 138****8000")
    await expect(page.locator("#spoken")).to_contain_text("线索 2")
    assert await page.title() == "(2) Whetstone"
    await deliver(edge, 3, recipient="rep:r99")
    await deliver(edge, 4, severity="info")
    await expect(page.locator("article")).to_have_count(3)
    await picture(page, "live-zh")


async def test_language_and_filters(edge: Edge, page: Page, session: Session) -> None:
    await deliver(edge, 1, severity="critical")
    await deliver(edge, 2, severity="info", kind="lead_created")
    await sign_in(edge, page, session)
    await page.get_by_role("button", name="English").click()
    await expect(page.locator("article").first).to_contain_text("Lead 2 waits for 30 minutes")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.get_by_label("Severity").select_option("critical")
    await expect(page.locator("article:visible")).to_have_count(1)
    await page.get_by_label("Severity").select_option("")
    await page.get_by_label("Search titles, subjects, evidence").fill("lead:l2")
    await expect(page.locator("article:visible")).to_have_count(1)
    await expect(page.locator("article:visible")).to_contain_text("New lead")
    await picture(page, "live-en")
    await page.reload()
    await expect(page.locator("article").first).to_contain_text("Lead 2 waits for 30 minutes")


async def test_older_alerts_are_shown_when_asked_for(
    edge: Edge, page: Page, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("stream", "alerts"):
        monkeypatch.setattr(f"streams.gateway.{place}.HISTORY", 2)
    await deliver(edge, 1, severity="critical")
    await sign_in(edge, page, session)
    await expect(page.locator("#counts")).to_have_text("显示 1 条，1 条未确认")
    await page.get_by_label("级别").select_option("warning")
    await expect(page.locator("#empty")).to_have_text("没有符合筛选条件的提醒。")
    for number in (2, 3):
        await deliver(edge, number, severity="info")
    await page.reload()
    await expect(page.locator("#counts")).to_have_text("最新 2 条中显示 2 条，2 条未确认")
    await page.get_by_label("级别").select_option("critical")
    await expect(page.locator("#empty")).to_have_text("最新 2 条提醒中没有符合筛选条件的。")
    await picture(page, "older")
    await page.get_by_role("button", name="显示更早的提醒").click()
    await expect(page.locator("article:visible")).to_have_count(1)
    await expect(page.locator("#counts")).to_have_text("显示 1 条，3 条未确认")
    await expect(page.get_by_role("button", name="显示更早的提醒")).to_be_hidden()
    await page.locator("article:visible").get_by_role("button", name="确认").click()
    await expect(page.locator("article:visible footer")).to_contain_text("已确认：您")


async def test_alerts_that_give_way_to_newer_ones_can_be_had_again(edge: Edge, page: Page, session: Session) -> None:
    for number in range(1, 3):
        await deliver(edge, number)
    await sign_in(edge, page, session)
    await expect(page.locator("article")).to_have_count(2)
    for number in range(3, 1_004):
        await deliver(edge, number, severity="info")
    await expect(page.locator("#counts")).to_have_text("最新 1000 条中显示 1000 条，1000 条未确认", timeout=30_000)
    await expect(page.locator("article").last).to_contain_text("线索 4 ")
    older = page.get_by_role("button", name="显示更早的提醒")
    await older.click()
    await expect(page.locator("#counts")).to_have_text("最新 200 条中显示 200 条，200 条未确认")
    for count in (400, 600, 800, 1_000):
        await older.click()
        await expect(page.locator("article")).to_have_count(count)
    await older.click()
    await expect(page.locator("article")).to_have_count(1_003)
    await expect(page.locator("article").last).to_contain_text("线索 1 ")
    await expect(older).to_be_hidden()


async def test_evidence_is_told_in_the_reader_s_language(edge: Edge, page: Page, session: Session) -> None:
    reasons = [{"zh": "下单频率提高了成交可能", "en": "How often orders come", "group": "frequency", "log_odds": 0.5}]
    told = {"stage": "legal", "title": "legal", "field": "title", "reasons": reasons, "event_id": "e1",
            "why": "form_submitted.newer", "channel": "phone"}  # fmt: skip
    await deliver(edge, 1, kind="grade_held", evidence=told)
    await sign_in(edge, page, session)
    pairs = page.locator("article dl div")
    zh = ["阶段法务", "名称legal", "字段职位", "原因下单频率提高了成交可能", "原因提交表单 · 较新的信息", "渠道电话"]
    await expect(pairs).to_have_text(zh)
    await expect(page.locator("article header")).to_contain_text("等级暂缓")
    await page.get_by_role("button", name="English").click()
    en = ["StageLegal", "Titlelegal", "FieldJob title", "ReasonsHow often orders come"]
    await expect(pairs).to_have_text([*en, "WhyForm submitted · Newer information", "ChannelPhone"])
    await expect(page.locator("article header")).to_contain_text("Grade held back")


async def test_acknowledging_is_seen_by_the_others(edge: Edge, page: Page, browser: Browser) -> None:
    edge.gateway.now = wall_ms()
    until = edge.gateway.now + 1_000_000
    one, two = (new_session(("role:manager",), None, name, until) for name in ("王经理", "李经理"))
    await deliver(edge, 1, recipient="role:manager")
    await sign_in(edge, page, one)
    other = await (await browser.new_context(locale="zh-CN")).new_page()
    await sign_in(edge, other, two)
    await page.get_by_role("button", name="确认").click()
    await expect(page.locator("article footer")).to_contain_text("已确认：您")
    await expect(other.locator("article footer")).to_contain_text("已确认：王经理")
    await other.reload()
    await expect(other.locator("article footer")).to_contain_text("已确认：王经理")
    await other.context.close()


async def test_a_lost_connection_is_shown_and_mended(edge: Edge, page: Page, session: Session) -> None:
    await sign_in(edge, page, session)
    await deliver(edge, 1)
    await expect(page.locator("article")).to_have_count(1)
    for subscription in list(edge.gateway.feed._readers["rep:r17"]):
        subscription.put(None)
    await deliver(edge, 2)
    await expect(page.locator("article")).to_have_count(2)
    await expect(page.locator("#state")).to_have_attribute("data-state", "open")


async def test_the_page_fits_a_phone(edge: Edge, page: Page, session: Session) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    title = {"zh": "很长的名字" * 12, "en": "long-name-" * 20}
    await deliver(edge, 1, title=title, evidence={"why": "x" * 300, "fields": {"company": "某某某有限公司" * 5}})
    await sign_in(edge, page, session)
    await expect(page.locator("article")).to_have_count(1)
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    for label in ("确认", "English"):
        box = await page.get_by_role("button", name=label).bounding_box()
        assert box is not None
        assert box["height"] >= 36
    await picture(page, "live-phone")


async def test_hostile_text_stays_text(edge: Edge, page: Page, session: Session) -> None:
    bad = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
    await deliver(edge, 1, title={"zh": bad, "en": bad}, entity="lead:" + bad, evidence={bad: bad})
    await sign_in(edge, page, session)
    await expect(page.locator("article h2")).to_have_text(bad)
    assert await page.locator("article img, article script").count() == 0
    assert "owned" not in await page.title()


async def test_everything_can_be_reached_by_keyboard(edge: Edge, page: Page, session: Session) -> None:
    await deliver(edge, 1)
    await sign_in(edge, page, session)
    await expect(page.locator("article")).to_have_count(1)
    names = []
    for _ in range(8):
        await page.keyboard.press("Tab")
        names.append(await page.evaluate("() => document.activeElement.id || document.activeElement.textContent"))
    assert names == ["export-open", "language", "signout", "words", "severity", "kind", "acked", "确认"]
    await page.keyboard.press("Enter")
    await expect(page.locator("article footer")).to_contain_text("已确认")


async def test_the_description_renders_from_local_files(edge: Edge, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(edge.address + "/docs")
    await expect(page.get_by_text("Send touchpoints", exact=True)).to_be_visible()
    assert all(url.startswith((edge.address, "data:", "blob:")) for url in asked)
    await picture(page, "docs")


async def test_a_page_whose_session_ended_elsewhere_says_so_when_an_alert_is_acknowledged(
    edge: Edge, page: Page, session: Session
) -> None:
    await deliver(edge, 1)
    await sign_in(edge, page, session)
    await expect(page.locator("article")).to_have_count(1)
    await page.context.clear_cookies()
    await page.locator("#alerts footer button").click()
    await expect(page.locator("#state")).to_have_attribute("data-state", "ended")
    await expect(page.locator("#alerts .failed")).to_be_visible()


async def fill(edge: Edge) -> None:
    """Give r17 two leads, and somebody else one."""
    leads = [("r17", "A", "远景科技", "张三"), ("r17", "B", "", "李四"), ("r9", "A", "", "王五")]
    names = ("rep_id", "grade", "company", "name")
    rows = [
        change(seq, name, value, f"lead:{number}", offset=10 * number + seq)
        for number, lead in enumerate(leads)
        for seq, (name, value) in enumerate(zip(names, lead, strict=True), 1)
        if value
    ]
    await edge.gateway.library.commit("detect", SLOT, NO_OFFSET, 100, Outputs(changes=rows))


async def downloaded(page: Page) -> str:
    async with page.expect_download() as coming:
        await page.locator("#export-start").click()
    download = await coming.value
    assert download.suggested_filename.startswith("线索-")
    return Path(await download.path()).read_text(encoding="utf-8-sig")  # noqa: ASYNC240 - a test's own file


async def test_leads_are_exported_with_conditions(edge: Edge, page: Page, session: Session) -> None:
    await fill(edge)
    await sign_in(edge, page, session)
    await page.locator("#export-open").click()
    await page.locator("#export-format").select_option("csv")
    leads = [line.split(",")[0] for line in (await downloaded(page)).splitlines()[1:]]
    assert leads == ["lead:0", "lead:1"]
    await expect(page.locator("#export-state")).to_have_text("已下载")
    await page.locator("#export-add").click()
    row = page.locator("#export-conditions > div")
    await row.get_by_label("字段").select_option(label="等级")
    await row.get_by_label("值").fill("A | C")
    assert "lead:1" not in await downloaded(page)
    await row.get_by_label("字段").select_option(label="姓名")
    assert await row.get_by_label("关系").locator("option").all_text_contents() == ["为空", "不为空"]
    await expect(row.get_by_label("值")).to_be_hidden()
    await row.get_by_label("关系").select_option(label="不为空")
    assert "lead:1" in await downloaded(page)
    await expect(page.locator("#export-whole")).to_be_hidden()
    await picture(page, "export")


async def test_contact_data_in_full_is_offered_to_who_may_see_it(edge: Edge, page: Page, session: Session) -> None:
    await fill(edge)
    await sign_in(edge, page, replace(session, unmasked=True))
    await page.locator("#export-open").click()
    await page.locator("#export-format").select_option("csv")
    assert "张三" not in await downloaded(page)
    await page.get_by_label("显示完整联系方式").check()
    assert "张三" in await downloaded(page)
    await page.locator("#export-add").click()
    row = page.locator("#export-conditions > div")
    await row.get_by_label("字段").select_option(label="姓名")
    await row.get_by_label("关系").select_option(label="包含")
    await page.locator("#export-start").click()
    await expect(page.locator("#export-state")).to_contain_text("条件有误")
    await row.get_by_label("值").fill("李")
    found = await downloaded(page)
    assert ("张三" in found, "李四" in found) == (False, True)
    await page.locator("#language").click()
    await expect(row.get_by_label("Relation")).to_have_value("contains")
    await expect(page.locator("#export-start")).to_have_text("Download")
    await picture(page, "export-in-full")


async def test_an_export_that_fails_says_why(edge: Edge, page: Page, session: Session) -> None:
    await sign_in(edge, page, session)
    await page.locator("#export-open").click()
    edge.gateway.now += 13 * 3_600_000
    await page.locator("#export-start").click()
    await expect(page.locator("#export-state")).to_have_text("登录已过期，请使用新的登录链接")
    await expect(page.locator("#export-start")).to_be_enabled()


async def test_who_has_no_leads_is_offered_none(edge: Edge, page: Page, session: Session) -> None:
    await sign_in(edge, page, replace(session, recipients=("role:operator",)))
    await expect(page.locator("#export-open")).to_be_hidden()

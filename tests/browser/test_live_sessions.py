"""The live page when what is behind it goes away, and when several tabs or people are there."""

from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from streams.clock import wall_ms
from streams.gateway.sessions import Session, new_session
from tests.browser.conftest import Edge
from tests.browser.test_live_page import deliver, page, picture, session, sign_in

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
__all__ = ["page", "session"]
STREAM = ("GET", "/v1/alerts/stream")


async def test_an_outage_behind_the_gateway_is_shown(edge: Edge, page: Page, session: Session) -> None:
    await sign_in(edge, page, session)
    edge.gateway.inboxes.outage = True
    await expect(page.locator("#state")).to_have_text("提醒暂时无法更新，恢复后自动补上")
    await picture(page, "away")
    await deliver(edge, 1)
    edge.gateway.inboxes.outage = False
    await expect(page.locator("article")).to_have_count(1)
    await expect(page.locator("#state")).to_have_attribute("data-state", "open")


async def test_a_connection_that_fell_silent_is_not_called_live(edge: Edge, page: Page, session: Session) -> None:
    await page.clock.install()
    await deliver(edge, 1)
    await sign_in(edge, page, session)
    await expect(page.locator("article")).to_have_count(1)
    edge.gateway.inboxes.outage = True  # who comes again is refused
    for subscription in list(edge.gateway.feed._readers["rep:r17"]):
        subscription.positions = {}  # and what is there hears nothing any more
    edge.gateway.feed._readers.clear()
    edge.gateway.feed._positions.clear()
    await page.clock.run_for(50_000)
    await expect(page.locator("#state")).to_have_attribute("data-state", "down")
    edge.gateway.inboxes.outage = False
    await deliver(edge, 2)
    await page.clock.run_for(50_000)
    await expect(page.locator("article")).to_have_count(2)
    await expect(page.locator("#state")).to_have_attribute("data-state", "open")
    await expect(page.locator("article").first).to_contain_text("线索 2 ")


async def test_more_than_an_inbox_shows_was_missed(
    edge: Edge, page: Page, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("stream", "alerts"):
        monkeypatch.setattr(f"streams.gateway.{place}.HISTORY", 2)
    monkeypatch.setattr("streams.gateway.stream.BACKLOG", 2)
    await deliver(edge, 1)
    await sign_in(edge, page, session)
    await expect(page.locator("article")).to_have_count(1)
    readers = list(edge.gateway.feed._readers["rep:r17"])
    edge.gateway.feed._readers["rep:r17"].clear()
    for number in range(2, 7):
        await deliver(edge, number)
    for subscription in readers:
        subscription.put(None)
    await expect(page.locator("article").first).to_contain_text("线索 6 ")
    for _ in range(2):
        await page.get_by_role("button", name="显示更早的提醒").click()
    titles = [f"线索 {number} 超过 30 分钟未跟进" for number in (6, 5, 4, 3, 2, 1)]
    await expect(page.locator("article h2")).to_have_text(titles)


async def test_signing_out_empties_the_other_tabs(edge: Edge, page: Page, session: Session) -> None:
    await deliver(edge, 1)
    await sign_in(edge, page, session)
    other = await page.context.new_page()
    await other.goto(f"{edge.address}/live")
    await expect(other.locator("article")).to_have_count(1)
    await page.locator("#signout").click()
    for tab in (page, other):
        await expect(tab.get_by_text("请先登录")).to_be_visible()
        await expect(tab.locator("article")).to_have_count(0)


async def test_who_signs_in_in_another_tab_sees_their_own_alerts_in_all(
    edge: Edge, page: Page, session: Session
) -> None:
    await deliver(edge, 1)
    await deliver(edge, 2, recipient="role:manager")
    await sign_in(edge, page, session)
    await expect(page.locator("#who")).to_have_text("销售 r17")
    other = await page.context.new_page()
    manager = new_session(("role:manager",), None, "role:manager", wall_ms() + 1_000_000)
    await sign_in(edge, other, manager)
    for tab in (page, other):
        await expect(tab.locator("#who")).to_have_text("销售经理")
        await expect(tab.locator("article h2")).to_have_text(["线索 2 超过 30 分钟未跟进"])
    await page.get_by_role("button", name="确认").click()
    await expect(page.locator("article footer")).to_contain_text("已确认：您")
    await expect(other.locator("article footer")).to_contain_text("已确认：您")


async def test_a_new_session_of_the_same_person_acknowledges_in_all_tabs(
    edge: Edge, page: Page, session: Session
) -> None:
    await deliver(edge, 1)
    await sign_in(edge, page, session)
    other = await page.context.new_page()
    await sign_in(edge, other, replace(session, nonce="again"))
    await expect(other.locator("article")).to_have_count(1)
    await page.get_by_role("button", name="确认").click()
    await expect(other.locator("article footer")).to_contain_text("已确认：您")
    await expect(page.locator("article footer")).to_contain_text("已确认：您")
    await page.reload()
    await expect(page.locator("article footer")).to_contain_text("已确认：您")


async def test_who_was_first_is_said_to_who_comes_second(edge: Edge, page: Page, session: Session) -> None:
    await deliver(edge, 1)
    await sign_in(edge, page, session)
    await expect(page.locator("article")).to_have_count(1)
    await edge.gateway.library.ack("s1", ("rep:r17",), "王经理", wall_ms())  # the word of it is still on its way
    await page.get_by_role("button", name="确认").click()
    await expect(page.locator("article footer")).to_contain_text("已确认：王经理")


async def test_an_alert_without_a_title_in_the_language_is_named_all_the_same(
    edge: Edge, page: Page, session: Session
) -> None:
    await sign_in(edge, page, session)
    await deliver(edge, 1, title={"en": "Only English"})
    await expect(page.locator("#spoken")).to_have_text("警告: Only English")
    await expect(page.get_by_role("button", name="确认: Only English")).to_be_visible()
    await deliver(edge, 2, title={}, kind="grade_held")
    await expect(page.locator("#spoken")).to_have_text("警告: 等级暂缓")
    await page.get_by_role("button", name="English", exact=True).click()
    await expect(page.get_by_role("button", name="Acknowledge: Grade held back")).to_be_visible()


async def test_who_acknowledges_by_keyboard_stays_in_the_list(edge: Edge, page: Page, session: Session) -> None:
    for number in (1, 2):
        await deliver(edge, number)
    await sign_in(edge, page, session)
    await page.get_by_role("button", name="确认: 线索 2").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("article").first).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="确认: 线索 1")).to_be_focused()


async def test_from_midnight_on_an_alert_says_its_date(edge: Edge, page: Page, session: Session) -> None:
    await page.clock.install()
    await deliver(edge, 1)
    await sign_in(edge, page, session)
    time = page.locator("article header time")
    await expect(time).to_have_text(
        await page.evaluate("""() => new Date(document.querySelector("article time")
        .dateTime).toLocaleTimeString("zh-CN")""")
    )
    await page.clock.fast_forward(86_400_000)
    await expect(time).to_have_text(await page.evaluate("""() => document.querySelector("article time").title"""))


async def test_browsers_of_some_years_ago_will_do(edge: Edge, page: Page, session: Session) -> None:
    await page.add_init_script("delete AbortSignal.timeout")  # Chromium 103; browsers in China are often older
    await deliver(edge, 1)
    await sign_in(edge, page, session)
    await page.get_by_role("button", name="确认").click()
    await expect(page.locator("article footer")).to_contain_text("已确认：您")
    await page.locator("#signout").click()
    await expect(page.get_by_text("请先登录")).to_be_visible()


async def test_a_phone_held_sideways_shows_alerts_and_not_the_header_alone(
    edge: Edge, page: Page, session: Session
) -> None:
    await page.set_viewport_size({"width": 740, "height": 360})
    for number in range(1, 5):
        await deliver(edge, number)
    await sign_in(edge, page, session)
    await expect(page.locator("article")).to_have_count(4)
    await page.locator("article").last.scroll_into_view_if_needed()
    await picture(page, "live-sideways")
    assert await page.evaluate("() => document.querySelector('.bar').getBoundingClientRect().bottom") <= 0

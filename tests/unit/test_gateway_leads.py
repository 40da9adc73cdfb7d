"""Exports from the live page: who gets whose leads, and how much of them."""

import asyncio
import csv
import io
import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from python_calamine import CalamineWorkbook

from schemas.effects import NO_OFFSET, Outputs
from streams.exporting.job import ExportJob
from streams.exporting.process import ExportFailed, Outcome
from streams.exporting.tables import FIELDS, SHOWN_WHOLE
from streams.gateway.pages import source
from streams.gateway.sessions import COOKIE, Session, Sessions, new_session
from tests.contract.examples import SLOT, change
from tests.gateway import NOW, SECRET, FakeGateway

UNTIL = NOW + 1_000_000
REP = new_session(("rep:r1",), None, "rep:r1", UNTIL)
TRUSTED = new_session(("rep:r1",), None, "rep:r1", UNTIL, unmasked=True)
MANAGER = new_session(("role:manager",), None, "王经理", UNTIL)
EAST = new_session(("role:manager",), ("华东",), "李经理", UNTIL)
LEADS = {
    "a": {
        "name": "张三",
        "phone": "+8613800138001",
        "region": "华东",
        "rep_id": "r1",
        "grade": "A",
        "company": "甲科",
    },
    "b": {"name": "李四", "phone": "+8613800138002", "region": "华南", "rep_id": "r1", "grade": "B", "company": "=1+1"},
    "c": {"name": "王五", "phone": "+8613800138003", "region": "华东", "rep_id": "r2", "grade": "A"},
    "d": {"name": "赵六", "email": "zhao@example.com"},
}
Asking = Callable[[Session, dict[str, Any]], Awaitable[httpx.Response]]


def with_leads(scenario: Callable[[FakeGateway, Asking], Awaitable[None]]) -> None:
    """Run a scenario on a gateway whose library holds `LEADS`."""

    async def run() -> None:
        gateway = FakeGateway()
        rows = []
        for lead, fields in LEADS.items():
            for seq, (name, value) in enumerate(fields.items(), 1):
                rows.append(change(seq, name, value, f"lead:{lead}", offset=len(rows), at=NOW))
        await gateway.library.commit("detect", SLOT, NO_OFFSET, len(rows), Outputs(changes=rows))
        async with gateway.client() as client:

            async def ask(session: Session, wish: dict[str, Any]) -> httpx.Response:
                cookie = gateway.sessions.start(session, NOW)[1]
                return await client.post("/v1/leads/export", json=wish, headers={"Cookie": f"{COOKIE}={cookie}"})

            await scenario(gateway, ask)

    asyncio.run(run())


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def ids_of(answer: httpx.Response) -> str:
    return "".join(row["lead_id"].removeprefix("lead:") for row in rows_of(answer))


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (REP, "ab"),
        (EAST, "ac"),
        (MANAGER, "abcd"),
        (new_session(("rep:r2",), ("华南",), "x", UNTIL), "c"),
        (new_session(("rep:r2", "role:manager"), ("华南",), "x", UNTIL), "bc"),
        (new_session(("rep:nobody",), None, "x", UNTIL), ""),
    ],
    ids=["rep", "manager of a region", "manager", "regions are a role's", "both", "rep without leads"],
)
def test_everybody_gets_what_is_theirs(session: Session, expected: str) -> None:
    async def scenario(_gateway: FakeGateway, ask: Asking) -> None:
        assert ids_of(await ask(session, {"format": "csv", "language": "en"})) == expected

    with_leads(scenario)


def test_conditions_narrow_what_is_seen_and_never_widen_it() -> None:
    async def scenario(_gateway: FakeGateway, ask: Asking) -> None:
        async def found(session: Session, *where: tuple[str, str, list[str]], **other: Any) -> str:
            asked = [{"field": field, "operator": operator, "values": values} for field, operator, values in where]
            return ids_of(await ask(session, {"where": asked, "format": "csv", "language": "en", **other}))

        assert await found(REP, ("grade", "is", ["A"])) == "a"
        assert await found(REP, ("rep_id", "is", ["r2"])) == ""
        assert await found(EAST, ("region", "is", ["华南"])) == ""
        assert await found(MANAGER, ("company", "contains", ["科", "+1"])) == "ab"
        assert await found(MANAGER, ("phone", "is", [])) == "d"
        assert await found(MANAGER, ("phone", "not", []), ("grade", "not", ["A"])) == "b"
        assert await found(TRUSTED, ("phone", "is", ["138 0013 8002"]), unmasked=True) == "b"
        assert await found(MANAGER, changed_from="2026-11-21", changed_to="2026-11-21") == "abcd"
        assert await found(MANAGER, changed_to="2026-11-20") == ""
        assert await found(MANAGER, changed_from="2026-11-22") == ""

    with_leads(scenario)


def test_contact_data_is_shown_in_part_unless_the_session_may_see_it() -> None:
    async def scenario(_gateway: FakeGateway, ask: Asking) -> None:
        masked = rows_of(await ask(TRUSTED, {"format": "csv", "language": "en"}))[0]
        assert (masked["name"], masked["phone"], masked["company"]) == ("张*", "'+86138****8001", "甲科")
        full = rows_of(await ask(TRUSTED, {"format": "csv", "language": "en", "unmasked": True}))[0]
        assert (full["name"], full["phone"]) == ("张三", "'+8613800138001")
        refused = await ask(REP, {"unmasked": True})
        assert (refused.status_code, refused.json()["code"]) == (403, "masked_only")

    with_leads(scenario)


@pytest.mark.parametrize(
    ("operator", "values"),
    [("is", ["+8613800138001"]), ("contains", ["8001"]), ("from", ["+86138001380"]), ("not", ["x"])],
)
def test_a_masked_table_does_not_tell_by_its_conditions_what_it_hides(operator: str, values: list[str]) -> None:
    async def scenario(_gateway: FakeGateway, ask: Asking) -> None:
        wish = {"where": [{"field": "phone", "operator": operator, "values": values}]}
        for session in (REP, TRUSTED):
            answer = await ask(session, wish)
            assert (answer.status_code, answer.json()["code"]) == (400, "hidden_field")

    with_leads(scenario)


def test_a_workbook_holds_texts_with_headings_in_the_reader_s_language() -> None:
    async def scenario(_gateway: FakeGateway, ask: Asking) -> None:
        answer = await ask(REP, {})
        assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
        assert answer.headers["content-disposition"] == 'attachment; filename="leads.xlsx"'
        header, *rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert header[:3] == ["线索编号", "姓名", "电话"]
        assert [row[header.index("公司")] for row in rows] == ["甲科", "=1+1"]

    with_leads(scenario)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"where": [{"field": "fields", "operator": "is", "values": ["x"]}]}, "bad_condition"),
        ({"where": [{"field": "company", "operator": "contains", "values": []}]}, "bad_condition"),
        ({"where": [{"field": "company", "operator": "is", "values": ["a\0b"]}]}, "bad_condition"),
        ({"changed_from": "yesterday"}, "bad_condition"),
        ({"where": [{"field": "company", "operator": "like", "values": ["x"]}]}, "bad_parameter"),
        ({"where": [{"field": "company", "operator": "is", "values": ["x"] * 101}]}, "bad_parameter"),
        ({"where": [{"field": "company", "operator": "is", "values": ["x" * 201]}]}, "bad_parameter"),
        ({"where": [{"field": "company", "operator": "is"}] * 11}, "bad_parameter"),
        ({"format": "pdf"}, "bad_parameter"),
        ({"regions": ["华南"]}, "bad_parameter"),
    ],
)
def test_what_cannot_be_asked_is_refused(wish: dict[str, Any], code: str) -> None:
    async def scenario(_gateway: FakeGateway, ask: Asking) -> None:
        answer = await ask(MANAGER, wish)
        assert (answer.status_code, answer.json()["code"]) == (400, code)

    with_leads(scenario)


def test_who_has_no_leads_or_no_session_gets_none() -> None:
    async def scenario(gateway: FakeGateway, ask: Asking) -> None:
        answer = await ask(new_session(("role:operator",), None, "x", UNTIL), {})
        assert (answer.status_code, answer.json()["code"]) == (403, "no_leads")
        gateway.now = NOW + 2 * 12 * 3_600_000
        assert (await ask(REP, {})).status_code == 401

    with_leads(scenario)


class Standing:
    """An exporter that waits until it is let go, then does what it was told to."""

    def __init__(self, outcome: Outcome | Exception) -> None:
        self.outcome, self.asked, self.go = outcome, asyncio.Event(), asyncio.Event()

    async def write(self, job: ExportJob, path: Path) -> Outcome:
        path.write_bytes(b"some of it")  # noqa: ASYNC240 - a test's own file
        self.asked.set()
        await self.go.wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (Outcome(1), 200, None),
        (Outcome(too_many=True), 413, "too_many"),
        (Outcome(away="postgres is away"), 503, "unavailable"),
        (ExportFailed("it ended with -9"), 503, "failed"),
    ],
)
def test_one_export_at_a_time_and_nothing_of_it_stays(
    outcome: Outcome | Exception, status: int, code: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def run() -> None:
        gateway = FakeGateway()
        gateway.exporter = standing = Standing(outcome)
        async with gateway.client() as client:
            client.cookies.set(COOKIE, gateway.sessions.start(REP, NOW)[1])
            first = asyncio.create_task(client.post("/v1/leads/export", json={}))
            await standing.asked.wait()
            second = await client.post("/v1/leads/export", json={})
            assert (second.status_code, second.json()["code"], second.headers["retry-after"]) == (429, "busy", "10")
            standing.go.set()
            answer = await first
            assert (answer.status_code, None if code is None else answer.json()["code"]) == (status, code)
            assert not os.listdir(tmp_path)
            again = await client.post("/v1/leads/export", json={})
            assert again.status_code == status

    asyncio.run(run())


def test_a_cookie_of_an_earlier_release_still_signs_in_and_shows_contact_data_in_part() -> None:
    sessions = Sessions(SECRET)
    for rest, unmasked in (([], False), ([True], True), ([False], False), ([1, 2], False)):
        cookie = sessions._cookies.sign([["rep:r1"], None, "rep:r1", UNTIL, "nonce", *rest])
        found = sessions.read_cookie(cookie, NOW)
        assert found is not None
        assert found.unmasked is unmasked
    link = sessions.read_signin(sessions.signin_token(TRUSTED), NOW)
    assert link is not None
    begun = sessions.read_cookie(sessions.start(link, NOW)[1], NOW)
    assert begun is not None
    assert begun.unmasked
    assert begun.nonce != link.nonce


def test_the_page_offers_the_fields_that_there_are() -> None:
    words = orjson.loads(source("words.json"))
    assert words["shown_fields"] == list(SHOWN_WHOLE)
    assert set(words["hidden_fields"]) == set(FIELDS) - set(SHOWN_WHOLE)
    assert set(FIELDS) <= set(words["names"])

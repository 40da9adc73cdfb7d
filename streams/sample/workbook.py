"""A messy Excel file as people keep them, made by a seed, and what must become of each of its rows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import NamedTuple

import xlsxwriter

from streams.importing.outcomes import Outcome
from streams.sample.people import messy, person
from streams.sample.phones import FULL_WIDTH, Numbers, Phone, written
from streams.sample.truth import LeadTruth, Truth
from streams.sample.wire import chance

FILE, SHEET, SOURCE = "秋季展会客户名单.xlsx", "客户名单", "expo"
ABOVE = ("2026 秋季展会客户名单（内部资料）", "整理：市场部", "")  # rows above the header
HEADER = (
    "序号", "备注", "联系方式", "客户姓名*", "公司名称", "职务", "联系地址", "电子邮箱", "微信号", "意向产品",
    "所属大区",
)  # fmt: skip
REMARK, PHONE, NAME, COMPANY, TITLE, ADDRESS, EMAIL, WECHAT, INTEREST, REGION = range(1, 11)
ORDINARY = 60  # rows of people of whom there is nothing to tell
SPELLED = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


class Entry(NamedTuple):
    """One row: its cells by column, what must become of it, and what its lead must hold afterwards.

    `shows` says what is messy about it, for those that are shown. The cell of the column `formula` is computed.
    """

    cells: Mapping[int, str | int]
    outcome: Outcome
    values: Mapping[str, str] = MappingProxyType({})
    shows: str = ""
    formula: int | None = None


class Plan(NamedTuple):
    """The rows of the file, in order."""

    entries: tuple[Entry, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many rows there must be of each outcome."""
        return Counter(entry.outcome for entry in self.entries)

    def lines(self) -> Iterator[tuple[int, Entry]]:
        """Give each row with its line in the file, counted from 1."""
        return enumerate(self.entries, start=len(ABOVE) + 2)


def plan(truth: Truth) -> Plan:
    """Return the rows: people whom nobody knows, some who are leads of the sample, and what cannot be used."""
    random = chance(truth.seed, "workbook")
    numbers = Numbers(random, {lead.phone for lead in truth.leads.values() if lead.phone})
    known = [lead for _, lead in sorted(truth.leads.items()) if lead.phone and lead.phone.startswith("+861")]
    entries = [*_messy(numbers), *_repeated(numbers), *_of_leads(known), *_hopeless()]
    entries += [_ordinary(number, random, numbers) for number in range(ORDINARY)]
    return Plan(tuple(entries))


def _new(
    shows: str, phone: Phone, cells: dict[int, str | int], values: dict[str, str], formula: int | None = None
) -> Entry:
    return Entry(cells, "new", {"phone": phone.e164, **values}, shows, formula)


def _messy(numbers: Numbers) -> Iterator[Entry]:
    """Give what cleansing must bring into order."""
    phone = numbers.mobile()
    cells: dict[int, str | int] = {PHONE: phone.national.translate(FULL_WIDTH), NAME: "王　小明先生"}
    yield _new("full-width digits, 先生", phone, cells, {"name": "王小明"})
    phone, desk = numbers.mobile(), numbers.landline("华北")
    both = f"{phone.national} / {desk.national[:3]}-{desk.national[3:]}"
    cells = {PHONE: both, NAME: "陈静", EMAIL: "Chen.Jing＠EXAMPLE.cn"}
    yield _new("two numbers in a cell", phone, cells, {"email": "chen.jing@example.cn"})
    phone = numbers.mobile()
    cells = {PHONE: "".join(SPELLED[digit] for digit in phone.national), NAME: "赵磊", TITLE: "总经理"}
    yield _new("a number in words", phone, cells, {"name": "赵磊"})
    phone = numbers.mobile()
    cells = {ADDRESS: f"浙江省杭州市西湖区文三路90号 李雷 {phone.national}"}
    yield _new("name and phone in the address", phone, cells, {"name": "李雷"})
    phone = numbers.mobile()
    cells = {PHONE: f"86 {phone.national}（微信同号）", NAME: "孙丽"}
    yield _new("country code, same as WeChat", phone, cells, {"wechat": phone.national})
    phone = numbers.mobile()
    cells = {PHONE: int(phone.national), NAME: "周杰", COMPANY: "上海远景科技有限公司"}
    yield _new("a formula", phone, cells, {"company": "上海远景科技有限公司"}, COMPANY)
    cells = {PHONE: "138****8000", NAME: "钱芳", EMAIL: " qian.fang@example.cn "}
    yield Entry(cells, "new", {"email": "qian.fang@example.cn"}, "a masked number")
    phone = numbers.mobile()
    cells = {PHONE: phone.national, NAME: "吴强", REMARK: "=cmd|' /C calc'!A0"}
    yield _new("a cell that would run a program", phone, cells, {"name": "吴强"})


def _repeated(numbers: Numbers) -> Iterator[Entry]:
    """Give rows about one person: the first, the same again, one that adds, one that contradicts."""
    phone, email = numbers.mobile(), "he.yong@example.cn"
    spaced = f"{phone.national[:3]} {phone.national[3:7]} {phone.national[7:]}"
    values = {"phone": phone.e164, "email": email, "name": "何勇", "title": "采购经理"}
    yield Entry({PHONE: phone.national, NAME: "何勇", EMAIL: email}, "new", values)
    yield Entry({PHONE: f"+86-{spaced}", NAME: " 何勇"}, "duplicate", values)
    yield Entry({PHONE: spaced, NAME: "何勇", TITLE: "采购经理"}, "update", values)
    yield Entry({PHONE: phone.national, NAME: "何勇", EMAIL: "other@example.cn"}, "conflict", values)


def _of_leads(known: list[LeadTruth]) -> Iterator[Entry]:
    """Give rows about people who are leads already: three with more about them, two that mix two of them."""
    for lead, wechat in zip(known, ("expo_wx_01", "expo_wx_02", "expo_wx_03"), strict=False):
        phone = lead.phone or ""
        values = {"phone": phone, "wechat": wechat}
        yield Entry({PHONE: phone.removeprefix("+86"), WECHAT: f"微信：{wechat}"}, "update", values, "a known lead")
    mailed = [lead for lead in known[3:] if lead.email]
    for one, other in zip(mailed[:2], mailed[2:4], strict=False):
        cells: dict[int, str | int] = {PHONE: one.phone or "", EMAIL: other.email or ""}
        yield Entry(cells, "conflict", {"phone": one.phone or ""})


def _hopeless() -> Iterator[Entry]:
    """Give rows with nothing to reach anybody by."""
    yield Entry({NAME: "郑先生", PHONE: "暂无"}, "rejected")
    yield Entry({NAME: "匿名", PHONE: "12345", REMARK: "电话写错了"}, "rejected")
    yield Entry({COMPANY: "某某科技", ADDRESS: "上海市浦东新区"}, "rejected")


def _ordinary(number: int, random: Random, numbers: Numbers) -> Entry:
    one = person(number, random, numbers, imported=True)
    email = f"expo{number}@example.cn" if one.email or not one.phone else ""
    cells: dict[int, str | int] = {
        NAME: messy(one.name, random), COMPANY: one.company, INTEREST: one.interest, REGION: one.region, EMAIL: email,
    }  # fmt: skip
    if one.phone:
        cells[PHONE] = written(one.phone, random)
    return Entry(cells, "new", {"phone": one.phone.e164} if one.phone else {"email": email})


def write(path: Path, planned: Plan) -> None:
    """Write the file: a sheet of explanations, then the table below its title."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    book.add_worksheet("填写说明").write_string(0, 0, "请按模板填写，带 * 的为必填")
    page = book.add_worksheet(SHEET)
    page.merge_range(0, 0, 0, len(HEADER) - 1, ABOVE[0])
    page.write_string(1, 0, ABOVE[1])
    page.write_row(len(ABOVE), 0, HEADER)
    for line, entry in planned.lines():
        page.write_number(line - 1, 0, line - len(ABOVE) - 1)
        for column, value in entry.cells.items():
            if column == entry.formula:
                page.write_formula(line - 1, column, f'=CONCATENATE("{value}","")', None, value)
            else:
                page.write(line - 1, column, value)
    book.close()

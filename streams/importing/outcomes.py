"""What becomes of a row: one of six outcomes, with the reason in both languages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from processors.cleansing.company import company_key
from processors.cleansing.name import name_key
from processors.cleansing.surname import is_part
from sinks.records import Record
from streams.importing.problems import Said
from streams.importing.tables import Row

Outcome = Literal["conflict", "review", "rejected", "new", "update", "duplicate"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
NAMES: dict[Outcome, Said] = {
    "conflict": Said("冲突", "conflict"),
    "review": Said("待确认", "review"),
    "rejected": Said("拒绝", "rejected"),
    "new": Said("新增", "new"),
    "update": Said("更新", "update"),
    "duplicate": Said("重复", "duplicate"),
}


class Difference(NamedTuple):
    """One field on which a row and what is known disagree.

    `where` says who knows otherwise: a line of the same file (from 1), VERIFIED or NEWER_WINS values of the library, or
    ANOTHER: the library's name is somebody else's.
    """

    field: str
    known: str
    given: str
    where: int


VERIFIED, NEWER_WINS, ANOTHER = 0, -1, -2


@dataclass(frozen=True, slots=True)
class Judged:
    """A row and what becomes of it; `record` is what is sent, None where nothing is.

    `differences` are what a person must decide in a conflict, and what an update would change. `event_id` is given for
    conflicts: by it a decision is known for one on this row. `numbers` are those that were read beside the phone.
    """

    row: Row
    outcome: Outcome
    reason: Said
    lead: str | None = None
    differences: tuple[Difference, ...] = field(default=())
    record: Record | None = None
    event_id: str = ""
    numbers: tuple[str, ...] = ()


IMPORTED_BEFORE = Said("此行已导入过", "this row of this file has been imported before")
NO_IDENTIFIER = Said(
    "没有可用的联系方式（手机、邮箱、微信等为空或无效）",
    "nothing to recognise the person by: phone, email, wechat … are empty or not valid",
)
NO_TELLING = Said(
    "号码只有一部分，也没有足够的其他信息来认出此人",
    "only part of a number, and not enough besides to recognise the person by",
)
NEW = Said("新线索", "a new lead")
HELD = Said("库中已有相同内容", "the library holds all of this")
KEPT = Said("按决定保留库中的值", "the library's values were kept, as decided")
ADDS = Said("补充或更新库中线索", "adds to or changes a lead of the library")
DECIDED = Said("按决定采用文件中的值", "the file's values were taken, as decided")
SOMEBODY_ELSE = Said("库中此号码属于另一姓名的人", "the library has somebody of another name under this number")
CONTRADICTS = Said("与已验证的值矛盾", "contradicts a verified value")


def refused(reason: str, pointer: str, message: str) -> Said:
    """Say why the event path would refuse a row."""
    return Said(f"无法处理（{reason} {pointer}）：{message}", f"{reason} {pointer}: {message}")


def not_computed(cells: Sequence[str]) -> Said:
    """Say that a row has formulas without a value."""
    names = ", ".join(cells)
    return Said(
        f"单元格 {names} 的公式尚未计算，没有值；请重新计算并保存，或粘贴为数值",
        f"the formula in {names} was never computed and has no value; compute and save it, or paste it as a value",
    )


def digits_lost(headings: Sequence[str]) -> Said:
    """Say that ids of a row are numbers without their last digits."""
    names = ", ".join(headings)
    return Said(
        f"{names}：编号过长，表格已丢失末尾数字（如 1.23E+17）；请将该列设为文本并重新填写",
        f"{names}: too long for a number, its last digits are lost (1.23E+17); make the column text and fill it anew",
    )


def same_as(line: int) -> Said:
    """Say that a row repeats an earlier one."""
    return Said(f"与本文件第 {line} 行重复", f"says the same as line {line} of this file")


def adds_to(line: int) -> Said:
    """Say that a row adds to an earlier one about the same person."""
    return Said(f"与本文件第 {line} 行是同一人，补充信息", f"the same person as on line {line} of this file, with more")


def otherwise(line: int) -> Said:
    """Say that a row contradicts an earlier one."""
    return Said(f"与本文件第 {line} 行矛盾", f"line {line} of this file says otherwise")


def several_leads(leads: list[str]) -> Said:
    """Say that a row's identifiers belong to different leads."""
    names = ", ".join(leads)
    return Said(f"联系方式分属不同线索：{names}", f"its identifiers belong to different leads: {names}")


def by_evidence(lead: str, line: int | None) -> Said:
    """Say that evidence, not an identifier, tells who the row is about; `line` spoke of the same person before."""
    if line is None:
        return Said(f"按佐证判断与库中线索 {lead} 是同一人", f"by evidence the same person as {lead}")
    return Said(
        f"按佐证判断与本文件第 {line} 行是同一人", f"by evidence the same person as on line {line} of this file"
    )


def asks(others: Sequence[str]) -> Said:
    """Say that a row raises questions which a person decides (`whetstone review`)."""
    names = ", ".join(others)
    return Said(f"可能与 {names} 是同一人，待人工确认", f"may be the same person as {names}: a person decides")


# What is the same for every way to write a value, where there are several.
_KEYS: Mapping[str, Callable[[str], str]] = {"name": name_key, "company": company_key}


def alike(name: str, one: str, other: str) -> bool:
    """Tell whether two rows of a file say the same of somebody: 蓝海科技 and 蓝海科技有限公司 are one firm."""
    key = _KEYS.get(name)
    if one == other or (key is not None and key(one) == key(other) != ""):
        return True
    return name == "name" and (is_part_of(one, other) or is_part_of(other, one))


def is_part_of(part: str, name: str) -> bool:
    """Tell whether a name may be part of another one: 王 (王经理) and 王* of 王建国."""
    return is_part(part) and not is_part(name) and name_key(name).startswith(name_key(part))

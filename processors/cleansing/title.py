"""Job titles: normal form, how high somebody stands, and in which function."""

import re
from functools import lru_cache
from typing import Any

from processors.cleansing.base import ALL_ON, CACHED, Cleaned, settled
from processors.cleansing.text import clean_text

NORMAL = "title.normal"

# Who helps somebody comes first; then from the top down, the first that fits: 5 owns or leads the company, 4 a part
# of it, 3 a department, 2 a team, 1 works.
_LEVELS = (
    (2, r"(?:助理|秘书)$|\bassistant\s+to\b|executive\s+assistant"),
    (4, r"副总裁|副总(?!监)|副董|vice\s+president|\b[se]?vp\b|合伙人|partner|董事(?!长)"),
    (5, r"董事长|总裁|总经理|首席|创始人|法人|老板|业主|店主|行长|院长|校长|厂长|局长"),
    (5, r"\bc[efmtoisp]o\b|chief|founder|owner|president|\bgm\b|general\s+manager|managing\s+director|chair"),
    (4, r"总监|总工|总会计师|事业部|分公司.*负责人|director|head\s+of|处长|所长"),
    (3, r"部长|经理|主任|科长|负责人|店长|manager|书记|教授"),
    (2, r"主管|组长|班长|主办|高级|资深|supervisor|lead\b|leader|senior|principal"),
    (1, r"专员|助理|工程师|采购|会计|出纳|销售|业务|员|师|顾问|秘书|实习"),
    (1, r"assistant|engineer|specialist|clerk|representative|buyer|analyst|consultant|secretary|intern"),
)
_FUNCTIONS = (
    ("procurement", r"采购|供应链|purchas|procure|sourcing|buyer"),
    ("technology", r"技术|研发|信息|it\b|数据|工程|开发|架构|cto|cio|\br&?d\b|engineer|technolog|developer"),
    ("finance", r"财务|会计|出纳|审计|cfo|financ|account|controller"),
    ("sales", r"销售|业务|渠道|商务|客户|大区|区域|sales|business\s+development|account\s+manager|\bbd\b"),
    ("marketing", r"市场|营销|品牌|推广|运营|cmo|marketing|brand|growth"),
    ("operations", r"生产|制造|质量|品质|仓储|物流|设备|安全|\bco{2}\b|operation|production|quality|logistic"),
    ("people", r"人事|人力|行政|招聘|hr\b|human|people|admin"),
    ("legal", r"法务|律师|合规|legal|counsel|complian"),
    ("management", r"董事|总裁|总经理|创始|老板|法人|ceo|founder|owner|president|chair|行长|院长|校长|厂长"),
)
_LEVEL_PATTERNS = tuple((level, re.compile(pattern, re.IGNORECASE)) for level, pattern in _LEVELS)
_FUNCTION_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _FUNCTIONS)
_LABEL = re.compile(r"^(?:(?:职务|职位|岗位|头衔|title|position)\s*[:：]\s*|[担现]任\s*[:：]?\s*)", re.IGNORECASE)
_WRAPPED = re.compile(r"[（(【\[]([^（(【\[）)】\]]+)[）)】\]]")
_INNER_BLANK = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_NOTHING = frozenset(("其他", "其它", "请选择", "测试", "test"))


def seniority_of(title: str) -> int:
    """Return 5 (owns or leads a company) to 1 (works), 0 where a title does not tell."""
    return next((level for level, pattern in _LEVEL_PATTERNS if pattern.search(title)), 0)


@lru_cache(CACHED)
def clean_title(raw: str, off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse a job title. Details: `seniority` (see `seniority_of`) and `function` where the title tells."""
    return settled(lambda text: _title_once(text, off), raw)


def _title_once(raw: str, off: frozenset[str]) -> Cleaned:
    cleaned = clean_text(raw, 100, False, off)
    if cleaned.value is None:
        return cleaned
    value = _LABEL.sub("", cleaned.value).strip(" -/|,，、;；.") or None
    if value is not None:
        wrapped = _WRAPPED.fullmatch(value)
        value = _INNER_BLANK.sub("", wrapped[1] if wrapped else value)
    if value is None or value.lower() in _NOTHING:
        return Cleaned(raw, None, (NORMAL,))
    notes = cleaned.notes if value == cleaned.value else (*cleaned.notes, NORMAL)
    details: dict[str, Any] = {}
    if seniority := seniority_of(value):
        details["seniority"] = seniority
    function = next((name for name, pattern in _FUNCTION_PATTERNS if pattern.search(value)), None)
    if function:
        details["function"] = function
    return Cleaned(raw, value, notes, details)

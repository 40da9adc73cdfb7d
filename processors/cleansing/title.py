"""Job titles: normal form, how high somebody stands, and in which function."""

import re
from functools import lru_cache
from typing import Any

from processors.cleansing.base import ALL_ON, CACHED, Cleaned, settled
from processors.cleansing.hanzi import simplified
from processors.cleansing.text import clean_text

NORMAL = "title.normal"

# The first that fits: 5 owns or leads the company, 4 a part of it, 3 a department, 2 a team or helps a leader, 1 works.
# Who helps, stands in for or leads a part of something comes before what that is: 总经理助理, 副厂长, 分公司总经理.
_LEVELS = (
    (
        2,
        r"(?:[长裁理总监官]|主任|主席|书记|法人|老板|合伙人|c[a-z]{1,2}o|gm|vp)(?:办公?室?)?(?:的|特别|行政|执行|高级)?(?:助理|助手|秘书|特助)$|总助|总秘"
        r"|\b(?:assistant|secretary|pa)\s+(?:of|to|for)\b|executive\s+assistant"
        r"|\b(?:c[a-z]{1,2}o|gm|director|president|chairman|manager)(?:'?s)?\s+(?:assistant|secretary)\b",
    ),
    (
        4,
        r"副(?:总(?!监)|董|行长|院长|校长|厂长|局长|会长|理事长|主席|社长|园长)|助理总(?:经理|裁)|合伙人|股东|董事(?!长|[局会]主席|会秘书)"
        r"|董事会秘书|董秘|秘书长|\b[saeg]?vp\b|partner\b"
        r"|\b(?:deputy|vice|assistant|associate|asst\.?)[\s-]+(?:general\s+manager|president|chair|managing\s+director|gm\b|c[a-z]{1,2}o\b)"
        r"|(?:大区|华[东南西北中]区?|[东西南北]部?区|区域|[片省战]区|事业[部群]|分公司|分部|办事处|营业部|[分支]行|分[院校厂])"
        r"(?:执行|常务)?(?:总经理|总裁|行长|院长|校长|厂长)|[分支]行长|分公司.*负责人",
    ),
    (1, r"(?:助理|秘书|司机)$|班主任"),
    (3, r"办公?室?主任|支书|product\s+owner"),
    (
        5,
        r"董事长|主席|总裁|总经理|首席[^,/]{2,4}官|创[始办]人|法人|法定代表人|老板|老总|业主|店主|个体户|主理人|控制人",
    ),
    (5, r"行长|院长|校长|厂长|局长|(?<!工)会长|理事长|社长|园长"),
    (5, r"\bc(?:[a-z]|hr|is)o\b|chief\s+[a-z ]{2,30}officer|founder|owner|president|\bgm\b|general\s+manager"),
    (5, r"managing\s+director|chair"),
    (4, r"总监|总工|总会计师|总编|首席|事业部|director|head\s+of|\bchief\b|general\s+counsel|\bhr(?:d|vp)\b|处长|所长"),
    (3, r"部长|经理|主任|[科课]长|负责人|店长|manager|书记|教授|professor"),
    (2, r"主管|[组班线工]长|护士长|领班|主办|高级|资深|supervisor|lead\b|leader|senior|\bsr\b|principal|foreman"),
    (1, r"专员|助理|采购|会计|出纳|销售|业务|员|师|顾问|秘书|实习|管培生|前台|客服|司机|医生|护士|保安|文案|编辑"),
    (1, r"跟单|仓管|开发|运营|运维|工人|[技电焊木瓦水普]工"),
    (1, r"assistant|engineer|specialist|clerk|representative|\brep\b|buyer|analyst|consultant|secretary|intern\b"),
    (
        1,
        r"(?:account|sales|marketing)\s+executive|developer|agent\b|staff\b|programmer|designer|accountant|technician|trainee",
    ),
)
_FUNCTIONS = (
    ("procurement", r"采购|供应链|purchas|procure|sourcing|buyer|supply\s+chain"),
    ("sales", r"销售|业务|渠道|商务|客户|大区|区域|外[贸销]|内销|招商|经销|代理商|\bbd\b"),
    ("sales", r"sales|business\s+dev|\baccount\s+(?:manag|exec|dir|rep)"),
    ("marketing", r"市场|营销|品牌|推广|运营|策划|\bcmo\b|marketing|brand|growth"),
    ("finance", r"财务|税务|会计|出纳|审计|\bcfo\b|financ|\baccount|audit|controller"),
    ("operations", r"生产|制造|质[量检]|品[质控管]|仓[储库管]|物流|设备|(?<!信息)(?<!网络)安全|车间|\bcoo\b"),
    ("operations", r"operation|production|quality|logistic|warehouse|\bq[ac]\b"),
    ("technology", r"技术|研发|信息|数据|工程|开发|架构|程序|软件|系统|网络|算法|运维|[前后]端|\bit\b|\bc[it]o\b"),
    ("technology", r"\br&?d\b|engineer|\btech|developer|programmer|software"),
    ("people", r"人事|人力|行政|招聘|\bhr(?:bp|d|m|vp)?\b|\bchr?o\b|human|people|\badmin|recruit"),
    ("legal", r"法务|律师|合规|legal|counsel|complian"),
    (
        "management",
        r"董事|总裁|总经理|创始|老板|老总|法人|法定代表人|股东|\bceo\b|founder|(?<!product )owner|president|chair"
        r"|行长|院长|校长|厂长|general\s+manager|managing\s+director|\bgm\b",
    ),
)
# A Chinese character is no letter of a Latin word: CEO助理, IT主管.
_LEVEL_PATTERNS = tuple((level, re.compile(pattern, re.IGNORECASE | re.ASCII)) for level, pattern in _LEVELS)
_FUNCTION_PATTERNS = tuple((name, re.compile(pattern, re.IGNORECASE | re.ASCII)) for name, pattern in _FUNCTIONS)
_SEVERAL = re.compile(  # 董事长兼总经理, 销售经理/区域负责人, but R&D
    r"兼任?|[、，/|;；()（）]|\s&\s|(?<=[\u3400-\u9fff])&|&(?=[\u3400-\u9fff])"
)
_LABEL = re.compile(
    r"^(?:(?:职务|职位|岗位|头衔|职称|身份|(?:job\s*)?title|position)\s*[:：]\s*|[担现]任\s*[:：]?\s*)", re.IGNORECASE
)
_WRAPPED = re.compile(r"[（(【\[]([^（(【\[）)】\]]+)[）)】\]]")
_INNER_BLANK = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_NOTHING = re.compile(
    r"其[他它]|请(?:选择|输入|填写).*|测试|test|职务|职位|岗位|头衔|(?:job\s*)?title|position", re.IGNORECASE
)


def seniority_of(title: str) -> int:
    """Return 5 (owns or leads a company) to 1 (works), 0 where a title does not tell; of several the highest."""
    return max(_level(part) for part in _SEVERAL.split(simplified(title)))


def _level(office: str) -> int:
    return next((level for level, pattern in _LEVEL_PATTERNS if pattern.search(office)), 0)


def function_of(title: str) -> str:
    """Return what somebody does in a company (`sales`, `procurement`, …), "" where a title does not tell."""
    plain = simplified(title)
    return next((name for name, pattern in _FUNCTION_PATTERNS if pattern.search(plain)), "")


@lru_cache(CACHED)
def clean_title(raw: str, off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse a job title. Details: `seniority` (see `seniority_of`) and `function` where the title tells."""
    return settled(lambda text: _title_once(text, off), raw)


def _title_once(raw: str, off: frozenset[str]) -> Cleaned:
    cleaned = clean_text(raw, 100, False, off)
    if cleaned.value is None:
        return cleaned
    value = _LABEL.sub("", cleaned.value).strip(" -/|,，、;；.。") or None
    if value is not None:
        wrapped = _WRAPPED.fullmatch(value)
        value = _INNER_BLANK.sub("", wrapped[1] if wrapped else value)
    if value is None or _NOTHING.fullmatch(value):
        return Cleaned(raw, None, (NORMAL,))
    notes = cleaned.notes if value == cleaned.value else (*cleaned.notes, NORMAL)
    details: dict[str, Any] = {}
    if seniority := seniority_of(value):
        details["seniority"] = seniority
    if function := function_of(value):
        details["function"] = function
    return Cleaned(raw, value, notes, details)

"""What stands in a company's field and names none: placeholders, kinds of firm, places, what people do instead."""

import re
from functools import cache

from processors.cleansing.divisions import divisions
from processors.cleansing.gazetteer import places, stem_of

_SAYS_NOTHING = (
    "个人 自由职业 私人 无公司 个体 待业 暂无公司 学生 公司 有限公司 有限责任公司 股份有限公司 （有限公司） "
    "分公司 总公司 集团 本公司 我公司 某公司 xx公司 xxx公司 xx有限公司 xxx有限公司 测试公司 "
    "无业 无单位 暂无单位 单位 私企 民企 国企 外企 事业单位 个体户 自己 自营 家庭主妇 退休 已退休 离职 已离职 "
    "个人用户 自由职业者 没有公司 待业中 退休人员 个体经营 做生意 自己做生意 自己干 开店 上班 打工 务农 "
    "农民 其他 其它 测试 personal self freelance company test "
    "个体工商户 全职妈妈 全职太太 宝妈 公务员 大学生 在校学生 在校大学生 学生党 上班族 打工人 创业 创业中 自主创业 "
    "无固定单位 无工作单位 无工作 没有工作 没工作 在家 企业 工厂 公司名称 公司名 公司全称 单位名称 企业名称 "
    "高新区 经开区 开发区 工业园 工业区 工作单位 客户名称 "
    "（个人） 个人（无公司） 无（个人） 个人客户 散客 none self-employed unemployed student"
)
_NOTHING = frozenset(_SAYS_NOTHING.split())
_KIND = re.compile(  # a kind of firm is none: 贸易公司
    r"(?:[某一家个中小大型]|未知|私人|私营|民营|国有|外资|合资|创业|初创|上市|互联网|科技|贸易|外贸|进出口|建筑|装修|装饰|物流"
    r"|广告|保险|房地产|房产|金融|网络|软件|电商|传媒|教育|制造|生产|家族|普通)+(?:公司|企业|单位)"
)
_NOT_SAID = re.compile(r"请(?:输入|填写|选择).*|不(?:[太愿便想]|方便|愿意?|想|能)(?:透露|告知|公开|提供|说|填写?)")
_MADE_UP = re.compile(r"[A-Za-z0-9]|([A-Za-z0-9])\1+|(?:[xX×*]{2,}|某)[\u3400-\u9fffxX×*]*")
_MADE_UP_SOMEWHERE = re.compile(
    r"([\u3400-\u9fff]{2,8}?)(?:[xX×*]{2,}|某{1,3})[\u3400-\u9fff]*(?:公司|集团|厂|中心|商行)"
)
_NUMBER = re.compile(r"[\d\s+-]{7,}")  # a phone or tax number; 360 and 58 are companies
_COUNTED = "1234567890"
_RANKS = "省市区县旗州盟"


def says_none(value: str) -> bool:
    """Tell whether a text is no company: a number, a word or a kind that names none, 111, 上海XX科技有限公司."""
    if _NUMBER.fullmatch(value) or value.lower() in _NOTHING or (len(value) > 2 and _COUNTED.startswith(value)):
        return True
    if any(pattern.fullmatch(value) is not None for pattern in (_KIND, _NOT_SAID, _MADE_UP)):
        return True
    somewhere = _MADE_UP_SOMEWHERE.fullmatch(value)
    return somewhere is not None and _is_places(somewhere[1])


@cache
def _stems() -> frozenset[str]:
    return frozenset(stem_of(division.name) for division in divisions().values())


def is_place(text: str) -> bool:
    """Tell whether a text is a place and nothing else: 杭州, 西湖区."""
    return text in places() or (text[-1] in _RANKS and any(text == each.name for each in divisions().values()))


def _is_places(text: str) -> bool:
    """Tell whether a text is a place, or one in another: 杭州, 浙江杭州."""
    return is_place(text) or any(is_place(text[:at]) and is_place(text[at:]) for at in range(2, len(text) - 1))


def may_be_place(text: str) -> bool:
    """Tell whether a text may be a place: 徐汇, 高明 (or a person)."""
    return text in places() or text in _stems()

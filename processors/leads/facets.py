"""What a lead's values tell besides: of its phone the kind, operator and home, of its title rank and function.

Computed when somebody looks, not kept: it follows from the values, and better reference data shows at once.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from processors.cleansing.phone import clean_phone
from processors.cleansing.title import function_of, seniority_of

Words = Mapping[str, tuple[str, str]]

FACETS: Final[Words] = {
    "phone_kind": ("号码类型", "phone_kind"),
    "phone_operator": ("运营商", "phone_operator"),
    "phone_home": ("号码归属地", "phone_home"),
    "title_seniority": ("职级", "title_seniority"),
    "title_function": ("职能", "title_function"),
}
"""The facets and their headings in Chinese and English."""

KINDS: Final[Words] = {
    "mobile": ("手机", "mobile"),
    "landline": ("固定电话", "landline"),
    "mobile_or_landline": ("手机或固定电话", "mobile or landline"),
    "service": ("服务号码", "service number"),
}
OPERATORS: Final[Words] = {
    "中国移动": ("中国移动", "China Mobile"),
    "中国联通": ("中国联通", "China Unicom"),
    "中国电信": ("中国电信", "China Telecom"),
    "中国广电": ("中国广电", "China Broadnet"),
}
RESELLER: Final = ("（虚拟运营商）", " (reseller)")
OVERSEAS: Final[Words] = {"HK": ("香港", "Hong Kong"), "MO": ("澳门", "Macau"), "TW": ("台湾", "Taiwan")}
SENIORITIES: Final = (
    ("", ""),
    ("员工", "staff"),
    ("基层主管", "team lead"),
    ("中层", "manager"),
    ("高管", "executive"),
    ("企业负责人", "head of company"),
)
FUNCTIONS: Final[Words] = {
    "procurement": ("采购", "procurement"),
    "sales": ("销售", "sales"),
    "marketing": ("市场", "marketing"),
    "finance": ("财务", "finance"),
    "operations": ("生产运营", "operations"),
    "technology": ("技术", "technology"),
    "people": ("人事行政", "people"),
    "legal": ("法务", "legal"),
    "management": ("经营管理", "management"),
}


class Facet(NamedTuple):
    """What one facet says, in Chinese and in English; both empty where nothing is known."""

    zh: str
    en: str


NOTHING: Final = Facet("", "")


def facets(fields: Mapping[str, str | None], *, masked: bool = False) -> dict[str, Facet]:
    """Return every facet of a lead's cleansed fields.

    Where the reader sees the phone masked, its operator and home are not told: the hidden digits give them. The home is
    where a number was given out: province and city in Chinese, elsewhere the country's code (ISO 3166).
    """
    phone, title = fields.get("phone"), fields.get("title")
    found = dict.fromkeys(FACETS, NOTHING)
    if phone:
        found |= _of_phone(phone, masked)
    if title:
        found["title_seniority"] = Facet(*SENIORITIES[seniority_of(title)])
        found["title_function"] = Facet(*FUNCTIONS.get(function_of(title), NOTHING))
    return found


def _of_phone(phone: str, masked: bool) -> dict[str, Facet]:
    details = clean_phone(phone).details
    found = {"phone_kind": Facet(*KINDS.get(details.get("kind", ""), NOTHING))}
    if masked:
        return found
    if operator := details.get("operator"):
        reseller = RESELLER if details["virtual"] else NOTHING
        found["phone_operator"] = Facet(*(name + by for name, by in zip(OPERATORS[operator], reseller, strict=True)))
    if province := details.get("province"):
        city = details.get("city", "")
        home = province if city in ("", province) else f"{province} {city}"
        found["phone_home"] = Facet(home, home)
    elif (country := details.get("country", "CN")) != "CN":
        found["phone_home"] = Facet(*OVERSEAS.get(country, (country, country)))
    return found

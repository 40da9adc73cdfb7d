"""What stands around an address: the label of its field, and what is said to the courier behind it."""

import re

_WORDS = (
    "(?:所在(?:地[区區]|[区區]域)|(?:收[货貨件]|[详詳][细細]|[联聯][系繫絡络]|家庭|公司|单位|办公|居住|送货|通[讯信]|邮寄|寄送|客[户戶])?(?:地址|住址)"
    "|(?:收[货貨件]|寄件|快递)信息|[寄发送][到往给]?|(?i:address))"
)
_LABEL = re.compile(rf"(?:^|(?<=[\s,，;；。]))(?:[【\[]\s*{_WORDS}\s*[】\]]\s*[:：]?|{_WORDS}\s*[:：])\s*")
_FOR_THE_COURIER = re.compile(  # 18号街87号电联, 万达广场6号楼（送货前请提前打电话）
    r"[\s,，;；。_—(（\[-]*(?:(?:派送|派件|送货|到了|到货|货到)(?:之?前|时|后)?)?(?:请|麻烦|务必|需要?|须|提前|先|联系)*"
    r"(?:电话?联系?|致电|打电话|电话(?:通知|预约)|(?:由?本人|当面)签收?|送货上门|送上门|(?<![A-Za-z]{2})(?:null|undefined))"
    r"(?:我|收件人)?[\s,，]*(?:谢谢)*[)）\]!！。~]*$"
)
_REMARKS = re.compile("[电签门]|null|undef")  # to look for this alone is quicker
_TAIL = 30


def without_label(text: str) -> str:
    """Return an address without the labels of its field or its parts: 所在地区：浙江省杭州市 详细地址：文三路1号."""
    return _LABEL.sub("", text) if "址" in text or "所" in text or ":" in text or "：" in text else text


def without_remark(text: str) -> str:
    """Return an address without what is said to the courier behind it; one that consists of that stays as it is."""
    tail = text[-_TAIL:]
    match = _FOR_THE_COURIER.search(tail) if _REMARKS.search(tail) else None
    return text[: len(text) - len(tail) + match.start()] or text if match else text

"""What is said to the courier behind an address."""

import re

_FOR_THE_COURIER = re.compile(  # 18号街87号电联, 万达广场6号楼（送货前请提前打电话）
    r"[\s,，;；。_—(（\[-]*(?:(?:派送|派件|送货|到了|到货|货到)(?:之?前|时|后)?)?(?:请|麻烦|务必|需要?|须|提前|先|联系)*"
    r"(?:电话?联系?|致电|打电话|电话(?:通知|预约)|(?:由?本人|当面)签收?|送货上门|送上门|(?<![A-Za-z])(?:null|undefined))"
    r"(?:我|收件人)?[\s,，]*(?:谢谢)*[)）\]!！。~]*$"
)
_REMARKS = re.compile("[电签门]|null|undef")  # to look for this alone is quicker
_TAIL = 30


def without_remark(text: str) -> str:
    """Return an address without what is said to the courier behind it; one that consists of that stays as it is."""
    tail = text[-_TAIL:]
    match = _FOR_THE_COURIER.search(tail) if _REMARKS.search(tail) else None
    return text[: len(text) - len(tail) + match.start()] or text if match else text

"""How people write phone numbers in China: one spelling, then the pieces that may each be a number."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers

from processors.cleansing.text import bounded, unseen_removed

_CHINESE = {
    digit: str(value)
    for value, digits in enumerate(
        ("零〇", "一壹幺弌", "二贰两貳", "三叁參弎", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for digit in digits
}
_SPELLING = str.maketrans(_CHINESE | dict.fromkeys("―–—‐‑‒−~～﹣", "-"))
_CHINESE_DIGIT = re.compile(f"[{''.join(_CHINESE)}]")
_OF_A_NAME = re.compile(  # 张三13800138000: the digit of a name before a number
    rf"(?<=[\u3400-\u9fff])(?<![{''.join(_CHINESE)}])[{''.join(_CHINESE)}](?=\s*[:：]?\s*(?:\+?86)?\s*1[3-9]\d)"
)
_FEW = 5  # fewer Chinese digits than this belong to words around the number
_LETTER_O = re.compile(r"(?<=\d)[oO]+(?=\d|\W|$)")
_LETTERS = re.compile(r"(?<![A-Za-z0-9])[1lI|](?:[ -]?[\dlI|oO]){10}(?![A-Za-z0-9])")  # 139l2345678, 186-oooo-6666
_LIKE_DIGITS = str.maketrans("lI|oO", "11100")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_COUNTED = re.compile("[\u2460-\u249b\u24ea-\u24ff\u2776-\u2793]")  # ①: NFKC would make it a digit of the number
_WECHAT = r"(?:微信|微|威信|薇信|v信|vx|wx|wechat|weixin|v)"
_SAME = re.compile(
    rf"(?i){_WECHAT}\s*(?:号|号码|也)?\s*(?:同|一样)|同\s*{_WECHAT}|(?:手机|电话)\s*[/、和及&+]?\s*{_WECHAT}"
)
_HARD_BREAK = re.compile(
    r"[,，;；/、|\\\n&](?!\s*(?i:转|轉|分[机機]|内线|ext)[^,，]{0,6}\d{1,6}(?!\d))|或者?|以及|[和及跟]|(?<=\d)\s*\+\s*(?=0?1[3-9]\d{9})"
)
_EXTENSION = re.compile(
    r"(?i)(?<![\s,，;；/、|])[\s,，;；/、|]*(?:转接|转|轉|分机号?|分機|内线|ext(?:ension|n)?\.?|x|#|p|\*(?=\s*\d{1,6}(?![\d*])))\s*[:：.]?\s*(?=\d)"
)
_OF_A_PROXY = re.compile(  # shops hide their buyers behind a number with an extension: 18412345678-1234, …[1234]
    r"((?<!\d)1[3-9]\d{9})\s*(?:[-_]\s*(\d{3,4})|[\[(]\s*(\d{3,4})\s*[\])])(?![\d-])"
)

_RANGE = re.compile(r"(?<=\d{7})\s*[~～]\s*\d{1,4}(?!\d)")  # 0571-88123456~58: the last of several lines, no extension
_SCIENTIFIC = re.compile(r"(?<![\d.])1\.(\d{6,10})[eE]\+?10(?!\d)")  # a number to its last digit: 1.391234567E10
_GROUPS = re.compile(
    r"(?<!\d)((?:(?:00|\+)?86|0)?1[3-9]\d)([/_,，、·•*|\\])(\d{4})\2(\d{4})(?!\d)"
)  # 139/1234/5678, 139·1234·5678
_PARTED = re.compile(r"(?<!\d)(1[3-9]\d)[/_](\d{8})(?!\d)")
_THOUSANDS = re.compile(r"(?<![\d,])(1[3-9]),(\d{3}),(\d{3}),(\d{3})(?![\d,])")  # what spreadsheets make of a mobile
_AREA = re.compile(r"(?<!\d)(?:[【\[{<](0\d{2,3})[】\]}>]|(0\d{2,3})[/_|](?=[2-9]\d{6,7}(?!\d)))")
_AMERICAN = re.compile(r"(?<![\d+])1[-. (]{1,2}([2-9]\d\d)\)?[-. ]([2-9]\d\d)[-.](\d{4})(?!\d)")
_ABROAD = {"香港": "852", "澳门": "853", "澳門": "853", "台湾": "886", "台灣": "886", "臺灣": "886"}
_PLACED = re.compile(  # 香港 9123 4567, 台湾手机：0912-345-678
    rf"({'|'.join(_ABROAD)})\s*(?:手机|手機|电话|電話)?(?:号码?|號碼?)?\s*[:：]?\s*\(?0?"
    r"((?!1[3-9]\d[ -]?\d{4}[ -]?\d{4})[2-9](?:[ -]?\d){7,8})(?![ -]?\d)"
)
_BRACKETED = re.compile(r"^(.*\d)\s*\(\s*(\d{1,6})\s*\)\s*$")
_FAX = re.compile(r"(?i)(?:传真|傳真|fax|(?<![a-z])f(?=\s*[:：]))\s*(?:号码|号)?\s*[:：]?\s*[+(]?\d[\d()+-]{6,17}")
_WITH_AREA_CODE = re.compile(
    r"(?<!\d)(?:\(?(?:\+|00)86\)?[\s-]*\(?0?|\(?0)(10|2\d|[3-9]\d\d)\)?[\s-]*[2-9]\d{2,3}[\s-]?\d{4}(?!\d)"
)
_BETWEEN_LINES = frozenset("/、,和及")
_LAST_DIGITS = re.compile(r"\d{1,4}")
_NEAR = 100  # lines of one firm are no further apart
_WITH_AREA = 10  # digits of a landline with its area code: what stands in brackets behind so many is an extension

_LEAST = 7  # digits of a number: beside one its end says nothing
_ENDING = re.compile(r"(?:手机|电话)?(?:尾号|[后末](?:四|4)位)(?:数字?)?\s*[:：为是]?\s*(\d{4})(?!\d)")  # 尾号8000

EXTENSION_ALONE = re.compile(r"\d{3,5}")
"""What is the extension of a landline, where it stands behind one without a word."""


class Piece(NamedTuple):
    """A stretch of text that may hold one number, the extension that followed it, and the separator before it."""

    text: str
    extension: str
    after: str = ""


class Written(NamedTuple):
    """What a phone field holds: its text in one spelling, and what was seen on the way."""

    text: str
    chinese_digits: bool
    wechat_same: bool


def narrow(raw: str) -> str:
    """Return a field with digits and signs of one width, without characters that print as nothing."""
    return unicodedata.normalize("NFKC", unseen_removed(raw))


def written(raw: str) -> Written:
    """Return a phone field in ASCII digits and hyphens."""
    text = narrow(_COUNTED.sub(";", bounded(raw))).replace("\\*", "*")  # as Markdown writes a mask
    same = _SAME.search(text) is not None
    chinese = len(_CHINESE_DIGIT.findall(text)) >= _FEW
    text = _OF_A_NAME.sub(" ", _RANGE.sub("", text)).translate(_SPELLING)
    text = _LETTER_O.sub(lambda match: "0" * len(match[0]), _LETTERS.sub(_in_digits, text))
    text = _SCIENTIFIC.sub(lambda match: "1" + match[1].ljust(10, "0"), text)
    text = _THOUSANDS.sub(r"\1\2\3\4", _PARTED.sub(r"\1\2", _GROUPS.sub(r"\1-\3-\4", text)))
    text = _AREA.sub(lambda match: f"{match[1] or match[2]}-", _AMERICAN.sub(_of_america, text))
    text = _OF_A_PROXY.sub(lambda match: f"{match[1]}转{match[2] or match[3]}", text)
    text = _PLACED.sub(lambda match: f"+{_ABROAD[match[1]]} {match[2]}", text)
    if _digits(text) < _LEAST:
        text = _ENDING.sub(r";****\1;", text)
    return Written(text, chinese, same)


def _in_digits(match: re.Match[str]) -> str:
    """Return a mobile number with letters in place of 1 and 0 in digits; anything else as it stands."""
    digits = match[0].translate(_LIKE_DIGITS)
    return digits if _MOBILE.fullmatch(re.sub(r"[ -]", "", digits)) else match[0]


def _of_america(match: re.Match[str]) -> str:
    """Return a number grouped as nobody in China groups one (1-650-253-0000) with its plus, if there is such a one."""
    number = "+1" + "".join(match.groups())
    return number if phonenumbers.is_valid_number(phonenumbers.parse(number)) else match[0]


def pieces(text: str) -> list[Piece]:
    """Return the parts of a field between separators, each with its extension taken off."""
    result = []
    for part, after in _parts(_without_fax(text)):
        if not any(char.isdigit() for char in part):
            continue
        if (match := _BRACKETED.match(part)) and _digits(match[1]) >= _WITH_AREA:
            result.append(Piece(match[1], match[2], after))
            continue
        number, *rest = _EXTENSION.split(part, maxsplit=1)
        digits = re.match(r"\d{1,6}(?!\d)", rest[0]) if rest else None
        enough = _digits(number) >= 7
        result.append(Piece(number, digits[0], after) if digits and enough else Piece(part, "", after))
    return result


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands between separators, each with the separator before it."""
    start, after = 0, ""
    for match in _HARD_BREAK.finditer(text):
        yield text[start : match.start()], after
        start, after = match.end(), match[0]
    yield text[start:], after


def named_area(text: str) -> str:
    """Return the area code of the first mainland landline in a text that is written with one, empty if none is."""
    match = _WITH_AREA_CODE.search(text)
    return f"0{match[1]}" if match else ""


def unabridged(e164: str, piece: Piece) -> str:
    """Return the E.164 form of a further line of which only the last digits are written (88123456/57), else empty.

    A firm's lines lie near each other: three or four digits that are far from the first line's are an extension.
    """
    last = piece.text.strip()
    if piece.extension or piece.after not in _BETWEEN_LINES or not _LAST_DIGITS.fullmatch(last):
        return ""
    near = abs(int(last) - int(e164[-len(last) :])) < _NEAR
    return e164[: -len(last)] + last if near else ""


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


def _without_fax(text: str) -> str:
    """Return a field without its fax number, which reaches no person, where another number stands there too."""
    rest = _FAX.sub(";", text)
    return rest if _digits(rest) >= 7 else text

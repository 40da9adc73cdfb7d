"""Cells as text, and text as cells that no spreadsheet takes for a formula."""

import re
from datetime import date, datetime, time, timedelta

LONGEST = 4_000  # characters; the event path takes no longer text
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
QUOTED = re.compile(r'="(.*)"', re.DOTALL)  # how programs keep Excel from taking digits for a number
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # some take full-width signs for the others
ROUNDED = re.compile(r"\d(?:\.\d+)?E\+?\d{2,3}", re.IGNORECASE)  # what a spreadsheet leaves of a long number
EXACT = 2**53  # from there on its last digits are lost
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})

Cell = int | float | str | bool | time | date | datetime | timedelta


def text_of(value: Cell | None) -> str:
    """Return a cell as text: whole numbers without a point, dates in ISO form, errors of formulas as nothing.

    Numbers too long for a spreadsheet (an identity number that is no text) come as it shows them: their last digits are
    gone, and what it puts in their place is somebody else's.

    >>> text_of(110101198503050016.0), is_rounded(text_of(110101198503050016.0)), is_rounded("1.38E+10")
    ('1.10101198503050E+17', True, True)
    >>> text_of(13800138000.0), text_of("'+86 138"), text_of("'1990-01-01"), text_of('="007"'), text_of("#N/A")
    ('13800138000', '+86 138', '1990-01-01', '007', '')
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float) and abs(value) >= EXACT:
        return f"{value:.14E}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return "" if value is None else str(value)


def is_rounded(text: str) -> bool:
    """Tell whether a text is a number without its last digits, as spreadsheets write long ones: 1.38E+10."""
    return ROUNDED.fullmatch(text) is not None


def _text(value: str) -> str:
    text = value.strip()
    if not text.isprintable():
        text = CONTROL.sub("", text).strip()
    if not text or text in ERRORS:
        return ""
    if text[:1] == "=" and (quoted := QUOTED.fullmatch(text)):
        text = quoted[1]
    while text[:1] == "'" and (text[1:2] in FORMULA or text[1:2].isdigit()):  # how people keep Excel from computing
        text = text[1:].lstrip()
    return text[:LONGEST]


def harmless(text: str) -> str:
    """Return text for a CSV that spreadsheets show and do not compute; `text_of` gives the original again.

    >>> harmless("=1+1"), harmless("+8613800138000"), harmless("李雷")
    ("'=1+1", "'+8613800138000", '李雷')
    """
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text

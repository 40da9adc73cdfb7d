"""Text: one spelling for what looks the same, without harm to Chinese punctuation."""

import re
import unicodedata
from functools import lru_cache

from processors.cleansing.base import ALL_ON, CACHED, Cleaned

WIDTH, INVISIBLE, SPACES, LENGTH, PLACEHOLDER = (
    "text.width",
    "text.invisible",
    "text.spaces",
    "text.length",
    "text.placeholder",
)

# Chinese punctuation that NFKC would turn into ASCII, or pull apart, and that readers expect as it is.
_KEPT = "，：；！？（）…‥～「」『』《》〈〉【】“”‘’·。、￥"
_KEPT_RUNS = re.compile(f"([{_KEPT}]+)")
_BREAKS = re.compile(r"\r\n?|[\u0085\u2028\u2029\v\f]")
_EMOJI = "\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
# Control, format (bidirectional marks, zero-width, soft hyphen), private use, surrogates, unassigned planes,
# variation selectors of ideographs, and the Hangul and Braille blanks that print as nothing.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\ue000-\uf8ff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
    f"|(?<![{_EMOJI}])\u200d|\u200d(?![{_EMOJI}])"
)
_TIDY = re.compile("(?:[!-~\u4e00-\u9fff]+(?: [!-~\u4e00-\u9fff]+)*)?")
_LONGEST_FIELD = 1_000
_SEPARATORS = " ,;，；、\n\t"
_BLANK = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r" ?\n[\n ]*")
_SAYS_NOTHING = (
    "- -- --- — —— . .. ... / // \\ _ * ? ？ 0 n/a na nil null none undefined nan nat <na> (null) [null] (none) "
    "unknown 无 没有 暂无 未知 未填 未填写 不详 空 保密 匿名 無 未提供 不清楚 同上 如上 〃 ″ 待定 待补充 不明 不知道 "
    '拒绝提供 " #n/a #null! #ref! #value! #name? #num! #div/0!'
)
_NOTHING = frozenset(_SAYS_NOTHING.split())


def says_nothing(text: str) -> bool:
    """Tell whether a text is a word that says "nothing": 无, n/a, a dash."""
    return text.lower() in _NOTHING


def unseen_removed(text: str) -> str:
    """Return `text` without characters that print as nothing; one breaks the other kinds of line end into \\n."""
    return _UNSEEN.sub("", _BREAKS.sub("\n", text))


def bounded(text: str) -> str:
    """Return as much of an overlong field as holds whole words: nobody's phone or name needs 1,000 characters.

    Patterns that look for a number in a field must not meet a megabyte of digits.
    """
    if len(text) <= _LONGEST_FIELD:
        return text
    head = text[:_LONGEST_FIELD]
    return head[: max(head.rfind(char) for char in _SEPARATORS) + 1]


def narrowed(text: str) -> str:
    """Return the NFKC form of `text`, with Chinese punctuation left as it is."""
    if text.isascii():
        return text
    parts = _KEPT_RUNS.split(text)
    return "".join(part if index % 2 else unicodedata.normalize("NFKC", part) for index, part in enumerate(parts))


def _spaced(text: str, lines: bool) -> str:
    """Return `text` with single blanks and without blanks at its ends; line ends stay only if `lines`."""
    if lines:
        return _BLANK_LINES.sub("\n", _BLANK.sub(" ", text)).strip()
    return " ".join(text.split())


def _steps(text: str, lines: bool, notes: list[str]) -> str:
    for rule, result in (
        (INVISIBLE, unseen_removed),
        (WIDTH, narrowed),
        (SPACES, lambda part: _spaced(part, lines)),
    ):
        changed = result(text)
        if changed != text and rule not in notes:
            notes.append(rule)
        text = changed
    return text


@lru_cache(CACHED)
def is_clean(raw: str) -> bool:
    """Tell whether `clean_text` leaves a text as it is, whatever rules are on, if it is not longer than the limit."""
    if not raw or says_nothing(raw):
        return False
    notes: list[str] = []
    return _is_tidy(raw) or (_steps(raw, False, notes) == raw and not notes)


def _is_tidy(raw: str) -> bool:
    """Tell of most texts that no step changes them: ASCII and the ideographs that Unicode never composes."""
    return _TIDY.fullmatch(raw) is not None


def _cut(text: str, limit: int) -> str:
    """Return at most `limit` characters of `text`; a limit never leaves a blank at the end."""
    return text[:limit].rstrip()


@lru_cache(CACHED)
def clean_text(raw: str, limit: int = 4_000, lines: bool = False, off: frozenset[str] = ALL_ON) -> Cleaned:
    """Cleanse free text or any single-line field; `lines` keeps line ends.

    Notes: `text.invisible`, `text.width`, `text.spaces`, `text.length` (cut at `limit`), `text.placeholder`
    (words that say "nothing", such as 无 or n/a, become None).
    """
    text, notes = raw, list[str]()
    if not _is_tidy(raw):
        for _ in range(4):  # a removed mark can bring together what then composes: repeat until nothing moves
            before = text
            text = _steps(before, lines, notes)
            if text == before or _is_tidy(text):
                break
    if len(text) > limit:
        text = _cut(text, limit)
        notes.append(LENGTH)
    if PLACEHOLDER not in off and says_nothing(text):
        return Cleaned(raw, None, (*notes, PLACEHOLDER), {})
    return Cleaned(raw, text or None, tuple(notes))


def folded(text: str) -> str:
    """Return the form in which names and words are compared: narrow, all punctuation ASCII, lower case."""
    return unicodedata.normalize("NFKC", text).casefold()

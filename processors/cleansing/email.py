"""E-mail addresses: normal form, likely typos proposed, disposable domains marked."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import OSA

from processors.cleansing.base import ALL_ON, CACHED, Cleaned
from processors.cleansing.reference import words
from processors.cleansing.text import bounded, unseen_removed

NORMAL, INVALID, SEVERAL, TYPO, DISPOSABLE, ROLE, IDN, MASKED = (
    "email.normal",
    "email.invalid",
    "email.several",
    "email.typo",
    "email.disposable",
    "email.role",
    "email.idn",
    "email.masked",
)

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+)*"
_ADDRESS = re.compile(
    rf"(?<![A-Za-z0-9!#$%&'*+/=?^_`{{|}}~\-\u0080-\U0010ffff])(?<!\.\.)({_LOCAL})@([\w\-\u3002\uff0e.]+)"
)
_HIDDEN = re.compile(r"[*•●…]")  # what an export puts in place of letters: nobody's mailbox has them
_SLIPS = (
    (re.compile(r"\.{2,}"), "."),
    (re.compile(r"(?<=@)(\w{2,12}?)\.?com$"), r"\1.com"),
    (re.compile(r"(?<=@)([^@.,，]{2,12})$"), r"\1.com"),
    (re.compile(r"@{2,}|^(?=[^@]*$)([^#]+)#(?=[^#]+$)"), r"\1@"),
    (re.compile(r"[,，]"), "."),
    (re.compile(r"\s*([@.])\s*"), r"\1"),
    (re.compile(r"^([^@]+?)(?:\s+at\s+|艾特)(?=[^@]+$)", re.IGNORECASE), r"\1@"),
    (re.compile(r"\s+dot\s+|(?<=[A-Za-z0-9])点(?=[A-Za-z])", re.IGNORECASE), "."),
)
_AROUND = " \t\r\n'\"`"  # a spreadsheet's mark of a text is no letter of the address
_TORN = re.compile(r"((?:[a-z0-9._-]+ ){1,2})([a-z0-9._-]+)@([\w.-]+)")  # zhang wei@163.com
_LABELS = "e-mail email mail mailbox qq work home personal private office company mine my"
_BEFORE_ONE = frozenset(_LABELS.split())
_OPENING = "'`."  # nor is one behind other words
_WORDS_BEHIND = re.compile(
    r"(?<=\.(?:com|net|org|edu|gov))(?=[\u3400-\u9fff]|\d{7})|(?<=\.cn)(?=[\u3400-\u9fff]|\d{7})"
)
_GLUED = re.compile(r"(@[\w.-]*?\.(?:com|cn|net))(?=[\w.-]+@)")  # a@qq.comb@163.com
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_WORDS_BEFORE = re.compile(r"^.*[\u3400-\u9fff](?=[a-z0-9])")  # 张三zhangsan@qq.com
_NEXT = re.compile(r"(?<=\.[A-Za-z]{2})/(?=[^@/]+@)|(?<=\.[A-Za-z]{3})/(?=[^@/]+@)")  # a@b.cn/c@d.cn
_NOT_COM = tuple(
    f".{slip}" for slip in ("con", "co", "cm", "cmo", "ocm", "om", "comm", "coom", "cpm", "vom", "xom", "cim")
)
_WRAPPED = re.compile(r"(?i)^(?:mailto:|https?://|e-?mail(?:\s*[:：]|\s)|邮箱\s*[:：]?|邮件\s*[:：]?)\s*")
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")
_WRITTEN_DOT = re.compile(r"\s*[(\[{]\s*dot\s*[)\]}]\s*", re.IGNORECASE)
_WRITTEN_AT = re.compile(r"\s*(?:[(\[{]\s*at\s*[)\]}]|\s@\s|＠|@\s|\s@)\s*", re.IGNORECASE)
_OFFICES = (
    "admin administrator contact hello help hr info mail marketing noreply no-reply office postmaster sales service "
    "support team webmaster "
    "null none undefined unknown noemail nomail no-email test xxx"  # typed where a form demands an address
)
_ROLES = frozenset(_OFFICES.split())
_ALIASES = {"googlemail.com": "gmail.com", "vip.163.net": "vip.163.com"}
_IGNORING_TAGS = "gmail.com outlook.com hotmail.com live.com icloud.com me.com fastmail.com proton.me protonmail.com"
_PLUS = frozenset(_IGNORING_TAGS.split())


def _host(domain: str) -> str | None:
    """Return the lower-case ASCII form of a domain, None when it is none. Both kinds of full stop are dots."""
    name = domain.replace("。", ".").replace("．", ".").lower().strip(".")
    if not name.isascii():
        try:
            name = unicodedata.normalize("NFC", name).encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return name if len(name) <= 253 and _HOST.fullmatch(name) else None


@lru_cache(CACHED)
def proposed_domain(host: str) -> str | None:
    """Return the well-known domain that `host` is one slip away from, None when it is known or like no other."""
    known = words("email_domains")
    if host in known:
        return None
    letters = sorted(host)  # icould.com: the same ones in another order
    near = [
        name
        for name in known
        if abs(len(name) - len(host)) <= 1
        and (OSA.distance(host, name, score_cutoff=1) <= 1 or (len(name) == len(host) and sorted(name) == letters))
    ]
    # qq.com against 99.com, 163.com against 162.com: a slip in so short a name is as likely another firm's domain.
    long = [name for name in near if len(name) >= 7 and not name[0].isdigit()]
    sure = near if host.endswith(_NOT_COM) else long
    return min(sure, key=lambda name: (known[name], name)) if sure else None


def mailbox_of(address: str) -> str:
    """Return the mailbox that an address in normal form delivers to: dots and +tags that its provider ignores gone."""
    local, _, host = address.rpartition("@")
    host = _ALIASES.get(host, host)
    if host in _PLUS:
        local = local.partition("+")[0] or local
    if host == "gmail.com":
        local = local.replace(".", "") or local
    return f"{local}@{host}"


def standing(address: str) -> tuple[str, bool]:
    """Return of an address in normal form its mailbox, and whether that is one person's and not an office's."""
    local, _, host = address.rpartition("@")
    return mailbox_of(address), local not in _ROLES and host not in words("disposable_domains")


def _plain(raw: str) -> str:
    """Return a field in one spelling, without its label."""
    text = " ".join(unicodedata.normalize("NFKC", unseen_removed(bounded(raw))).split()).strip(_AROUND)
    text = _GLUED.sub(r"\1 ", _WORDS_BEHIND.sub(" ", text))
    return _NEXT.sub(" ", _WRITTEN_AT.sub("@", _WRITTEN_DOT.sub(".", _WRAPPED.sub("", text))))


def _meant(text: str) -> str | None:
    """Return the address that a field without one most likely means (zhang@qq,com), None unless the domain is known."""
    for pattern, right in _SLIPS:
        text = pattern.sub(right, text)
    found = _ADDRESS.fullmatch(text)
    host = _host(found[2]) if found and not _HIDDEN.search(found[1]) else None
    return f"{found[1].lower()}@{host}" if found and host in words("email_domains") else None


def _torn(text: str) -> str | None:
    """Return the address that a field tears by blanks (zhang wei@163.com), None where words may stand before one.

    Its end alone would be somebody else's mailbox. Names are capitalised, or the mailbox repeats them.
    """
    match = _TORN.fullmatch(text)
    if match is None:
        return None
    words_before = match[1].split()
    if any(each.strip(".") in _BEFORE_ONE or each in match[2] for each in words_before):
        return None
    return f"{''.join(words_before)}{match[2]}@{match[3]}"


def _nothing(raw: str, text: str, off: frozenset[str]) -> Cleaned:
    """Return the result for a field in which no usable address stands."""
    if _HIDDEN.search(text) and "@" in text:
        return Cleaned(raw, None, (MASKED,))
    if TYPO not in off and (meant := _meant(text)):
        return Cleaned(raw, None, (INVALID, TYPO), {"proposal": meant})
    return Cleaned(raw, None, (INVALID,) if raw.strip() else ())


def _found(text: str) -> list[str]:
    """Return the addresses in normal form that stand in a text, in order, each once; masked ones are nobody's."""
    result: list[str] = []
    for match in _ADDRESS.finditer(text):
        local, host = _WORDS_BEFORE.sub("", match[1].lower()).lstrip(_OPENING), _host(match[2])
        if host and 0 < len(local) <= 64 and not _HIDDEN.search(local) and f"{local}@{host}" not in result:
            result.append(f"{local}@{host}")
    return result


@lru_cache(CACHED)
def clean_email(raw: str, off: frozenset[str] = ALL_ON, disposable: frozenset[str] = frozenset()) -> Cleaned:
    """Cleanse an e-mail address; the value is lower case with an ASCII domain, or None.

    A masked address (z***g@qq.com) identifies nobody: it has no value.
    Details: `proposal` (the address without its likely typo; never applied), `disposable`, `role` (a mailbox of an
    office, not a person), `mailbox` (see `mailbox_of`), `others` (further addresses in the same field), `phone` (a
    mobile that stands beside it).
    """
    text = _plain(raw)
    if (whole := _torn(text)) is not None:
        return _nothing(raw, whole, off)
    found = _found(text)
    if not found:
        return _nothing(raw, text, off)
    value, notes = found[0], list[str]()
    details: dict[str, Any] = {"mailbox": mailbox_of(value)}
    local, _, host = value.rpartition("@")
    if value != raw:
        if beside := _MOBILE.search(_ADDRESS.sub(" ", text)):
            details["phone"] = beside[0]
        notes.append(IDN if host.startswith("xn--") or ".xn--" in host else NORMAL)
    if len(found) > 1:
        notes.append(SEVERAL)
        details["others"] = tuple(found[1:])
    if TYPO not in off and (better := proposed_domain(host)):
        notes.append(TYPO)
        details["proposal"] = f"{local}@{better}"
    if DISPOSABLE not in off and (host in words("disposable_domains") or host in disposable):
        notes.append(DISPOSABLE)
        details["disposable"] = True
    if ROLE not in off and local in _ROLES:
        notes.append(ROLE)
        details["role"] = True
    return Cleaned(raw, value, tuple(notes), details)

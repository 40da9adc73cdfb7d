"""Masks for personal data in logs, metrics and messages: enough is left to recognise it, not to use it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Mask = Callable[[str], str]
DEEPEST = 16
HIDDEN = "****"
ID_KINDS = "phone|email|wechat_unionid|wechat_openid|wechat|qq|douyin|kuaishou|id_number|device|customer|crm:[^:]{1,40}"


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


PHONE_KEYS = _words("phone mobile tel telephone old new e164 手机 手机号 电话")
NAME_KEYS = _words("name contact contact_name given_name surname full_name 姓名 联系人")
ID_KEYS = _words(
    "value wechat wechat_unionid wechat_openid unionid openid qq douyin kuaishou id_number device customer ip ",
    "birth_date postcode 微信 身份证 身份证号",
)
HIDDEN_KEYS = _words(
    "address location message note payload raw authorization password secret token cookie api_key 地址 备注 坐标 经纬度"
)
SAFE_KEYS = _words(
    "event_id signal_id type kind source entity lead rep_id deal_id topic incarnation partition offset at known_at ",
    "occurred_at received_at rejected_at rule rule_book version pointer component timestamp level logger event ",
    "order_id ticket_id sha256 hash",
)
EMAIL = re.compile(r"[^\s@<>,;:\"'（）()]{1,64}@[^\s@<>,;:\"'（）()]{1,255}")
NUMBER = re.compile(
    r"(?P<time>(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?)"
    r"|(?P<number>\+?\d(?:[\s\-()（）.]{0,2}\d){6,}[Xx]?)"
)
MASKED = re.compile(r"\+?\d{0,5}\*{4}\d{1,4}")
SPELT = re.compile(r"[零〇一二三四五六七八九幺]{7,}")
WEIGHTS = frozenset({"for", "against"})  # evidence of who is who: bits by field
IDENTIFIER = re.compile(rf"({ID_KINDS}):(.+)", re.DOTALL)
MOBILE_NUMBERS = (  # bare, and behind 86
    (13_000_000_000, 20_000_000_000),
    (8_613_000_000_000, 8_620_000_000_000),
)


def mask_phone(text: str) -> str:
    """Return `138****8000`, `+86138****8000`; of a number with fewer than 7 digits only its last one stays.

    What is such a mask already stays as it is.
    """
    if MASKED.fullmatch(text):
        return text
    digits = [c for c in text if c.isdigit()]
    if len(digits) < 7:
        return HIDDEN + "".join(digits[-1:])
    plus = "+" if text.lstrip().startswith("+") else ""
    head = 5 if plus and digits[:2] == ["8", "6"] else 3
    return plus + "".join(digits[:head]) + HIDDEN + "".join(digits[-4 if len(digits) >= head + 8 else -2 :])


def mask_email(text: str) -> str:
    """Return `a***@domain`."""
    local, at, domain = text.strip().rpartition("@")
    return f"{local[:1]}***@{domain}" if at else "***"


def mask_name(text: str) -> str:
    """Return `张*`, whatever the length of the name."""
    return f"{text.strip()[:1]}*"


def mask_id(text: str) -> str:
    """Return the first two and last two characters of an identifier, of a short one only the first."""
    text = text.strip()
    return f"{text[:2]}***{text[-2:]}" if len(text) >= 8 else f"{text[:1]}***"


def mask_text(text: str) -> str:
    """Return free text without e-mail addresses, prefixed identifiers and numbers that could be someone's."""
    found = IDENTIFIER.fullmatch(text)
    if found:
        return f"{found[1]}:{_by_kind(found[1])(found[2])}"
    if "@" in text:
        text = EMAIL.sub(lambda match: mask_email(match[0]), text)
    text = NUMBER.sub(lambda match: match["time"] or mask_phone(match["number"]), text)
    return SPELT.sub(HIDDEN, text)


def mask_record(value: Any, key: str = "", depth: int = 1) -> Any:
    """Return a copy of plain data fit for logs: masked by the names of fields and by what looks like personal data.

    `key` is the name under which the value stands. What nests deeper than 16 levels is left out.
    """
    if depth > DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, list | tuple | set | frozenset):
        return [mask_record(member, key, depth + 1) for member in value]
    if isinstance(value, bytes | bytearray):
        return f"{len(value)} bytes"
    return _scalar(key, value)


def _mapping(record: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    masked = {
        mask_text(str(key)): member if _are_weights(key, member) else mask_record(member, str(key), depth + 1)
        for key, member in record.items()
    }
    if isinstance(changed := record.get("field"), str):  # what a field was and is: masked as that field
        masked |= {name: _scalar(changed, record[name]) for name in ("old", "new") if isinstance(record.get(name), str)}
    if isinstance(record.get("value"), str):  # an identifier says by its kind how it is masked
        masked["value"] = _by_kind(str(record.get("kind")))(record["value"])
    return masked


def _are_weights(key: object, member: Any) -> bool:
    """Tell whether a value is how much each field weighs, in bits: not what stands in the field."""
    return key in WEIGHTS and isinstance(member, Mapping) and all(isinstance(bits, float) for bits in member.values())


def _scalar(key: str, value: Any) -> Any:
    name = key.lower()
    if value is None or isinstance(value, bool) or name in SAFE_KEYS:
        return value
    mask = MASKS.get(name)
    if mask is not None:
        return mask(str(value))
    if not isinstance(value, int | float):
        return mask_text(str(value))
    is_mobile = any(least <= value < end for least, end in MOBILE_NUMBERS)
    return mask_phone(f"{value:.0f}") if is_mobile else value


def _by_kind(kind: str) -> Mask:
    return {"phone": mask_phone, "email": mask_email}.get(kind, mask_id)


def _hide(text: str) -> str:
    return HIDDEN


MASKS: dict[str, Mask] = {
    **dict.fromkeys(PHONE_KEYS, mask_phone),
    **dict.fromkeys(NAME_KEYS, mask_name),
    **dict.fromkeys(ID_KEYS, mask_id),
    **dict.fromkeys(("email", "邮箱"), mask_email),
    **dict.fromkeys(HIDDEN_KEYS, _hide),
}

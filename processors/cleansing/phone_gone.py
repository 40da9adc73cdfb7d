"""Numbers that their own field says nobody can be reached at: 13800138000(空号), 旧号：13800138000."""

import re

_OLD = (  # without a blank before a number it is about that one, else about the one in front
    r"(?:[旧舊](?:的)?(?:手[机機]|电话|電話|联系电话)?(?:号码|號碼|号|號)|旧手机(?!号)|旧电话"
    r"|原(?:手机|电话|联系)(?:号码?)?|原号码?|(?i:old (?:phone|mobile|number)(?: number)?))"
)
_CHANGED = (  # into the one behind
    r"(?:(?:已经?)?(?:[换改变](?:成|为|到)|更[换改]为|变更为|改)|[-=]?>|→)\s*[:：]?(?=\s*\+?\d{7})"
)
_GONE = (
    r"(?<!不是)(?<![非未没无])(?:"
    r"空号|空號|(?:欠费)?停[机機](?![坪位场])|停用|停号|暂停服务|[注註]销|[注註]銷|销号|銷號|弃用|作废|失效|不存在|打不通|"
    rf"{_OLD}(?!\+?\d{{7}})|"
    r"(?:已经?)换号|换号了|(?:不再|停止)使用|不用了|(?:不用|旧|舊)(?=[)\]】）])|错号|(?:号码)?错误(?:号码)?|无效(?:号码)?|"
    r"(?i:disconnected|out of service|not in service|no longer in (?:use|service)|wrong number|invalid number|\(old\)))"
)
_FILLER = (
    r"(?:\s|[()\[\]【】<>:,.。，、：（）-]|该|此|本|是|为|為|已经|已|目前|现在|现|提示|显示|语音|号码|手机|电话|机主"
    r"|(?i:is|now)){0,12}?"
)
_END = r"(?:号码|了|的)?[)\]】）]?"
_NUMBER = (
    r"(?:(?:\+?86[\s-]?)?0?1[3-9]\d(?:[\s-]?[\d*xX]){8}(?!\d)|\+[1-9]\d{0,2}[\s(-]{0,2}\d[\d\s()-]{4,16}\d"
    r"|\(?0\d{2,3}\)?[\s-]?\d{7,8}(?:-\d{1,5})?(?!\d)|[+(]?\d[\d().*xX-]{5,22})"
)
_APART = r"(?:[,，、]\s*[(（]?(?=[^\s,，、]{1,8}?[)）]?\s*\+?\d{7}))"  # 13800138000、空号13900139000 speaks of the next
_BEHIND = rf"(?!{_APART})(?:{_FILLER}(?:{_GONE}(?!\s*[:：]){_END}|{_CHANGED}))"  # a colon belongs to what follows
_BEFORE = rf"(?:(?:{_GONE}|{_OLD}){_END}\s*[:：]\s*)"
_LABELLED = re.compile(
    rf"{_BEFORE}{_NUMBER}|(?:^|[,;/|、。，；(])\s*{_GONE}{_END}\s*{_NUMBER}"
    rf"|(?:^|[\s,;/|、。，；(])(?:{_OLD}|原){_NUMBER}"
)
_FOLLOWED = re.compile(rf"(?<![\d*]){_NUMBER}{_BEHIND}")
_MAY = re.compile(r"[号號机機用销銷废效在通误服成为到改→>原旧舊]|(?i:disconn|serv|use|wrong|invalid|old)")


def with_what_is_said(number: re.Pattern[str]) -> re.Pattern[str]:
    """Return a pattern for a number and what is said of it, before or behind: whoever takes one out takes both."""
    return re.compile(rf"(?:{_BEFORE})?(?:{number.pattern})(?:{_BEHIND})?")


def without_gone(text: str) -> tuple[str, bool]:
    """Return a phone field (NFKC, ASCII digits) without the numbers that it calls gone, and whether there were any."""
    if not _MAY.search(text):
        return text, False
    rest, behind = _FOLLOWED.subn(";", text)  # first: 13800138000(空号)13900139000 speaks of the one before
    rest, before = _LABELLED.subn(";", rest)
    return rest, bool(before or behind)

"""Pages for people: self-contained HTML with a nonce, so that nothing else in them can ever run."""

import secrets
from functools import cache
from html import escape
from importlib.resources import files
from typing import Literal

from starlette.responses import HTMLResponse

Name = Literal["live", "signin", "message"]

# What the small pages say, in both languages: (title, text).
MESSAGES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "no_link": (
        ("没有这个链接", "链接可能没有复制完整。请向发送者索取新的链接。"),
        ("There is no such link", "It may not have been copied completely. Please ask the sender for a new one."),
    ),
    "old_link": (
        ("链接已过期", "这个链接的有效期已过。请向发送者索取新的链接。"),
        ("This link has expired", "Its time is over. Please ask the sender for a new one."),
    ),
    "no_page": (
        ("没有这个页面", "提醒页面的地址以 /live 结尾。"),
        ("There is no such page", "The address of the page of alerts ends in /live."),
    ),
    "unavailable": (
        ("暂时无法使用", "请稍后再试。您的链接仍然有效。"),
        ("Not available right now", "Please try again in a moment. Your link is still good."),
    ),
    "signed_out": (
        ("请先登录", "请打开管理员发给您的登录链接。管理员可用命令 whetstone signin 生成。"),
        ("Please sign in", "Open the sign-in link you were given. Administrators make one with: whetstone signin"),
    ),
    "bad_signin": (
        ("登录链接无效", "登录链接只能使用一次，且有有效期。请向管理员索取新的链接。"),
        ("This sign-in link does not work", "It works once and for a limited time. Please ask for a new one."),
    ),
}


WHO = {"role:manager": ("销售经理", "the sales manager")}


def said_who(who: str) -> tuple[str, str]:
    """Return in Chinese and English whose alerts they are: a role, a rep by their id, or the name that was given."""
    rep = who.removeprefix("rep:")
    return WHO.get(who, (f"销售 {rep}", f"rep {rep}") if rep != who else (who, who))


def language_of(accepted: str) -> str:
    """Return the page's language (BCP 47) for an Accept-Language header: Chinese where the browser does not say.

    >>> language_of("en-GB,en;q=0.9,zh;q=0.8"), language_of("zh-TW,en;q=0.5"), language_of("fr"), language_of("")
    ('en', 'zh-CN', 'en', 'zh-CN')
    """
    ranges = [part.split(";") for part in accepted.lower().split(",") if part.strip(" *")]
    wanted = sorted(ranges, key=lambda one: -_weight(one[1:]))
    ours = next((name for name, *_ in wanted if name.strip()[:2] in ("zh", "en")), "en" if wanted else "zh")
    return "zh-CN" if ours.strip().startswith("zh") else "en"


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if value.strip().replace(".", "", 1).isdecimal() else 0.0
    return 1.0


@cache
def source(name: str) -> str:
    """Return the text of a file that ships in `static/`."""
    return files("streams.gateway").joinpath("static", name).read_text("utf-8")


def page(name: Name, status: int = 200, **values: str) -> HTMLResponse:
    """Return a page with its policy; `%NAME%` in it becomes the value, escaped."""
    nonce = secrets.token_urlsafe(16)
    text = source(f"{name}.html").replace("%STYLE%", source("style.css")).replace("%SCRIPT%", source("live.js"))
    text = text.replace("%WORDS%", source("words.json")).replace("%EXPORT%", source("export.js"))
    text = text.replace("%CONNECTION%", source("connection.js"))
    for key, value in {"NONCE": nonce, **values}.items():
        text = text.replace(f"%{key}%", escape(value))
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(text, status, {"Content-Security-Policy": policy, "Cache-Control": "no-store"})


def message(name: str, status: int) -> HTMLResponse:
    """Return a page that says one thing, in Chinese and English."""
    (zh_title, zh_text), (en_title, en_text) = MESSAGES[name]
    return page("message", status, ZH_TITLE=zh_title, ZH_TEXT=zh_text, EN_TITLE=en_title, EN_TEXT=en_text)

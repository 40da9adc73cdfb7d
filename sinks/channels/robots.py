"""Group robots: they answer 200 to nearly everything, and say in the body what became of a message."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote_plus

import orjson

from sinks.channels.base import ChannelDown, ChannelMisconfigured, MessageRefused, Outgoing
from sinks.channels.http import HttpClient

MINUTE_S = 60.0


class Robot:
    """A robot in one group. `mentions` leads from recipients to what the vendor calls them there."""

    personal = False
    digests = True
    per_minute = 20
    code: str
    said: str
    longest: int
    down: ClassVar[Mapping[int, float | None]]
    """Codes of a passing trouble, and after how many seconds to come again."""
    misconfigured: frozenset[int]

    def __init__(
        self, client: HttpClient, url: str, secret: str = "", mentions: Mapping[str, str] | None = None
    ) -> None:
        self._client = client
        self._url = url
        self._secret = secret
        self._mentions = mentions or {}

    def reaches(self, recipient: str) -> bool:
        """See `Channel`: whoever is in the group reads it."""
        return True

    async def send(self, message: Outgoing, now: int) -> None:
        """See `Channel`."""
        url, more = self.signed(now)
        body = {**self.body(message), **more}
        answer = (await self._client.post(url, orjson.dumps(body))).body
        code = answer.get(self.code)
        if code == 0:
            return
        why = f"{self.code} {code}: {str(answer.get(self.said, ''))[:200]}"
        if not isinstance(code, int) or code in self.down:
            raise ChannelDown(why, self.down.get(code) if isinstance(code, int) else None)
        if code in self.misconfigured:
            raise ChannelMisconfigured(why)
        raise MessageRefused(why)

    def body(self, message: Outgoing) -> dict[str, Any]:
        """Return the vendor's form of a message."""
        raise NotImplementedError

    def signed(self, now: int) -> tuple[str, dict[str, str]]:
        """Return the address and further fields of the body for a message sent at a time (ms)."""
        return self._url, {}

    def named(self, message: Outgoing) -> list[str]:
        """Return whom to mention."""
        return [self._mentions[name] for name in message.recipients if name in self._mentions]


class WeComRobot(Robot):
    """WeCom (developer.work.weixin.qq.com/document/path/91770): 20 messages a minute, text of 2,048 bytes."""

    code, said, longest = "errcode", "errmsg", 2_048
    down: ClassVar = {-1: None, 45009: MINUTE_S, 45033: MINUTE_S}
    misconfigured = frozenset({93000, 93004, 93008, 40001, 40014})

    def body(self, message: Outgoing) -> dict[str, Any]:
        """See `Robot`."""
        text: dict[str, Any] = {"content": cut(message.text, self.longest)}
        if named := self.named(message):
            text["mentioned_list"] = named
        return {"msgtype": "text", "text": text}


class DingTalkRobot(Robot):
    """DingTalk custom robots (open.dingtalk.com, "custom robot access"): 20 a minute, then silence for ten minutes.

    Signed by HMAC-SHA256 of time and secret in the address, where the robot's safety setting is a signature.
    """

    code, said, longest = "errcode", "errmsg", 18_000
    down: ClassVar = {-1: None, 130101: 600.0, 410100: 600.0}
    misconfigured = frozenset({310000, 300001, 300005, 400013, 400101, 400102, 400106, 40035, 404})

    def body(self, message: Outgoing) -> dict[str, Any]:
        """See `Robot`."""
        named = self.named(message)
        text = cut(message.text, self.longest) + "".join(f" @{name}" for name in named)
        return {"msgtype": "text", "text": {"content": text}, "at": {"atUserIds": named, "isAtAll": False}}

    def signed(self, now: int) -> tuple[str, dict[str, str]]:
        """See `Robot`."""
        if not self._secret:
            return self._url, {}
        digest = hmac.digest(self._secret.encode(), f"{now}\n{self._secret}".encode(), hashlib.sha256)
        sign = quote_plus(base64.b64encode(digest))
        return f"{self._url}{'&' if '?' in self._url else '?'}timestamp={now}&sign={sign}", {}


class FeishuRobot(Robot):
    """Feishu and Lark custom bots (open.feishu.cn, "custom bot guide"): 100 a minute, 5 a second, 20 KB.

    Signed by HMAC-SHA256 with time and secret as the key and an empty message, in the body.
    """

    per_minute = 100
    code, said, longest = "code", "msg", 16_000
    down: ClassVar = {11232: MINUTE_S, 11233: MINUTE_S, 9499: None}
    misconfigured = frozenset({19001, 19007, 19021, 19022, 19024})

    def body(self, message: Outgoing) -> dict[str, Any]:
        """See `Robot`."""
        text = cut(message.text, self.longest).replace("<", "‹").replace(">", "›")  # no mention but ours
        text += "".join(f' <at user_id="{name}"></at>' for name in self.named(message))
        return {"msg_type": "text", "content": {"text": text}}

    def signed(self, now: int) -> tuple[str, dict[str, str]]:
        """See `Robot`."""
        if not self._secret:
            return self._url, {}
        stamp = str(now // 1000)
        digest = hmac.digest(f"{stamp}\n{self._secret}".encode(), b"", hashlib.sha256)
        return self._url, {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def cut(text: str, longest: int) -> str:
    """Return a text of at most so many bytes in UTF-8, its cut marked; no character is torn.

    >>> cut("提醒提醒", 9), cut("提醒", 9)
    ('提醒…', '提醒')
    """
    whole = text.encode()
    if len(whole) <= longest:
        return text
    return whole[: longest - 3].decode(errors="ignore") + "…"

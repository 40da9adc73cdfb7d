"""Channels as the settings describe them. Their addresses and secrets come from nowhere else."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError, model_validator

from schemas.rules.names import Recipient
from schemas.rules.notifications import ChannelName
from sinks.channels import Channel, DingTalkRobot, FeishuRobot, HttpClient, MailChannel, Webhook, WeComRobot
from sinks.channels.mail import Server
from streams.settings import Settings

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class ChannelsRefused(Exception):
    """The setting `notify_channels` cannot be followed; the message says where and why, without any secret."""


class _Described(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Http(_Described):
    url: SecretStr = Field(description="The whole address; https, but on this machine")
    secret: SecretStr = Field(SecretStr(""), description="Key of the signature")

    @model_validator(mode="after")
    def _is_an_address(self) -> Self:
        parts = urlsplit(self.url.get_secret_value())
        if not parts.hostname or parts.scheme not in {"https", "http"}:
            raise ValueError("url: must be an https address")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK and self.must_be_encrypted:
            raise ValueError("url: must be https: the address itself is a key")
        return self

    @property
    def must_be_encrypted(self) -> bool:
        return True

    @property
    def given(self) -> tuple[str, str]:
        return self.url.get_secret_value(), self.secret.get_secret_value()


class _Robot(_Http):
    kind: Literal["wecom", "dingtalk", "feishu"]
    mentions: dict[Recipient, str] = Field({}, description="What the vendor calls a recipient in this group")


class _Webhook(_Http):
    kind: Literal["webhook"]
    secret: SecretStr = Field(min_length=16, description="Key of the signature")
    insecure: bool = Field(False, description="Allow http beyond this machine, inside a network that is trusted")

    @property
    def must_be_encrypted(self) -> bool:
        return not self.insecure


class _Mail(_Described):
    kind: Literal["email"]
    host: str = Field(min_length=1)
    port: int = Field(465, ge=1, le=65_535)
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    to: dict[Recipient, tuple[str, ...]] = Field(min_length=1, description="Addresses of each recipient")

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.security == "none" and self.host not in LOOPBACK:
            raise ValueError("security: `none` is for a server on this machine only")
        return self


Described = Annotated[_Robot | _Webhook | _Mail, Field(discriminator="kind")]
_ALL = TypeAdapter(dict[ChannelName, Described])
ROBOTS = {"wecom": WeComRobot, "dingtalk": DingTalkRobot, "feishu": FeishuRobot}


def described(settings: Settings) -> dict[str, Described]:
    """Return the configured channels by name; empty when there are none. Raises ChannelsRefused."""
    text = settings.notify_channels.get_secret_value()
    if not text.strip():
        return {}
    try:
        return _ALL.validate_json(text)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise ChannelsRefused("WHETSTONE_NOTIFY_CHANNELS: " + "; ".join(problems)) from None


def channels(found: Mapping[str, Described], client: HttpClient) -> dict[str, Channel]:
    """Return what sends, by name."""
    return {name: _channel(one, client) for name, one in found.items()}


def _channel(one: Described, client: HttpClient) -> Channel:
    if isinstance(one, _Robot):
        return ROBOTS[one.kind](client, *one.given, one.mentions)
    if isinstance(one, _Webhook):
        return Webhook(client, *one.given)
    server = Server(one.host, one.port, one.security, one.user, one.password.get_secret_value())
    return MailChannel(server, one.sender, one.to)

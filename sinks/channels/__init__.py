"""Notification channels: WeCom, DingTalk and Feishu group robots, signed webhooks, e-mail."""

from sinks.channels.base import Channel, ChannelDown, ChannelMisconfigured, MessageRefused, Outgoing
from sinks.channels.http import HttpClient
from sinks.channels.mail import MailChannel
from sinks.channels.robots import DingTalkRobot, FeishuRobot, WeComRobot
from sinks.channels.webhook import Webhook

__all__ = [
    "Channel", "ChannelDown", "ChannelMisconfigured", "DingTalkRobot", "FeishuRobot", "HttpClient", "MailChannel",
    "MessageRefused", "Outgoing", "WeComRobot", "Webhook",
]  # fmt: skip

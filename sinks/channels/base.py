"""What every channel promises, and its errors, named by whose fault they are."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one target. `id` is the same whenever this message is sent again.

    `target` is whom a personal channel addresses, empty where the channel is one group. `recipients` are all whom the
    signals are for, `signals` their masked public form.
    """

    id: str
    target: str
    title: str
    lines: tuple[str, ...]
    recipients: tuple[str, ...] = ()
    signals: Sequence[Mapping[str, Any]] = ()

    @property
    def text(self) -> str:
        """Title and lines as plain text."""
        return "\n".join((self.title, *self.lines))


class ChannelDown(Exception):
    """The channel cannot take messages for now. Nothing is known of this one: send it again, not before `retry_after`.

    `retry_after` is in seconds, None where the channel does not say.
    """

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class ChannelMisconfigured(ChannelDown):
    """The channel refuses us: an address, key or signature is wrong. No message can pass until a person mends it."""


class MessageRefused(Exception):
    """The channel takes messages, but never this one. Put it aside and go on."""


class Channel(Protocol):
    """Sends messages to one configured address, and to no other."""

    personal: bool
    """Whether each recipient is addressed alone; otherwise the channel is one group."""
    digests: bool
    """Whether several signals may come as one message."""
    per_minute: int
    """Messages that the other side takes in a minute."""

    def reaches(self, recipient: str) -> bool:
        """Whether the channel can address this recipient."""

    async def send(self, message: Outgoing, now: int) -> None:
        """Send; return once the other side has taken it. `now` (ms) goes into signatures.

        Raises ChannelDown, ChannelMisconfigured or MessageRefused.
        """

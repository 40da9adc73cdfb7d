"""A scene: what one customer and their rep send, and whom signals must be about because of it."""

from collections.abc import Mapping
from typing import Any

from schemas.times import HOUR
from streams.sample.calendar import midnight
from streams.sample.journeys import Journey
from streams.sample.wire import Channel, Id, Send, local, send, touchpoint

Told = list[tuple[str, str]]
"""Pairs of a signal's kind and what it is about: see `streams.sample.telling`."""


class Stage:
    """Collects what is sent, `sends` in any order, and what must be `told`. `end` (ms) is the sample's last moment."""

    def __init__(self, name: str, end: int) -> None:
        self.end = end
        self.sends: list[Send] = []
        self.told: Told = []
        self._name = name

    def when(self, days: int, hour: float = 10.0) -> int:
        """Return the moment (ms) so many days before the day of the end, at a local hour."""
        return midnight(self.end, days) + round(hour * HOUR)

    def day(self, days: int) -> str:
        """Return the local date so many days before the end, YYYY-MM-DD; negative days lie after it."""
        return local(self.when(days))[:10]

    def put(
        self, kind: str, at: int, data: Mapping[str, Any], source: str, *, ids: list[Id] | None = None,
        rep: str | None = None, channel: Channel = "gateway",
    ) -> None:  # fmt: skip
        """Send one touchpoint."""
        event_id = f"{self._name}-{len(self.sends)}"
        record = touchpoint(event_id, kind, source, at, ids=ids or (), rep_id=rep, data=data)
        self.sends.append(send(record, at, channel))

    def must(self, kind: str, about: str) -> None:
        """Note that a signal of this kind must be about this."""
        self.told.append((kind, about))


class Scene(Stage):
    """The scene of one customer, whose lead is made by the usual journey `life`."""

    def __init__(self, life: Journey, role: str, end: int) -> None:
        super().__init__(f"{role}-{life.person.number}", end)
        self.life = life

    @property
    def lead(self) -> str:
        """What signals about this customer are about."""
        return self.life.created_by

    @property
    def deal(self) -> str:
        """The id of the customer's deal."""
        return f"D-{self.life.person.number}"

    def says(self, kind: str, at: int, source: str = "crm", /, **data: Any) -> None:
        """Send what the customer does, or what a system says of it."""
        self.put(kind, at, data, source, ids=[self.life.person.primary])

    def by_rep(self, kind: str, at: int, /, **data: Any) -> None:
        """Send what the rep does or writes down."""
        self.put(kind, at, data, "crm", ids=[self.life.person.primary], rep=self.life.rep)

    def of_deal(self, kind: str, at: int, deal: str | None = None, /, **data: Any) -> None:
        """Send what the rep writes down of a deal, by default the customer's only one."""
        self.by_rep(kind, at, deal_id=deal or self.deal, **data)

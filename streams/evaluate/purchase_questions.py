"""Questions and answers: who was asked when, and whether an order followed within the horizon."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from online_models.features import Vector
from schemas.times import DAY, HOUR

Ask = Literal["event", "daily", "weekly"]
PERIODS: dict[Ask, int] = {"daily": DAY, "weekly": 7 * DAY}
SHANGHAI = 8 * HOUR  # periods begin at midnight in Shanghai
MONDAY = 4 * DAY  # 1970-01-05 was one


@dataclass(slots=True, eq=False)
class Question:
    """One lead asked at one time (ms), and what the models said.

    `counted` questions go into the report; `bucket` is that of the recency baseline; `orders` are those that
    followed within the horizon: id → when (ms).
    """

    entity: str
    asked_at: int
    vector: Vector
    said: tuple[float, ...]
    counted: bool
    bucket: int = 0
    orders: dict[str, int] = field(default_factory=dict)

    @property
    def label_at(self) -> int | None:
        """When the first order that stands came (ms), None for none."""
        return min(self.orders.values(), default=None)

    @property
    def label(self) -> int:
        """1 when an order followed that was not cancelled, 0 otherwise (so far)."""
        return int(bool(self.orders))


class Questions:
    """The questions that are open: their horizon (ms) has not passed."""

    def __init__(self, horizon: int) -> None:
        self.horizon = horizon
        self._waiting: deque[Question] = deque()
        self._by_entity: dict[str, deque[Question]] = {}

    def add(self, question: Question) -> None:
        """Open a question; they come in the order of time."""
        self._waiting.append(question)
        self._by_entity.setdefault(question.entity, deque()).append(question)

    def ordered(self, entity: str, order_id: str, at: int) -> list[Question]:
        """Note an order; return the questions that it answers for the first time."""
        answered = []
        for question in self._by_entity.get(entity, ()):
            if question.asked_at < at <= question.asked_at + self.horizon:
                if not question.orders:
                    answered.append(question)
                question.orders[order_id] = at
        return answered

    def cancelled(self, entity: str, order_id: str) -> None:
        """Take an order back."""
        for question in self._by_entity.get(entity, ()):
            question.orders.pop(order_id, None)

    def matured(self, before: int) -> Iterator[Question]:
        """Close and yield the questions whose horizon ended before a time (ms), oldest first."""
        while self._waiting and self._waiting[0].asked_at + self.horizon < before:
            question = self._waiting.popleft()
            own = self._by_entity[question.entity]
            own.popleft()
            if not own:
                del self._by_entity[question.entity]
            yield question


def first_question(after: int, ask: Ask) -> int:
    """Return the first beginning of a day or week (Asia/Shanghai, Monday) after a time, in ms."""
    shift = SHANGHAI if ask == "daily" else SHANGHAI - MONDAY
    period = PERIODS[ask]
    return ((after + shift) // period + 1) * period - shift

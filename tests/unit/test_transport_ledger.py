"""The accounting of offsets, as examples and as a state machine against a model."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from streams.transport.ledger import Entry, Ledger


class Message:
    def __init__(self) -> None:
        self.acked = False


def entry(next_offset: int, message: Message) -> Entry:
    return Entry(next_offset, message, size=10, records=1, reached=next_offset, at=0.0)


def delivered(ledger: Ledger, *ends: int) -> list[Message]:
    messages = [Message() for _ in ends]
    for end, message in zip(ends, messages, strict=True):
        ledger.deliver(entry(end, message))
    return messages


def test_acknowledgements_out_of_order_move_the_prefix_only_when_the_first_comes() -> None:
    ledger = Ledger()
    ledger.start(0, None)
    first, second, third = delivered(ledger, 10, 20, 30)
    third.acked = second.acked = True
    assert ledger.due() == 0
    first.acked = True
    assert ledger.due() == 30
    assert ledger.size == 0


def test_what_the_broker_holds_is_not_due_again() -> None:
    ledger = Ledger()
    ledger.start(5, 5)
    assert ledger.due() is None


def test_a_gap_behind_slices_in_flight_is_done_with_the_last_of_them() -> None:
    ledger = Ledger()
    ledger.start(0, 0)
    (message,) = delivered(ledger, 10)
    ledger.skip(15)
    assert ledger.due() is None
    message.acked = True
    assert ledger.due() == 15


def test_a_gap_with_nothing_in_flight_is_done_at_once() -> None:
    ledger = Ledger()
    ledger.start(0, 0)
    ledger.skip(7)
    assert (ledger.position, ledger.due()) == (7, 7)


def test_a_gap_never_moves_backwards() -> None:
    ledger = Ledger()
    ledger.start(9, 9)
    ledger.skip(4)
    assert (ledger.position, ledger.done) == (9, 9)


def test_a_start_forgets_what_was_in_flight() -> None:
    ledger = Ledger()
    ledger.start(0, 0)
    (message,) = delivered(ledger, 10)
    ledger.start(3, 0)
    message.acked = True
    assert ledger.due() == 3
    assert not ledger.waiting


def test_after_a_seek_backwards_the_lower_offset_is_due() -> None:
    ledger = Ledger()
    ledger.start(3, 8)
    assert ledger.is_ahead
    assert ledger.due() == 3


def test_a_slice_that_does_not_go_forward_is_refused() -> None:
    ledger = Ledger()
    ledger.start(10, 10)
    with pytest.raises(ValueError, match="10 was reached"):
        ledger.deliver(entry(10, Message()))


class Accounting(RuleBasedStateMachine):
    """Whatever is delivered, skipped, acknowledged, sought, committed: never beyond the acknowledged prefix.

    The model keeps each offset's fate by itself: `undone` are the offsets handed over and not acknowledged.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.ledger.start(0, None)
        self.undone: set[int] = set()
        self.flying: list[tuple[range, Message]] = []
        self.position = 0
        self.broker: int | None = None

    @rule(count=st.integers(1, 5), gap=st.integers(0, 3))
    def deliver(self, count: int, gap: int) -> None:
        covered = range(self.position, self.position + gap + count)
        message = Message()
        self.ledger.deliver(entry(covered.stop, message))
        self.flying.append((covered, message))
        self.undone.update(covered)
        self.position = covered.stop

    @rule(gap=st.integers(1, 5))
    def skip(self, gap: int) -> None:
        self.position += gap
        self.ledger.skip(self.position)

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        covered, message = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        message.acked = True
        self.undone.difference_update(covered)

    @rule(data=st.data())
    def seek(self, data: st.DataObject) -> None:
        self.position = data.draw(st.integers(0, self.position + 5))
        self.ledger.start(self.position, self.broker)
        self.undone.clear()
        self.flying.clear()

    @rule()
    def commit(self) -> None:
        due = self.ledger.due()
        if due is not None:
            self.ledger.committed = self.broker = due

    @invariant()
    def nothing_undone_lies_below_what_would_be_committed(self) -> None:
        self.ledger.settle()
        assert self.ledger.done is not None
        assert all(offset >= self.ledger.done for offset in self.undone)

    @invariant()
    def when_all_is_acknowledged_all_is_due(self) -> None:
        if not self.undone:
            self.ledger.settle()
            assert self.ledger.done == self.ledger.position == self.position

    @invariant()
    def bytes_are_those_in_flight(self) -> None:
        self.ledger.settle()
        assert self.ledger.size == 10 * len(self.ledger.waiting)


TestAccounting = Accounting.TestCase
TestAccounting.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


@given(st.permutations(range(6)))
def test_any_order_of_acknowledgements_ends_at_the_same_offset(order: list[int]) -> None:
    ledger = Ledger()
    ledger.start(0, None)
    messages = delivered(ledger, 1, 2, 3, 4, 5, 6)
    for done, index in enumerate(order, 1):
        messages[index].acked = True
        ledger.settle()
        missing = set(range(6)) - set(order[:done])
        assert ledger.done == min(missing, default=6)

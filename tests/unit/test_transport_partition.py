"""One partition: what a seek and what fetching again do to the slices that are cut."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.transport.own import ALONE_S, SLICES
from streams.transport.partition import LogRewound, Partition
from streams.transport.slices import SliceLimits
from tests.unit.transport_fakes import P0, fetched, own, recs

NOW = 100.0


def partition(committed: int | None = 0) -> Partition:
    made = Partition(P0, 1, SliceLimits(), committed, epoch=1)
    made.open = True
    return made


def test_fetching_again_drops_what_was_fetched_and_keeps_the_epoch_of_slices() -> None:
    part = partition()
    part.fill(fetched(0, 4, recs(0, 1, 2, 3), epoch=1), NOW)
    part.refetch(epoch=2)
    part.fill(fetched(0, 4, recs(0, 1, 2, 3), epoch=1), NOW)  # on its way when it was forgotten
    assert part.backlog.empty
    part.fill(fetched(0, 4, recs(0, 1, 2, 3), epoch=2), NOW)
    piece = part.cut()
    assert piece is not None
    assert (piece.first_offset, piece.epoch) == (0, 1)  # the lane was told 1 when the partition was opened


def test_a_seek_gives_slices_a_new_epoch() -> None:
    part = partition()
    part.start(2, epoch=5)
    part.fill(fetched(0, 4, recs(0, 1, 2, 3), epoch=1), NOW)
    assert part.backlog.empty
    part.fill(fetched(2, 4, recs(2, 3), epoch=5), NOW)
    piece = part.cut()
    assert piece is not None
    assert (piece.first_offset, piece.epoch) == (2, 5)


def test_what_we_wrote_is_cut_without_a_fetch_and_a_fetch_of_it_is_passed_over() -> None:
    part = partition()
    assert part.hand_in(own(0, 1))
    assert part.own.end == 2
    assert part.fill(fetched(0, 2, recs(0, 1), epoch=1), NOW) == 0
    piece = part.cut()
    assert piece is not None
    assert (piece.first_offset, piece.next_offset, len(piece)) == (0, 2, 2)
    assert part.backlog.empty


def test_what_we_wrote_behind_a_record_of_somebody_else_waits_for_it() -> None:
    part = partition()
    assert not part.hand_in(own(1, 2))
    assert part.backlog.empty
    part.fill(fetched(0, 1, recs(0), epoch=1), NOW)
    assert offsets(part) == [0, 1, 2]
    assert part.hand_in(own(3))


def test_a_fetch_may_come_before_we_hear_that_what_we_wrote_is_there() -> None:
    part = partition()
    part.fill(fetched(0, 2, recs(0, 1), epoch=1), NOW)
    assert part.hand_in(own(1, 2))
    assert offsets(part) == [0, 1, 2]


def test_a_partition_is_ours_alone_while_fetches_bring_nothing_new() -> None:
    part = partition()
    assert not part.own.alone(NOW)  # nothing of ours came
    assert part.hand_in(own(0))
    assert part.own.alone(NOW)
    part.fill(fetched(0, 2, recs(0, 1), epoch=1), NOW)
    assert not part.own.alone(NOW)
    assert part.own.alone(NOW + 2 * ALONE_S)
    assert not part.hand_in(own(5))
    assert not part.own.alone(NOW + 2 * ALONE_S)


def test_too_much_of_ours_is_left_to_be_fetched() -> None:
    limits = SliceLimits(records=2)
    part = Partition(P0, 1, limits, 0, epoch=1)
    part.open = True
    most = SLICES * limits.records
    assert part.hand_in(own(*range(most)))
    assert part.crowded
    assert not part.hand_in(own(most))
    part.fill(fetched(0, most + 1, recs(*range(most + 1)), epoch=1), NOW)
    assert offsets(part) == [*range(most + 1)]
    assert not part.crowded


def test_a_log_that_was_made_anew_is_noticed_although_nothing_was_fetched_of_the_old_one() -> None:
    part = partition()
    part.hand_in(own(0, 1, 2))
    with pytest.raises(LogRewound):
        part.fill(replace(fetched(0, 2, recs(0, 1), epoch=1), due=3), NOW)


def offsets(part: Partition) -> list[int]:
    """Cut all that is there, acknowledging each slice; return the offsets of its records."""
    found: list[int] = []
    while part.can_cut and (piece := part.cut()) is not None:
        found += [record.offset for record in piece.records]
        message = Acked()
        part.hand_over(piece, message, NOW)
        message.acked = True
        part.settle(NOW)
    return found


class Acked:
    acked = False


@given(st.data())
def test_every_record_is_cut_once_and_in_order_whoever_wrote_it_and_whatever_is_heard_first(
    data: st.DataObject,
) -> None:
    """A log of our records and others'; acknowledgements of ours and fetches come in any order that a broker allows."""
    writers = data.draw(st.lists(st.sampled_from(["us", "others", "gap"]), max_size=16), label="writers")
    log = [offset for offset, writer in enumerate(writers) if writer != "gap"]
    ours = [offset for offset, writer in enumerate(writers) if writer == "us"]
    part = Partition(P0, 1, SliceLimits(records=data.draw(st.integers(1, 9))), 0, epoch=1)
    part.open = True
    told, reached, found, step, empty = 0, 0, list[int](), "", False
    while reached < len(writers) or told < len(ours):
        able = {
            "told": told < len(ours),
            "fetch": reached < len(writers) and part.wants_fetch,
            "cut": step != "cut",  # twice in a row does nothing more, and draws without end
        }
        step = data.draw(st.sampled_from([each for each, may in able.items() if may] or ["cut"]), label="step")
        if step == "told":
            some = data.draw(st.integers(1, len(ours) - told))
            part.hand_in(own(*ours[told : told + some]))
            told += some
        elif step == "fetch":
            reached = max(reached, part.own.end if data.draw(st.booleans(), label="passed over") else 0)
            end = data.draw(st.integers(reached + empty if reached < len(writers) else reached, len(writers)))
            empty = end == reached  # an empty fetch, but no row of them: it would be drawn without end
            batch = recs(*[offset for offset in log if reached <= offset < end])
            part.fill(fetched(reached, end, *([batch] if batch else []), epoch=1), NOW)
            reached = end
        else:
            found += offsets(part)
    assert found + offsets(part) == log
    assert part.ledger.done == len(writers)

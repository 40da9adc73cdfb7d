"""One partition: what a seek and what fetching again do to the slices that are cut."""

from streams.transport.partition import Partition
from streams.transport.slices import SliceLimits
from tests.unit.transport_fakes import P0, fetched, recs


def partition(committed: int | None = 0) -> Partition:
    made = Partition(P0, 1, SliceLimits(), committed, epoch=1)
    made.open = True
    return made


def test_fetching_again_drops_what_was_fetched_and_keeps_the_epoch_of_slices() -> None:
    part = partition()
    part.fill(fetched(0, 4, recs(0, 1, 2, 3), epoch=1))
    part.refetch(epoch=2)
    part.fill(fetched(0, 4, recs(0, 1, 2, 3), epoch=1))  # on its way when it was forgotten
    assert part.backlog.empty
    part.fill(fetched(0, 4, recs(0, 1, 2, 3), epoch=2))
    piece = part.cut()
    assert piece is not None
    assert (piece.first_offset, piece.epoch) == (0, 1)  # the lane was told 1 when the partition was opened


def test_a_seek_gives_slices_a_new_epoch() -> None:
    part = partition()
    part.start(2, epoch=5)
    part.fill(fetched(0, 4, recs(0, 1, 2, 3), epoch=1))
    assert part.backlog.empty
    part.fill(fetched(2, 4, recs(2, 3), epoch=5))
    piece = part.cut()
    assert piece is not None
    assert (piece.first_offset, piece.epoch) == (2, 5)

"""Cutting slices from what was fetched."""

from hypothesis import given
from hypothesis import strategies as st

from streams.transport.backlog import Backlog
from tests.unit.transport_fakes import Rec, fetched, recs


def cut_all(backlog: Backlog, records: int, size: int) -> list[list[Rec]]:
    pieces = []
    while not backlog.empty:
        piece, _ = backlog.cut(records, size)
        pieces.append(piece)
    return pieces


def test_records_below_the_wanted_offset_are_trimmed() -> None:
    backlog = Backlog()
    backlog.fill(fetched(5, 8, recs(3, 4, 5), recs(6, 7)), 5)
    assert cut_all(backlog, 10, 1000) == [recs(5, 6, 7)]


def test_a_batch_that_lies_wholly_below_is_passed_over() -> None:
    backlog = Backlog()
    backlog.fill(fetched(9, 10, recs(3, 4), recs(9)), 9)
    assert cut_all(backlog, 10, 1000) == [recs(9)]


def test_nothing_but_trimmed_records_gives_an_empty_piece() -> None:
    backlog = Backlog()
    backlog.fill(fetched(9, 12, recs(3, 4)), 9)
    assert backlog.cut(10, 1000) == ([], 0)
    assert backlog.empty


def test_one_record_larger_than_the_limit_is_a_piece_of_its_own() -> None:
    small, large = Rec(0, b"x" * 10), Rec(1, b"x" * 500)
    backlog = Backlog()
    backlog.fill(fetched(0, 3, [small, large, Rec(2, b"x" * 10)]), 0)
    assert [[r.offset for r in piece] for piece in cut_all(backlog, 10, 100)] == [[0], [1], [2]]


def test_an_iterator_that_may_be_asked_for_only_once_is_enough() -> None:
    class Once:
        def __init__(self) -> None:
            self.records = iter(recs(0, 1, 2))
            self.asked = False

        def __iter__(self) -> "Once":
            assert not self.asked, "batches of aiokafka refuse a second iteration"
            self.asked = True
            return self

        def __next__(self) -> Rec:
            return next(self.records)

    backlog = Backlog()
    backlog.fill(fetched(0, 3, Once()), 0)
    assert cut_all(backlog, 1, 1000) == [recs(0), recs(1), recs(2)]


batches = st.lists(st.lists(st.integers(0, 30), max_size=8), max_size=6)


@given(sizes=batches, gaps=st.randoms(use_true_random=False), records=st.integers(1, 7), size=st.integers(1, 60))
def test_pieces_are_the_records_in_order_within_the_limits(sizes, gaps, records: int, size: int) -> None:  # type: ignore[no-untyped-def]
    offset, made = 0, []
    for batch in sizes:
        made.append([])
        for length in batch:
            made[-1].append(Rec(offset, b"x" * length))
            offset += gaps.randint(1, 3)
    backlog = Backlog()
    backlog.fill(fetched(0, offset, *made), 0)
    pieces = cut_all(backlog, records, size)
    assert [r for piece in pieces for r in piece] == [r for batch in made for r in batch]
    for piece in pieces:
        assert len(piece) <= records
        assert sum(len(r.value or b"") for r in piece) <= size or len(piece) == 1
    assert all(pieces[:-1]), "only the last piece may be empty"

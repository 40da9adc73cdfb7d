"""The consumer over a log in memory: what it hands over, what it commits, and when it must not."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest
from faust.types import TP

from streams.transport import LogRewound, SliceLimits
from streams.transport.partition import LEAST_RECORDS
from tests.unit.transport_fakes import P0, P1, FakeListener, Rec, bench, own, recs

pytestmark = pytest.mark.anyio
SMALL = SliceLimits(records=3, in_flight=2, total_slices=4)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Closing(FakeListener):
    """Opens nothing by itself."""

    def assigned(self, partitions: Mapping[TP, int]) -> None:
        """Leave it to the test."""


async def test_slices_follow_each_other_and_never_cross_a_partition() -> None:
    async with bench({P0: recs(*range(6)), P1: recs(*range(2))}, SMALL) as run:
        await run.assign(P0, P1)
        slices = await run.slices(3)
        assert sorted((s.partition, [r.offset for r in s.records]) for s in slices) == [
            (0, [0, 1, 2]),
            (0, [3, 4, 5]),
            (1, [0, 1]),
        ]
        assert {(s.generation, s.high_watermark) for s in slices if s.partition == 0} == {(1, 6)}


async def test_a_full_partition_waits_and_the_others_go_on() -> None:
    async with bench({P0: recs(*range(30)), P1: recs(0)}, SMALL) as run:
        await run.assign(P0, P1)
        await run.slices(3)
        run.thread.append(P1, 1)
        slices = await run.slices(4)
        assert [s.partition for s in slices].count(0) == SMALL.in_flight
        assert [s.first_offset for s in slices if s.partition == 1] == [0, 1]
        run.ack(next(i for i, s in enumerate(slices) if s.partition == 0))
        assert (await run.slices(5))[-1].first_offset == 6


async def test_all_partitions_together_stay_below_the_bytes_allowed() -> None:
    logs = {P0: [Rec(i, b"x" * 100) for i in range(9)], P1: [Rec(i, b"x" * 100) for i in range(9)]}
    async with bench(logs, replace(SMALL, in_flight=5, total_size=500)) as run:
        await run.assign(P0, P1)
        await run.slices(2)
        await run.settled()
        assert len(run.got) == 2
        run.ack(0)
        await run.slices(3)


async def test_partitions_take_turns_when_few_slices_may_be_under_way() -> None:
    async with bench({P0: recs(*range(9)), P1: recs(*range(9))}, replace(SMALL, in_flight=1, total_slices=1)) as run:
        await run.assign(P0, P1)
        for number in range(4):
            await run.slices(number + 1)
            await run.settled()
            assert len(run.got) == number + 1
            run.ack(number)
        slices = await run.slices(5)
        assert [s.partition for s in slices[:4]] in ([0, 1, 0, 1], [1, 0, 1, 0])


async def test_who_waits_for_a_turn_gathers_records() -> None:
    limits = replace(SMALL, records=100, in_flight=1, total_slices=1)
    async with bench({P0: recs(0), P1: recs()}, limits) as run:
        await run.assign(P0, P1)
        await run.slices(1)
        for offset in range(20):
            run.thread.append(P1, offset)
        await run.settled()
        assert len(run.got) == 1
        run.ack(0)
        assert len((await run.slices(2))[1]) == 20


async def test_only_the_acknowledged_prefix_is_committed() -> None:
    async with bench({P0: recs(*range(6))}, SMALL) as run:
        await run.assign(P0)
        await run.slices(2)
        run.ack(1)
        await run.consumer.commit()
        assert run.thread.committed.get(P0, 0) == 0
        run.ack(0)
        await run.consumer.commit()
        assert run.thread.committed == {P0: 6}
        await run.consumer.commit()
        assert run.thread.commits[-1] == {P0: 6}
        assert len([commit for commit in run.thread.commits if commit == {P0: 6}]) == 1


async def test_faust_may_mark_a_message_without_asking_the_consumer() -> None:
    async with bench({P0: recs(0, 1, 2)}, SMALL) as run:
        await run.assign(P0)
        await run.slices(1)
        run.got[0].acked = True
        await run.consumer.commit()
        assert run.thread.committed == {P0: 3}


async def test_what_this_process_wrote_is_handed_over_without_a_fetch_and_not_again_with_one() -> None:
    async with bench({P0: recs(0, 1), P1: recs()}, SMALL) as run:
        await run.assign(P0, P1)
        await run.slices(1)
        run.consumer.hand_in(P0, own(2, 3))
        run.consumer.hand_in(TP("somebody's", 0), own(0))
        assert [s.first_offset for s in await run.slices(2)] == [0, 2]
        assert run.thread.hastened == 0
        run.thread.append(P0, 2, 3, 4)
        assert [[r.offset for r in s.records] for s in (await run.slices(2))[:2]] == [[0, 1], [2, 3]]
        run.ack(0, 1)
        assert [r.offset for r in (await run.slices(3))[2].records] == [4]


async def test_what_others_wrote_in_between_is_fetched_at_once() -> None:
    async with bench({P0: recs(0)}, SMALL) as run:
        await run.assign(P0)
        await run.slices(1)
        run.ack(0)
        run.consumer.hand_in(P0, own(2))
        assert run.thread.hastened == 1
        run.thread.append(P0, 1)
        assert [r.offset for s in await run.slices(2) for r in s.records] == [0, 1, 2]


async def test_what_was_written_before_a_seek_is_read_again() -> None:
    async with bench({P0: recs(*range(4))}, SMALL) as run:
        await run.assign(P0)
        await run.slices(2)
        run.consumer.hand_in(P0, own(4, 5))
        run.thread.append(P0, 4, 5)
        await run.consumer.seek(P0, 1)
        slices = await run.slices(4)
        assert [[r.offset for r in s.records] for s in slices[2:]] == [[1, 2, 3], [4, 5]]


async def test_a_fetch_that_was_refused_is_asked_for_again_once_it_is_wanted() -> None:
    async with bench({P0: recs(*range(9))}, SMALL) as run:
        run.thread.at_once = 6
        await run.assign(P0)
        await run.slices(2)
        await run.settled()
        run.ack(0)
        assert [r.offset for r in (await run.slices(3))[2].records] == [6, 7, 8]


async def test_acknowledging_twice_counts_once() -> None:
    async with bench({P0: recs(0, 1, 2)}, SMALL) as run:
        await run.assign(P0)
        await run.slices(1)
        assert run.consumer.ack(run.got[0])
        assert not run.consumer.ack(run.got[0])


async def test_gaps_between_and_behind_records_do_not_hold_up_the_commit() -> None:
    async with bench({P0: recs(2, 3, 7, 11)}, SMALL, ends={P0: 20}) as run:
        await run.assign(P0)
        assert [s.next_offset for s in await run.slices(2)] == [8, 20]
        run.ack(0, 1)
        await run.consumer.commit()
        assert run.thread.committed == {P0: 20}


async def test_a_stretch_without_any_record_is_passed() -> None:
    async with bench({P0: []}, SMALL, ends={P0: 4}) as run:
        await run.assign(P0)
        await run.settled()
        await run.consumer.commit()
        assert run.thread.committed == {P0: 4}
        run.thread.append(P0, 4)
        assert [s.first_offset for s in await run.slices(1)] == [4]


async def test_a_listener_decides_where_a_partition_begins() -> None:
    async with bench({P0: recs(*range(9)), P1: recs(*range(9))}, SMALL) as run:
        run.thread.committed = {P0: 3, P1: 3}
        run.consumer.listener = FakeListener(run.consumer, {P0: 6, P1: None})
        await run.assign(P0, P1)
        slices = await run.slices(3)
        assert {s.partition: s.first_offset for s in reversed(slices)} == {0: 6, 1: 3}


async def test_nothing_is_delivered_before_the_partition_is_opened() -> None:
    class Silent(FakeListener):
        def assigned(self, partitions: object) -> None:
            self.calls.append("assigned")

    async with bench({P0: recs(0, 1)}, SMALL) as run:
        run.consumer.listener = listener = Silent(run.consumer)
        await run.assign(P0)
        await run.settled()
        assert (listener.calls, run.got) == (["assigned"], [])
        assert await run.consumer.open_partition(P0, 1, None) is not None
        await run.slices(1)


async def test_beginning_below_the_committed_offset_takes_the_commit_back_first() -> None:
    async with bench({P0: recs(*range(9))}, SMALL) as run:
        run.thread.committed = {P0: 6}
        run.consumer.listener = FakeListener(run.consumer, {P0: 2})
        await run.assign(P0)
        slices = await run.slices(1)
        assert slices[0].first_offset == 2
        assert run.thread.commits == [{P0: 2}]


async def test_after_a_seek_what_was_in_flight_counts_for_nothing() -> None:
    async with bench({P0: recs(*range(9))}, SMALL) as run:
        await run.assign(P0)
        await run.slices(2)
        await run.consumer.seek(P0, 1)
        run.ack(0, 1)
        await run.consumer.commit()
        assert run.thread.committed == {P0: 1}
        slices = await run.slices(3)
        assert slices[2].first_offset == 1
        assert slices[2].epoch > slices[1].epoch


async def test_a_fetch_from_before_a_seek_is_thrown_away() -> None:
    async with bench({P0: recs(*range(40))}, replace(SMALL, in_flight=1)) as run:
        run.thread.at_once = 3
        await run.assign(P0)
        await run.slices(1)
        run.ack(0)
        before = run.thread._fetch(P0)
        await run.consumer.seek(P0, 20)
        run.consumer._take_in({P0: before})
        slices = await run.slices(2)
        assert slices[1].first_offset == 20


async def test_a_closed_partition_stays_silent_until_it_is_opened_again() -> None:
    async with bench({P0: recs(*range(9))}, SMALL) as run:
        await run.assign(P0)
        await run.slices(2)
        run.ack(0)
        run.consumer.close_partition(P0, 1)
        await run.settled()
        count = len(run.got)
        epoch = await run.consumer.open_partition(P0, 1, None)
        slices = await run.slices(count + 1)
        assert (slices[count].first_offset, slices[count].epoch) == (3, epoch)


async def test_a_partition_that_closes_before_its_first_fetch_is_delivered_when_it_opens_again() -> None:
    async with bench({P0: recs(*range(3))}, SMALL) as run:
        run.consumer.listener = Closing(run.consumer)
        await run.assign(P0)
        for _ in range(2):  # the store was away while the lane prepared itself, twice
            run.consumer.close_partition(P0, 1)
        await run.consumer.open_partition(P0, 1, None)
        assert [record.offset for record in (await run.slices(1))[0].records] == [0, 1, 2]


async def test_a_first_fetch_that_comes_after_its_partition_closed_is_fetched_again() -> None:
    async with bench({P0: recs(*range(3)), P1: recs(*range(3))}, SMALL) as run:
        run.consumer.listener = Closing(run.consumer)
        await run.assign(P0, P1)
        await run.consumer.open_partition(P0, 1, None)
        run.consumer._take_in({P1: run.thread._fetch(P1)})  # was wanted when it was asked for
        await run.consumer.open_partition(P1, 1, None)
        slices = await run.slices(2)
        assert {each.partition: [r.offset for r in each.records] for each in slices} == {0: [0, 1, 2], 1: [0, 1, 2]}


async def test_revocation_waits_for_the_listener_then_commits_then_forgets() -> None:
    async with bench({P0: recs(*range(6))}, SMALL) as run:
        run.consumer.listener = listener = FakeListener(run.consumer)
        listener.busy = asyncio.Event()
        await run.assign(P0)
        await run.slices(2)
        revoking = asyncio.create_task(run.consumer.on_partitions_revoked({P0}))
        await run.settled()
        assert run.revocations == []
        run.ack(0)
        listener.busy.set()
        await revoking
        assert run.thread.commits[-1] == {P0: 3}
        assert (run.revocations, run.consumer.positions()) == ([{P0}], [])
        run.ack(1)
        await run.consumer.commit()
        assert run.thread.commits[-1] == {P0: 3}


async def test_a_revocation_does_not_wait_for_a_broker_that_is_away() -> None:
    async with bench({P0: recs(0)}, SMALL) as run:
        run.app.conf.broker_rebalance_timeout = 0.05
        await run.assign(P0)
        await run.slices(1)
        run.ack(0)
        run.thread.broker_is_away.set()
        await run.consumer.on_partitions_revoked({P0})
        assert run.consumer.positions() == []


async def test_nothing_is_handed_over_once_the_generation_has_changed() -> None:
    async with bench({P0: recs(0, 1, 2)}, SMALL) as run:
        await run.assign(P0)
        await run.slices(1)
        run.app.consumer_generation_id = 2
        run.thread.append(P0, 3)
        await run.settled()
        assert len(run.got) == 1


async def test_what_was_fetched_in_an_earlier_generation_is_not_delivered_in_the_next() -> None:
    async with bench({P0: recs(*range(30))}, replace(SMALL, in_flight=1)) as run:
        run.thread.at_once = 3
        await run.assign(P0)
        await run.slices(1)
        run.ack(0)
        stale = await run.thread.take(run.consumer.held.wants, 1)
        assert stale[P0].start >= 3
        await run.consumer.on_partitions_revoked({P0})
        count = len(run.got)
        await run.assign(P0, generation=2)
        run.consumer._take_in(stale)
        slices = await run.slices(count + 1)
        assert (slices[count].first_offset, slices[count].generation) == (3, 2)


async def test_an_assignment_that_is_overtaken_by_the_next_rebalance_changes_nothing() -> None:
    async with bench({P0: recs(0)}, SMALL) as run:
        seek_to_committed = run.thread.seek_to_committed

        async def overtaken() -> object:
            await run.consumer.on_partitions_revoked(set())
            return await seek_to_committed()

        run.thread.seek_to_committed = overtaken  # type: ignore[assignment]
        await run.assign(P0)
        assert run.consumer.positions() == []


async def test_opening_a_partition_that_was_revoked_meanwhile_is_refused() -> None:
    async with bench({P0: recs(0)}, SMALL) as run:
        await run.assign(P0)
        await run.consumer.on_partitions_revoked({P0})
        assert await run.consumer.open_partition(P0, 1, 0) is None
        await run.assign(P0, generation=2)
        assert await run.consumer.open_partition(P0, 1, 0) is None


async def test_no_slice_is_handed_over_while_flow_is_stopped() -> None:
    async with bench({P0: recs(0, 1, 2)}, SMALL) as run:
        await run.assign(P0)
        await run.slices(1)
        run.consumer.stop_flow()
        run.thread.append(P0, 3)
        await run.settled()
        assert len(run.got) == 1
        run.consumer.resume_flow()
        await run.slices(2)


async def test_a_log_that_begins_again_ends_the_loop() -> None:
    async with bench({P0: recs(*range(9))}, SMALL) as run:
        run.thread.at_once = 3
        await run.assign(P0)
        await run.slices(1)
        run.ack(0)
        run.thread.positions[P0] = 0
        with pytest.raises(LogRewound, match=r"goes on at 0, although [36] was reached"):
            await run.slices(9)


async def test_records_that_retention_removed_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    async with bench({P0: recs(*range(15))}, SMALL) as run:
        run.thread.at_once = 3
        await run.assign(P0)
        await run.slices(2)  # as many as may be in flight
        await run.settled()
        reached = run.thread.positions[P0]
        run.thread.positions[P0] = reached + 2
        run.ack(0, 1)
        slices = await run.slices(reached // 3 + 1)
        assert slices[-1].first_offset == reached + 2
        assert f"no longer holds the 2 offsets before {reached + 2}" in caplog.text


async def test_stopping_lets_the_listener_finish_and_commits() -> None:
    async with bench({P0: recs(0, 1, 2)}, SMALL) as run:
        run.consumer.listener = listener = FakeListener(run.consumer)
        await run.assign(P0)
        await run.slices(1)
        run.ack(0)
        await run.consumer.commit_and_end_transactions()
        assert listener.calls == ["idle"]
        assert run.thread.committed == {P0: 3}


async def test_nothing_is_asked_of_a_thread_that_has_ended() -> None:
    async with bench({P0: recs(0, 1, 2)}, SMALL) as run:
        await run.assign(P0)
        await run.slices(1)
        run.ack(0)
        run.thread.dead = True
        await run.consumer.commit_and_end_transactions()
        assert run.thread.commits == []


async def test_positions_tell_the_lag() -> None:
    async with bench({P0: recs(*range(6))}, replace(SMALL, in_flight=1)) as run:
        await run.assign(P0)
        await run.slices(1)
        (position,) = run.consumer.positions()
        assert (position.delivered, position.done, position.end, position.waiting) == (3, 0, 6, 1)
        assert position.lag == 6
        run.ack(0)
        await run.slices(2)
        assert run.consumer.positions()[0].lag == 3


async def test_slices_shrink_while_handling_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("streams.transport.consumer.monotonic", lambda: now[0])
    async with bench({P0: recs(*range(3_000))}, SliceLimits(records=1_000, in_flight=1, seconds=0.5)) as run:
        await run.assign(P0)
        assert len((await run.slices(1))[0]) == LEAST_RECORDS
        now[0] += LEAST_RECORDS / 1_000  # 1 ms a record
        run.ack(0)
        assert len((await run.slices(2))[1]) == 500
        now[0] += 50.0  # 0.1 s a record: 5 would take as long as they may, and cost nearly as much as 250
        run.ack(1)
        assert len((await run.slices(3))[2]) == LEAST_RECORDS

"""What a replay reads from a file: broken clocks are refused, gaps and late events are not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from schemas.outcome import Refusal
from streams.commands.replay import replay
from streams.replay.sources import Window, Windowed, touchpoints
from tests.events import event

BEGIN = datetime(2026, 11, 21, tzinfo=UTC)

# Days after the first event, and which of the events is refused.
CASES = [
    ("in order", [0, 1, 2], []),
    ("one clock is ten years ahead", [0, 3650, 1, 2], [1]),
    ("the first clock is ahead", [3650, 0, 1], [0]),
    ("a quiet year", [0, 365, 366], []),
    ("a late event after a quiet week", [0, 7, 1, 8], []),
    ("late events", [5, 4, 3, 2], []),
    ("the last event cannot be told from a quiet year", [0, 1, 400], []),
    ("a line that is no JSON between", [0, 3650, None, 1], [1]),
    ("one event", [3650], []),
]


@pytest.mark.parametrize(("story", "days", "refused"), CASES, ids=[case[0] for case in CASES])
def test_which_events_come_from_a_broken_clock(tmp_path: Path, story: str, days: list, refused: list) -> None:
    lines = [
        b"no JSON" if day is None
        else orjson.dumps(event("login", event_id=f"e{place}", occurred_at=(BEGIN + timedelta(days=day)).isoformat()))
        for place, day in enumerate(days)
    ]  # fmt: skip
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(lines))
    found = list(touchpoints(file))
    assert [
        place for place, one in enumerate(found) if isinstance(one, Refusal) and one.reason == "future_time"
    ] == refused
    assert [one.event_id for one in found if not isinstance(one, Refusal) or one.event_id] == [
        f"e{place}" for place, day in enumerate(days) if day is not None
    ]


def read_and_told(log: list[tuple[int, int, str]], window: Window) -> tuple[str, str]:
    part = Windowed(log, window)  # type: ignore[arg-type]
    found = list(part)
    told = "".join(record for offset, record in found if part.tells(offset))  # type: ignore[misc]
    return "".join(record for _, record in found), told  # type: ignore[misc]


LOG = [(10, 100, "a"), (11, 100, "b"), (12, 250, "c"), (14, 300, "d")]  # (offset, when the topic took it, record)


@pytest.mark.parametrize(
    ("window", "read", "told"),
    [
        (Window(), "abcd", "abcd"),
        (Window(since=200), "abcd", "cd"),
        (Window(until=300), "abc", "abc"),
        (Window(200, 300), "abc", "c"),
        (Window(since=100, until=100), "", ""),
        (Window(since=301), "abcd", ""),
    ],
)
def test_a_window_of_the_log_tells_its_part_and_reads_all_before_it(window: Window, read: str, told: str) -> None:
    assert read_and_told(LOG, window) == (read, told)


@pytest.mark.parametrize(
    ("window", "read", "told"),
    [
        (Window(until=250), "ac", "ac"),
        (Window(since=250), "abcd", "bd"),
        (Window(150, 350), "abcd", "bcd"),
        (Window(250, 310), "abc", "b"),
    ],
)
def test_each_record_goes_by_its_own_time_where_clocks_of_writers_differ(window: Window, read: str, told: str) -> None:
    assert read_and_told([(1, 100, "a"), (2, 300, "b"), (3, 200, "c"), (4, 320, "d")], window) == (read, told)


def test_times_of_the_log_are_for_the_topic_and_must_be_times(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("")
    wrong = CliRunner().invoke(replay, [str(file), "--from", "2026-11-21T10:00:00Z", "--out", str(tmp_path / "out")])
    assert (wrong.exit_code, "--topic" in wrong.output) == (2, True)
    wrong = CliRunner().invoke(replay, ["--topic", "facts", "--to", "yesterday", "--out", str(tmp_path / "out")])
    assert (wrong.exit_code, "--to: 'yesterday' is no time" in wrong.output) == (2, True)

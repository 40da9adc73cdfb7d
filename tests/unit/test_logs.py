"""Logs: one JSON object a line, whoever writes it, without personal data."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from streams import logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("DEBUG", stream)
    yield stream
    root.handlers[:], _ = before[0], root.setLevel(before[1])
    logging.captureWarnings(False)
    structlog.reset_defaults()


def read(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_logs_of_libraries_and_of_ours_look_alike(lines: io.StringIO) -> None:
    logging.getLogger("aiokafka.consumer").warning("lost %s", "node-1")
    structlog.get_logger("whetstone.x").info("took a batch", records=3)
    library, ours = read(lines)
    assert (library["event"], library["level"], library["logger"]) == ("lost node-1", "warning", "aiokafka.consumer")
    assert (ours["event"], ours["records"], ours["logger"]) == ("took a batch", 3, "whetstone.x")
    assert library["timestamp"].endswith("Z")


def test_personal_data_is_masked_wherever_it_stands(lines: io.StringIO) -> None:
    structlog.get_logger("x").info("call 13800138000 back", phone="138-0013-8000", lead="lead:abc", event_id="e-1")
    logging.getLogger("x").info("mail %s", "zhang.wei@example.com", extra={"name_of": {"email": "li@example.com"}})
    try:
        raise ValueError("cannot parse 13912345678")
    except ValueError:
        logging.getLogger("x").exception("failed for 13912345678")
    text = lines.getvalue()
    for secret in ("13800138000", "0013-8000", "zhang.wei", "li@example", "13912345678"):
        assert secret not in text
    assert read(lines)[0]["lead"] == "lead:abc"
    assert "ValueError" in read(lines)[2]["exception"]


def test_libraries_that_talk_much_are_quiet(lines: io.StringIO) -> None:
    logging.getLogger("faust.app").info("chatter")
    logging.getLogger("faust.app").error("trouble")
    assert [one["event"] for one in read(lines)] == ["trouble"]


def test_warnings_and_strange_values_are_logged_too(lines: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", UserWarning, stacklevel=1)
    structlog.get_logger("x").info("odd", value=object(), raw=b"\xff\x00", bad="\ud800")
    warned, odd = read(lines)
    assert "old" in warned["event"]
    assert odd["raw"] == "2 bytes"

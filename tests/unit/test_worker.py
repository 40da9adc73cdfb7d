"""The worker's frame, as far as it needs no broker."""

import asyncio
from pathlib import Path

import pytest

from streams.settings import Settings
from streams.transport import SliceConsumer, SliceLimits
from streams.worker.engine import make_engine
from streams.worker.watchdog import end_after

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_the_engine_uses_the_slices_transport_and_its_limits(tmp_path: Path) -> None:
    limits = SliceLimits(records=7)
    app = make_engine(Settings(data_dir=tmp_path, kafka_brokers="a:1,b:2"), "group", limits)
    assert isinstance(app.slices, SliceConsumer)
    assert app.slices.held.limits is limits
    assert [str(url) for url in app.conf.broker] == ["slices://a:1", "slices://b:2"]
    assert not app.conf.stream_wait_empty
    app.slices._thread.thread_loop.close()


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [("PLAINTEXT", None), ("SASL_PLAINTEXT", "SASL_PLAINTEXT"), ("SASL_SSL", "SASL_SSL"), ("SSL", "SSL")],
)
def test_credentials_follow_the_settings(protocol: str, expected: str | None) -> None:
    settings = Settings(kafka_security_protocol=protocol, kafka_username="u", kafka_password="p")
    app = make_engine(settings, "group", SliceLimits())
    found = app.conf.broker_credentials
    assert (found.protocol.value if found else None) == expected


async def test_a_stop_that_takes_too_long_is_cut_short() -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    timer = end_after(0.0, lambda: loop.call_soon_threadsafe(ended.set))  # type: ignore[arg-type]
    await ended.wait()
    assert timer.daemon  # it holds no process back
    timer.join(5)
    assert not timer.is_alive()


def test_limits_that_allow_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        SliceLimits(records=0)

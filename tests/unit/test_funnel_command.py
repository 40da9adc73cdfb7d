"""`whetstone funnel` where there is nothing to show yet."""

from collections.abc import Sequence

import pytest
from click.testing import CliRunner

from streams.cli import main
from streams.commands import funnel


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(["stages", "--days", "7"], "no lead entered a stage in the last 7 days"), (["variants"], "`funnel.variant`")],
)
def test_nothing_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], expected: str
) -> None:
    monkeypatch.setattr(funnel, "_with", lambda _: [])
    result = CliRunner().invoke(main, ["funnel", *arguments])
    assert (result.exit_code, expected in result.output) == (0, True)

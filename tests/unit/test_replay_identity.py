"""A replay decides who is who as the live path does, and gives the same for every batch size."""

import json
from pathlib import Path as File

import pytest
from click.testing import CliRunner

from streams.commands.replay import replay
from tests.unit.test_identity_live import STORY


@pytest.mark.parametrize("size", ["1", "4", "100"])
def test_a_replay_joins_by_evidence_whatever_the_batch_size(tmp_path: File, size: str) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text("\n".join(json.dumps(event, ensure_ascii=False) for event in STORY))
    digests = []
    for name, given in (("one", size), ("other", "7")):
        out = tmp_path / name
        arguments = [str(events), "--out", str(out), "--batch", given]
        result = CliRunner().invoke(replay, arguments)
        assert result.exit_code == 0, result.output
        digests.append((out / "digest.txt").read_text())
    assert digests[0] == digests[1]
    assert "identity_review" in (tmp_path / "one" / "signals.jsonl").read_text()

"""Applying a rule book on real services: the topic's control records, the history, rolling back."""

from itertools import islice

import pytest

from schemas.fact import RuleBookChange
from schemas.registry import FileRegistry
from schemas.rules import load_rule_book
from schemas.wire import Codec
from streams.commands import rules
from streams.commands.rule_history import book_in_force, book_of_version
from streams.replay.sources import facts
from streams.settings import Settings

pytestmark = pytest.mark.services
CODEC = Codec(FileRegistry())


def versions(settings: Settings, partition: int) -> list[str]:
    records = [record for _, record in islice(facts(settings, CODEC, partition), 10)]
    return [record.version for record in records if isinstance(record, RuleBookChange)]


def test_a_book_is_applied_and_rolled_back(isolated_settings: Settings) -> None:
    one, other = load_rule_book("name: one"), load_rule_book("name: other\nnotes: {remind_minutes: 5}")
    for book in (one, other, one):
        rules._applied(isolated_settings, book, "ops")
    for partition in range(isolated_settings.fact_partitions):
        assert versions(isolated_settings, partition) == [one.version, other.version, one.version]
    assert book_in_force(isolated_settings) == one
    assert book_of_version(isolated_settings, "other@") == other

"""`whetstone rules`: what it says and writes, without services; applying on the fakes."""

import asyncio
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from schemas.fact import RuleBookChange
from schemas.registry import FileRegistry
from schemas.rules import RuleBook, load_rule_book
from schemas.wire import Codec
from sinks.base import SinkUnavailable
from sinks.memory.kafka import MemoryProducer
from sinks.rule_books import MemoryRuleBookStore, in_force
from streams.cli import main
from streams.replay.diff import write_diff
from streams.rule_books import apply_book, book_that_holds, differences
from tests.events import event

CODEC = Codec(FileRegistry())
STRICT = "name: strict\nassignment: {default_roster: [r1]}\nfollowup: {first_contact_minutes: 5}\n"
LOOSE = "name: loose\nassignment: {default_roster: [r1]}\nfollowup: {first_contact_minutes: 50}\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def book(folder: Path, text: str, name: str = "book.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_check_says_the_version_or_every_problem(tmp_path: Path) -> None:
    good = run("rules", "check", book(tmp_path, STRICT))
    assert (good.exit_code, good.output.split(":")[0]) == (0, load_rule_book(STRICT).version)
    bad = run("rules", "check", book(tmp_path, "followup: {first_contact_minutes: 0, nope: 1}"))
    assert bad.exit_code == 1
    assert "followup.first_contact_minutes: input should be" in bad.output
    assert "followup.nope: no rule reads this key" in bad.output


def test_show_prints_a_whole_book_that_can_be_read_again(tmp_path: Path) -> None:
    shown = run("rules", "show", book(tmp_path, STRICT))
    assert shown.output.startswith(f"# {load_rule_book(STRICT).version}\n")
    assert load_rule_book(shown.output) == load_rule_book(STRICT)


def test_diff_names_every_key_with_both_values(tmp_path: Path) -> None:
    shown = run("rules", "diff", book(tmp_path, LOOSE, "b"), book(tmp_path, STRICT, "a"))
    assert 'name: "strict" → "loose"\n' in shown.output
    assert "followup.first_contact_minutes: 5 → 50\n" in shown.output
    assert "2 keys differ" in shown.output


def test_differences_of_mappings_are_told_key_by_key() -> None:
    one = load_rule_book("assignment: {rosters: {华东: [r1]}}")
    other = load_rule_book("assignment: {rosters: {华北: [r2]}}")
    assert set(differences(one, other)) == {
        ("assignment.rosters.华东", '["r1"]', ""),
        ("assignment.rosters.华北", "", '["r2"]'),
    }
    assert differences(one, one) == []
    none = load_rule_book("name: default")
    assert differences(none, other) == [("assignment.rosters.华北", "", '["r2"]')]
    assert differences(other, none) == [("assignment.rosters.华北", '["r2"]', "")]


def journey(folder: Path) -> Path:
    """A form at ten, a call at ten past, somebody else an hour later."""
    moments = ["10:00:00", "10:10:00", "11:00:00", "12:30:00"]
    kinds = ["form_submitted", "followed_up", "page_viewed", "page_viewed"]
    lines = [
        orjson.dumps(event(kind, event_id=f"e{number}", occurred_at=f"2026-11-21T{moment}+08:00"))
        for number, (kind, moment) in enumerate(zip(kinds, moments, strict=True))
    ]
    path = folder / "events.jsonl"
    path.write_bytes(b"\n".join(lines))
    return path


def test_try_tells_what_a_book_would_have_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.commands.rules.book_in_force", lambda _: load_rule_book(LOOSE))
    out = tmp_path / "out"
    tried = run("rules", "try", book(tmp_path, STRICT), journey(tmp_path), "--out", out)
    assert tried.exit_code == 0, tried.output
    assert "diff: {'followup_overdue': {'added': 1}" in tried.output
    lines = [orjson.loads(line) for line in (out / "diff.jsonl").read_bytes().splitlines()]
    (overdue,) = (line for line in lines if line["kind"] == "followup_overdue")
    assert (overdue["change"], overdue["before"]) == ("added", [])
    assert overdue["after"][0]["evidence"]["minutes"] == 5


def test_a_replay_of_rejected_events_alone_fails_after_its_report(tmp_path: Path) -> None:
    bad, some = tmp_path / "bad.jsonl", tmp_path / "some.jsonl"
    bad.write_bytes(b'no json\n{"event_id": "e"}\n')
    some.write_bytes(journey(tmp_path).read_bytes() + b"\nno json\n")
    failed = run("replay", bad, "--out", tmp_path / "bad")
    assert failed.exit_code == 1
    assert "rejected: {'not_json': 1, 'missing_field': 1}" in failed.output
    assert failed.output.splitlines()[-1] == f"Error: {bad}: every event was rejected (missing_field 1, not_json 1)"
    assert (tmp_path / "bad" / "digest.txt").exists()
    done = run("replay", some, "--out", tmp_path / "some")
    assert done.exit_code == 0, done.output
    assert "rejected: {'not_json': 1}" in done.output


def test_a_book_tried_against_itself_differs_in_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.commands.replay.book_in_force", lambda _: load_rule_book(STRICT))
    out = tmp_path / "out"
    tried = run("replay", journey(tmp_path), "--rules", book(tmp_path, STRICT), "--diff", "--out", out)
    assert tried.exit_code == 0, tried.output
    assert "diff: {}" in tried.output
    assert (out / "diff.jsonl").read_bytes() == b""
    assert (out / "digest.txt").read_bytes() == (out / "before" / "digest.txt").read_bytes()


def test_a_diff_tells_added_removed_and_changed_apart(tmp_path: Path) -> None:
    def written(name: str, *signals: dict[str, str]) -> Path:
        path = tmp_path / name
        path.write_bytes(b"".join(orjson.dumps(signal) + b"\n" for signal in signals))
        return path

    same = {"kind": "k", "entity": "a", "at": "1"}
    before = written("before", {**same, "signal_id": "1"}, {"kind": "k", "entity": "b"}, {"kind": "k", "entity": "c"})
    after = written(
        "after", {**same, "signal_id": "2"}, {"kind": "k", "entity": "b", "at": "2"}, {"kind": "l", "entity": "c"}
    )
    counts = write_diff(before, after, tmp_path / "diff")
    assert counts == {"k": {"changed": 1, "removed": 1}, "l": {"added": 1}}


def test_a_book_is_written_into_every_partition_and_into_the_history() -> None:
    producer, store = MemoryProducer({"facts": 5}), MemoryRuleBookStore()
    found = load_rule_book(STRICT)
    change = asyncio.run(apply_book(found, "ops", store, producer, CODEC.encode_fact, "facts", lambda: 77))
    records = producer.records["facts"]
    assert sorted(record.partition for record in records) == [0, 1, 2, 3, 4]
    assert {record.key for record in records} == {b"~control"}
    assert [CODEC.decode_fact(record.value) for record in records] == [change] * 5
    assert (change.version, change.applied_by, change.applied_at) == (found.version, "ops", 77)
    assert RuleBook.model_validate_json(change.document) == found
    applied = asyncio.run(in_force(store))
    assert applied is not None
    assert (applied.version, applied.told_at) == (found.version, 77)


class Away(MemoryProducer):
    async def produce_all(self, records: object) -> None:
        raise SinkUnavailable("kafka", "away")


def test_a_book_that_not_every_partition_holds_is_not_in_force() -> None:
    store = MemoryRuleBookStore()
    with pytest.raises(SinkUnavailable):
        asyncio.run(apply_book(RuleBook(), "ops", store, Away({"facts": 2}), CODEC.encode_fact, "facts", lambda: 1))
    assert asyncio.run(in_force(store)) is None
    assert [one.told_at for one in store.books] == [None]


def test_a_worker_cleanses_by_the_book_in_force_and_by_its_first_one_before() -> None:
    store, first = MemoryRuleBookStore(), load_rule_book(LOOSE)

    async def applied(document: str, *, told: bool) -> RuleBook:
        seq = await store.begin("v", document, "t", 1)
        if told:
            await store.told(seq, 2)
        return await book_that_holds(store, first)

    strict = load_rule_book(STRICT)
    assert asyncio.run(book_that_holds(store, first)) == first
    assert asyncio.run(applied(strict.document, told=False)) == first
    assert asyncio.run(applied(strict.document, told=True)) == strict
    assert asyncio.run(applied('{"name": "later", "notes": {"gone": 1}}', told=True)) == RuleBook(name="later")


def listed(*arguments: object) -> dict[str, dict[str, object]]:
    result = run("rules", "list", "--json", *arguments)
    assert result.exit_code == 0, result.output
    return {line["rule"]: line for line in map(orjson.loads, result.output.splitlines())}


def test_list_says_what_is_on_and_counts_effects_in_a_sample(tmp_path: Path) -> None:
    sample = tmp_path / "sample.jsonl"
    forms = [
        {"form": "f", "phone": phone} for phone in ("１３８００１３８０００", "138****8000", "13900139000（微信同号）")
    ]
    events = [event("form_submitted", data, event_id=f"e{number}") for number, data in enumerate(forms)]
    sample.write_bytes(b"\n".join([*map(orjson.dumps, events), b"not json", b'{"type": "form_submitted"}']))
    all_on = listed(sample, "--book", book(tmp_path, STRICT))
    assert {name: all_on[name]["effects"] for name in ("phone.e164", "phone.masked", "phone.wechat_same")} == {
        "phone.e164": 2, "phone.masked": 1, "phone.wechat_same": 1
    }  # fmt: skip
    without = listed(sample, "--book", book(tmp_path, STRICT + "cleansing: {off: [phone.wechat_same]}\n"))
    assert (without["phone.wechat_same"]["on"], without["phone.wechat_same"]["effects"]) == (False, 0)
    assert without["phone.masked"]["effects"] == 1
    assert "effects" not in listed("--book", book(tmp_path, STRICT))["phone.masked"]


OURS = (
    "name: ours\nassignment: {rosters: {华东: [r1, r2], 华南: [r3]}, default_roster: [r1]}\n"
    "notes: {remind_minutes: 5}\noverrides: [{when: {source: website}, set: {notes: {remind_minutes: 6}}}]\n"
)


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[RuleBook]:
    """The books that commands apply; one of ours is in force."""
    books: list[RuleBook] = []

    def apply(_: object, book: RuleBook, who: str) -> RuleBookChange:
        books.append(book)
        return RuleBookChange(version=book.version, document=book.document, applied_by=who, applied_at=0)

    monkeypatch.setattr("streams.commands.rules.book_in_force", lambda _: load_rule_book(OURS))
    monkeypatch.setattr("streams.commands.rules._applied", apply)
    return books


def test_what_a_book_drops_by_its_silence_is_named_and_asked_for(tmp_path: Path, applied: list[RuleBook]) -> None:
    partial = book(tmp_path, "name: switches\ncleansing: {off: [record.misplaced]}\n")
    refused = CliRunner().invoke(main, ["rules", "apply", str(partial)], input="n\n")
    assert (refused.exit_code, applied) == (1, [])
    for told in (
        'assignment.rosters.华东: ["r1","r2"] → (none)', 'assignment.default_roster: ["r1"] → []',
        "notes.remind_minutes: 5", "overrides: [", "3 名销售", "r1, r2, r3", "nothing was applied", "--yes",
    ):  # fmt: skip
        assert told in refused.output
    assert "name:" not in refused.output
    for arguments, answer in ((["--yes"], ""), ([], "y\n"), ([], "")):  # the last: a script, where nobody answers
        done = CliRunner().invoke(main, ["rules", "apply", str(partial), *arguments], input=answer)
        assert (done.exit_code, applied.pop().name) == (0, "switches"), done.output
        assert "华东" in done.output
        assert ("rules apply --version" in done.output) == (not arguments and not answer)


@pytest.mark.parametrize(
    "change",
    [
        OURS + "cleansing: {off: [record.misplaced]}\n",
        OURS.replace("华南: [r3]", "华南: [r4]"),
        "name: less\nassignment: {rosters: {}, default_roster: []}\nnotes: {remind_minutes: 9}\noverrides: []\n",
    ],
)
def test_what_a_book_says_itself_is_not_asked_for(tmp_path: Path, applied: list[RuleBook], change: str) -> None:
    done = run("rules", "apply", book(tmp_path, change))
    assert (done.exit_code, len(applied)) == (0, 1), done.output
    assert "恢复默认值" not in done.output


def test_a_region_that_is_left_out_of_the_rosters_is_named(tmp_path: Path, applied: list[RuleBook]) -> None:
    less = book(tmp_path, OURS.replace(", 华南: [r3]", ""))
    asked = CliRunner().invoke(main, ["rules", "apply", str(less)], input="n\n")
    assert (asked.exit_code, applied) == (1, [])
    assert 'assignment.rosters.华南: ["r3"] → (none)' in asked.output
    assert "1 名销售" in asked.output

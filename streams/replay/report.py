"""What replay writes into its folder, and the digest over it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import orjson

from processors.state import decode_entity
from schemas.effects import Change
from schemas.signal import Signal
from streams.replay.partition import Partition


class Report:
    """Collects what comes out and writes signals, history, state, a report and the digest over the first three."""

    def __init__(self) -> None:
        self._signals: list[tuple[Any, bytes]] = []
        self._changes: list[tuple[Any, bytes]] = []
        self.kinds: Counter[str] = Counter()

    def take(self, signals: Iterable[Signal], changes: Iterable[Change]) -> None:
        """Keep the outputs of a batch."""
        for signal in signals:
            self.kinds[signal.kind] += 1
            self._signals.append((signal.origin, _line(signal.as_json())))
        for change in changes:
            plain = msgspec.to_builtins(change)
            plain |= {"previous": change.previous.hex(), "hash": change.hash.hex()}
            self._changes.append((change.origin, _line(plain)))

    def write(self, folder: Path, partitions: Sequence[Partition], figures: dict[str, Any]) -> str:
        """Write the files, in the order of the log, and return the digest (64 hex digits)."""
        folder.mkdir(parents=True, exist_ok=True)
        digest = sha256()
        for name, lines in (
            ("signals.jsonl", _in_order(self._signals)),
            ("history.jsonl", _in_order(self._changes)),
            ("state.jsonl", _states(partitions)),
        ):
            with (folder / name).open("wb") as file:
                for line in lines:
                    digest.update(line)
                    file.write(line)
        found = digest.hexdigest()
        whole = {**figures, "signals": dict(sorted(self.kinds.items())), "digest": found}
        (folder / "report.json").write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b"\n")
        (folder / "digest.txt").write_text(found + "\n", encoding="ascii")
        return found


def _in_order(lines: list[tuple[Any, bytes]]) -> Iterable[bytes]:
    return (line for _, line in sorted(lines, key=lambda pair: pair[0]))


def _states(partitions: Sequence[Partition]) -> Iterable[bytes]:
    for partition in partitions:
        for entity, blob in sorted(partition.blobs.items()):
            if entity.startswith("~"):
                yield _line({"partition": partition.slot.partition, "part": entity, "blob": blob.hex()})
            else:
                state = msgspec.to_builtins(decode_entity(blob), builtin_types=(bytes,))
                if "h" in state:
                    state["h"] = state["h"].hex()
                yield _line({"entity": entity, "state": state})


def _line(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} is not plain data")

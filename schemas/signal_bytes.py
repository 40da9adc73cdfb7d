"""`Signal`: one is written for every imported lead, without a general Avro library.

The bytes are those of fastavro; `tests/unit/test_signal_bytes.py` holds both against each other. Reading is rare and
left to fastavro.
"""

from collections.abc import Mapping

from schemas.fact_bytes import (
    END,
    Kept,
    avro_long,
    avro_optional,
    avro_source,
    avro_string,
    avro_strings,
    avro_time,
)
from schemas.signal import Signal


class SignalWriter:
    """Writes signals: `prefix` (the wire format's), then the record."""

    def __init__(self, prefix: bytes) -> None:
        self._prefix = prefix
        self._names = Kept(avro_string)
        self._sources = Kept(avro_source)

    def write(self, signal: Signal, evidence: bytes) -> bytes:
        """Return the bytes of a signal whose evidence is this JSON.

        Raises TypeError, ValueError, OverflowError or AttributeError when a value is not what the record says.
        """
        origin, names = signal.origin, self._names
        return b"".join(
            (
                self._prefix,
                avro_string(signal.signal_id),
                names[signal.kind],
                avro_string(signal.entity),
                avro_time(signal.at),
                names[signal.severity],
                avro_strings(signal.to),
                _map(signal.title),
                names[signal.rule],
                names[signal.rule_book],
                self._sources[origin.topic, origin.incarnation, origin.partition],
                avro_long(origin.offset),
                avro_long(origin.index),
                avro_long(len(evidence)),
                evidence,
                avro_optional(signal.model),
                avro_optional(signal.region),
            )
        )


def _map(texts: Mapping[str, str]) -> bytes:
    written = b"".join([avro_string(text) for item in texts.items() for text in item])
    return avro_long(len(texts)) + written + END if texts else END

"""Measures one system from its first record to its last; the system's process ends with the result."""

import json
import os
import sys
from dataclasses import asdict, dataclass
from time import perf_counter, process_time

import psutil


@dataclass(frozen=True, slots=True)
class Run:
    """One measured run: events after the first batch, wall and CPU seconds for them, memory at the end (MiB)."""

    events: int
    seconds: float
    cpu_seconds: float
    rss_mb: float


class Meter:
    """Counts records and bytes; the clock starts when the first batch has arrived, so it is not counted."""

    def __init__(self, events: int) -> None:
        self._wanted = events
        self._seen = 0
        self._size = 0
        self._first = 0
        self._began = 0.0
        self._cpu = 0.0

    def note(self, records: int, size: int) -> bool:
        """Count records and the bytes of their values; True once all have been seen."""
        if not self._seen:
            self._first = records
            self._cpu = process_time()
            self._began = perf_counter()
        self._seen += records
        self._size += size
        return self._seen >= self._wanted

    def run(self) -> Run:
        """Return what was measured up to now."""
        seconds, cpu = perf_counter() - self._began, process_time() - self._cpu
        if self._size == 0 or self._seen <= self._first:
            raise ValueError(f"nothing to measure: {self._seen} records, {self._size} bytes")
        return Run(self._seen - self._first, seconds, cpu, psutil.Process().memory_info().rss / 2**20)

    def end(self) -> None:
        """Print the result and end the process at once: how a system stops is not what is measured."""
        print("\n" + json.dumps(asdict(self.run())), flush=True)  # Faust leaves an unfinished line behind
        sys.stderr.flush()
        os._exit(0)

"""How far the worker is, over its restarts, and waiting until it has done everything."""

import time
from contextlib import closing
from typing import NamedTuple

from streams.sample.feeding import Feeder
from streams.sample.observing import Scrape, scrape
from streams.sample.processes import Processes
from streams.sample.screen import Bars
from streams.services import ServiceError
from streams.services.backlog import Backlog
from streams.settings import Settings

LOOK_S = 0.5  # how often the worker is asked
STALL_S = 60.0  # a worker that moves nothing for so long is stuck
MOST_AHEAD = 6_000  # touchpoints and facts that may wait: forty days or so of the whole sample
PAUSE_S = 0.1


class Totals(NamedTuple):
    """What workers counted, over restarts."""

    cleansed: int = 0
    duplicates: int = 0
    facts: int = 0

    def plus(self, now: Scrape) -> "Totals":
        """Return these and what the present worker has counted."""
        return Totals(
            self.cleansed + int(now.total("worker_records_total", stage="cleanse")),
            self.duplicates + int(now.total("duplicates_total")),
            self.facts + int(now.total("facts_total")),
        )


class WorkerProgress:
    """Watches the worker at `port`; what earlier ones counted is kept."""

    def __init__(self, processes: Processes, feeder: Feeder, port: int) -> None:
        self._processes = processes
        self._feeder = feeder
        self._port = port
        self._before = Totals()
        self._looked = float("-inf")
        self._done = 0

    def keep(self) -> None:
        """Remember what the present worker has counted: it is about to be stopped."""
        self._before = self._before.plus(scrape(self._port))

    def follow(self, port: int) -> None:
        """Watch another worker from here on."""
        self._port = port

    def glance(self, bars: Bars) -> None:
        """Look and show, but not more often than every half second."""
        if time.monotonic() - self._looked >= LOOK_S:
            self.look(bars)

    def look(self, bars: Bars) -> tuple[Totals, float]:
        """Look and show; return what has been counted and how many records wait. Raises ServiceError."""
        self._looked = time.monotonic()
        self._processes.check()
        now = scrape(self._port)
        totals = self._before.plus(now)
        seen = self._feeder.duplicates + self._feeder.rejected.total()  # what the gateway settled by itself
        bars.set("cleansed", totals.cleansed + seen)
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(now.by("signals_total", "kind").items()))
        bars.note(f"facts {totals.facts:,}; signals: {kinds or 'none yet'}")
        lag = now.total("worker_lag_records")
        self._done = totals.cleansed - int(lag)
        return totals, lag

    def hold(self, bars: Bars) -> None:
        """Wait while too much waits. Raises ServiceError when stuck.

        Without this, one partition could be read months ahead of another, which front ends in the present never see.
        """
        done, since = self._done, time.monotonic()
        while self._feeder.in_topic - self._done > MOST_AHEAD:
            totals, lag = self.look(bars)
            if self._done != done:
                done, since = self._done, time.monotonic()
            elif time.monotonic() - since > STALL_S:
                raise self._stuck(totals, lag)
            time.sleep(PAUSE_S)

    def settle(self, bars: Bars, settings: Settings) -> Totals:
        """Wait until nothing that was sent, or followed from it, is left to do. Raises ServiceError when stuck.

        The worker's own figures may be a fetch old: that nothing is left is read from the topics themselves.
        """
        last, since = Totals(), time.monotonic()
        with closing(Backlog(settings)) as backlog:
            while True:
                totals, lag = self.look(bars)
                if totals.cleansed >= self._feeder.in_topic and lag == 0 and not any(backlog.count().values()):
                    return self.look(bars)[0]
                if totals != last:
                    last, since = totals, time.monotonic()
                elif time.monotonic() - since > STALL_S:
                    raise self._stuck(totals, lag)
                time.sleep(LOOK_S)

    def _stuck(self, totals: Totals, lag: float) -> ServiceError:
        return self._processes.trouble(
            "worker",
            f"the worker has moved nothing for {STALL_S:g} s: {totals.cleansed:,} of {self._feeder.in_topic:,} "
            f"touchpoints are cleansed, {lag:,.0f} records wait",
        )

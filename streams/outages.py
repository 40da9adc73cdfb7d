"""Which stores this process waits for, as the metric `sink_up` shows it."""

from collections.abc import Hashable

from streams.metrics import SINK_RETRIES, SINK_UP


class Outages:
    """Who waits for which store. A store is up (1) when nobody waits for it any more, however many did."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[Hashable]] = {}

    def begin(self, store: str, who: Hashable) -> None:
        """Note that a call of `who` to a store has failed and will be made again."""
        self._waiting.setdefault(store, set()).add(who)
        SINK_RETRIES.labels(store).inc()
        SINK_UP.labels(store).set(0)

    def end(self, who: Hashable) -> None:
        """Note that `who` waits for nothing any more: it got through, or gave up for good."""
        for store, waiting in self._waiting.items():
            if who in waiting:
                waiting.remove(who)
                SINK_UP.labels(store).set(not waiting)

    def stores(self) -> list[str]:
        """Return the stores that somebody waits for."""
        return sorted(store for store, waiting in self._waiting.items() if waiting)


OUTAGES = Outages()  # of this process

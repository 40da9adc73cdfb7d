"""What the sample shows when it has been played: figures, addresses."""

from collections import Counter
from pathlib import Path

from streams.sample.access import MANAGER, signin_link
from streams.sample.feeding import Feeder
from streams.sample.live import LivePhase, percentile
from streams.sample.observing import LibraryView, count_rejected
from streams.sample.progress import Totals
from streams.sample.reps import ROSTERS
from streams.sample.telling import COMPARED, abouts
from streams.sample.verdict import Observed
from streams.settings import Settings

Rows = list[tuple[str, str]]
PACE = (
    "  How many daily_summary there are depends on the pace: history is sent faster than days pass, and what is heard"
    " after its day was summed up belongs to the next summary. A replay of a file has no pace and always counts alike."
)


def observe(settings: Settings, feeder: Feeder, totals: Totals, live: LivePhase) -> Observed:
    """Ask the lead library and the topic `rejected` what came out."""
    with LibraryView(settings) as library:
        created = library.created()
        return Observed(
            distinct=library.distinct(),
            duplicates=feeder.duplicates + totals.duplicates,
            rejected=count_rejected(settings),
            created=created,
            leads=library.leads(),
            overdue=library.overdue(),
            signals=library.signals(),
            abouts=abouts(library.heard(COMPARED), created),
            live=frozenset(live.sent),
            live_distinct=live.distinct,
            alerted=frozenset(live.arrived),
        )


def figures(sent: int, totals: Totals, observed: Observed, delays: list[float]) -> Rows:
    """Return the rows of the table at the end; `sent` touchpoints of history, `delays` in ms."""
    rejected = Counter(observed.rejected)
    return [
        ("events in", f"{sent + observed.live_distinct:,}"),
        ("facts", f"{totals.facts:,}"),
        ("duplicates", f"{observed.duplicates:,}"),
        ("rejected", f"{rejected.total():,}"),
        *((f"  {reason}", f"{count:,}") for reason, count in rejected.most_common()),
        ("leads", f"{len(observed.created):,}"),
        ("signals", f"{sum(observed.signals.values()):,}"),
        *((f"  {kind}", f"{count:,}") for kind, count in observed.signals.items()),
        ("form sent → alert on the live page, p50", milliseconds(percentile(delays, 50))),
        ("form sent → alert on the live page, p99", milliseconds(percentile(delays, 99))),
    ]


def addresses(settings: Settings, gateway: int, worker: int, key: str, logs: Path, now: int) -> Rows:
    """Return where everything is."""
    base, rep = f"http://127.0.0.1:{gateway}", ROSTERS["华东"][0]
    return [
        ("live page, as a manager", signin_link(settings, base, MANAGER, "manager", now)),
        (f"live page, as rep {rep}", signin_link(settings, base, (f"rep:{rep}",), rep, now)),
        ("gateway", f"{base}/v1/touchpoints"),
        ("its API key", key),
        ("documentation of the API", f"{base}/docs"),
        ("metrics of the gateway", f"{base}/metrics"),
        ("metrics of the worker", f"http://127.0.0.1:{worker}/metrics"),
        ("logs", str(logs)),
    ]


def milliseconds(value: float | None) -> str:
    """Return a delay for people."""
    return "–" if value is None else f"{value:,.1f} ms"

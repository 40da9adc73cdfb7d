"""Reads what came out of the sample: metrics of the processes, the lead library, the topic `rejected`."""

import http.client
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql

from schemas.registry import FileRegistry
from schemas.wire import Codec
from streams.rejections.finding import batches
from streams.sample.client import Client
from streams.sample.telling import Heard
from streams.sample.verdict import Lead
from streams.settings import Settings

PREFIX = "whetstone_"


class Scrape:
    """The numbers of one process at one moment."""

    def __init__(self, text: str) -> None:
        self._samples = [
            (sample.name.removeprefix(PREFIX), sample.labels, sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name.startswith(PREFIX)
        ]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of a metric over all labels but those given; 0 when there is none."""
        return sum(value for _, value in self._of(name, labels))

    def by(self, name: str, label: str) -> Counter[str]:
        """Return a metric's values by one label."""
        found: Counter[str] = Counter()
        for labels, value in self._of(name, {}):
            found[labels[label]] += int(value)
        return found

    def _of(self, name: str, wanted: Mapping[str, str]) -> Iterator[tuple[Mapping[str, str], float]]:
        for own, labels, value in self._samples:
            if own == name and wanted.items() <= labels.items():
                yield labels, value


def scrape(port: int, *names: str) -> Scrape:
    """Ask a process for its metrics, or for some of them. Raises OSError or HTTPException when it does not answer."""
    client = Client(port)
    query = "&".join(f"name[]={PREFIX}{name}" for name in names)
    try:
        answer = client.get(f"/metrics?{query}")
    finally:
        client.close()
    if answer.status != http.client.OK:
        raise http.client.HTTPException(f"/metrics answered {answer.status}")
    return Scrape(answer.body.decode())


class LibraryView:
    """What the sample asks the lead library. A context manager."""

    def __init__(self, settings: Settings) -> None:
        self._schema = sql.Identifier(settings.namespace)
        self._connection = psycopg.connect(settings.postgres_dsn.get_secret_value(), autocommit=True)

    def __enter__(self) -> "LibraryView":
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.close()

    def distinct(self) -> int:
        """Return how many event ids have been accepted."""
        return int(self._rows("SELECT count(*) FROM {}.event_claims")[0][0])

    def signals(self) -> dict[str, int]:
        """Return the number of signals of each kind."""
        return dict(self._rows("SELECT kind, count(*) FROM {}.signals GROUP BY kind ORDER BY kind"))

    def created(self) -> dict[str, str]:
        """Return entity by the event id that created the lead."""
        return dict(self._rows("SELECT evidence ->> 'event_id', entity FROM {}.signals WHERE kind = 'lead_created'"))

    def overdue(self) -> frozenset[str]:
        """Return the entities whose follow-up was overdue."""
        return frozenset(heard.entity for heard in self.heard(["followup_overdue"]))

    def heard(self, kinds: Sequence[str]) -> list[Heard]:
        """Return the signals of some kinds, as those of the lead that each was given back to when leads parted."""
        query = sql.SQL(
            "SELECT kind, coalesce({schema}.given_back_to(signal_id), entity), rule, evidence"
            " FROM {schema}.signals WHERE kind = ANY(%s)"
        ).format(schema=self._schema)
        return [Heard(*row) for row in self._connection.execute(query, [list(kinds)])]

    def leads(self) -> dict[str, Lead]:
        """Return every lead by its entity."""
        rows = self._rows("SELECT lead_id, phone, region, rep_id FROM {}.leads")
        return {entity: Lead(phone, region, rep) for entity, phone, region, rep in rows}

    def _rows(self, query: LiteralString) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.SQL(query).format(self._schema)).fetchall()


def count_rejected(settings: Settings) -> Counter[str]:
    """Return how many records of `rejected` have each reason, repeats of the same record counted once."""
    found = (one for batch in batches(settings, Codec(FileRegistry())) for one in batch)
    return Counter({one.place: one.rejected.refusal.reason for one in found}.values())

"""Sends the sample: what front ends say through the gateway, the shop's bulk straight into the topic."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.times import DAY
from streams.sample.client import Client, GatewayError
from streams.sample.wire import Send

MOST_EVENTS = 500  # of one request; the contract's limits
MOST_BYTES = 900_000
JSON = [("content-type", b"application/json")]
FLUSH_S = 60.0


class Feeder:
    """Sends in order: day by day, what came through the gateway, the shop's bulk of that day, what people decided.

    `key` is the front ends' API key, `desk` that of the people who decide; `producer` is configured to reach the
    brokers; `topic` the real name of `touchpoints`. What the gateway answered is counted in `accepted`, `duplicates`
    and `rejected`; `produced` counts what went straight into the topic.
    """

    def __init__(self, client: Client, key: str, desk: str, producer: Producer, topic: str) -> None:
        self._client = client
        self._headers, self._desk = _headers(key), _headers(desk)
        self._producer = producer
        self._topic = topic
        self._failed: list[KafkaError] = []
        self.accepted = 0
        self.duplicates = 0
        self.rejected: Counter[str] = Counter()
        self.produced = 0

    @property
    def in_topic(self) -> int:
        """How many records the topic `touchpoints` holds because of us."""
        return self.accepted + self.produced

    def feed(self, sends: Iterable[Send], sent: Callable[[int], None], seen: Callable[[], None]) -> None:
        """Send everything; call `sent` with the number sent after each day. Raises GatewayError, KafkaException.

        `seen` waits until all that was sent has been worked off: people decide on what they see.
        """
        for _, day in groupby(sends, lambda one: one.at // DAY):
            today = list(day)
            for batch in batches([one.body for one in today if one.channel == "gateway"]):
                self.post(batch)
            self._produce([one for one in today if one.channel == "kafka"])
            for batch in batches([one.body for one in today if one.channel == "desk"]):
                seen()
                self.post(batch, self._desk)
            sent(len(today))

    def post(self, bodies: Sequence[bytes], headers: Mapping[str, str] | None = None) -> None:
        """Send one request of at most 500 events, by default under the front ends' key, and take note of the answer.

        Raises GatewayError.
        """
        answer = self._client.post("/v1/touchpoints", b"\n".join(bodies), headers or self._headers)
        if answer.status == 202:
            self._note(answer.json())
        elif answer.status == 400 and answer.json().get("code") == "not_json":
            self.rejected["not_json"] += len(bodies)  # a body in which nothing at all is JSON
        else:
            raise GatewayError(f"the gateway answered {answer.status}: {answer.body[:500].decode(errors='replace')}")

    def _note(self, receipt: Mapping[str, Any]) -> None:
        self.accepted += receipt["accepted"]
        self.duplicates += receipt["duplicates"]
        self.rejected.update(refusal["reason"] for refusal in receipt["rejected"])

    def _produce(self, sends: Sequence[Send]) -> None:
        for one in sends:
            self._offer(one)
        if self._producer.flush(FLUSH_S):
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"the broker took nothing for {FLUSH_S:g} s"))
        if self._failed:
            raise KafkaException(self._failed[0])
        self.produced += len(sends)

    def _offer(self, one: Send) -> None:
        while True:
            try:
                self._producer.produce(
                    self._topic,
                    one.body,
                    one.key.encode(),
                    headers=JSON if one.json else None,
                    on_delivery=self._delivered,
                )
            except BufferError:
                self._producer.poll(0.1)
            else:
                return

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed.append(error)


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}


def batches(bodies: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield what fits into one request each."""
    batch: list[bytes] = []
    size = 0
    for body in bodies:
        if batch and (len(batch) == MOST_EVENTS or size + len(body) > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += len(body) + 1
    if batch:
        yield batch

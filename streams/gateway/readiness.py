"""Whether this gateway can take work: Kafka answers and has the topics, the keys are loaded."""

import asyncio
import logging

from sinks.base import SinkUnavailable
from streams import metrics
from streams.gateway.context import Context

log = logging.getLogger("whetstone.gateway.readiness")

FIRST_S = 0.5
LATER_S = 5.0


class Readiness:
    """Asks Kafka from time to time, not on every probe."""

    def __init__(self, here: Context) -> None:
        self._here = here
        self.kafka = "not reached yet"

    async def watch(self) -> None:
        """Look for ever (a background task)."""
        while True:
            await self.look()
            await asyncio.sleep(LATER_S if self.kafka == "ok" else FIRST_S)

    async def look(self) -> None:
        """Look once. Events are taken from the first success on; later outages are met request by request."""
        before = self.kafka
        try:
            missing = sorted(set(self._here.topics) - set(await self._here.producer.topics()))
            self.kafka = f"has no topic {', '.join(missing)}" if missing else "ok"
        except SinkUnavailable as error:
            self.kafka = str(error)
        metrics.SINK_UP.labels("kafka").set(self.kafka == "ok")
        if self.kafka == "ok":
            self._here.intake.ready = True
        if self.kafka != before:
            log.info("Kafka: %s", self.kafka)

    def checks(self) -> dict[str, str]:
        """Return what was looked at and how it is: `ok`, or what is wrong."""
        return {"kafka": self.kafka, "keys": self._here.keys.state}

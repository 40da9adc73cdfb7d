"""One channel's sending: what is due, one message at a time, and what became of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from processors.notifying import masked_evidence, message, title, wakes
from schemas.rules import RuleBook
from schemas.signal import Signal
from schemas.times import HOUR, MINUTE
from sinks.base import SinkUnavailable
from sinks.channels import Channel, ChannelDown, ChannelMisconfigured, MessageRefused, Outgoing
from sinks.postgres.deliveries import Deliveries, Delivery
from sinks.retry import keep_trying
from streams import metrics
from streams.clock import steady_ms
from streams.notifying.pace import Pace
from streams.notifying.words import evidence_words

log = logging.getLogger("whetstone.notifier")

LOOK_S = 0.5
AT_ONCE = 200
REFUSED_TOGETHER = "refused together with others"

Result = TypeVar("Result")


class Sender:
    """Sends through one channel for as long as its notifier is active under an epoch. Nothing else waits for it."""

    def __init__(
        self,
        name: str,
        channel: Channel,
        deliveries: Deliveries,
        epoch: int,
        book: Callable[[], RuleBook],
        clock: Callable[[], int],
        stop: asyncio.Event,
        steady: Callable[[], int] = steady_ms,
    ) -> None:
        self.name = name
        self._channel = channel
        self._deliveries = deliveries
        self._epoch = epoch
        self._book = book
        self._clock = clock
        self._steady = steady
        self._stop = stop
        self._pace = Pace(channel.per_minute, seed=name)

    async def run(self) -> None:
        """Send until `stop`. Raises Superseded, or Stopped while Postgres is away."""
        await self._begin()
        while not self._stop.is_set():
            pause = self._pace.wait(self._steady()) / 1000
            if pause == 0 and await self._next():
                continue
            await self._sleep(max(pause, LOOK_S))

    async def _begin(self) -> None:
        now = self._clock()
        sent = await self._try(lambda: self._deliveries.times(self.name, None, now - MINUTE))
        then = [self._steady() - min(max(now - at, 0), MINUTE) for at in sent]
        self._pace = Pace(self._channel.per_minute, then, self.name)

    async def _next(self) -> bool:
        """Do what is due first; return False when nothing is."""
        now = self._clock()
        waiting = await self._try(lambda: self._deliveries.waiting(self.name, now, AT_ONCE))
        if not waiting:
            return False
        hours = self._book().notifications.stale_hours
        stale = [one for one in waiting if one.wanted + hours * HOUR <= now]
        if stale:
            await self._give_up(stale, f"given up after {hours} h; {stale[0].error or 'its turn never came'}")
            return True
        chosen = self._chosen(waiting)
        if await self._is_within_limit(chosen, waiting, now):
            await self._send(chosen)
        return True

    def _chosen(self, waiting: Sequence[Delivery]) -> list[Delivery]:
        """Return the first that waits, or what becomes one message with it."""
        rules, first = self._book().notifications, waiting[0]
        alike = [one for one in waiting if (one.target, one.language) == (first.target, first.language)]
        alike = [one for one in alike if one.error != REFUSED_TOGETHER]
        if not self._channel.digests or first not in alike or len(alike) < rules.digest_from:
            return [first]
        return alike[: rules.digest_lines]

    async def _is_within_limit(self, chosen: Sequence[Delivery], waiting: Sequence[Delivery], now: int) -> bool:
        """Return whether a recipient may get one more message in this hour; put off what must wait for the next."""
        rules, first = self._book().notifications, chosen[0]
        if not first.target or any(wakes(one.signal.severity, rules) for one in chosen):
            return True
        times = await self._try(lambda: self._deliveries.times(self.name, first.target, now - HOUR))
        if len(times) < rules.per_hour:
            return True
        until = times[rules.per_hour - 1] + HOUR
        held = [one for one in waiting if one.target == first.target and not wakes(one.signal.severity, rules)]
        await self._try(lambda: self._deliveries.put_off(self._epoch, _ids(held), until, None))
        return False

    async def _send(self, chosen: Sequence[Delivery]) -> None:
        now = self._clock()
        self._pace.attempt(self._steady())
        if any(one.attempts for one in chosen):
            metrics.NOTIFICATIONS.labels(self.name, "retried").inc()
        try:
            outgoing = compose(chosen)
            await self._channel.send(outgoing, now)
        except ChannelDown as error:
            await self._failed(chosen, error)
        except MessageRefused as error:
            await self._refused(chosen, error)
        except Exception as error:  # a fault of ours in one message must not end the process again and again
            log.exception("channel %s: a message could not be made", self.name)
            await self._refused(chosen, MessageRefused(f"internal: {type(error).__name__}"))
        else:
            self._pace.worked()
            at = self._clock()
            await self._try(lambda: self._deliveries.sent(self._epoch, _ids(chosen), outgoing.id, at))
            metrics.NOTIFICATIONS.labels(self.name, "sent").inc()
            for one in chosen:
                metrics.NOTIFICATION_SECONDS.labels(self.name).observe((at - one.wanted) / 1000)
        metrics.NOTIFICATION_CIRCUIT.labels(self.name).set(self._pace.open)

    async def _failed(self, chosen: Sequence[Delivery], error: ChannelDown) -> None:
        if isinstance(error, ChannelMisconfigured):
            rest = self._pace.misconfigured(self._steady())
        else:
            rest = self._pace.failed(self._steady(), error.retry_after)
        until = self._clock() + rest
        metrics.NOTIFICATIONS.labels(self.name, "failed").inc()
        log.warning("channel %s: %s; it rests for %.0f s", self.name, error, rest / 1000)
        await self._try(lambda: self._deliveries.put_off(self._epoch, _ids(chosen), until, str(error)))

    async def _refused(self, chosen: Sequence[Delivery], error: MessageRefused) -> None:
        """Put a message aside; one that told of several is taken apart first: which of them it was shows then."""
        self._pace.worked()
        metrics.NOTIFICATIONS.labels(self.name, "refused").inc()
        log.warning("channel %s refuses a message: %s", self.name, error)
        if len(chosen) > 1:
            now = self._clock()
            await self._try(lambda: self._deliveries.put_off(self._epoch, _ids(chosen), now, REFUSED_TOGETHER))
        else:
            await self._give_up(chosen, str(error))

    async def _give_up(self, given_up: Sequence[Delivery], why: str) -> None:
        await self._try(lambda: self._deliveries.give_up(self._epoch, _ids(given_up), why))
        metrics.NOTIFICATIONS.labels(self.name, "dead").inc(len(given_up))
        log.error("channel %s: %d messages are given up: %s", self.name, len(given_up), why)

    async def _try(self, call: Callable[[], Awaitable[Result]]) -> Result:
        return await keep_trying(call, self._stop, on_failure=_postgres_failed)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return


def compose(chosen: Sequence[Delivery]) -> Outgoing:
    """Return the message that tells of deliveries to one target in one language."""
    first, signals = chosen[0], [one.signal for one in chosen]
    names = {one.signal.entity: one.name for one in chosen if one.name}
    words = message(signals, f"{first.channel}:{first.target}", first.language, names, evidence_words())
    return Outgoing(
        id=words.id,
        target=first.target,
        title=words.title,
        lines=words.lines,
        recipients=tuple(dict.fromkeys(name for signal in signals for name in signal.to)),
        signals=[masked(signal, names) for signal in signals],
    )


def masked(signal: Signal, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the public form of a signal without personal data."""
    titles = {language: title(signal, language, names) for language in signal.title}
    return {**signal.as_json(), "title": titles, "evidence": masked_evidence(signal, names)}


def _ids(deliveries: Sequence[Delivery]) -> list[int]:
    return [one.delivery_id for one in deliveries]


def _postgres_failed(error: SinkUnavailable, attempt: int, wait: float) -> None:
    metrics.SINK_RETRIES.labels(error.store).inc()
    log.warning("%s", error)

"""One worker process: the engine, its lanes and stages, from the first connection to the last commit."""

import asyncio
import gc
import logging
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from faust.types import TP

from streams.settings import Settings
from streams.transport import OwnRecord, Position, SliceLimits
from streams.worker.engine import Engine, add_agents, make_engine
from streams.worker.lane import Stage
from streams.worker.lanes import Lanes
from streams.worker.watchdog import Watchdog, end_after, end_process

log = logging.getLogger(__name__)

FAILED = 1  # exit status when a stage or the engine raised
STOPPED_LATE = 3  # exit status when stopping took too long and was cut short
COLLECTOR_THRESHOLDS = (200_000, 20, 100)
FAUST_STOP_SLACK = 10.0  # seconds beyond `worker_stop_s` for leaving the group and closing connections


@dataclass
class Worker:
    """Runs stages (by the real name of their topic) over their topics until it is asked to end or something fails.

    `group` is the consumer group, by default the namespace. `running` is set while slices can be taken, `ending` once
    it was asked to end or failed.
    """

    settings: Settings
    stages: Mapping[str, Stage]
    group: str = ""
    limits: SliceLimits | None = None
    running: asyncio.Event = field(default_factory=asyncio.Event)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    _failure: BaseException | None = None
    _app: Engine | None = None

    async def run(self) -> int:
        """Run until `stop` or a failure; return the exit status. Slices in flight are finished, within bounds."""
        app = self._app = self._engine()
        watchdog = Watchdog(app.slices, self.settings.worker_stall_s)
        try:
            watchdog.start()
            await self._until_ended(app)
        except Exception as error:
            self.fail(error)
        finally:
            self.running.clear()
            watchdog.stop()
        stopped = await self._stop(app)
        if self._failure is not None:
            return FAILED
        return 0 if stopped else STOPPED_LATE

    def stop(self) -> None:
        """Ask it to end; safe to call from a signal handler of the loop."""
        self.ending.set()

    def fail(self, error: BaseException) -> None:
        """End with the status of a failure: something that the worker cannot do without has raised."""
        if self._failure is None:
            log.critical("The worker ends: %r", error, exc_info=error)
            self._failure = error
        self.ending.set()

    def positions(self) -> list[Position]:
        """Return how far each partition is; none before `run`."""
        return self._app.slices.positions() if self._app is not None else []

    def hand_in(self, tp: TP, records: Sequence[OwnRecord]) -> None:
        """See `SliceConsumer.hand_in`; nothing happens before `run`."""
        if self._app is not None:
            self._app.slices.hand_in(tp, records)

    def _engine(self) -> Engine:
        limits = self.limits or SliceLimits(
            records=self.settings.slice_records, total_slices=self.settings.slices_at_once
        )
        app = make_engine(self.settings, self.group or self.settings.namespace, limits)
        lanes = Lanes(app.slices, self.stages, self.fail)
        app.slices.listener = lanes
        app.slices.stop_seconds = self.settings.worker_stop_s
        add_agents(app, self.stages, lanes)
        return app

    async def _until_ended(self, app: Engine) -> None:
        """Start Faust, then wait for `stop`, for a failed stage, or for Faust to crash; also while it starts."""
        ended = asyncio.create_task(self.ending.wait())
        starting = asyncio.create_task(app.start())
        try:
            await asyncio.wait([starting, ended], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                self.running.set()
                stopped = asyncio.create_task(app.wait_until_stopped())
                await asyncio.wait([stopped, ended], return_when=asyncio.FIRST_COMPLETED)
                stopped.cancel()
        finally:
            starting.cancel()
            ended.cancel()
        if app.crashed or not self.ending.is_set():
            self.fail(app.crash_reason or RuntimeError("Faust stopped without being asked"))

    async def _stop(self, app: Engine) -> bool:
        try:
            await asyncio.wait_for(app.stop(), self.settings.worker_stop_s + FAUST_STOP_SLACK)
        except TimeoutError:
            log.critical("Stopping took too long; what was not committed is read again")
            return False
        except Exception as error:
            self.fail(error)
        return True


async def run_until_signal(worker: Worker) -> int:
    """Run a worker; SIGTERM and SIGINT ask it to end, a second one ends it at once.

    Once it is ending, for whatever reason, the process is gone within bounds: threads that hang cannot keep it.
    """
    loop = asyncio.get_running_loop()

    def asked(name: str) -> None:
        log.info("%s: finishing what is in flight", name)
        worker.stop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked, number.name)
    ending = asyncio.create_task(_bound_the_end(worker))
    calming = asyncio.create_task(_calm_the_collector(worker))
    status = await worker.run()
    calming.cancel()
    await ending
    return status


async def _calm_the_collector(worker: Worker) -> None:
    """Let the garbage collector pass over what start-up made, and run less often.

    Records come and go by the million and form no cycles; looking for some took more than half of the engine's CPU
    (decision 0006).
    """
    await worker.running.wait()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


async def _bound_the_end(worker: Worker) -> None:
    await worker.ending.wait()
    end_after(worker.settings.worker_stop_s + 2 * FAUST_STOP_SLACK, lambda: end_process(STOPPED_LATE))

"""One worker process: the engine, its lanes and stages, from the first connection to the last commit."""

import asyncio
import logging
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.engine import Engine, add_agents, make_engine
from streams.lane import Stage
from streams.lanes import Lanes
from streams.settings import Settings
from streams.transport import Position, SliceLimits
from streams.watchdog import Watchdog

log = logging.getLogger(__name__)

FAILED = 1  # exit status when a stage or the engine raised
STOPPED_LATE = 3  # exit status when stopping took too long and was cut short
FAUST_STOP_SLACK = 10.0  # seconds beyond `worker_stop_s` for leaving the group and closing connections


@dataclass
class Worker:
    """Runs stages (by the real name of their topic) over their topics until it is asked to end or something fails.

    `group` is the consumer group, by default the namespace. `running` is set while slices can be taken.
    """

    settings: Settings
    stages: Mapping[str, Stage]
    group: str = ""
    limits: SliceLimits | None = None
    running: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    _failure: BaseException | None = None
    _app: Engine | None = None

    async def run(self) -> int:
        """Run until `stop` or a failure; return the exit status. Slices in flight are finished, within bounds."""
        app = self._app = self._engine()
        watchdog = Watchdog(app.slices, self.settings.worker_stall_s)
        try:
            await app.start()
            watchdog.start()
            self.running.set()
            await self._until_ended(app)
        except Exception as error:
            self._fail(error)
        finally:
            self.running.clear()
            watchdog.stop()
        stopped = await self._stop(app)
        if self._failure is not None:
            return FAILED
        return 0 if stopped else STOPPED_LATE

    def stop(self) -> None:
        """Ask it to end; safe to call from a signal handler of the loop."""
        self._ended.set()

    def positions(self) -> list[Position]:
        """Return how far each partition is; none before `run`."""
        return self._app.slices.positions() if self._app is not None else []

    def _engine(self) -> Engine:
        limits = self.limits or SliceLimits(records=self.settings.slice_records)
        app = make_engine(self.settings, self.group or self.settings.namespace, limits)
        lanes = Lanes(app.slices, self.stages, self._fail)
        app.slices.listener = lanes
        app.slices.stop_seconds = self.settings.worker_stop_s
        add_agents(app, self.stages, lanes)
        return app

    def _fail(self, error: BaseException) -> None:
        if self._failure is None:
            log.critical("The worker ends: %r", error, exc_info=error)
            self._failure = error
        self._ended.set()

    async def _until_ended(self, app: Engine) -> None:
        """Wait for `stop`, for a failed stage, or for Faust to crash."""
        crash = asyncio.create_task(app.wait_until_stopped())
        ended = asyncio.create_task(self._ended.wait())
        await asyncio.wait([crash, ended], return_when=asyncio.FIRST_COMPLETED)
        for task in (crash, ended):
            task.cancel()
        if app.crashed:
            self._fail(app.crash_reason or RuntimeError("Faust crashed without a reason"))

    async def _stop(self, app: Engine) -> bool:
        try:
            await asyncio.wait_for(app.stop(), self.settings.worker_stop_s + FAUST_STOP_SLACK)
        except TimeoutError:
            log.critical("Stopping took too long; what was not committed is read again")
            return False
        except Exception as error:
            self._fail(error)
        return True


async def run_until_signal(worker: Worker) -> int:
    """Run a worker; SIGTERM and SIGINT ask it to end, a second one ends it at once."""
    loop = asyncio.get_running_loop()

    def asked(name: str) -> None:
        log.info("%s: finishing what is in flight", name)
        worker.stop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked, number.name)
    return await worker.run()

"""Plays the sample: a year of history as fast as it goes, a live phase, and the question whether the truth was met."""

import asyncio
import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from confluent_kafka import KafkaException, Producer

from streams.clock import wall_ms
from streams.kafka_config import client_config
from streams.sample import likely
from streams.sample.access import DECISIONS, make_key, manager_cookie
from streams.sample.client import Client, GatewayError
from streams.sample.expo import play_import
from streams.sample.feeding import Feeder
from streams.sample.live import AlertWatch, LivePhase, percentile
from streams.sample.processes import Processes
from streams.sample.progress import WorkerProgress
from streams.sample.recipe import Recipe, Sample
from streams.sample.report import PACE, addresses, figures, milliseconds, observe
from streams.sample.retail import data_file, read
from streams.sample.screen import Screen
from streams.sample.verdict import Check, judge
from streams.services import ServiceError
from streams.settings import Settings

PORT = 8080  # of the gateway, when it is free


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to play. `speed` in touchpoints per second (None: as fast as it goes), the live phase in forms, seconds."""

    recipe: Recipe
    data_dir: Path
    speed: float | None
    live_rate: float
    live_seconds: float


class Player:
    """Plays one sample. Call `play`, then `stop`, whatever happened; in between everything stays up."""

    def __init__(self, options: Options, screen: Screen) -> None:
        self._options = options
        self._screen = screen
        with as_file(files("deploy").joinpath("sample", "rules.yaml")) as rules:
            self._processes = Processes(options.data_dir, rules)
        self._gateway = self._worker = 0

    @property
    def logs(self) -> Path:
        """The folder of all logs."""
        return self._options.data_dir / "logs"

    def play(self) -> list[Check]:
        """Bring everything up, play, show; return the verdict. Raises ServiceError in plain words."""
        recipe = self._options.recipe
        self._screen.title("Whetstone: the sample")
        sample = Sample(recipe, list(read(data_file())))
        self._screen.say(
            f"  {recipe.days} days: {sample.truth.sent:,} touchpoints of a real shop and of simulated front ends, "
            f"{len(sample.truth.leads)} leads whose truth is known (seed {recipe.seed})"
        )
        with self._plain_words():
            settings, key, desk = self._bring_up()
            feeder = self._feeder(settings, key, desk)
            progress = WorkerProgress(self._processes, feeder, self._worker)
            self._history(settings, sample, feeder, progress)
            self._restart_worker(progress)
            live = self._live(settings, sample, feeder)
            checks = self._conclude(settings, sample, feeder, progress, live)
            checks += play_import(self._screen, settings, sample.truth, (feeder, progress), self._options.data_dir)
        self._screen.title("Where it is")
        for name, text in addresses(settings, self._gateway, self._worker, key, self.logs, wall_ms()):
            self._screen.say(f"  {name}: {text}")
        return checks

    def stay(self) -> None:
        """Stay up until interrupted. Raises ServiceError when something dies."""
        self._screen.say("\nEverything stays up. Ctrl-C stops it.")
        while True:
            time.sleep(1)
            self._processes.check()

    def stop(self) -> None:
        """Stop everything that was started."""
        self._screen.title("Stopping")
        self._processes.down()
        self._screen.say(f"  everything is stopped; logs are in {self.logs}")

    def _bring_up(self) -> tuple[Settings, str, str]:
        """Start everything; return the settings that lead to it, an API key, and one that may decide who is who."""
        processes, screen, begun = self._processes, self._screen, time.monotonic()
        screen.title("Starting")
        processes.clear()
        settings = processes.start_services()
        screen.say("  PostgreSQL, Valkey and the broker run")
        key = asyncio.run(make_key(settings, wall_ms()))  # before the gateway starts, which then knows them at once
        desk = asyncio.run(make_key(settings, wall_ms(), DECISIONS))
        self._gateway = processes.start_gateway(PORT)
        if self._gateway != PORT:
            screen.say(f"  port {PORT} is taken, so the gateway listens on {self._gateway}")
        self._worker = processes.start_worker("events")
        screen.say(f"  gateway and worker run, {time.monotonic() - begun:.1f} s after the start")
        return settings, key, desk

    def _feeder(self, settings: Settings, key: str, desk: str) -> Feeder:
        producer = Producer(
            {**client_config(settings), "enable.idempotence": True, "compression.type": "lz4", "log_level": 2}
        )
        return Feeder(Client(self._gateway), key, desk, producer, settings.topic("touchpoints"))

    def _history(self, settings: Settings, sample: Sample, feeder: Feeder, progress: WorkerProgress) -> None:
        self._screen.title("Phase 1, history: as fast as it goes, the events are the clock")
        total, begun, count = sample.truth.sent, time.monotonic(), 0
        with self._screen.bars({"sent": total, "cleansed": total}) as bars:

            def sent(more: int) -> None:
                nonlocal count
                count += more
                bars.set("sent", count)
                progress.glance(bars)
                progress.hold(bars)
                if self._options.speed:
                    time.sleep(max(0.0, begun + count / self._options.speed - time.monotonic()))

            def seen() -> None:
                progress.settle(bars, settings)

            feeder.feed(sample.sends(), sent, seen)
            progress.settle(bars, settings)
        seconds = time.monotonic() - begun
        self._screen.say(f"  {total:,} touchpoints in {seconds:.1f} s: {total / seconds:,.0f} a second, end to end")

    def _restart_worker(self, progress: WorkerProgress) -> None:
        self._screen.title("The worker is restarted, now with the wall clock")
        begun = time.monotonic()
        progress.keep()
        self._processes.stop_worker()
        self._worker = self._processes.start_worker("wall")
        progress.follow(self._worker)
        self._screen.say(
            f"  stopped and ready again in {time.monotonic() - begun:.1f} s, with the state of the history"
        )

    def _live(self, settings: Settings, sample: Sample, feeder: Feeder) -> LivePhase:
        rate, seconds = self._options.live_rate, self._options.live_seconds
        self._screen.title(f"Phase 2, live: {rate:g} forms a second for {seconds:g} s")
        with AlertWatch(self._gateway, manager_cookie(settings, wall_ms())) as watch:
            live = LivePhase(sample.truth, sample.colleagues, feeder, watch, rate, seconds)
            with self._screen.bars({"forms": live.count, "alerts": live.count}) as bars:

                def sent() -> None:
                    delays = live.delays_ms()
                    p50, p99 = (milliseconds(percentile(delays, share)) for share in (50, 99))
                    bars.note(f"form sent → alert: p50 {p50}, p99 {p99}")
                    bars.set("forms", len(live.sent))
                    bars.set("alerts", len(delays))

                live.run(wall_ms, sent)
        return live

    def _conclude(
        self, settings: Settings, sample: Sample, feeder: Feeder, progress: WorkerProgress, live: LivePhase
    ) -> list[Check]:
        with self._screen.bars({"cleansed": sample.truth.sent + live.distinct}) as bars:
            totals = progress.settle(bars, settings)
        observed = observe(settings, feeder, totals, live)
        checks = judge(sample.truth, observed)
        self._screen.title("What happened")
        self._screen.figures(figures(sample.truth.sent, totals, observed, live.delays_ms()))
        self._screen.say(PACE)
        self._screen.table("Likely to order within 7 days, and why", likely.NAMES, likely.rows(likely.told(settings)))
        self._screen.say(likely.NOTE)
        self._screen.verdict(checks)
        return checks

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        """If something does not answer because a process died, say that, with its log."""
        try:
            yield
        except (GatewayError, OSError, http.client.HTTPException, KafkaException) as error:
            self._processes.blame()
            raise ServiceError(f"the sample could not go on: {error}") from error

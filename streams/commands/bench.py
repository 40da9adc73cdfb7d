"""`whetstone bench`: benchmarks against peers, in one run."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from streams.bench.ending import ends_what_it_started
from streams.bench.engine import BenchmarkFailed, Plan, broker, engine
from streams.bench.importing import importing
from streams.bench.latency import latency
from streams.bench.pipeline import pipeline
from streams.bench.replay import replay, sample_file
from streams.bench.restart import restart

SYSTEMS = ("whetstone", "bytewax", "quixstreams", "faust", "librdkafka")
KINDS = {"embedded": "Tansu", "real": "Apache Kafka"}


@click.group()
@click.pass_context
def bench(context: click.Context) -> None:
    """Measure against peers, or against the parts alone, in one run on the same data."""
    context.with_resource(ends_what_it_started())


@bench.command("engine")
@click.option("--events", default=1_000_000, show_default=True, type=click.IntRange(min=10_000))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(min=1))
@click.option("--services", type=click.Choice(list(KINDS)), default="embedded", show_default=True)
@click.option("--brokers", default="", help="host:port of a running broker, instead of --services")
@click.option("--systems", default=",".join(SYSTEMS), show_default=True, help="Which to measure, in this order")
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON")
def engine_command(events: int, rounds: int, services: str, brokers: str, systems: str, as_json: bool) -> None:
    """Read a topic with an empty pipeline and one worker; peers read the same topic in the same run.

    Each system has its own process and consumer group. Rounds are interleaved, the median counts. Measured is from
    the end of the first batch to the last record: starting up and joining the group are left out, for all alike.
    Faust without our transport reads a tenth of the records.
    """
    chosen = [name.strip() for name in systems.split(",") if name.strip()]
    unknown = sorted(set(chosen) - set(SYSTEMS))
    if unknown:
        raise click.BadParameter(f"unknown: {', '.join(unknown)}; known: {', '.join(SYSTEMS)}", param_hint="--systems")
    try:
        plan = Plan(chosen, events, rounds)
        with nullcontext(brokers) if brokers else broker(services) as address:
            result = engine(plan, address, brokers or KINDS[services], lambda line: click.echo(line, err=True))
    except BenchmarkFailed as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(result, indent=2) if as_json else table(result["results"]))


@bench.command("pipeline")
@click.option("--events", default=100_000, show_default=True, type=click.IntRange(min=1_000))
@click.option("--warm-up", default=20_000, show_default=True, type=click.IntRange(min=0), help="Events before.")
@click.option("--services", type=click.Choice(list(KINDS)), default="embedded", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON")
def pipeline_command(events: int, warm_up: int, services: str, as_json: bool) -> None:
    """One worker on the sample's touchpoints, both stages and all stores, in CPU per touchpoint.

    Beside it the pure core alone, on the same touchpoints, in the same run; and the wall time of every step.
    """
    try:
        result = pipeline(events, warm_up, services, lambda line: click.echo(line, err=True))
    except BenchmarkFailed as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(result, indent=2))
        return
    click.echo(table(result["results"]))
    click.echo(f"core, us: {result['core_us_per_event']}")
    for stage, steps in result["wall_us_per_event_by_step"].items():
        click.echo(f"{stage}, wall us: {steps}")


@bench.command("import")
@click.option("--rows", default=100_000, show_default=True, type=click.IntRange(min=1_000), help="Rows of each file.")
@click.option("--library", default=1_000_000, show_default=True, type=click.IntRange(min=0), help="Leads before.")
@click.option("--services", type=click.Choice(list(KINDS)), default="embedded", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON")
def import_command(rows: int, library: int, services: str, as_json: bool) -> None:
    """Import files of messy rows, every fourth of somebody whom the library knows; then two workers on all of them.

    Measured is the whole command, its start included. The tenth shows that memory does not grow with a CSV.
    """
    try:
        result = importing(rows, library, services, lambda line: click.echo(line, err=True))
    except BenchmarkFailed as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(result, indent=2) if as_json else table(result["results"]))


@bench.command("latency")
@click.option("--rate", default=500.0, show_default=True, type=click.FloatRange(5), help="Events a second.")
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1))
@click.option("--services", type=click.Choice(list(KINDS)), default="embedded", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON")
def latency_command(rate: float, seconds: float, services: str, as_json: bool) -> None:
    """From sending a form to the gateway until its alert is on the alert stream.

    One event in ten is a form; the others are page views of the same visitor, in the same request.
    """
    try:
        result = latency(rate, seconds, services, lambda line: click.echo(line, err=True))
    except BenchmarkFailed as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(result if as_json else result["results"][0], indent=2))


@bench.command("restart")
@click.option("--entities", default=1_000_000, show_default=True, type=click.IntRange(1_000))
@click.option("--services", type=click.Choice(list(KINDS)), default="embedded", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON")
def restart_command(entities: int, services: str, as_json: bool) -> None:
    """Start a worker with many entities in Redis: seconds until its first event is done, and its memory.

    The time includes starting Python and joining the consumer group, which the embedded broker delays.
    """
    try:
        result = restart(entities, services, lambda line: click.echo(line, err=True))
    except BenchmarkFailed as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(result if as_json else result["results"][0], indent=2))


@bench.command("replay")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--events", default=20_000, show_default=True, type=click.IntRange(min=100), help="Without a FILE.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(min=1))
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON")
def replay_command(file: Path | None, events: int, rounds: int, as_json: bool) -> None:
    """Replay a FILE of touchpoints (without one: the end of the sample), then the facts that it made.

    Beside them the pure core alone on the same touchpoints. Each run has a process of its own, rounds are interleaved.
    """
    try:
        with nullcontext(file) if file is not None else sample_file(events) as source:
            result = replay(source, rounds, lambda line: click.echo(line, err=True))
    except BenchmarkFailed as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(result, indent=2) if as_json else table(result["results"]))


def table(results: Sequence[dict[str, Any]]) -> str:
    """Return the results as a table for people."""
    lines = [f"{'system':<12} {'events/s':>12} {'CPU us/event':>13} {'RSS MiB':>8}"]
    lines += [
        f"{result['system']:<12} {result['events_per_second']:>12,} {result['cpu_us_per_event']:>13.2f} "
        f"{result['rss_mb']:>8.0f}"
        for result in results
    ]
    return "\n".join(lines)

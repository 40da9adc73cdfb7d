"""`whetstone bench`: benchmarks against peers, in one run."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import click

from streams.bench.engine import BenchmarkFailed, Plan, broker, engine

SYSTEMS = ("whetstone", "bytewax", "quixstreams", "faust", "librdkafka")
KINDS = {"embedded": "Tansu", "real": "Apache Kafka"}


@click.group()
def bench() -> None:
    """Measure against peers, or against the parts alone, in one run on the same data."""


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


def table(results: Sequence[dict[str, Any]]) -> str:
    """Return the results as a table for people."""
    lines = [f"{'system':<12} {'events/s':>12} {'CPU us/event':>13} {'RSS MiB':>8}"]
    lines += [
        f"{result['system']:<12} {result['events_per_second']:>12,} {result['cpu_us_per_event']:>13.2f} "
        f"{result['rss_mb']:>8.0f}"
        for result in results
    ]
    return "\n".join(lines)

"""`whetstone replay`: the pure core over a file or a topic; nothing outside `--out` is touched."""

from pathlib import Path

import click
from confluent_kafka import KafkaException
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.framing import CodecError
from schemas.rules import RuleBookError
from streams.replay.run import replay_file, replay_topic
from streams.rules import read_rule_book
from streams.settings import settings

console = Console(stderr=True)


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--topic", type=click.Choice(["facts"]), help="Replay this topic instead of a file.")
@click.option("--rules", "book", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The rule book.")
@click.option("--batch", default=1000, show_default=True, type=click.IntRange(1, 1_000_000), help="Records at a time.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the results.")
def replay(file: Path | None, topic: str | None, book: Path | None, batch: int, out: Path) -> None:
    """Run touchpoints from FILE (JSONL), or the topic `facts`, through the pure core.

    Writes signals.jsonl, history.jsonl, state.jsonl, report.json and digest.txt into the folder. The digest is the
    same for every --batch.
    """
    if (file is None) == (topic is None):
        raise click.UsageError("give either a FILE of touchpoints or --topic facts")
    try:
        rules = read_rule_book(book)
        with _progress() as bar:
            task = bar.add_task("replayed", total=None)
            if file is not None:
                report = replay_file(file, out, rules, settings(), batch, lambda n: bar.advance(task, n))
            else:
                report = replay_topic(out, rules, settings(), batch, lambda n: bar.advance(task, n))
    except (RuleBookError, CodecError) as error:
        raise click.ClickException(str(error)) from error
    except KafkaException as error:
        raise click.ClickException(f"Kafka at {settings().kafka_brokers}: {error.args[0]}") from error
    for name, value in report.items():
        click.echo(f"{name}: {value}")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )

"""`whetstone review`: questions about who is who, decided one by one or many at once by their pattern."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import click
import orjson

from schemas.evidence import Question
from schemas.masking import mask_record
from schemas.times import to_iso
from sinks.postgres import PostgresLibrary
from sinks.read import LeadRow
from streams.archive.one_lead import lead_key
from streams.commands.interrupted import interrupted
from streams.commands.lead_merging import BY, PATIENCE, check_leads, tell_parted
from streams.commands.tables import print_table, table
from streams.identity_decisions import Judged, library_of
from streams.identity_decisions import decide as decided_on
from streams.settings import settings

Result = TypeVar("Result")
ANSWERS = ("same", "different", "newest")
MOST = 10_000


def _pattern(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--reason", help="Only questions with this reason."),
        click.option("--source", help="Only those that events of this source brought up."),
        click.option("--file", help="Only those that rows of this file brought up."),
    ):
        command = option(command)
    return command


@click.group()
def review() -> None:
    """Questions about who is who: list them, look at one, decide one or many."""


@review.command(name="list")
@_pattern
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True, help="So many at most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(reason: str | None, source: str | None, file: str | None, limit: int, as_json: bool) -> None:
    """List open questions, the likeliest to be one person first, and how many there are of each pattern.

    Of all questions about the same two people the likeliest is listed; deciding it decides them all.
    """

    async def read(
        library: PostgresLibrary,
    ) -> tuple[Sequence[tuple[Question, int]], Mapping[tuple[str, str, str], int]]:
        return await _of_people(
            library, await library.questions(reason, source, file, MOST)
        ), await library.question_counts()

    found, counts = _with(read)
    if as_json:
        for each, count in found[:limit]:
            click.echo(orjson.dumps({**_plain(each), "questions": count}).decode())
        return
    headings = ("lead", "other", "bits", "reason", "for", "against", "source", "file", "questions")
    shown = table(headings, whole=("lead", "other"))
    for each, count in found[:limit]:
        told = [" ".join(f"{name} {bits:+.1f}" for name, bits in each.evidence[side].items()) for side in _SIDES]
        shown.add_row(
            each.left, each.right, f"{each.score:.1f}", each.reason, *told, each.source, each.file, str(count)
        )
    if found:
        print_table(shown)
    else:
        click.echo(f"no question is open{' of this kind' if reason or source or file else ''}", err=True)
    for (why, where, of), count in Counter(counts).most_common():
        click.echo(f"{count}: {why}{f'; source {where}' if where else ''}{f', file {of}' if of else ''}")


async def _of_people(library: PostgresLibrary, found: Sequence[Question]) -> list[tuple[Question, int]]:
    """Return the first question about each two people, with how many of these there are about them."""
    members = await library.people(list({lead for each in found for lead in (each.left, each.right)}))
    persons = {lead: member.person for lead, member in members.items()}
    about: dict[frozenset[str], list[Question]] = {}
    for each in found:
        about.setdefault(frozenset(persons.get(lead, lead) for lead in (each.left, each.right)), []).append(each)
    return [(questions[0], len(questions)) for questions in about.values()]


_SIDES = ("for", "against")


@review.command()
@click.argument("left")
@click.argument("right")
def show(left: str, right: str) -> None:
    """Show two leads side by side, masked, with the evidence for and against their being one."""
    pair = sorted((lead_key(left), lead_key(right)))

    async def read(library: PostgresLibrary) -> tuple[list[Question], dict[str, str], dict[str, LeadRow], str]:
        around = await library.evidence_around(pair, 1_000)
        decided = sorted((each.no, each.answer) for each in around.decisions if [each.left, each.right] == pair)
        questions = [q for q in around.questions if [q.left, q.right] == pair]
        persons = {each.lead: each.person for each in around.people if each.lead in pair}
        rows = dict(await library.leads_by_id([*pair, *persons.values()]))
        return questions, persons, rows, decided[-1][1] if decided else ""

    questions, persons, rows, answer = _with(read)
    if not questions:
        raise click.ClickException("there was never a question about these two")
    known = [lead if lead in rows else persons.get(lead, lead) for lead in pair]
    masked: list[Any] = [mask_record(dict(rows[lead].fields)) if lead in rows else {} for lead in known]
    shown = table(("field", *pair), whole=pair)
    for name in sorted({*masked[0], *masked[1]}):
        shown.add_row(name, *(str(each.get(name, "")) for each in masked))
    print_table(shown)
    for lead in pair:
        if (person := persons.get(lead, lead)) != lead:
            click.echo(f"{lead} is the same person as {person}, and goes by that name")
    one = questions[0]
    stands = answer or one.closed if one.closed else "open"
    click.echo(f"{one.score:+.1f} bits: {one.reason}; asked {to_iso(one.at)}; {stands}")
    for side in _SIDES:
        for name, bits in one.evidence[side].items():
            click.echo(f"{side:8} {name:14} {bits:+.2f}")


@review.command()
@click.argument("left", required=False)
@click.argument("right", required=False)
@_pattern
@click.option("--answer", type=click.Choice(ANSWERS), required=True, help="newest: one person, newest values hold.")
@click.option("--limit", type=click.IntRange(1, MOST), default=MOST, show_default=True, help="So many at most.")
@click.option("--yes", is_flag=True, help="Do not ask before many are decided.")
@BY
@interrupted("已发送的决定有效，再次运行即可继续", "what was sent is decided; run it again to go on")
def decide(
    left: str | None, right: str | None, reason: str | None, source: str | None, file: str | None, answer: str,
    limit: int, yes: bool, who: str,
) -> None:  # fmt: skip
    """Decide all questions about the two people LEFT and RIGHT, or all of a pattern: --reason, --source, --file."""
    if (left is None) != (right is None):
        raise click.UsageError("a question is about two leads")
    pattern = not (reason is None and source is None and file is None)
    if left is None and not pattern:
        raise click.UsageError("name two leads, or a pattern: --reason, --source, --file")
    if left is not None and pattern:
        raise click.UsageError("either two leads, or a pattern (--reason, --source, --file): not both")

    async def read(library: PostgresLibrary) -> list[tuple[str, str]]:
        if left is not None and right is not None:
            await check_leads(library, pair := (lead_key(left), lead_key(right)))
            if answer != "different":
                return [pair]  # makes one person of both, and settles the others
            beside = [(each.left, each.right) for each in await library.questions_beside(*pair)]
            return [pair, *(each for each in beside if set(each) != set(pair))]
        return [(each.left, each.right) for each in await library.questions(reason, source, file, limit)]

    pairs = _with(read)
    if not pairs:
        click.echo(
            "没有符合条件的待确认项 / no open question fits; `whetstone review list` counts them by pattern", err=True
        )
    if left is None and len(pairs) > 1 and not yes:
        click.confirm(f"{len(pairs)} questions: {answer}?", abort=True)
    keep = "newest" if answer == "newest" else None
    judged = [Judged(a, b, "different" if answer == "different" else "same", keep) for a, b in pairs]

    async def ask(library: PostgresLibrary) -> tuple[bool, list[tuple[str, str]]]:
        return await decided_on(settings(), library, judged, who, PATIENCE)

    finished, gone = _with(ask) if judged else (True, [])
    tell_parted(gone)
    if not finished:
        raise click.ClickException(f"{len(judged)} decisions were sent, but not all are done after {PATIENCE:g} s")
    click.echo(f"{len(judged)} questions decided: {answer}")


def _plain(question: Question) -> dict[str, Any]:
    return {
        "left": question.left, "right": question.right, "score": question.score, "reason": question.reason,
        **question.evidence, "source": question.source, "file": question.file, "asked_at": to_iso(question.at),
    }  # fmt: skip


def _with(work: Callable[[PostgresLibrary], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with library_of(settings()) as library:
            return await work(library)

    return asyncio.run(run())

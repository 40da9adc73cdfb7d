"""Leads that go by the name of another one: some have no row of their own, and people ask about them all the same."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

import click
import pytest
from click.testing import CliRunner

from schemas.evidence import Membership
from sinks.postgres import PostgresLibrary
from sinks.postgres.snapshot import Moment
from sinks.read import LeadRow
from streams.archive.one_lead import IDENTIFIERS, PERSON, Shown, look
from streams.commands import lead as command
from streams.commands.lead_merging import check_leads


class Library:
    """A library with one lead, and another one that went to it from its first event on."""

    async def leads_by_id(self, leads: Sequence[str]) -> Mapping[str, LeadRow]:
        return {lead: LeadRow(lead, {}, 0, 0, 1) for lead in leads if lead == "lead:a"}

    async def people(self, leads: Sequence[str]) -> Mapping[str, Membership]:
        return {lead: Membership(lead=lead, person="lead:a", address="lead:a") for lead in leads if lead == "lead:b"}


class Now:
    """The same library as SQL."""

    async def rows(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        if query == PERSON:
            return [("lead:a",)] if values == ("lead:b",) else []
        if query == IDENTIFIERS:
            own = [("lead:a", "phone", "+8613800138000", True, 0, None)]
            return [*own, ("lead:b", "phone", "+8613900139000", False, 0, None)] if "lead:a" in values else []
        return [("lead:a", {"phone": "+8613800138000"}, 0, 0, 1)] if values == (["lead:a"],) else []


def looked(lead: str) -> Shown:
    return asyncio.run(look(cast(Moment, Now()), lead))


def test_a_lead_without_a_row_can_be_decided_about() -> None:
    library = cast(PostgresLibrary, Library())
    asyncio.run(check_leads(library, ["lead:a", "lead:b"]))
    with pytest.raises(click.ClickException, match="there is no lead lead:c"):
        asyncio.run(check_leads(library, ["lead:a", "lead:c"]))


def test_a_lead_is_shown_with_what_those_hold_that_go_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "looked", lambda use, what, about, reveal, who: asyncio.run(use(Now())))
    told = CliRunner().invoke(command.lead, ["show", "a"])
    assert "+86139****9000" in told.output
    assert "of lead:b" in told.output
    assert "of lead:a" not in told.output
    other = CliRunner().invoke(command.lead, ["show", "lead:b"])
    assert other.exit_code == 1
    assert "goes by the name of lead:a" in other.output
    assert "there is no lead lead:c" in CliRunner().invoke(command.lead, ["show", "c"]).output
    assert looked("lead:b").person == "lead:a"

"""The addresses of leads that a worker remembers: bounded, and never forgotten while they are wanted."""

import asyncio
from collections.abc import Sequence

import pytest

from schemas.evidence import Membership
from schemas.rules.identity import IdentityRules
from streams.stages import identify

pytestmark = pytest.mark.anyio


class People:
    """Knows that one lead goes by another's name; lists who was asked for. `gate` holds back its answers."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def people(self, leads: Sequence[str]) -> dict[str, Membership]:
        self.asked.append(list(leads))
        await self.gate.wait()
        return {"b": Membership(lead="b", person="a", address="a", version=1)} if "b" in leads else {}


async def test_a_lead_may_be_the_next_to_be_forgotten_when_its_slice_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify, "REMEMBERED", 3)
    people = People()
    one = identify.Identify(people, IdentityRules())  # type: ignore[arg-type]  # nothing else is asked for
    assert await one._known(["a", "b", "c"]) == {"b": "a"}
    assert await one._known(["d", "e"]) == {}
    assert await one._known(["b", "c", "f"]) == {"b": "a"}
    assert await one._known(["b", "f"]) == {"b": "a"}
    assert people.asked == [["a", "b", "c"], ["d", "e"], ["b", "f"]]


async def test_another_slice_may_make_it_forget_what_this_one_has_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify, "REMEMBERED", 3)
    people = People()
    one = identify.Identify(people, IdentityRules())  # type: ignore[arg-type]  # likewise
    await one._known(["b"])
    people.gate.clear()
    slices = [asyncio.create_task(one._known(leads)) for leads in (["c", "d", "e"], ["b", "f"])]
    await asyncio.sleep(0)
    people.gate.set()
    assert [await each for each in slices] == [{}, {"b": "a"}]

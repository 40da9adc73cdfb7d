"""One person or two? Evidence asks, a person decides, and takes a decision back."""

from collections.abc import Mapping, Sequence
from typing import Literal

from streams.sample.journeys import Journey
from streams.sample.scenes.scene import Scene, Stage
from streams.sample.telling import both

SAME_DAY, PARTED_DAY = 12, 6  # before the end


def doubtful(scene: Scene) -> None:
    """Comes again after a day, under another number and with a name that sounds the same: evidence asks."""


def moved(scene: Scene) -> None:
    """Comes again from another company, under another number: evidence is silent, but the manager knows."""


def namesake(scene: Scene) -> None:
    """Somebody else of that name comes: the manager takes the two for one, and then learns better."""


class Decisions(Stage):
    """What the manager decides; `leads` maps the event id that creates a lead to its entity.

    `joined` says which leads stay merged, by creating events: the older → the newer one. `updates` is how many
    `lead_updated` signals follow: of each value that gives way to another one, and again when that is taken back.
    """

    def __init__(self, leads: Mapping[str, str], end: int) -> None:
        super().__init__("decisions", end)
        self._leads = leads
        self.joined: dict[str, str] = {}
        self.updates = 0

    def decide(self, pair: Sequence[Journey], days: int, answer: Literal["same", "different"], reason: str) -> None:
        """Send one decision on two leads, in the evening so many days before the end."""
        left, right = (self._leads[life.created_by] for life in pair)
        data = {"left": left, "right": right, "answer": answer, "by": "manager", "reason": reason}
        self.updates += _differing(*pair)
        self.put("leads_judged", self.when(days, 18), data, "desk", channel="desk")

    def about(self, kind: str, pair: Sequence[Journey]) -> None:
        """Note that a signal of this kind must be about two leads."""
        self.must(kind, both(life.created_by for life in pair))


def judged(people: Sequence[Journey], leads: Mapping[str, str], end: int) -> Decisions:
    """Return what the manager decides about the pairs of the cast, and all that must be told of them."""
    stage = Decisions(leads, end)
    if pair := _pair(people, "doubtful"):
        stage.about("identity_review", pair)
    if pair := _pair(people, "moved"):
        stage.decide(pair, SAME_DAY, "same", "换了公司，是同一个人")
        stage.about("leads_merged", pair)
        first, second = pair
        stage.joined[first.created_by] = second.created_by
    if pair := _pair(people, "namesake"):
        stage.decide(pair, SAME_DAY, "same", "同名，应是同一个人")
        stage.about("leads_merged", pair)
        stage.decide(pair, PARTED_DAY, "different", "电话确认是两个人")
        stage.about("leads_unmerged", pair)
    return stage


def _differing(first: Journey, second: Journey) -> int:
    """Return how many fields both persons leave, each with another value."""
    said = [
        (life.person.company, life.person.region, life.person.interest, life.person.phone) for life in (first, second)
    ]
    return sum(one is not None and other is not None and one != other for one, other in zip(*said, strict=True))


def _pair(people: Sequence[Journey], role: str) -> Sequence[Journey]:
    """Return the two who play a role, the earlier one first; nothing where the sample has no time for both."""
    found = sorted((life for life in people if life.role and life.role.name == role), key=lambda life: life.at)
    return found if len(found) == 2 else ()

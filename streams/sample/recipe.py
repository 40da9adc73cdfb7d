"""The whole sample: the shop's stream and the simulated front ends, in order of time, and what must come of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import NamedTuple

import msgspec

from online_models.record import NAME
from processors.identity import own_lead
from schemas.ids import entity_key
from schemas.times import SECOND
from streams.sample import journeys as lives
from streams.sample import reps
from streams.sample.calendar import some_time
from streams.sample.cast import beginning, cast
from streams.sample.expected import duties, summaries
from streams.sample.hostile import UGLY_NAMES, hostile
from streams.sample.orders import ALL_VIEWS, FEW_VIEWS, Shop
from streams.sample.people import Colleagues, device, person
from streams.sample.phones import Numbers
from streams.sample.repeats import repeat
from streams.sample.retail import Invoice
from streams.sample.scenes import scene_of
from streams.sample.scenes.identities import judged
from streams.sample.scenes.scene import Stage
from streams.sample.scenes.visits import tracks
from streams.sample.truth import Tally, Truth
from streams.sample.wire import Channel, Send, chance, event_id_of, send, touchpoint

WHOLE_YEAR = 375  # days that the shop's file spans
LEAST_DAYS = 14
REPEATED = 0.06  # of what the front ends send
STRANGERS = 150  # visitors who never leave contact data
SILENT = 12  # forms without contact data: no lead
HOSTILE_RUNS = 3
MODEL = entity_key("model", NAME)


class Recipe(NamedTuple):
    """What a sample is made by: equal recipes give equal samples, byte for byte. `end` (ms) is its last moment.

    `days` and `limit` keep the last so many days and invoices of the shop; `leads` is how many people become leads;
    `full` looks at every product before it is ordered; `json_only` leaves out what cannot stand in a file of JSON.
    """

    seed: int
    end: int
    days: int = WHOLE_YEAR
    limit: int | None = None
    leads: int = 400
    full: bool = False
    json_only: bool = False

    @property
    def whole(self) -> bool:
        """Whether the shop's year is whole: a model then learns long enough to notice what it sees no more."""
        return self.limit is None and self.days >= WHOLE_YEAR


class Sample:
    """A sample, drawn. `truth` is known before anything is sent; `sends` makes the touchpoints one by one."""

    def __init__(self, recipe: Recipe, invoices: Sequence[Invoice]) -> None:
        views = ALL_VIEWS if recipe.full else FEW_VIEWS
        self._shop = Shop(invoices, recipe.end, recipe.days, recipe.limit, views, blind=recipe.whole)
        self._recipe = recipe
        self._tally = Tally()
        self.colleagues = Colleagues()
        self._front = sorted(self._drawn(), key=lambda one: one.at)
        self._tally.told.update(summaries(self._front, recipe.end))
        self._tally.may.update(("daily_summary", f"rep:{rep}") for roster in reps.ROSTERS.values() for rep in roster)
        self._tally.may.update(("model_drift", f"{MODEL} {what}") for what in ("loss", "champion", "feature"))
        if recipe.whole and not recipe.full:
            self._tally.told.add(("model_drift", f"{MODEL} loss"))  # the views stop that foretold orders
        self.truth = self._truth()

    def sends(self) -> Iterator[Send]:
        """Yield everything in order of time."""
        return merge(self._shop.sends(), self._front, key=lambda one: one.at)

    def _truth(self) -> Truth:
        recipe, counts = self._recipe, self._shop.counts()
        self._tally.distinct += counts.orders + counts.cancellations + counts.views - counts.unknown
        self._tally.rejected["no_subject"] += counts.unknown
        rosters = {region: list(names) for region, names in reps.ROSTERS.items()}
        return self._tally.filled(
            Truth(seed=recipe.seed, end=recipe.end, days=recipe.days, rosters=rosters, left_out=counts.left_out)
        )

    def _drawn(self) -> Iterator[Send]:
        recipe = self._recipe
        people = self._people()
        leads: dict[str, str] = {}
        for life in people:
            sent = list(lives.sends(life, chance(recipe.seed, "life", life.person.number)))
            leads[life.created_by] = own_lead(event_id_of(min(sent, key=lambda one: one.at)))
            told, may = duties(life, sent, recipe.end)
            self._tally.told.update(told)
            self._tally.may.update(may)
            yield from self._sent(sent, life)
        ordinary = [life for life in people if life.role is None]
        yield from self._sent(reps.days(recipe.end, ordinary, chance(recipe.seed, "reps")))
        yield from self._scenes(people, leads)
        yield from self._sent(self._strangers())
        yield from self._hostile()

    def _people(self) -> list[lives.Journey]:
        recipe = self._recipe
        random = chance(recipe.seed, "people")
        numbers = Numbers(random)
        drawn = []
        for number in range(recipe.leads):
            one = person(number, random, numbers, imported=number % 10 == 0)
            if number % 10 == 5 and number // 10 < len(UGLY_NAMES):
                one = one._replace(name=UGLY_NAMES[number // 10])
            at = some_time(random, recipe.end, recipe.days)
            drawn.append(lives.journey(one, at, random.choice(reps.ROSTERS[one.region]), random, numbers))
        for number, role in cast(recipe.leads, recipe.days).items():
            drawn[number] = lives.cast_as(drawn[number], role, beginning(role, number, recipe.end), numbers)
        moves = chance(recipe.seed, "colleagues")
        drawn = [life._replace(person=self.colleagues.among(life.person, moves)) for life in drawn]
        for life in drawn:
            self._tally.leads[life.created_by] = life.truth()
            self._tally.lead_updated += life.updates
        return drawn

    def _scenes(self, people: Sequence[lives.Journey], leads: Mapping[str, str]) -> Iterator[Send]:
        """Yield what the cast does, and what the reps do whose phones are doubtful, and note what must be told.

        `leads` maps the event id that creates a lead to its entity: a visitor's first page view names it.
        """
        recipe = self._recipe
        scenes: list[Stage] = [scene_of(life, life.role.name, recipe.end) for life in people if life.role]
        if scenes:
            decisions = judged(people, leads, recipe.end)
            self._tally.lead_updated += decisions.updates
            truths = self._tally.leads
            for senior, newer in decisions.joined.items():
                phone = truths[newer].phone
                truths[senior] = msgspec.structs.replace(truths[senior], phone=phone, joined=newer)
            scenes.append(decisions)
            scenes.append(tracks(recipe.end, chance(recipe.seed, "tracks")))
        for number, scene in enumerate(scenes):
            self._tally.told.update(scene.told)
            yield from self._sent(scene.sends, stays=f"scene {number}")

    def _strangers(self) -> Iterator[Send]:
        random = chance(self._recipe.seed, "strangers")
        for number in range(STRANGERS):
            visitor = ("device", device(random))
            at = some_time(random, self._recipe.end, self._recipe.days)
            for step in range(random.randint(1, 4)):
                view = lives.page_view(f"stray-{number}-{step}", at + step * 20 * SECOND, visitor, random)
                yield send(view, at + step * 20 * SECOND)
            if number < SILENT:
                data = {"form": "question", "message": "请问支持私有化部署吗？"}
                asked = touchpoint(
                    f"silent-{number}", "form_submitted", "website", at + 100 * SECOND, ids=[visitor], data=data
                )
                yield send(asked, at + 100 * SECOND)

    def _sent(
        self, sends: Iterable[Send], journey: lives.Journey | None = None, stays: str | None = None
    ) -> Iterator[Send]:
        """Yield what is sent, and some of it again; what `stays` (a name) keeps its order under its key."""
        random = chance(self._recipe.seed, "repeats", stays or (journey.person.number if journey else "others"))
        may_overtake = stays is None and (journey is None or journey.follow_up == "never")
        for one in sends:
            self._tally.distinct += 1
            yield one
            if random.random() < REPEATED:
                self._tally.duplicates += 1
                yield repeat(one, random, elsewhere=may_overtake and b'"type":"visit_' not in one.body)

    def _hostile(self) -> Iterator[Send]:
        random = chance(self._recipe.seed, "hostile")
        for run in range(HOSTILE_RUNS):
            begin = some_time(random, self._recipe.end, self._recipe.days)
            for number, one in enumerate(hostile(begin, run)):
                if self._recipe.json_only and not one.json:
                    continue
                channel: Channel = "gateway" if one.json and run % 2 == 0 else "kafka"
                self._tally.rejected[one.reason] += 1
                yield Send(begin + number * SECOND, one.body, channel, f"hostile-{run}", one.json)


def last_moment(now: int) -> int:
    """Return the end (ms) of a sample that is made now: the last whole second."""
    return now // SECOND * SECOND


__all__ = ["LEAST_DAYS", "WHOLE_YEAR", "Recipe", "Sample", "last_moment"]

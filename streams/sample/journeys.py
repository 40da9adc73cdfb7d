"""How a person becomes a lead: browsing, the form, a second form, the rep's follow-up, a change of number.

Every touchpoint of a person carries the person's primary identifier first, and thus the same Kafka key: what one
person does is processed in order, however many partitions and workers there are.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, Literal, NamedTuple

from schemas.times import HOUR, MINUTE, SECOND
from streams.sample.cast import PLACE, Role
from streams.sample.people import Person, messy
from streams.sample.phones import Numbers, Phone, written
from streams.sample.truth import LeadTruth
from streams.sample.wire import Id, Send, send, touchpoint

FollowUp = Literal["in_time", "late", "never"]
Change = Literal["none", "confirmed", "half_confirmed"]
PAGES = ("/", "/pricing", "/product/crm", "/product/analytics", "/cases", "/docs/api", "/contact")


class Journey(NamedTuple):
    """What one person and their rep will do. `at` (ms) is when the lead begins; `role` the part in a scene, if any."""

    person: Person
    at: int
    follow_up: FollowUp
    change: Change
    rep: str
    new_phone: Phone | None
    role: Role | None = None

    @property
    def created_by(self) -> str:
        """The event id that creates the lead."""
        return f"{'import' if self.imported else 'form'}-{self.person.number}"

    @property
    def imported(self) -> bool:
        """Whether the person came with a table, not through a form."""
        return self.person.primary[0] != "device"

    @property
    def updates(self) -> int:
        """How many `lead_updated` signals the journey must cause."""
        return int(self.change == "confirmed") + int(self.learns_title)

    @property
    def learns_title(self) -> bool:
        """Whether the rep writes down the person's job title."""
        return self.follow_up == "in_time" and self.person.number % 7 == 0

    def truth(self) -> LeadTruth:
        """Return what must be known of the lead in the end."""
        person = self.person
        phone = self.new_phone if self.change == "confirmed" else person.phone
        return LeadTruth(
            region=person.region,
            phone=phone.e164 if phone else None,
            email=person.email,
            overdue=self.follow_up != "in_time" and not self.imported,  # a table sets nobody a deadline
        )


def journey(person: Person, at: int, rep: str, random: Random, numbers: Numbers) -> Journey:
    """Draw what happens: 70 % are followed up in time, 15 % late, 15 % never; 1 in 8 changes the number."""
    follow_up: FollowUp = random.choices(("in_time", "late", "never"), (70, 15, 15))[0]
    change: Change = "none"
    if person.phone is not None and follow_up == "in_time":
        change = random.choices(("none", "confirmed", "half_confirmed"), (14, 1, 1))[0]
    return Journey(person, at, follow_up, change, rep, numbers.mobile() if change != "none" else None)


def cast_as(journey: Journey, role: Role, at: int, numbers: Numbers) -> Journey:
    """Return the journey of whoever plays a role: a lead that begins at `at` (ms) and is followed up in time.

    Who is called by a name of the cast leaves that name and a mobile number, nothing else that tells people apart.
    """
    person, rep = journey.person._replace(company=role.company or journey.person.company), journey.rep
    if role.called:
        region, rep = PLACE
        person = person._replace(name=role.called, region=region, phone=numbers.mobile(), email=None)
    cast = journey._replace(person=person, rep=rep, at=at, role=role)
    return cast._replace(follow_up="in_time", change="none", new_phone=None)


def sends(journey: Journey, random: Random) -> Iterator[Send]:
    """Yield everything that the person and the rep send, in order of time."""
    person = journey.person
    if not journey.imported:
        yield from _browsing(journey, random)
    yield _first(journey, random)
    if not journey.imported and journey.follow_up == "in_time" and random.random() < 0.1:
        yield _form(journey, random, f"again-{person.number}", journey.at + random.randint(30, 90) * SECOND)
    if journey.follow_up != "never":
        yield from _followed_up(journey, random)
    if journey.change != "none":
        yield _changed(journey, random)


def _browsing(journey: Journey, random: Random) -> Iterator[Send]:
    count = random.randint(0, 5)
    times = sorted(journey.at - random.randint(20, 45 * 60) * SECOND for _ in range(count))
    for step, at in enumerate(times):
        name = f"visit-{journey.person.number}-{step}"
        yield send(page_view(name, at, journey.person.primary, random), at)


def page_view(event_id: str, at: int, visitor: Id, random: Random) -> dict[str, Any]:
    """Return a page view of a visitor of the website."""
    page = random.choice(PAGES)
    data = {
        "url": f"https://www.example.cn{page}",
        "section": page.split("/")[1] or "home",
        "dwell_ms": random.randint(800, 90_000),
    }
    return touchpoint(event_id, "page_viewed", "website", at, ids=[visitor], data=data)


def _first(journey: Journey, random: Random) -> Send:
    if journey.imported:
        return _imported(journey, random)
    return _form(journey, random, journey.created_by, journey.at)


def _form(journey: Journey, random: Random, event_id: str, at: int) -> Send:
    return send(form(event_id, at, journey.person, random), at)


def form(event_id: str, at: int, person: Person, random: Random) -> dict[str, Any]:
    """Return a form as the person fills it in: messy, and with the number in another form each time."""
    data = {"form": "trial", "message": "想了解价格和试用", **_fields(person, random)}
    ids = [person.primary, *_contact(person, random)] if random.random() < 0.5 else [person.primary]
    return touchpoint(event_id, "form_submitted", "website", at, ids=ids, data=data)


def _imported(journey: Journey, random: Random) -> Send:
    person, at = journey.person, journey.at
    data = {"row": _fields(person, random), "file": "展会名单.xlsx", "line": person.number + 2}
    ids = [person.primary, *_contact(person, random)]
    return send(touchpoint(journey.created_by, "lead_imported", "excel", at, ids=ids, data=data), at)


def _fields(person: Person, random: Random) -> dict[str, str]:
    fields = {
        "name": messy(person.name, random),
        "company": person.company,
        "region": person.region,
        "interest": person.interest,
    }
    if person.phone:
        fields["phone"] = written(person.phone, random)
    if person.email:
        fields["email"] = random.choice((person.email, person.email.upper(), f" {person.email} "))
    return fields


def _contact(person: Person, random: Random) -> list[Id]:
    if person.phone:
        return [("phone", written(person.phone, random))]
    return [("email", person.email)] if person.email else []


def _followed_up(journey: Journey, random: Random) -> Iterator[Send]:
    number = journey.person.number
    waited = random.randint(3, 25) if journey.follow_up == "in_time" else random.randint(35, 300)
    called = journey.at + waited * MINUTE
    yield _by_rep(journey, f"follow-{number}", "followed_up", called, {"channel": "call", "note": "已电话联系"})
    duration = random.randint(40, 900)
    touched = called + duration * SECOND
    yield _by_rep(journey, f"touch-{number}", "customer_touched", touched, {"channel": "call", "duration_s": duration})
    if journey.learns_title:
        yield _by_rep(journey, f"title-{number}", "lead_updated", touched + SECOND, {"title": "采购经理"})
    if random.random() < 0.8:
        mood = random.choice(("positive", "neutral", "negative"))
        data = {"channel": "call", "topic": journey.person.interest, "mood": mood, "note": "客户希望先试用"}
        noted = touched + random.randint(1, 30) * MINUTE
        yield _by_rep(journey, f"note-{number}", "contact_noted", noted, data)


def _by_rep(journey: Journey, event_id: str, kind: str, at: int, data: dict[str, Any]) -> Send:
    ids = [journey.person.primary]
    return send(touchpoint(event_id, kind, "rep-app", at, ids=ids, rep_id=journey.rep, data=data), at)


def _changed(journey: Journey, random: Random) -> Send:
    old, new = journey.person.phone, journey.new_phone
    if old is None or new is None:
        raise ValueError("a change of number needs both numbers")
    at = journey.at + random.randint(6, 36) * HOUR
    codes = (True, True) if journey.change == "confirmed" else random.choice(((True, False), (False, True)))
    data = {
        "old": written(old, random),
        "new": written(new, random),
        "old_code_verified": codes[0],
        "new_code_verified": codes[1],
    }
    ids = [journey.person.primary]
    return send(touchpoint(f"change-{journey.person.number}", "phone_changed", "app", at, ids=ids, data=data), at)

"""Properties of the resolver: no order changes the people, and what was joined is parted exactly."""

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from processors.resolver.blocking import keys_of
from processors.resolver.compare import compare
from processors.resolver.profile import FIELDS, profile_of
from processors.resolver.resolver import Resolver
from schemas.rules.identity import ClusterLimits, IdentityRules

NAMES = ["Ann Lee", "Lee Ann", "An Lee", "Bo Chan", "张伟", "Zhang Wei", "章伟", "王总", "王芳", ""]
PHONES = ["13800138000", "13877778000", "138****8000", "138**8000", "1380013xxxx", "010-62345678", ""]
EMAILS = ["ann.lee@smith.net", "ann.lee@smiht.net", "info@smith.net", "bo@chan.org", "ann.lee@smith@net", ""]
ROWS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "phone": st.sampled_from(PHONES),
        "email": st.sampled_from(EMAILS),
        "birth_date": st.sampled_from(["1980-01-02", "1980-02-01", "1991-05-06", ""]),
        "postcode": st.sampled_from(["2161", "2116", ""]),
        "crm:sap": st.sampled_from(["77", "78", "", ""]),
        "wechat": st.sampled_from(["zhangwei88", "", ""]),
    }
)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RULES = IdentityRules(limits=ClusterLimits(bucket=8, phones=2, names_per_number=3), least_population=2)
Row = dict[str, str]


def resolved(rows: list[tuple[int, Row]], settled: bool = True) -> Resolver:
    resolver = Resolver(RULES)
    for number, row in rows:
        resolver.resolve(str(number), profile_of(row, verified=number % 3 == 0))
    if settled:
        resolver.settle()
    return resolver


@SLOW
@given(st.lists(ROWS, min_size=2, max_size=14), st.randoms(use_true_random=False))
def test_no_order_of_arrival_changes_people_leads_or_questions(rows: list[Row], random_: object) -> None:
    numbered = list(enumerate(rows))
    shuffled = list(numbered)
    random_.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = resolved(numbered), resolved(shuffled)
    assert one.people() == other.people()
    assert one.reviews() == other.reviews()
    assert [one.lead_of(str(n)) for n in range(len(rows))] == [other.lead_of(str(n)) for n in range(len(rows))]


@SLOW
@given(st.lists(ROWS, min_size=2, max_size=10), st.data())
def test_unmerging_restores_exactly_what_was_before_the_merge(rows: list[Row], data: st.DataObject) -> None:
    resolver = resolved(list(enumerate(rows)))
    before = resolver.people(), resolver.reviews()
    numbers = st.integers(0, len(rows) - 1)
    places = []
    for _ in range(data.draw(st.integers(1, 4))):
        left, right = str(data.draw(numbers)), str(data.draw(numbers))
        try:
            place = data.draw(st.sampled_from([resolver.join, resolver.part]))(left, right, by="rep:r1", at=1)
        except ValueError:
            continue  # the same record, or records that hold the same
        places.append(place)
    for place in data.draw(st.permutations(places)):
        resolver.withdraw(place, by="rep:r1", at=2)
    assert (resolver.people(), resolver.reviews()) == before


@SLOW
@given(st.lists(ROWS, min_size=2, max_size=10), st.integers(0, 9), st.integers(0, 9))
def test_what_a_person_joined_is_one_and_what_a_person_parted_is_two(rows: list[Row], one: int, other: int) -> None:
    resolver = resolved(list(enumerate(rows)))
    left, right = str(one % len(rows)), str(other % len(rows))
    held = [profile_of(rows[int(record)], verified=int(record) % 3 == 0) for record in (left, right)]
    assume(held[0] != held[1])
    resolver.part(left, right, by="rep:r1", at=1)
    assert resolver.lead_of(left) != resolver.lead_of(right)
    resolver.join(left, right, by="rep:r1", at=2)
    assert resolver.lead_of(left) == resolver.lead_of(right)


@SLOW
@given(st.dictionaries(st.sampled_from([*FIELDS, "crm:x", "extra.y"]), st.text(max_size=40), max_size=8))
def test_any_text_makes_a_profile_that_is_like_itself(fields: Row) -> None:
    profile = profile_of(fields)
    assert len(keys_of(profile)) < 400
    highest = {"name": 2, "birth_date": 3, "postcode": 2, "company": 3, "phone": 2, "id_number": 2}
    found = compare(profile, profile)
    assert all(level == highest.get(field, level) for field, level, _ in found)
    assert all(level > 0 for field, level, _ in found if field == "address")  # the highest where it names a house


@SLOW
@given(ROWS, ROWS)
def test_a_comparison_knows_no_first_and_second(left: Row, right: Row) -> None:
    one, other = profile_of(left), profile_of(right)
    assert compare(one, other) == compare(other, one)

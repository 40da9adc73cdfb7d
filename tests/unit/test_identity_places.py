"""What many people have in common: a town, a street, a number that a platform lends."""

from itertools import permutations

import pytest

from processors.cleansing.record import CleansingOptions, cleanse_identifier
from schemas.identity import IdKey
from schemas.rules import RuleBook
from tests.unit.test_identity_live import P, Q, form, people, questions, run, viewed


@pytest.mark.parametrize("place", ["浙江省", "杭州市西湖区", "浙江省杭州市西湖区文三路"])
def test_two_of_one_name_in_a_town_or_a_street_are_not_one_person(place: str) -> None:
    both = [form(each, name="张伟", phone=phone, address=place) for each, phone in (("a", P), ("b", Q))]
    assert people(run(both)) == {frozenset("a"), frozenset("b")}
    house = [{**each, "data": {**each["data"], "address": "杭州市西湖区文三路100号3幢502室"}} for each in both]
    assert people(run(house)) == {frozenset("ab")}


@pytest.mark.parametrize("written", ["18412345678-{}", "17012345678转{}", "184 1234 5678 ext.{}"])
def test_a_number_that_a_platform_lends_tells_people_apart_by_its_extension(written: str) -> None:
    first, second = written.format(1234), written.format(5678)
    again = form("c", name="张伟杰", phone=first, interest="CRM")
    named = [form("a", name="张伟杰", phone=first), form("b", name="李娜", phone=second), again]
    orders = [*named, viewed("v", first), viewed("w", second)]
    for order in permutations(orders):
        made = run(order, partitions=1, cleanse_size=2)
        assert people(made) == {frozenset("ac"), frozenset("b"), frozenset("v"), frozenset("w")}
        assert not questions(made)
    slip = [form("a", name="张伟杰", phone="13800138000-1"), viewed("v", "13800138000")]
    assert people(run(slip)) == {frozenset("av")}


def test_an_identifier_with_an_extension_is_read_again_as_it_is() -> None:
    options = CleansingOptions(RuleBook().cleansing)
    key = cleanse_identifier("phone", "184 1234 5678 转 1234", options)
    assert key == IdKey("phone", "+8618412345678;ext=1234")
    assert cleanse_identifier("phone", key.value, options) == key
    assert cleanse_identifier("phone", "0571-88123456转801", options) == IdKey("phone", "+8657188123456")

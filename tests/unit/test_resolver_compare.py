"""Profiles, blocking keys and comparisons of the resolver."""

import pytest

from processors.cleansing.id_number import check_character
from processors.cleansing.phone_mask import PhoneMask
from processors.resolver import likeness
from processors.resolver.blocking import keys_of, sound
from processors.resolver.compare import BOTH_MASKED, Agreement, compare
from processors.resolver.profile import Phone, Profile, profile_of
from processors.resolver.promise import promising
from schemas.rules.identity import IdentityRules


def found(left: dict[str, str], right: dict[str, str]) -> dict[str, list[int]]:
    levels: dict[str, list[int]] = {}
    for field, level, _ in compare(profile_of(left), profile_of(right)):
        levels.setdefault(field, []).append(level)
    return levels


@pytest.mark.parametrize(
    ("field", "left", "right", "levels"),
    [
        ("name", "Zhang Wei", "Wei Zhang", [2, 2]),
        ("name", "张伟", "张伟", [2, 2]),
        ("name", "張偉", "张伟先生", [2, 2]),
        ("name", "张伟", "章伟", [2, 1]),  # the same sound
        ("name", "张伟", "Wei Zhang", [1, 1]),  # pinyin
        ("name", "张伟", "李强", [0, 0]),
        ("name", "张佳", "张娇", [2, 0]),  # one letter of pinyin apart
        ("name", "欧阳娜", "欧陽娜", [2, 2]),
        ("name", "刘红磊", "刘鸿立", [2, 0]),
        ("name", "Robert Allen", "Rob Alen", [1, 1]),
        ("name", "R. Allen", "Robert Allen", [2, 1]),
        ("name", "braid en caruana", "braiden caruana", [2, 1]),
        ("name", "mikha yla hannagan", "mikhayla hannagan", [2, 1]),
        ("birth_date", "1976-09-15", "1976/9/15", [3]),
        ("birth_date", "19760915", "1976-09-16", [2]),
        ("birth_date", "1976-04-09", "1976-09-04", [2]),  # day and month swapped
        ("birth_date", "1967-2-30", "1967-02-20", [2]),  # a date that does not exist
        ("birth_date", "2012-10-01", "2012-09-30", [1]),
        ("birth_date", "1994-08-30", "1984-09-29", [1]),  # a digit of the year, and a month
        ("birth_date", "1994-08-30", "1984-10-29", [0]),
        ("birth_date", "1976-09-15", "1990-02-03", [0]),
        ("postcode", "2161", "2116", [1]),
        ("postcode", "100080", "100080", [2]),
        ("email", "Ann.Lee@Gmail.com", "annlee+x@googlemail.com", [3]),
        ("email", "ann.lee@smith.net", "ann.lee@smiht.net", [2]),
        ("email", "fholmes@duncan.com", "f@holmes@duncan.com", [2]),
        ("email", "ann.lee@smith.net", "ann.lee@jones.org", [1]),
        ("email", "info@smith.net", "info@smith.net", [2]),  # an office, not a person
        ("phone", "138-0013-8000", "+86 13800138000", [2]),
        ("phone", "415/296-7465", "(415) 296 7465", [2]),
        ("phone", "13800138000", "13800138001", [1]),
        ("phone", "13800138000", "13912345678", [0]),
        ("id_number", "8577437", "8577473", [1]),
        ("id_number", "8577437", "8577437", [2]),
        ("address", "北京市海淀区中关村大街27号", "北京海淀中关村大街27号", [4]),
        ("address", "北京市海淀区中关村大街", "北京市海淀区中关村大街", [2]),  # a street, no house
        ("address", "浙江省杭州市西湖区", "浙江省杭州市西湖区文三路100号", [1]),
        ("address", "浙江省杭州市西湖区", "杭州西湖区", [1]),
        ("address", "广东省", "广东省", [1]),
        ("address", "北京市海淀区中关村大街27号", "北京市海淀区上地十街10号", [1]),
        ("address", "12224 ventura blvd. studio city", "12224 Ventura Boulevard, Studio City", [4]),
        ("address", "747 ninth ave. new york", "747 9th ave. new york", [4]),
        ("address", "837 second ave. new york", "840 second ave. new york", [2]),
        ("extra.city", "Swansea", "Swwanea", [1]),
        ("wechat", "zhangwei88", "ZhangWei88", [2]),
        ("device", "d1", "d2", [0]),
    ],
)
def test_how_alike_two_values_are(field: str, left: str, right: str, levels: list[int]) -> None:
    assert found({field: left}, {field: right})[field] == levels
    assert found({field: right}, {field: left})[field] == levels


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ("schmitt", "schmidt", ("schmidt", "schmitt")),
        ("rob", "robert", None),  # a short form
        ("r", "robert", None),
        ("章", "张", None),  # the same sound
        ("伟", "wei", None),
    ],
)
def test_a_slip_gives_both_words_a_short_form_and_a_sound_do_not(
    left: str, right: str, words: tuple[str, str] | None
) -> None:
    ((level, value),) = likeness.name_levels((left,), (right,))
    assert (level, likeness.both_words(value)) == (1, words)


def test_a_surname_alone_is_of_a_household() -> None:
    assert found({"name": "王总"}, {"name": "王建国"}) == {"surname": [2]}
    assert found({"name": "王总"}, {"name": "李建国"}) == {"surname": [0]}


def test_a_surname_and_a_name_without_it_say_nothing_of_each_other() -> None:
    assert found({"name": "张先生"}, {"name": "伟杰"}) == {}
    assert found({"name": "张先生"}, {"name": "李先生"}) == {"surname": [0]}
    assert found({"name": "张先生"}, {"name": "李伟杰"}) == {"surname": [0]}
    assert found({"name": "伟杰"}, {"name": "秀英"}) == {"name": [0]}


def test_a_company_is_compared_as_a_name_where_nobody_is_named() -> None:
    assert found({"company": "Ritz Carlton Cafe"}, {"company": "Ritz Carlton Restaurant Ltd."}) == {"called": [2, 2, 0]}
    with_person = found(
        {"company": "上海蓝鲸科技有限公司", "name": "张伟"}, {"company": "上海蓝鲸科技", "name": "张伟"}
    )
    assert with_person == {"name": [2, 2], "company": [3]}
    assert found({"company": "Acme"}, {"company": "Acme", "name": "Ann"}) == {"company": [3]}


def test_what_one_record_lacks_says_nothing() -> None:
    assert found({"name": "Ann Lee", "phone": ""}, {"email": "a.lee@smith.net", "name": "   "}) == {}


@pytest.mark.parametrize(
    ("masked", "level"),
    [("138****8000", 3), ("138**8000", 3), ("138****800*", 3), ("138*****0*0", 3), ("138********", 1)],
)
def test_a_mask_fits_a_number_the_surer_the_more_it_shows(masked: str, level: int) -> None:
    assert found({"phone": masked}, {"phone": "13800138000"}) == {"phone_masked": [level]}


def test_masks_that_do_not_fit_and_masks_alike() -> None:
    assert found({"phone": "139****8000"}, {"phone": "13800138000"}) == {"phone_masked": [0]}
    alike = compare(profile_of({"phone": "138****8000"}), profile_of({"phone": "138xxxx8000"}))
    assert alike == (Agreement("phone_masked", 3, BOTH_MASKED),)


def test_only_numbers_verified_on_both_sides_are_sure() -> None:
    sure, unsure = profile_of({"phone": "13800138000"}, verified=True), profile_of({"phone": "13800138000"})
    assert [each.field for each in compare(sure, sure)] == ["phone", "phone_verified"]
    assert [each.field for each in compare(sure, unsure)] == ["phone"]


def test_one_number_in_two_periods_says_nothing() -> None:
    before, after = (Profile(content=str(p), phones=(Phone("13800138000", True, p),)) for p in (0, 1))
    assert compare(before, after) == ()


def test_a_profile_tells_a_well_formed_address_from_a_mistyped_one() -> None:
    assert profile_of({"email": "ann.lee@smith.net"}).email_sure
    mistyped = profile_of({"email": "ann.lee@smith@net"})
    assert mistyped.email == "ann.lee@smith@net"
    assert not mistyped.email_sure
    assert profile_of({"email": "none"}).email == ""


def test_valid_identity_numbers_that_differ_contradict() -> None:
    assert found(
        {"id_number": "11010519491231002X"}, {"id_number": "11010519801231001" + check_character("11010519801231001")}
    )["id_valid"] == [0]
    assert "id_valid" not in found({"id_number": "8577437"}, {"id_number": "1234567"})


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"phone": "13800138000"}, {"phone": "13800138001"}),
        ({"phone": "138****8000", "name": "张伟"}, {"phone": "13800138000"}),
        ({"phone": "1380013xxxx", "name": "张伟"}, {"phone": "13800138000", "name": "张伟"}),
        ({"email": "ann.lee@smith.net"}, {"email": "ann.lee@jones.org"}),
        ({"name": "张伟"}, {"name": "Wei Zhang"}),
        ({"name": "Jon Smith"}, {"name": "Smyth Jon"}),
        ({"birth_date": "1976-09-15", "name": "Ann"}, {"birth_date": "1976-09-25", "name": "Ann"}),
        ({"postcode": "2161", "name": "gillard"}, {"postcode": "2116", "name": "gillatd"}),
        ({"id_number": "8577437"}, {"id_number": "8577427"}),
        ({"id_number": "8577437"}, {"id_number": "857437"}),
        ({"address": "12 goyder street, cleveland"}, {"address": "12 goyder st cleveland"}),
        ({"company": "Acme Ltd", "name": "Ann Lee"}, {"company": "ACME", "name": "Ann"}),
        ({"wechat_unionid": "oX1"}, {"wechat_unionid": "oX1"}),
        ({"extra.city": "Hull", "name": "Grace"}, {"extra.city": "Hull", "name": "Grace Kelly"}),
    ],
)
def test_records_that_may_be_one_share_a_key(left: dict[str, str], right: dict[str, str]) -> None:
    assert keys_of(profile_of(left)) & keys_of(profile_of(right))


def test_strangers_share_no_key_and_the_keys_are_bounded() -> None:
    left = profile_of(
        {"name": "张伟", "phone": "13800138000", "birth_date": "1980-01-02", "address": "北京市海淀区中关村大街27号"}
    )
    right = profile_of(
        {"name": "李强", "phone": "13912345678", "birth_date": "1991-05-06", "address": "上海市徐汇区漕溪路9号"}
    )
    assert not keys_of(left) & keys_of(right)
    assert (
        len(
            keys_of(
                profile_of({"address": " ".join(f"{n} street{chr(97 + n)}" for n in range(25)), "name": "a b c d e f"})
            )
        )
        < 60
    )


def test_the_sound_of_a_name_outlives_its_spelling() -> None:
    assert sound("smith") == sound("smyth")
    assert sound("张") == sound("zhang")


def test_what_can_never_be_one_person_is_not_kept() -> None:
    rules = IdentityRules()
    one = profile_of({"name": "Ann Lee", "birth_date": "1980-01-02", "postcode": "2161"})
    assert promising(compare(one, one), rules)
    assert not promising(
        compare(one, profile_of({"name": "Bo Li", "birth_date": "1991-05-06", "postcode": "3000"})), rules
    )


def test_a_slip_in_a_house_number_is_one_house_another_number_is_none() -> None:
    assert likeness.one_number(("12", "goyder"), ("21", "goyder"))
    assert not likeness.one_number(("837", "second"), ("840", "second"))
    assert likeness.one_number(("goyder",), ("12", "goyder"))


def test_a_profile_keeps_a_mask_as_what_may_be_behind_it() -> None:
    assert profile_of({"phone": "138****8000"}).masks == (PhoneMask("138****8000", True, 4),)


def test_numbered_mailboxes_are_of_different_people() -> None:
    assert likeness.email_level("lead44@163.com", "lead45@163.com") == 0
    assert likeness.email_level("lead44@163.com", "laed44@163.com") == 2
    assert likeness.email_level("zhangting1969@126.com", "zhangting@126.com") == 0


def test_a_mailbox_is_not_spelled_from_a_name_of_very_many_words() -> None:
    """The ways to do so double with each word: a name of ten took a worker 44 s for each pair of records."""
    words = [letter * 2 for letter in "abcdef"]
    assert likeness.spells("abcde", words[:5])
    assert not likeness.spells("abcdef", words)
    assert not likeness.spells("a" * 63 + "b", ["a" * size for size in (60, 61, 62, 63, 64)])  # at once


MAILBOXES = [
    ("Daisy Young", "d.young@rown.com", "Daisy Young", "d.young@pittman.com", 0),  # the name again
    ("", "oliviacarr@oconnor.info", "Carr, Olivia", "oliviacarr@lewis.com", 0),
    ("张伟", "zhangwei@firm.cn", "张伟", "zhangwei@others.com", 0),
    ("张伟", "zhangwei88@firm.cn", "张伟", "zhangwei88@others.com", 1),
    ("张伟", "zhangwei@163.com", "张伟", "zhangwei@126.com", 0),  # another host, not a slip
    ("张伟", "wei.1988@163.com", "张伟", "wei.1988@126.com", 1),
    ("张伟", "wei.1988@gmail.com", "张伟", "wei.1988@gmial.com", 2),
    ("Daisy Young", "d.rose@rown.com", "Daisy Young", "d.rose@pittman.com", 1),
    ("", "d.young@rown.com", "", "d.young@pittman.com", 1),  # nobody is named
    ("Thomas Watson", "twatson@wood.com", "William Watson", "wwatson@wood.com", 0),  # colleagues
    ("张旭", "zhangx@firm.cn", "张伟", "zhangw@firm.cn", 0),
    ("Thomas Watson", "twatson@wood.com", "Watson", "twatsom@wood.com", 2),
    ("Thomas Watson", "t.watson@wood.com", "William Watson", "t.watson@woods.com", 2),  # not at one host
]


@pytest.mark.parametrize(("name", "mailbox", "other_name", "other", "level"), MAILBOXES)
def test_a_mailbox_that_is_near_says_nothing_that_the_names_do_not_say(
    name: str, mailbox: str, other_name: str, other: str, level: int
) -> None:
    left, right = {"name": name, "email": mailbox}, {"name": other_name, "email": other}
    assert found(left, right)["email"] == found(right, left)["email"] == [level]

"""Under which keys the event path finds records: what differs a little must still share one."""

import pytest

from processors.identity import Known
from processors.resolver.live.keys import live_keys
from processors.resolver.packed import live_profile
from processors.resolver.profile import Profile
from schemas.identity import IdKey

LONG_AGO = 1


def profile(email: str = "", **fields: str) -> Profile:
    ids = [Known(IdKey("email", email), False)] if email else []
    return live_profile(fields, ids, LONG_AGO, {})


def meet(left: Profile, right: Profile) -> bool:
    return not set(live_keys(left).kept).isdisjoint(live_keys(right).looked)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("杭州市可翰食品有限公司", "可翰食品有限公司"),
        ("浙江杭州可翰食品有限公司", "可翰食品"),
        ("中国平安人寿保险股份有限公司", "平安人寿"),
        ("广州金乐科技有限公司上海分公司", "金乐科技"),
        ("Blue Ocean Trading Co., Ltd.", "blue ocean trading"),
    ],
)
def test_a_person_is_found_by_the_firm_however_much_of_its_name_is_written(left: str, right: str) -> None:
    assert meet(profile(name="赵桂峰", company=left), profile(name="赵桂峰", company=right))
    assert not meet(profile(name="赵桂峰", company=left), profile(name="钱进", company=right))


def test_a_firm_alone_is_found_without_its_place() -> None:
    assert meet(profile(company="杭州市可翰食品有限公司"), profile(company="可翰食品有限公司"))
    assert not meet(profile(company="可翰食品有限公司"), profile(company="可翰建材有限公司"))


def test_a_firm_that_is_called_like_its_place_keeps_its_name() -> None:
    assert meet(profile(name="赵桂峰", company="杭州银行"), profile(name="赵桂峰", company="杭州银行股份有限公司"))
    assert live_keys(profile(name="赵桂峰", company="杭州")).kept


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("li.wei@bluesea.cn", "liwei@blueseac.n"),
        ("wei.li@bluesea.cn", "wei.ll@bluesea.cn"),
        ("lwei@bluesea.cn", "lvei@bluesee.com"),
    ],
)
def test_a_mailbox_of_a_firm_with_slips_is_found_beside_the_name(left: str, right: str) -> None:
    assert meet(profile(left, name="李伟"), profile(right, name="李玮"))


def test_namesakes_of_a_public_mail_host_do_not_meet_there() -> None:
    assert not meet(profile("a81234@163.com", name="李伟民"), profile("b99@163.com", name="李国强"))


@pytest.mark.parametrize("slip", ["matthews emma", "mattehws emma", "matthews em"])
def test_who_mistypes_a_name_is_found_by_house_or_postcode(slip: str) -> None:
    whole = profile(name="matthews emma", address="39 vanzetti crescent moorabbin qld", postcode="5158")
    assert meet(whole, profile(name=slip, address="39 vanzetti crescent morabbin qld"))
    assert meet(whole, profile(name=slip, postcode="5158"))
    assert not meet(whole, profile(name="jones", address="40 vanzetti crescent", postcode="5159"))


def test_who_lives_in_a_chinese_block_of_flats_is_not_found_by_the_block() -> None:
    left = profile(name="李伟民", address="文三路138号", city="杭州市")
    assert not meet(left, profile(name="王国强", address="文三路138号", city="杭州市"))


def test_a_number_of_keys_that_a_large_library_can_hold() -> None:
    most = profile(
        "li.wei@bluesea.cn", name="李伟", company="杭州可翰食品有限公司", address="浙江省杭州市西湖区文三路138号2栋301",
        province="浙江省", city="杭州市", district="西湖区", birth_date="1990-02-03", postcode="310012",
    )  # fmt: skip
    assert len(live_keys(most).kept) <= 20

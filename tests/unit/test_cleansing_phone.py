import pytest

from processors.cleansing.phone import clean_phone
from processors.cleansing.phone_home import possible_numbers, segment_home

MOBILE = "+8613800138000"

# How people in China write phone numbers: what they write, the number, what else is found, the rules that say so.
HABITS = [
    ("13800138000", MOBILE, {"kind": "mobile"}),
    ("138-0013-8000", MOBILE, {}),
    ("138 0013 8000", MOBILE, {}),
    ("138.0013.8000", MOBILE, {}),
    ("  13800138000\t", MOBILE, {}),
    ("13900000000", "+8613900000000", {"kind": "mobile"}),  # round, and somebody's all the same
    ("１３８００１３８０００", MOBILE, {}),
    ("138\u200b0013\u200b8000", MOBILE, {}),
    ("\u202d13800138000\u202c", MOBILE, {}),
    ("一三八零零一三八零零零", MOBILE, {}),
    ("幺三八〇〇幺三八〇〇〇", MOBILE, {}),
    ("壹叁捌零零壹叁捌零零零", MOBILE, {}),
    ("138OO138OOO", MOBILE, {}),
    ("l3800138000", MOBILE, {}),
    ("+8613800138000", MOBILE, {}),
    ("+86 138 0013 8000", MOBILE, {}),
    ("+86-138-0013-8000", MOBILE, {}),
    ("＋８６１３８００１３８０００", MOBILE, {}),
    ("008613800138000", MOBILE, {}),
    ("0086 13800138000", MOBILE, {}),
    ("8613800138000", MOBILE, {}),
    ("86-13800138000", MOBILE, {}),
    ("(86)13800138000", MOBILE, {}),
    ("（+86）13800138000", MOBILE, {}),
    ("08613800138000", MOBILE, {}),
    ("013800138000", MOBILE, {}),
    ("+86013800138000", MOBILE, {}),
    ("+13800138000", MOBILE, {}),
    ("手机：13800138000", MOBILE, {}),
    ("电话13800138000（张三）", MOBILE, {}),
    ("13800138000(微信同号)", MOBILE, {"wechat_same": True}),
    ("138 0013 8000 微信同号", MOBILE, {"wechat_same": True}),
    ("13800138000 vx同", MOBILE, {"wechat_same": True}),
    ("13800138000同微信", MOBILE, {"wechat_same": True}),
    ("电话/微信：13800138000", MOBILE, {"wechat_same": True}),
    ("138/0013/8000", MOBILE, {}),
    ("138_0013_8000", MOBILE, {}),
    ("138·0013·8000", MOBILE, {}),
    ("138,0013,8000", MOBILE, {}),
    ("138、0013、8000", MOBILE, {}),
    ("138*0013*8000", MOBILE, {}),
    ("138/00138000", MOBILE, {}),
    ("13,800,138,000", MOBILE, {}),
    ("138l2345678", "+8613812345678", {}),
    ("I38 OO13 8OOO", MOBILE, {}),
    ("138-OOOO-8000", "+8613800008000", {}),
    ("①13800138000②13900139000", MOBILE, {"others": ("+8613900139000",)}),
    ("13800138000,13900139000,13800138000", MOBILE, {"others": ("+8613900139000",)}),
    ("18412345678-1234", "+8618412345678", {"extension": "1234"}),
    ("13800138000_8012", MOBILE, {"extension": "8012"}),
    ("13800138000[8012]", MOBILE, {"extension": "8012"}),
    ("1-650-253-0000", "+16502530000", {"country": "US"}),
    ("1 (650) 253-0000", "+16502530000", {"country": "US"}),
    ("1-391-234-5678", "+8613912345678", {"country": "CN"}),
    ("T:021-68888888 F:021-68888889 M:13800138000", MOBILE, {"others": ("+862168888888",)}),
    ("1.3800138E10", MOBILE, {}),
    ("香港 91234567", "+85291234567", {"country": "HK"}),
    ("香港手机：9123 4567", "+85291234567", {"country": "HK"}),
    ("澳门66123456", "+85366123456", {"country": "MO"}),
    ("台湾0912-345-678", "+886912345678", {"country": "TW"}),
    ("香港 13800138000", MOBILE, {}),
    ("13800138000/微信 li_lei88", MOBILE, {"channels": {"wechat": "li_lei88"}}),
    ("13800138000 V：lilei88 QQ 55667788", MOBILE, {"channels": {"wechat": "lilei88", "qq": "55667788"}}),
    ("li.lei@example.cn；13800138000", MOBILE, {"channels": {"email": "li.lei@example.cn"}}),
    ("13800138000 lilei88", MOBILE, {}),
    ("13800138000转801", MOBILE, {"extension": "801"}),
    ("13800138000/13900139000", MOBILE, {"others": ("+8613900139000",)}),
    ("13800138000、13900139000", MOBILE, {"others": ("+8613900139000",)}),
    ("13800138000，13900139000", MOBILE, {"others": ("+8613900139000",)}),
    ("13800138000;13900139000", MOBILE, {"others": ("+8613900139000",)}),
    ("13800138000 13900139000", MOBILE, {"others": ("+8613900139000",)}),
    ("13800138000\n13900139000", MOBILE, {"others": ("+8613900139000",)}),
    ("13800138000或13900139000", MOBILE, {"others": ("+8613900139000",)}),
    ("1380013800013900139000", MOBILE, {"others": ("+8613900139000",)}),
    ("13800138000+13900139000", MOBILE, {"others": ("+8613900139000",)}),
    ("138 0013 8000 139 0013 9000", MOBILE, {"others": ("+8613900139000",)}),
    ("010-62345678 / 13800138000", MOBILE, {"others": ("+861062345678",)}),
    ("13800138000, +1 650-253-0000", MOBILE, {"others": ("+16502530000",)}),
    ("010-62345678", "+861062345678", {"kind": "landline", "province": "北京"}),
    ("01062345678", "+861062345678", {"kind": "landline"}),
    ("(010)62345678", "+861062345678", {}),
    ("（010）6234 5678", "+861062345678", {}),
    ("+86 10 6234 5678", "+861062345678", {}),
    ("+86 (0)10 6234 5678", "+861062345678", {}),
    ("+8601062345678", "+861062345678", {}),
    ("86 755 88889999", "+8675588889999", {"city": "深圳"}),
    ("0755—88889999", "+8675588889999", {}),
    ("0755-88889999-801", "+8675588889999", {"extension": "801"}),
    ("0755-88889999转801", "+8675588889999", {"extension": "801"}),
    ("0755-88889999,801", "+8675588889999", {"extension": "801"}),
    ("0755-88889999，转801", "+8675588889999", {"extension": "801"}),
    ("0755-88889999,8010,13800138000", MOBILE, {"others": ("+8675588889999",)}),
    ("0755 88889999 801", "+8675588889999", {"extension": "801"}),
    ("0755-88889999 分机 801", "+8675588889999", {"extension": "801"}),
    ("0755-88889999分机号：801", "+8675588889999", {"extension": "801"}),
    ("0755-88889999 ext. 801", "+8675588889999", {"extension": "801"}),
    ("0755-88889999～88", "+8675588889999", {"kind": "landline", "country": "CN", "province": "广东", "city": "深圳"}),
    ("0755-88889999x801", "+8675588889999", {"extension": "801"}),
    ("0755-88889999#801", "+8675588889999", {"extension": "801"}),
    ("0755-88889999*801", "+8675588889999", {"extension": "801"}),
    ("075588889999*801/13800138000", MOBILE, {"others": ("+8675588889999",)}),
    ("【0755】88889999", "+8675588889999", {}),
    ("0755/88889999", "+8675588889999", {}),
    ("0571-88123456,88123457", "+8657188123456", {"others": ("+8657188123457",)}),
    ("0571-88123456 88123457", "+8657188123456", {"others": ("+8657188123457",)}),
    ("0571-88123456/57", "+8657188123456", {"others": ("+8657188123457",)}),
    ("0571-88123456、57、58", "+8657188123456", {"others": ("+8657188123457", "+8657188123458")}),
    ("(0571)88123456/7、13800138000", MOBILE, {"others": ("+8657188123456", "+8657188123457")}),
    ("0571-88123456/3457", "+8657188123456", {"others": ("+8657188123457",)}),
    ("88123457,0571-88123456", "+8657188123457", {"others": ("+8657188123456",)}),
    ("88123457 0571-88123456", "+8657188123457", {"others": ("+8657188123456",)}),
    ("88123457/+86 571 8812 3456", "+8657188123457", {"others": ("+8657188123456",)}),
    ("88123456/57,0571-88123458", "+8657188123456", {"others": ("+8657188123457", "+8657188123458")}),
    ("0571-88123456/13800138000/88123457", MOBILE, {"others": ("+8657188123456", "+8657188123457")}),
    ("0571-88123456 13800138000 88123457", MOBILE, {"others": ("+8657188123456", "+8657188123457")}),
    ("0571-88123456-801/88123457-802", "+8657188123456", {"extension": "801", "others": ("+8657188123457",)}),
    ("021-61234567 0571-88123456 88123457", "+862161234567", {"others": ("+8657188123456", "+8657188123457")}),
    ("010 6234 5678 8899 1234", "+861062345678", {"others": ("+861088991234",)}),
    ("零七五五八八八八九九九九", "+8675588889999", {"kind": "landline"}),
    ("400-123-4567", "+864001234567", {"kind": "service"}),
    ("4001234567转1", "+864001234567", {"kind": "service", "extension": "1"}),
    ("800-810-1234", "+868008101234", {"kind": "service"}),
    ("19212345678", "+8619212345678", {"operator": "中国广电"}),
    ("19712345678", "+8619712345678", {"operator": "中国移动"}),
    ("19612345678", "+8619612345678", {"operator": "中国联通"}),
    ("19012345678", "+8619012345678", {"operator": "中国电信"}),
    ("19312345678", "+8619312345678", {"operator": "中国电信"}),
    ("17212345678", "+8617212345678", {"operator": "中国移动"}),
    ("16512345678", "+8616512345678", {"operator": "中国移动", "virtual": True}),
    ("17012345678", "+8617012345678", {"virtual": True}),
    ("13491234567", "+8613491234567", {"operator": "中国电信"}),
    ("021-61001000（8012）", "+862161001000", {"extension": "8012"}),
    ("400-820-8888-1", "+864008208888", {"extension": "1"}),
    ("传真：021-58888888 电话：021-58888889", "+862158888889", {"kind": "landline"}),
    ("传真：021-58888888", "+862158888888", {}),
    ("张三13800138000", MOBILE, {}),
    ("王五：13800138000", MOBILE, {}),
    ("13800138000张三13900139000李四", MOBILE, {"others": ("+8613900139000",)}),
    ("852-61234567", "+85261234567", {"country": "HK"}),
    ("(852) 6123-4567", "+85261234567", {"country": "HK"}),
    ("886-912345678", "+886912345678", {"country": "TW"}),
    ("886-912-345-678", "+886912345678", {"country": "TW"}),
    ("0571-8888-6666-801", "+8657188886666", {"extension": "801"}),
    ("(0571)8888 6666-801", "+8657188886666", {"extension": "801"}),
    ("+86138/0013/8000", "+8613800138000", {}),
    ("86138_0013_8000", "+8613800138000", {}),
    ("+852 6123 4567", "+85261234567", {"country": "HK"}),
    ("00852-61234567", "+85261234567", {"country": "HK"}),
    ("+886 912 345 678", "+886912345678", {"country": "TW"}),
    ("+853 6612 3456", "+85366123456", {"country": "MO"}),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "e164", "details"), HABITS, ids=[habit[0].strip() for habit in HABITS])
def test_habit_of_writing_a_phone_number(raw, e164, details):
    cleaned = clean_phone(raw)
    assert cleaned.value == e164
    assert details.items() <= cleaned.details.items()
    assert cleaned.raw == raw


def test_the_last_of_several_lines_is_no_extension():
    assert "extension" not in clean_phone("0755-88889999~88").details


@pytest.mark.parametrize(
    "raw", ["0571-88123456,2345678", "400-800-1234,88123457", "13800138000,88123457", "+852 2123 4567, 21234568"]
)
def test_a_local_number_shares_no_area_code_that_it_cannot_have(raw):
    assert "others" not in clean_phone(raw).details


@pytest.mark.parametrize(
    "raw",
    ["0571-88123456/8001", "0571-88123456,8001", "0571-88123456转801/802", "0571-88123456;57", "13800138000/1"],
)
def test_digits_behind_a_number_that_lie_far_from_it_or_follow_an_extension_are_no_further_line(raw):
    assert "others" not in clean_phone(raw).details


def test_a_number_that_shares_the_area_code_behind_it_says_so_and_prefers_it_to_the_configured_one():
    cleaned = clean_phone("88123457,0571-88123456", "CN", "010")
    assert cleaned.value == "+8657188123457"
    assert "phone.area_code" in cleaned.notes


@pytest.mark.parametrize("raw", ["微信：zhang_san88", "联系人微信 zhang_san88", "zhang@qq.com", "QQ 55667788"])
def test_a_field_that_holds_another_contact_alone_claims_no_number(raw):
    cleaned = clean_phone(raw)
    assert (cleaned.value, cleaned.notes) == (None, ("phone.channels",))


UNUSABLE = [
    ("1380013800 微信 zhang_san88", "phone.invalid"),
    ("12345678", "phone.invalid"),
    ("12800138000", "phone.invalid"),
    ("1380013800", "phone.invalid"),
    ("138001380001", "phone.invalid"),
    ("11111111111", "phone.invalid"),
    ("没有电话", "phone.invalid"),
    ("62345678", "phone.area_code"),
    ("1.38E+10", "phone.rounded"),
    ("1.37222E+10", "phone.rounded"),
    ("10086", "phone.service"),
    ("95588", "phone.service"),
    ("12345", "phone.service"),
    ("110", "phone.service"),
]


@pytest.mark.parametrize(("raw", "rule"), UNUSABLE)
def test_what_is_no_number_of_a_person_has_no_value_and_says_why(raw, rule):
    cleaned = clean_phone(raw)
    assert cleaned.value is None
    assert rule in cleaned.notes


MASKS = [
    # raw, pattern, exact, hidden digits
    ("138****8000", "138****8000", True, 4),
    ("138 **** 8000", "138****8000", True, 4),
    ("138xxxx8000", "138****8000", True, 4),
    ("138----8000", "138****8000", True, 4),
    ("138••••8000", "138****8000", True, 4),
    ("138＊＊＊＊8000", "138****8000", True, 4),
    ("+86 138****8000", "138****8000", True, 4),
    ("86138****8000", "138****8000", True, 4),
    ("1380013xxxx", "1380013****", True, 4),
    ("1380013****", "1380013****", True, 4),
    ("138*****000", "138*****000", True, 5),
    ("138**8000", "138**8000", False, 4),
    ("138***8000", "138***8000", False, 4),
    ("138******8000", "138******8000", False, 4),
    ("010-6234****", "0106234****", True, None),
    ("(010)6234****", "0106234****", True, None),
    ("138★★★★8000", "138****8000", True, 4),
    (r"138\*\*\*\*8000", "138****8000", True, 4),
    ("138****8000 139****9000", "138****8000", True, 4),
    ("138 **** 8000 139 **** 9000", "138****8000", True, 4),
    ("*******8000", "*******8000", True, 7),
    ("电话：*** **** 8000", "*******8000", True, 7),
    ("xxxxxxx8000", "*******8000", True, 7),
    ("●●●-●●●●-8000", "*******8000", True, 7),
    ("***00138000", "***00138000", True, 3),
    ("****8000", "****8000", False, 7),
    ("张三(****8000)", "****8000", False, 7),
    ("尾号8000", "****8000", False, 7),
    ("张先生，手机尾号：8000", "****8000", False, 7),
    ("后四位8000", "****8000", False, 7),
]


@pytest.mark.parametrize(("raw", "pattern", "exact", "hidden"), MASKS)
def test_masked_number_is_a_set_and_its_width_means_something_only_if_it_fits(raw, pattern, exact, hidden):
    cleaned = clean_phone(raw)
    mask = cleaned.details["mask"]
    assert cleaned.value is None
    assert "phone.masked" in cleaned.notes
    assert (mask.pattern, mask.exact, mask.hidden) == (pattern, exact, hidden)


@pytest.mark.parametrize(
    ("raw", "number", "fits"),
    [
        ("138****8000", "+8613800138000", True),
        ("138****8000", "+8613900138000", False),
        ("138****8000", "+8613800138001", False),
        ("138**8000", "+8613800138000", True),
        ("138**8000", "+861388000", False),
        ("1380013xxxx", "+8613800139999", True),
        ("1380013xxxx", "+13800139999", False),
        ("138*0*38000", "+8613800138000", True),
        ("*******8000", "+8613800138000", True),
        ("*******8000", "+8613800138001", False),
        ("****8000", "+8613800138000", True),
        ("****8000", "+861062348000", False),
        ("010-6234****", "+861062345678", True),
        ("010-6234****", "+861062355678", False),
    ],
)
def test_a_mask_matches_exactly_the_numbers_that_it_may_stand_for(raw, number, fits):
    assert clean_phone(raw).details["mask"].matches(number) is fits


def test_a_mask_counts_the_segments_that_were_given_out():
    last_four = clean_phone("1380013****").details["mask"]
    assert possible_numbers(last_four) == 10_000
    middle = clean_phone("138****8000").details["mask"]
    listed = sum(segment_home(f"138{number:04}") is not None for number in range(10_000))
    assert possible_numbers(middle) == listed
    assert possible_numbers(clean_phone("138**8000").details["mask"]) == listed
    assert possible_numbers(clean_phone("010-6234****").details["mask"]) is None


@pytest.mark.parametrize(
    "raw", ["138****8000/139****9000", "138****8000 139****9000", "王：138****8000，李：139****9000"]
)
def test_of_two_masked_numbers_the_first_counts_and_the_second_is_kept_too(raw):
    cleaned = clean_phone(raw)
    assert cleaned.details["mask"].pattern == "138****8000"
    assert [mask.pattern for mask in cleaned.details["other_masks"]] == ["139****9000"]
    assert cleaned.notes == ("phone.masked", "phone.several")


@pytest.mark.parametrize("raw", ["138****8000/138****8000", "138****8000"])
def test_a_masked_number_that_is_written_twice_is_one(raw):
    assert "other_masks" not in clean_phone(raw).details


def test_of_a_list_of_masked_numbers_as_many_are_kept_as_one_person_may_have():
    cleaned = clean_phone(" ".join(f"138****{number}" for number in range(8000, 8010)))
    assert len(cleaned.details["other_masks"]) == 7


@pytest.mark.parametrize(
    "raw",
    ["**8000", "*****", "***800", "xxx8000", "***8000138", "*13800138000", "***13800138000", "---8000", "a***8000"],
)
def test_what_shows_too_little_or_no_place_is_no_mask(raw):
    assert "mask" not in clean_phone(raw).details


def test_the_mask_of_another_country_is_no_mask_of_a_mainland_number():
    cleaned = clean_phone("+852 9123****")
    assert (cleaned.value, "mask" in cleaned.details, len(cleaned.notes)) == (None, False, 1)


def test_a_mask_in_front_of_a_number_hides_none_of_it():
    cleaned = clean_phone("138****8000 13900139000")
    assert (cleaned.value, cleaned.details["mask"].pattern) == ("+8613900139000", "138****8000")


def test_a_full_number_beside_a_mask_counts_and_the_mask_is_kept():
    cleaned = clean_phone("139****9000 / 13800138000")
    assert cleaned.value == MOBILE
    assert cleaned.details["mask"].pattern == "139****9000"


def test_a_configured_area_code_completes_local_numbers():
    cleaned = clean_phone("62345678", "CN", "010")
    assert cleaned.value == "+861062345678"
    assert "phone.area_code" in cleaned.notes


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("(650) 253-0000", "US", "+16502530000"),
        ("030/123456", "DE", "+4930123456"),
        ("6123 4567", "HK", "+85261234567"),
    ],
)
def test_another_default_region(raw, region, e164):
    assert clean_phone(raw, region).value == e164


def test_rules_that_are_off_leave_their_finding_out():
    off = frozenset({"phone.wechat_same", "phone.masked"})
    assert "wechat_same" not in clean_phone("13800138000 微信同号", off=off).details
    assert "mask" not in clean_phone("138****8000", off=off).details


@pytest.mark.parametrize(
    "raw",
    [
        "13800138000(空号)",
        "138 0013 8000 空号",
        "13800138000，已停机",
        "13800138000停机了",
        "13800138000（该号码已停用）",
        "13800138000 号码已注销",
        "13800138000旧号",
        "旧号：13800138000",
        "原手机号 13800138000",
        "一三八零零一三八零零零 空號",
        "13800138000 打不通",
        "010-66400034 空号",
        "+1 415 555 2671 (disconnected)",
        "+86 138-0013-8000 wrong number",
    ],
)
def test_a_number_of_which_the_field_says_that_it_is_gone_is_not_taken(raw):
    cleaned = clean_phone(raw)
    assert cleaned.value is None
    assert cleaned.notes[-1] == "phone.gone"
    assert "phone.invalid" not in cleaned.notes
    assert clean_phone(raw, off=frozenset({"phone.gone"})).value is not None


@pytest.mark.parametrize(
    "raw",
    [
        "13800138001(空号)/13800138000",
        "13800138001 旧号 13800138000",
        "旧号:13800138001 新号:13800138000",
        "旧号13800138001,新号13800138000",
        "13800138000(原号13800138001)",
        "13800138000，旧手机号：13800138001",
        "13800138001 已换号 13800138000",
        "13800138000 13800138001空号",
        "13800138001（空号）13800138000",
        "13800138001空号13800138000",
        "13800138001(不用) 13800138000",
        "13800138001换成13800138000",
        "13800138001已变更为：13800138000",
        "新号13800138000 旧号13800138001",
        "13800138001→13800138000",
        "13800138001改13800138000",
        "13800138001（旧），13800138000（新）",
        "13800138000、（空号）13800138001",
        "13800138001，空号，13800138000",
        "原13800138001 现13800138000",
    ],
)
def test_the_number_beside_a_gone_one_counts(raw):
    cleaned = clean_phone(raw)
    assert cleaned.value == "+8613800138000"
    assert "phone.gone" in cleaned.notes
    assert "others" not in cleaned.details


@pytest.mark.parametrize(
    "raw",
    [
        "13800138000 非空号",
        "13800138000（不是空号）",
        "13800138000 未停机",
        "13800138000 停机坪旁",
        "新号码：13800138000",
    ],
)
def test_words_that_do_not_say_so(raw):
    cleaned = clean_phone(raw)
    assert cleaned.value == "+8613800138000"
    assert "phone.gone" not in cleaned.notes


def test_a_mask_of_a_gone_number_is_nobody():
    assert "mask" not in clean_phone("138****8000 空号").details

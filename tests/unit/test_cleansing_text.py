import pytest

from processors.cleansing.base import Cleaned
from processors.cleansing.email import clean_email, mailbox_of, proposed_domain
from processors.cleansing.identifier import cleanse_identifier
from processors.cleansing.options import CleansingOptions
from processors.cleansing.text import _is_tidy, _steps, clean_text
from processors.cleansing.when import clean_birth_date, clean_date
from schemas.masking import mask_email


@pytest.mark.parametrize(
    ("raw", "value", "rules"),
    [
        ("plain", "plain", ()),
        (" 张三", "张三", ("text.spaces",)),
        (" plain", "plain", ("text.spaces",)),
        ("ＡＢＣ１２３", "ABC123", ("text.width",)),
        ("你好，世界！（测试）：是？", "你好，世界！（测试）：是？", ()),
        ("“引号”《书》…", "“引号”《书》…", ()),
        ("a\u200bb\u202ec\ufeff", "abc", ("text.invisible",)),
        ("\x00a\x07", "a", ("text.invisible",)),
        ("a\ud800", "a", ("text.invisible",)),
        ("a　 b\u00a0c", "a b c", ("text.width", "text.spaces")),
        ("a\r\nb", "a b", ("text.invisible", "text.spaces")),
        ("⽅⾯", "方面", ("text.width",)),
        ("㎡ ①", "m2 1", ("text.width",)),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧", ()),
        ("葛\U000e0100", "葛", ("text.invisible",)),
        ("  ", None, ("text.spaces",)),
        ("无", None, ("text.placeholder",)),
        ("N/A", None, ("text.placeholder",)),
    ],
)
def test_text_has_one_spelling(raw, value, rules):
    cleaned = clean_text(raw)
    assert (cleaned.value, cleaned.notes, cleaned.raw) == (value, rules, raw)


def test_what_is_tidy_at_a_glance_is_changed_by_no_step():
    text = "".join(map(chr, (*range(0x21, 0x7F), *range(0x4E00, 0xA000))))
    notes: list[str] = []
    assert _is_tidy(text)
    assert (_steps(text, False, notes), notes) == (text, [])
    assert not any(map(_is_tidy, (" a", "a ", "a  b", "a\tb", "\u200b", "é", "，", "１")))


def test_lines_stay_where_they_are_wanted():
    assert clean_text("a  b\r\n\r\n c ", lines=True).value == "a b\nc"


def test_long_text_is_cut_and_says_so():
    cleaned = clean_text("字" * 30, 20)
    assert cleaned.value == "字" * 20
    assert cleaned.notes == ("text.length",)


def test_placeholders_stay_where_that_rule_is_off():
    assert clean_text("无", off=frozenset({"text.placeholder"})).value == "无"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("a@b.cn", "a@b.cn"),
        ("Foo.Bar@Example.COM", "foo.bar@example.com"),
        ("  a@b.cn  ", "a@b.cn"),
        ("ａ＠ｂ．ｃｎ", "a@b.cn"),
        ("a@b。cn", "a@b.cn"),
        ("mailto:a@b.cn", "a@b.cn"),
        ("邮箱：a@b.cn", "a@b.cn"),
        ("张三 <a@b.cn>", "a@b.cn"),
        ("a @ b.cn", "a@b.cn"),
        ("a(at)b.cn", "a@b.cn"),
        ("zhang@例子.中国", "zhang@xn--fsqu00a.xn--fiqs8s"),
        ("a+tag@gmail.com", "a+tag@gmail.com"),
        ("a@b", None),
        ("a@-b.cn", None),
        ("@b.cn", None),
        ("z***g@qq.com", None),
        ("a*@qq.com; li@qq.com", "li@qq.com"),
        ("zhang..wei@qq.com", None),
        ("zhang@qq,com", None),
        ("not an address", None),
        ("zhang wei@bluesea.cn", None),  # wei@ would be somebody else
        ("Zhang Wei zw@bluesea.cn", "zw@bluesea.cn"),
        ("zhang zhang.wei@bluesea.cn", "zhang.wei@bluesea.cn"),
        ("work zw@bluesea.cn", "zw@bluesea.cn"),
        ("", None),
        ("'zhang@163.com", "zhang@163.com"),
        ("a@b.cn/c@d.cn", "a@b.cn"),
        ("a@b.com或c@d.com", "a@b.com"),
        ("zhang@qq.com张三", "zhang@qq.com"),
        ("张三zhang@qq.com", "zhang@qq.com"),
        ("QQ邮箱zhang@qq.com", "zhang@qq.com"),
        ("http://zhang@163.com", "zhang@163.com"),
        ("zhang[at]163[dot]com", "zhang@163.com"),
        ("zhang@qq.com13800138000", "zhang@qq.com"),
        ("zhang@qq.comli@163.com", "zhang@qq.com"),
        ("zhang@cn2.example.com", "zhang@cn2.example.com"),
        ("张三@例子.中国", "张三@xn--fsqu00a.xn--fiqs8s"),
    ],
)
def test_email_normal_form(raw, value):
    assert clean_email(raw).value == value


@pytest.mark.parametrize(
    ("host", "proposal"),
    [
        ("gmial.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("qq.con", "qq.com"),
        ("qq.vom", "qq.com"),
        ("163.co", "163.com"),
        ("company.co", None),
        ("hotmial.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("icould.com", "icloud.com"),
        ("163.com", None),
        ("162.com", None),
        ("example.com", None),
        ("company.cn", None),
    ],
)
def test_typos_of_well_known_domains_are_proposed(host, proposal):
    assert proposed_domain(host) == proposal


def test_a_typo_is_never_applied():
    cleaned = clean_email("a@gmial.com")
    assert cleaned.value == "a@gmial.com"
    assert cleaned.details["proposal"] == "a@gmail.com"
    assert "proposal" not in clean_email("a@gmial.com", frozenset({"email.typo"})).details


def test_a_masked_address_is_nobodys_mailbox():
    masked = mask_email("zhang@qq.com")
    assert clean_email(masked) == Cleaned(masked, None, ("email.masked",), {})
    assert cleanse_identifier("email", masked, CleansingOptions()) is None


@pytest.mark.parametrize(
    "raw",
    [
        "zhang@qq,com",
        "zhang@@qq.com",
        "zhang @ qq . com",
        "zh ang@qq.com",
        "zhang@qq，com",
        "zhang@qq",
        "zhang@qqcom",
        "zhang@qq..com",
        "zhang at qq dot com",
        "zhang AT qq.com",
        "zhang艾特qq点com",
    ],
)
def test_what_an_unreadable_address_of_a_well_known_provider_means_is_proposed(raw):
    cleaned = clean_email(raw)
    assert cleaned.value is None
    assert cleaned.details["proposal"] == "zhang@qq.com"
    assert "proposal" not in clean_email(raw, frozenset({"email.typo"})).details


def test_disposable_and_office_mailboxes_are_marked():
    assert clean_email("x@mailinator.com").details["disposable"]
    assert clean_email("x@throw.example", disposable=frozenset({"throw.example"})).details["disposable"]
    assert "disposable" not in clean_email("x@mailinator.com", frozenset({"email.disposable"})).details
    assert clean_email("info@b.cn").details["role"]
    assert "role" not in clean_email("info@b.cn", frozenset({"email.role"})).details


def test_several_addresses_keep_the_first_and_tell_the_others():
    cleaned = clean_email("a@b.cn; c@d.cn")
    assert cleaned.value == "a@b.cn"
    assert cleaned.details["others"] == ("c@d.cn",)


def test_a_mailbox_is_one_whatever_dots_and_tags_its_provider_ignores():
    assert mailbox_of("a.b+x@googlemail.com") == mailbox_of("ab@gmail.com")
    assert mailbox_of("a.b@qq.com") == "a.b@qq.com"


@pytest.mark.parametrize(
    ("raw", "value", "rule"),
    [
        ("1990-01-02", "1990-01-02", None),
        ("1990/1/2", "1990-01-02", "date.normal"),
        ("1990.1.2", "1990-01-02", "date.normal"),
        ("19900102", "1990-01-02", "date.normal"),
        ("1990年1月2日", "1990-01-02", "date.normal"),
        ("１９９０年１月２号", "1990-01-02", "date.normal"),
        ("一九九〇年十一月二十一日", "1990-11-21", "date.normal"),
        ("二〇二〇年十二月卅一日", "2020-12-31", "date.normal"),
        ("民国79年1月2日", "1990-01-02", "date.era"),
        ("25/12/1990", "1990-12-25", "date.normal"),
        ("03/04/1990", None, "date.ambiguous"),
        ("90-1-2", None, "date.ambiguous"),
        ("1990-05", None, "date.partial"),
        ("5月3日", None, "date.partial"),
        ("农历八月十五", None, "date.lunar"),
        ("1990-02-30", None, "date.invalid"),
        ("1790-01-01", None, "date.invalid"),
        ("昨天", None, "date.invalid"),
        ("32874", "1990-01-01", "date.serial"),
        ("00000", None, "date.invalid"),
        ("00060", None, "date.invalid"),  # 29 February 1900, which there was in spreadsheets alone
        ("00061", "1900-03-01", "date.serial"),
        ("45000.0", "2023-03-15", "date.serial"),
        ("3287", None, "date.partial"),
        ("Jan 2, 1990", "1990-01-02", "date.normal"),
        ("2-Jan-1990", "1990-01-02", "date.normal"),
        ("2nd January 1990", "1990-01-02", "date.normal"),
        ("Feb 30, 1990", None, "date.invalid"),
        ("生于1990年1月1日", "1990-01-01", "date.normal"),
        ("出生日期：1990-01-02", "1990-01-02", "date.normal"),
        ("公历1990年1月2日", "1990-01-02", "date.normal"),
        ("二〇〇〇年元月一日", "2000-01-01", "date.normal"),
        ("贰零零零年壹月拾贰日", "2000-01-12", "date.normal"),
        ("1990--01--02", "1990-01-02", "date.normal"),
        ("1990_01_02", "1990-01-02", "date.normal"),
        ("1990、1、2", "1990-01-02", "date.normal"),
        (r"1990\1\2", "1990-01-02", "date.normal"),
        ("'1990-01-02", "1990-01-02", "date.normal"),
        ("Tue Jan 02 1990", "1990-01-02", "date.normal"),
        ("民國79/01/02", "1990-01-02", "date.era"),
        ("32874.5", "1990-01-01", "date.serial"),
        ("1990—01—02", "1990-01-02", "date.normal"),
        ("1990。1。2", "1990-01-02", "date.normal"),
        ("1990·1·2", "1990-01-02", "date.normal"),
        ("Jan-02-1990", "1990-01-02", "date.normal"),
        ("1990-01-01T16:00:00.000Z", "1990-01-02", "date.normal"),
        ("1990-07-01T15:00:00Z", "1990-07-02", "date.normal"),  # summer time
        ("1990-01-02T00:00:00+08:00", "1990-01-02", "date.normal"),
        ("1990-01-02 23:30", "1990-01-02", "date.normal"),
        ("1900-01-01T00:00+14:00", "1900-01-01", "date.normal"),
    ],
)
def test_dates_are_read_and_not_guessed(raw, value, rule):
    cleaned = clean_date(raw)
    assert cleaned.value == value
    assert rule is None or rule in cleaned.notes


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("90-1-2", "1990-01-02"),
        ("生日：85年12月3日", "1985-12-03"),
        ("05-1-2", None),  # of 2005, or on the fifth
        ("31/1/2", None),
        ("90-13-2", None),
    ],
)
def test_two_digits_that_are_no_day_are_the_year_of_a_birth(raw, value):
    assert clean_birth_date(raw).value == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("2026-11-20T16:00:00.000Z", "2026-11-21"),
        ("2026-11-20T15:59:59.999Z", "2026-11-20"),
        ("2026-11-21T00:30:00+09:00", "2026-11-20"),
        ("2026/11/20 16:00 UTC", "2026-11-21"),
        ("2026年11月20日 下午4点半 +00:00", "2026-11-21"),
        ("2026年11月20日16时30分Z", "2026-11-21"),
        ("2026-11-20 11:59 PM +00:00", "2026-11-21"),
        ("2026-11-20 12:01 AM +00:00", "2026-11-20"),
        ("2026-11-20 25:00 +00:00", "2026-11-20"),
        ("2026-11-20 23:00", "2026-11-20"),
    ],
)
def test_the_day_of_a_moment_with_an_offset_is_that_of_shanghai(raw, value):
    assert clean_date(raw).value == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("email@example.cn", "email@example.cn"),  # a mailbox, no label
        ("E-mail: zhang@example.cn", "zhang@example.cn"),
        ("Email zhang@example.cn", "zhang@example.cn"),
        ("张三 'zhang@example.cn", "zhang@example.cn"),
    ],
)
def test_what_stands_before_an_address_is_no_part_of_it(raw: str, value: str) -> None:
    assert clean_email(raw).value == value
    assert clean_email(value).value == value

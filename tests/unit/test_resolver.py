"""The online resolver: what links alone, what adds up, what is held back, taken back, joined and parted."""

import pytest

from processors.resolver.compare import Agreement, compare
from processors.resolver.decisions import Decisions, Entry, Kind
from processors.resolver.judge import Verdict, held_back
from processors.resolver.profile import profile_of
from processors.resolver.resolver import Resolver
from processors.resolver.review import sums
from processors.resolver.statistics import Statistics
from processors.resolver.weights import NAMES, Weights
from schemas.rules.identity import ClusterLimits, IdentityRules

ANN = {"name": "Ann Lee", "birth_date": "1980-01-02", "address": "12 goyder street, cleveland", "postcode": "2161"}

GIVEN = [
    *("Ada", "Bea", "Cleo", "Dora", "Edda", "Fay", "Gwen", "Hope", "Ida", "June"),
    *("Kate", "Lara", "Mona", "Nora", "Olga", "Pia", "Ruth", "Sara", "Tess", "Uma"),
]
FAMILIES = ["Abbot", "Baker", "Carver", "Dyer", "Eaton", "Fuller", "Glover", "Hooper", "Inman", "Joiner"]


def resolver(*rows: dict[str, str], rules: IdentityRules | None = None, verified: bool = False) -> Resolver:
    made = Resolver(rules)
    for number, row in enumerate(rows):
        made.resolve(str(number), profile_of(row, verified=verified))
    return made


def linked(*rows: dict[str, str], verified: bool = False) -> bool:
    made = resolver(*rows, verified=verified)
    return made.lead_of("0") == made.lead_of("1")


@pytest.mark.parametrize(
    "strong",
    [
        {"email": "ann.lee@smith.net"},
        {"wechat_unionid": "oX1"},
        {"id_number": "11010519491231002X"},
        {"crm:sap": "77"},
        {"customer": "c9"},
    ],
)
def test_what_belongs_to_one_person_links_alone(strong: dict[str, str]) -> None:
    assert linked({**strong, "name": "Ann Lee"}, {**strong, "title": "cto"})


def test_a_phone_links_alone_only_if_it_is_verified() -> None:
    rows = {"phone": "13800138000", "title": "cto"}, {"phone": "13800138000", "extra.note": "hello"}
    assert linked(*rows, verified=True)
    assert not linked(*rows)


def test_evidence_adds_up() -> None:
    assert linked({"name": "张伟", "phone": "13800138000"}, {"name": "张伟", "phone": "138 0013 8000"})
    assert linked(ANN, {**ANN, "name": "Lee, Ann", "birth_date": "1980-02-01"})
    assert not linked({"name": "Ann Lee"}, {"name": "Ann Lee", "extra.city": "Hull"})


def test_two_people_of_one_household_are_a_question_not_a_lead() -> None:
    home = {"phone": "13800138000", "address": "北京市海淀区中关村大街27号"}
    made = resolver({**home, "name": "王伟"}, {**home, "name": "王芳"})
    assert made.lead_of("0") != made.lead_of("1")
    [review] = made.reviews()
    assert review.reason == "the names differ, and what agrees may belong to a household"
    spoken = sums(review.evidence)
    assert spoken["for"].keys() >= {"phone", "address"}
    assert spoken["against"].keys() == {"name"}
    assert made.resolve("2", profile_of({**home, "name": "王强"})).verdict is Verdict.REVIEW


OFFICE = {"phone": "0571-88123456", "company": "远景科技有限公司"}
FLOOR = {"address": "杭州市西湖区文三路1号"}


def test_twins_are_a_question_not_a_lead() -> None:
    home = {"birth_date": "2001-05-06", "address": "广东省深圳市南山区科技路12号301室", "phone": "13800138000"}
    made = resolver({**home, "name": "张伟明"}, {**home, "name": "张伟亮"})
    assert made.lead_of("0") != made.lead_of("1")
    assert [review.reason for review in made.reviews()] == ["the names differ, and what agrees may belong to twins"]
    assert linked({**home, "name": "张伟明"}, {**home, "name": "章伟明"})


def test_colleagues_on_one_line_are_no_question() -> None:
    office = {**OFFICE, "email": "info@firm.example"}
    named = [{"name": "张伟", **office, **FLOOR}, {"name": "李强", **office, **FLOOR}, {"name": "王芳", **office}]
    made = resolver(*named)
    assert made.people() == {frozenset("0"), frozenset("1"), frozenset("2")}
    assert not list(made.reviews())


def test_what_is_one_person_s_counts_beside_what_an_office_shares() -> None:
    wei, qiang = {"name": "张伟", **OFFICE, **FLOOR}, {"name": "李强", **OFFICE, **FLOOR}
    mobile = {"phone": "13800138000"}
    assert list(resolver({**wei, **mobile}, {**qiang, **mobile}).reviews())
    assert linked({**wei, "birth_date": "1980-02-03"}, {**qiang, "birth_date": "1980-02-03"})


def test_a_person_is_known_again_by_name_and_line() -> None:
    assert linked({"name": "张伟", **OFFICE}, {"name": "张伟先生", "phone": "057188123456"})


def test_what_a_household_shares_is_a_question_where_nobody_is_named() -> None:
    home = {"phone": "13800138000", "address": "北京市海淀区中关村大街27号"}
    assert not linked(home, {**home, "name": "王芳"})
    assert not linked({**home, "name": "王总"}, {**home, "name": "王芳"})
    assert linked({**home, "birth_date": "1980-01-02"}, {**home, "birth_date": "1980-01-02", "name": "王芳"})


def test_a_record_without_a_name_does_not_bring_a_household_together() -> None:
    home = {"phone": "13800138000", "address": "北京市海淀区中关村大街27号"}
    wei = [{**home, "name": "王伟", "birth_date": "1980-01-02"}, {"phone": "13800138000", "birth_date": "1980-01-02"}]
    fang = [{**home, "name": "王芳", "birth_date": "1982-03-04"}, {**home, "birth_date": "1982-03-04"}]
    assert resolver(*wei, *fang).people() == {frozenset("01"), frozenset("23")}


def test_a_firm_without_a_person_is_known_by_its_name_and_number() -> None:
    firm = {"company": "上海蓝鲸贸易有限公司", "phone": "13800138000"}
    assert linked(firm, {**firm, "extra.note": "again"})
    assert not linked({**firm, "phone": ""}, {**firm, "phone": "", "extra.note": "again"})


TOWNS = [f"{a}{b}" for a in ("North", "South", "East", "West", "Old") for b in ("ham", "ford", "bury", "wick")]
CROWD = [
    {
        "name": f"{given} {family}",
        "birth_date": f"19{60 + (7 * place + number) % 40}-{1 + (place + number) % 12:02d}-{1 + (3 * place) % 28:02d}",
        "extra.town": TOWNS[(7 * place + number) % len(TOWNS)],
    }
    for place, given in enumerate(GIVEN)
    for number, family in enumerate(FAMILIES)
]
SOFIA = {"name": "Sofia Evans", "birth_date": "2008-09-11", "email": "sofiaevans@ellis.biz", "address": "3 hill road"}
OTHER = {"name": "Sofia Evans", "birth_date": "2012-09-18", "email": "se7@alvarez.com", "address": "88 bath lane"}


def test_one_record_with_a_slip_does_not_bring_two_people_together_whose_others_differ() -> None:
    slip = {"name": "Sofia Evans", "birth_date": "2012-09-11", "email": SOFIA["email"]}
    hers = [SOFIA, {**SOFIA, "name": "Evans, S"}, slip]
    others = [{**OTHER, "email": ""}, {**OTHER, "name": "S Evans"}, OTHER]
    alone = resolver({**slip, "email": ""}, {**others[0], "address": ""}, *CROWD)
    alone.settle()
    assert alone.lead_of("0") == alone.lead_of("1")
    made = resolver(*hers, *others, *CROWD)
    made.settle()
    assert [made.lead_of(str(row)) for row in range(6)] == [made.lead_of("0")] * 3 + [made.lead_of("3")] * 3
    assert made.lead_of("0") != made.lead_of("3")
    assert {review.reason for review in made.reviews()} == {"most of their records speak against it"}


def test_of_two_names_that_many_bear_a_slip_is_worth_half() -> None:
    counted = Statistics()
    slip = compare(profile_of({"name": "Ruth Schmitt"}), profile_of({"name": "Ruth Schmidt"}))[-1]
    worth = []
    for given in GIVEN[:NAMES]:
        worth.append(Weights(IdentityRules(), counted).bits(slip))
        for family in ("Schmitt", "Schmidt"):
            counted.add(profile_of({"name": f"{given} {family}"}))
    many = Weights(IdentityRules(), counted)
    assert worth == [worth[0]] * NAMES
    assert many.bits(slip) == pytest.approx(worth[0] / 2)
    one = compare(profile_of({"name": "Schmitt, Rut"}), profile_of({"name": "Schmitt, Ruth"}))[-1]
    assert many.bits(one) == worth[0]  # a short form is no slip


def test_a_job_that_many_have_is_no_second_kind_of_evidence() -> None:
    name, job, firm = Agreement("name", 2, "zelda"), Agreement("title", 2, "buyer"), Agreement("company", 3, "ellis")
    weights = Weights(IdentityRules(), Statistics())
    assert held_back([(name, 14.0), (job, 3.0)], weights) == "one kind of evidence alone"
    assert held_back([(name, 14.0), (firm, 3.0)], weights) == ""


def test_what_a_record_lacks_does_not_speak_against_it() -> None:
    mailbox = {"email": SOFIA["email"]}
    more = [{**mailbox, "title": "cto"}, {**mailbox, "extra.a": "b"}, {**mailbox, "company": "Ellis"}]
    made = resolver(SOFIA, *more, {**SOFIA, "email": ""}, *CROWD)
    assert len({made.lead_of(str(row)) for row in range(5)}) == 1


def test_fields_of_any_name_are_a_kind_of_evidence_once_their_worth_was_learned() -> None:
    known = {"name": "Zelda Quartermain", "extra.town": "Oldwick"}
    made = resolver(known, {**known, "birth_date": "1971-02-03"}, *CROWD, *({**each, "title": "cto"} for each in CROWD))
    assert made.lead_of("0") != made.lead_of("1")
    made.settle()
    assert made.lead_of("0") == made.lead_of("1")


@pytest.mark.parametrize(("kind", "one", "other"), [("wechat_unionid", "oX1", "oX2"), ("crm:sap", "77", "78")])
def test_ids_that_a_person_has_once_keep_two_apart(kind: str, one: str, other: str) -> None:
    made = resolver(
        {**ANN, "email": "ann.lee@smith.net", kind: one}, {**ANN, "email": "ann.lee@smith.net", kind: other}
    )
    assert made.lead_of("0") != made.lead_of("1")
    assert [review.reason for review in made.reviews()] == [f"{kind.replace(':sap', ' id')} differs"]


def test_nobody_brings_together_two_who_hold_different_ids_once() -> None:
    mail = {"email": "ann.lee@smith.net"}
    made = resolver({**ANN, **mail, "crm:sap": "77"}, {**ANN, "crm:sap": "78"}, {**ANN, **mail})
    assert made.lead_of("0") == made.lead_of("2") != made.lead_of("1")


def test_a_mask_links_if_one_number_fits_and_the_name_agrees() -> None:
    masked = {"name": "张伟", "phone": "138****8000"}
    assert linked({"name": "张伟", "phone": "13800138000"}, masked)
    assert not linked({"name": "李强", "phone": "13800138000"}, masked)
    assert not linked({"phone": "13800138000"}, masked)
    several = {"name": "张伟", "phone": "139****9000, 138****8000"}
    assert linked({"name": "张伟", "phone": "13800138000"}, several)
    assert not linked({"name": "张伟", "phone": "13700137000"}, several)


def test_a_second_number_that_fits_takes_the_link_back() -> None:
    made = resolver({"name": "张伟", "phone": "13800138000"}, {"name": "张伟", "phone": "138****8000"})
    assert made.lead_of("0") == made.lead_of("1")
    made.resolve("2", profile_of({"name": "王芳", "phone": "13877778000"}))
    assert len({made.lead_of(record) for record in "012"}) == 3


def test_a_number_given_up_points_to_its_old_holder_no_more() -> None:
    made = Resolver()
    for record, name, at in (("0", "张伟", 10), ("1", "张伟", 20), ("2", "张伟", 40)):
        made.resolve(record, profile_of({"name": name, "phone": "13800138000", "title": record}, verified=True), at)
    assert len(made.people()) == 1
    made.give_up("13800138000", 30)
    assert made.people() == {frozenset("01"), frozenset("2")}
    made.resolve("3", profile_of({"phone": "13800138000", "title": "later"}, verified=True), 50)
    assert made.lead_of("3") == made.lead_of("2")


def test_when_a_number_was_given_up_may_be_known_before_or_after() -> None:
    late, early = Resolver(), Resolver()
    early.give_up("13800138000", 30)
    for made in (late, early):
        for record, at in (("0", 10), ("1", 20), ("2", 40)):
            made.resolve(record, profile_of({"phone": "13800138000", "title": record}, verified=True), at)
    late.give_up("13800138000", 30)
    late.give_up("13800138000", 30)
    assert late.people() == early.people() == {frozenset("01"), frozenset("2")}


def test_a_number_under_many_names_is_public_and_links_nobody() -> None:
    names = ["张伟", "李强", "王芳", "刘洋", "陈静", "杨勇", "黄敏", "赵磊", "吴军", "周涛"]
    rows = [{"name": name, "phone": "4008001234", "email": "front.desk@hotel.cn"} for name in names]
    rows += [{"name": "张伟", "phone": "4008001234", "email": "front.desk@hotel.cn", "title": "cto"}]
    made = resolver(*rows)
    assert len({made.lead_of(str(number)) for number in range(len(rows))}) == len(rows)


def test_limits_of_a_lead_hold_back_what_would_exceed_them() -> None:
    rules = IdentityRules(limits=ClusterLimits(phones=2))
    rows = [{"email": "ann.lee@smith.net", "phone": f"1380013800{number}"} for number in range(3)]
    made = resolver(*rows, rules=rules)
    assert sorted(len(lead) for lead in made.people()) == [1, 2]
    assert {review.reason for review in made.reviews()} == {"too many phones for one person"}


def test_a_key_that_names_too_many_is_not_used_whenever_it_became_so() -> None:
    rules = IdentityRules(limits=ClusterLimits(bucket=3))
    rows = [{"name": "Ann Lee", "birth_date": "1980-01-02", "extra.row": str(number)} for number in range(5)]
    made = resolver(*rows, rules=rules)
    made.settle()
    assert len(made.people()) == 5


def test_what_holds_too_little_to_know_anybody_stays_apart_and_goes_along() -> None:
    made = resolver({"name": "张伟"}, {"name": "张伟"}, ANN, ANN)
    assert made.people() == {frozenset("0"), frozenset("1"), frozenset("23")}


def test_records_know_together_what_none_of_them_knows_alone() -> None:
    crowd = [
        {"name": f"{first} {last}", "birth_date": f"{1950 + place}-{month + 1:02d}-{place + 3:02d}"}
        for place, first in enumerate(GIVEN)
        for month, last in enumerate(FAMILIES)
    ]
    mail = {"email": "isla.price@carr.com"}
    parts = [{**mail, "name": "Isla Price"}, {**mail, "birth_date": "1984-03-31"}]
    whole = {"name": "Isla Price", "birth_date": "1984-03-31"}
    both, one = resolver(*crowd, *parts, whole), resolver(*crowd, parts[0], whole)
    assert sorted(map(len, both.people()))[-2:] == [1, 3]
    assert sorted(map(len, one.people()))[-1] == 1


def test_the_same_record_again_changes_nothing_and_another_one_under_its_id_is_refused() -> None:
    made = resolver(ANN)
    assert made.resolve("0", profile_of(ANN)).lead == made.lead_of("0")
    with pytest.raises(ValueError, match="another content"):
        made.resolve("0", profile_of({"name": "Bo"}))


def test_a_person_joins_and_parts_and_takes_back() -> None:
    made = resolver({"name": "张伟", "title": "a"}, {"name": "李强", "title": "b"}, ANN, {**ANN, "title": "cto"})
    before = made.people()
    joined = made.join("1", "0", by="rep:r1", at=5)
    parted = made.part("2", "3", by="rep:r1", at=6)
    assert made.people() == {frozenset("01"), frozenset("2"), frozenset("3")}
    made.withdraw(joined, by="rep:r2", at=7)
    made.withdraw(parted, by="rep:r2", at=8)
    assert made.people() == before
    assert [entry.kind for entry in made.decisions.entries] == ["joined", "parted", "withdrawn", "withdrawn"]


def test_decisions_survive_settling() -> None:
    made = resolver(ANN, {**ANN, "title": "cto"}, {"name": "张伟"})
    made.part("0", "1", by="rep:r1", at=5)
    made.join("1", "2", by="rep:r1", at=6)
    made.settle()
    assert made.people() == {frozenset("0"), frozenset("12")}


def test_decisions_that_mean_nothing_are_refused() -> None:
    made = resolver({"name": "张伟"}, {"name": "张伟"}, ANN)
    with pytest.raises(ValueError, match="hold the same"):
        made.join("0", "1", by="rep:r1", at=5)
    with pytest.raises(KeyError):
        made.join("0", "9", by="rep:r1", at=5)
    with pytest.raises(ValueError, match="nothing to take back"):
        made.withdraw(0, by="rep:r1", at=5)
    place = made.join("0", "2", by="rep:r1", at=5)
    made.withdraw(place, by="rep:r1", at=6)
    with pytest.raises(ValueError, match="nothing to take back"):
        made.withdraw(place, by="rep:r1", at=7)
    with pytest.raises(ValueError, match="final"):
        made.withdraw(place + 1, by="rep:r1", at=8)


def test_of_two_decisions_on_the_same_records_the_later_counts() -> None:
    log = Decisions([Entry(Kind.JOINED, "a", "b", "x", 1), Entry(Kind.PARTED, "a", "b", "x", 2)])
    assert log.standing() == (frozenset(), {("a", "b")})
    log.append(Entry(Kind.WITHDRAWN, "", "", "x", 3, 1))
    assert log.standing() == ({("a", "b")}, frozenset())
    with pytest.raises(ValueError, match="lesser id first"):
        log.append(Entry(Kind.JOINED, "b", "a", "x", 4))

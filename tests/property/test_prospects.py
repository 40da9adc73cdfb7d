"""What is passed over without comparing would have been judged to be different: the short cut changes no result."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.identity import Known
from processors.resolver.compare import compare
from processors.resolver.judge import Verdict, judge
from processors.resolver.judgements import Judgements
from processors.resolver.packed import live_profile
from processors.resolver.population import Population, weights_of
from processors.resolver.profile import Profile
from processors.resolver.prospects import Prospects, Scale
from schemas.identity import IdKey, Past
from schemas.rules.identity import IdentityRules

NAMES = (
    "王伟",
    "王薇",
    "伟王",
    "王伟伟",
    "张伟",
    "李娜",
    "李那",
    "欧阳娜娜",
    "王总",
    "Wang Wei",
    "Wangwei",
    "Li Na",
    "",
    "",
)
PHONES = ("+8613800138000", "+8613800138001", "+8613800183000", "+8613900138000", "+8613812348000", "+85291234567")
MASKS = ("138****8000", "138*****000", "1380013****", "138**8000", "139****8000")
PLACES = ({"city": "北京市", "district": "海淀区", "address": "北京市海淀区人民路8号"},
          {"city": "北京市", "district": "海淀区", "address": "北京市海淀区人民路9号"},
          {"city": "北京市", "district": "海淀区", "address": "北京市海淀区人民路8号b座1203"},
          {"city": "北京市", "district": "海淀区", "address": "北京市海淀区人民路8号c1座12o3室ktv"},
          {"district": "海淀区", "address": "海淀区中关村大街1188号18幢"},
          {"address": "12 Main Street Springfield"}, {"address": "12 main st springfield"})  # fmt: skip
SHARED = {
    "birth_date": ("1990-01-02", "1990-02-01", "1985-05-05"),
    "company": (
        "北京百度网讯科技有限公司",
        "百度科技有限公司",
        "小米科技有限责任公司",
        "Baidu Online Network",
        "Baidu Onlin",
        "IBM中国",
    ),
    "postcode": ("100080", "100081"),
}
IDS = {
    "email": ("wangwei@qq.com", "wangwei1@qq.com", "lina@163.com"),
    "wechat": ("wx_1", "wx_2"),
    "customer": ("c1", "c2"),
    "device": ("d1",),
    "id_number": ("11010519491231002X", "440524188001010014"),
    "crm:sap": ("1001", "1002"),
}


def record(draw: random.Random) -> Profile:
    """Return a record of few possible values, so that many pairs agree in some of them."""
    fields = {"name": draw.choice(NAMES), **(draw.choice(PLACES) if draw.random() < 0.4 else {})}
    fields |= {name: draw.choice(values) for name, values in SHARED.items() if draw.random() < 0.3}
    fields |= {"phone_masked": draw.choice(MASKS)} if draw.random() < 0.5 else {}
    ids = [(kind, draw.choice(values)) for kind, values in IDS.items() if draw.random() < 0.15]
    ids += [("phone", draw.choice(PHONES)) for _ in range(draw.choice((0, 0, 1, 2)))]
    known = [Known(IdKey(kind, value), draw.random() < 0.3) for kind, value in ids]
    return live_profile(
        fields, known, 5, {"+8613800138000": [Past(3, 1, "lead:a", "e", "e")]} if draw.random() < 0.1 else {}
    )


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.sampled_from((500, 20_000, 10**6, 10**9)))
def test_what_is_passed_over_is_different(seed: int, people: int) -> None:
    draw = random.Random(seed)
    counts = {"name": {"王": 9_000, "伟": 80}, "company": {}}
    population = Population(people=people, holders={"name": 20_000, "company": 9_000}, counts=counts)
    weights = weights_of(IdentityRules(least_population=2, population=2), population)
    judgements, scale = Judgements(weights), Scale(weights)
    records = [record(draw) for _ in range(25)]
    for one in records:
        prospects = Prospects(one, scale)
        for other in records:
            findings = compare(one, other)
            different = judge(findings, weights).verdict is Verdict.DIFFERENT
            assert judgements.differ(findings) is different
            assert different or not prospects.hopeless(other), (one, other)


def test_most_pairs_of_a_large_library_are_passed_over() -> None:
    draw = random.Random(1)
    scale = Scale(weights_of(IdentityRules(), Population(people=10**6)))
    records = [record(draw) for _ in range(200)]
    passed = sum(Prospects(one, scale).hopeless(other) for one in records for other in records)
    assert passed > 0.5 * len(records) ** 2

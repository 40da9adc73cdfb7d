"""Linking by masked phone numbers on simulated leads: precision and recall by the number of hidden digits.

The leads have Chinese names by the real frequencies of surnames (the most common ones, Ministry of Public Security's
yearly report) with given names of one or two common characters, and mobile numbers spread evenly over segments of the
three operators. Half of the people come a second time with their number masked in the middle, as platforms show it:
138****8000 hides four digits. A tenth of the masked ones are people who never came with a full number.
"""

import random
from collections.abc import Iterator

from processors.resolver.profile import profile_of
from processors.resolver.resolver import Resolver

SURNAMES = (
    "王7.1 李7.0 张6.7 刘5.1 陈4.6 杨3.1 黄2.3 赵2.1 吴2.0 周1.9 徐1.5 孙1.4 马1.3 朱1.2 "
    "胡1.2 郭1.1 何1.1 林1.1 罗1.0 高1.0 郑0.9 梁0.9 谢0.8 宋0.8 唐0.7 许0.7 韩0.7 邓0.7"
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国文志海燕春雪晨宇轩浩然子涵欣怡博思远佳琪雨婷俊峰"
SEGMENTS = "134 135 136 137 138 139 150 151 152 157 158 159 182 183 187 188 130 131 132 155 156 185 186 133 153 180 189"
PEOPLE = 1_500

Person = tuple[str, str]


def people(random_: random.Random) -> Iterator[Person]:
    """Yield name and number of each person."""
    shares = SURNAMES.split()
    for _ in range(PEOPLE):
        surname = random_.choices([word[0] for word in shares], [float(word[1:]) for word in shares])[0]
        given = "".join(random_.choices(GIVEN, k=random_.choice((1, 2, 2, 2))))
        yield surname + given, random_.choice(SEGMENTS.split()) + f"{random_.randrange(10**8):08d}"


def masked(number: str, hidden: int) -> str:
    """Return a number with so many digits hidden, the last four seen as long as possible."""
    end = min(11, max(7, 3 + hidden))
    return number[: end - hidden] + "*" * hidden + number[end:]


def linked(hidden: int, seed: int) -> tuple[float, float, float]:
    """Return precision and recall of the links of masked records, and the share of them that is in question."""
    random_ = random.Random(seed)
    everybody = list(people(random_))
    again = random_.sample(range(PEOPLE), PEOPLE // 2)
    unknown = set(again[: len(again) // 10])
    rows = [(str(who), everybody[who], False) for who in range(PEOPLE) if who not in unknown]
    rows += [(f"{who} masked", everybody[who], True) for who in again]
    random_.shuffle(rows)
    resolver = Resolver()
    for row, (name, number), hide in rows:
        resolver.resolve(row, profile_of({"name": name, "phone": masked(number, hidden) if hide else number}))
    resolver.settle()
    leads: dict[str, list[str]] = {}
    for row, _, _ in rows:
        leads.setdefault(resolver.lead_of(row), []).append(row)
    pairs = [(a, b) for group in leads.values() for a in group for b in group if a < b]
    right = sum(a.split()[0] == b.split()[0] for a, b in pairs)
    asked = {record for review in resolver.reviews() for record in (*review.left, *review.right) if " " in record}
    return right / max(1, len(pairs)), right / (len(again) - len(unknown)), len(asked) / len(again)


def print_curve(seed: int) -> None:
    """Print a line for each number of hidden digits."""
    print(f"{'hidden':>6} {'precision':>9} {'recall':>7} {'in question':>11}")
    for hidden in range(1, 9):
        precision, recall, asked = linked(hidden, seed)
        print(f"{hidden:6} {precision:9.4f} {recall:7.4f} {asked:11.4f}", flush=True)

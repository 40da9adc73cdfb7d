"""How often a name and number within an address are found: `python -m tests.bench.address_labels FILE_spans.csv`.

Every third address of a file of NCAP, with a person of `streams.bench.population` written before, behind or into it in
thirty ways. Right is: this phone, this name (or none, where none was written), and the address as it is alone.
"""

import random
import sys
from collections import Counter

from processors.cleansing.record import CleansingOptions, cleanse_record
from streams.bench.population import somebody
from tests.bench.address_accuracy import rows

WAYS = (
    "{n} {p} {a}", "{a} {n} {p}", "{a}，{n}，{p}", "{n}，{p}，{a}", "{n}{p}{a}", "{p} {a} {n}", "{p}{n} {a}",
    "{a}{n}{p}", "{n}，{a} {p}", "{a} {p} {n}", "{a}\n{n} {p}", "收件人：{n}\n手机：{p}\n地址：{a}", "{n}/{p}/{a}",
    "{n} {a} {p}", "{a}({n} {p})", "{n}:{p},{a}", "{n}、{p}、{a}", "{a} {n}收 {p}", "{n}|{p}|{a}", "{n};{p};{a}",
    "{a}-{n}-{p}", "{n}_{p}_{a}", "【{n}】{p} {a}", "{a}，联系人{n}{p}", "{a} {n}:{p}", "{a},{n}({p})",
    "{a}{p}", "{a} {p}", "{p}{a}", "{p} {a}",
)  # fmt: skip
OPTIONS = CleansingOptions()
EVERY = 3


def found(text: str) -> tuple[str | None, str, str | None]:
    """Return the phone, name and address that cleansing finds in the text of an address."""
    data, _ = cleanse_record("form_submitted", {"address": text}, OPTIONS)
    return data.get("phone"), data.get("name", ""), data.get("address")


def main(path: str) -> None:
    """Print the shares that are right, a line for each way."""
    draw = random.Random(1)
    right: Counter[tuple[str, int]] = Counter()
    count = 0
    for row in rows(path)[::EVERY]:
        phone, name, alone = found(row["address"])
        if phone or name:
            continue
        count += 1
        one = somebody(draw.randrange(10**6))
        for way in WAYS:
            wanted = (f"+86{one.phone}", one.name if "{n}" in way else "", alone)
            got = found(way.format(n=one.name, p=one.phone, a=row["address"]))
            for place in range(3):
                right[way, place] += got[place] == wanted[place]
            right[way, 3] += got == wanted
    print(f"{count:,} addresses; phone, name, address, all three")
    for way in WAYS:
        print("  ".join(f"{right[way, place] / count:.3f}" for place in range(4)), repr(way))
    print(f"{sum(right[way, 3] for way in WAYS) / count / len(WAYS):.3f} of all")


if __name__ == "__main__":
    main(sys.argv[1])

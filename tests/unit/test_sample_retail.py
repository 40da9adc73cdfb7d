"""The file of real orders that ships: complete, small, attributed."""

from collections import Counter

import pytest

from streams.sample.orders import Shop, amount, is_cancellation
from streams.sample.retail import ATTRIBUTION, Invoice, data_file, read

FOLDER = data_file().parent  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def invoices() -> list[Invoice]:
    return list(read(data_file()))


def test_it_holds_every_line_of_the_sheet(invoices: list[Invoice]) -> None:
    lines = Counter((one.number, one.customer, one.minute, *line) for one in invoices for line in one.lines)
    assert lines.total() == 525_461
    assert lines.total() - len(lines) == 6_865  # lines that stand there twice
    assert sum(len(one.lines) for one in invoices if is_cancellation(one)) == 10_206
    assert sum(len(one.lines) for one in invoices if one.customer is None) == 107_927
    assert len({one.customer for one in invoices if one.customer}) == 4_383


def test_it_is_small_enough_to_commit() -> None:
    assert (FOLDER / "online_retail_ii.json.xz").stat().st_size < 3_000_000


def test_its_licence_is_kept() -> None:
    text = (FOLDER / "ATTRIBUTION.md").read_text()
    for part in ("Chen, D. (2019)", "Online Retail II", "CC BY 4.0", "10.24432/C5CG6D", "Changes"):
        assert part in text
        assert part in ATTRIBUTION


def test_the_limit_keeps_the_last_invoices(invoices: list[Invoice]) -> None:
    whole, part = Shop(invoices, 1_795_000_000_000, 375), Shop(invoices, 1_795_000_000_000, 375, limit=10)
    assert part.invoices == whole.invoices[-10:]


def test_the_shop_counts_what_it_sends(invoices: list[Invoice]) -> None:
    shop = Shop(invoices, 1_795_000_000_000, 20, views=3)
    counts = shop.counts()
    sent = Counter(one.body.split(b'"type":"')[1].split(b'"')[0] for one in shop.sends())
    assert sent == {
        b"order_placed": counts.orders,
        b"order_cancelled": counts.cancellations,
        b"page_viewed": counts.views,
    }


def test_amounts_are_exact(invoices: list[Invoice]) -> None:
    first = next(one for one in invoices if one.number == "489434")
    assert str(amount(first)) == "505.30"

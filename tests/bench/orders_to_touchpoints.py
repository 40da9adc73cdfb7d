"""Turn public order data into touchpoints (JSONL), for `whetstone evaluate purchase`.

    python tests/bench/orders_to_touchpoints.py retail online_retail_II_2009_2010.parquet out.jsonl
    python tests/bench/orders_to_touchpoints.py journey transactions.parquet out.jsonl

`retail` is the sheet "Year 2009-2010" of Online Retail II (UCI, Chen 2019, CC BY 4.0): an invoice is an order, one
that begins with C a cancellation; lines without a customer are left out. `journey` is The Complete Journey
(84.51°): a basket is an order. Times have no offset; they are written as UTC.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Order = tuple[datetime, str, str, float]  # when, customer, order id, amount


def retail(path: Path) -> Iterator[Order]:
    """Yield one order per invoice and customer."""
    columns = ["Invoice", "Quantity", "InvoiceDate", "Price", "Customer ID"]
    table = pq.read_table(path, columns=columns).to_pydict()
    orders: dict[tuple[str, int], list[Any]] = {}
    for invoice, quantity, date, price, customer in zip(*(table[name] for name in columns), strict=True):
        if customer is not None and customer == customer:
            order = orders.setdefault((invoice, int(customer)), [datetime.fromisoformat(date), 0.0])
            order[1] += quantity * price
    for (invoice, customer), (when, amount) in orders.items():
        yield when, str(customer), invoice, amount


def journey(path: Path) -> Iterator[Order]:
    """Yield one order per basket."""
    columns = ["household_id", "basket_id", "sales_value", "transaction_timestamp"]
    table = pq.read_table(path, columns=columns).to_pydict()
    orders: dict[int, list[Any]] = {}
    for household, basket, value, when in zip(*(table[name] for name in columns), strict=True):
        order = orders.setdefault(
            basket, [when.to_pydatetime() if hasattr(when, "to_pydatetime") else when, household, 0.0]
        )
        order[2] += value
    for basket, (when, household, amount) in orders.items():
        yield when, str(household), str(basket), amount


def touchpoint(order: Order) -> dict[str, Any]:
    """Return an order as the contract's JSON."""
    when, customer, order_id, amount = order
    data: dict[str, Any] = {"order_id": order_id, "amount": f"{abs(amount):.2f}"}
    return {
        "event_id": f"{order_id}-{customer}"[:64],
        "type": "order_cancelled" if order_id.startswith("C") else "order_placed",
        "source": "shop",
        "occurred_at": when.replace(tzinfo=UTC).isoformat(),
        "subject": {"ids": [{"kind": "customer", "value": customer}]},
        "data": data,
    }


def main(kind: str, source: str, target: str) -> None:
    """Write the orders of a file in the order of time."""
    orders = sorted({"retail": retail, "journey": journey}[kind](Path(source)))
    with Path(target).open("w", encoding="utf-8") as file:
        for order in orders:
            file.write(json.dumps(touchpoint(order)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Make `online_retail_ii.json.xz` out of the Online Retail II table, and prove that nothing of it got lost.

    python deploy/sample/compact_online_retail.py TABLE.parquet deploy/sample/online_retail_ii.json.xz

Needed only by whoever wants to make that file anew (`pyarrow` is in the dependency group `bench`); the sample
itself reads it with the standard library, in `streams/sample/retail.py`, where its layout is described.
"""

import json
import lzma
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from streams.sample.retail import ATTRIBUTION, Invoice, Line, read

Row = dict[str, Any]


def rows_of(table: Path) -> list[Row]:
    """Return the lines of the sheet 'Year 2009-2010' in the order of the file."""
    import pyarrow.parquet

    rows: list[Row] = pyarrow.parquet.read_table(table).to_pylist()
    return rows


def head(row: Row) -> tuple[str, int, str | None, str]:
    """Return invoice number, minute since 1970 (the file's local time read as UTC), customer and country."""
    moment = datetime.strptime(row["InvoiceDate"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    customer = row["Customer ID"]
    name = None if customer is None else str(int(customer))
    return row["Invoice"], int(moment.timestamp()) // 60, name, row["Country"]


def invoices_of(rows: Iterable[Row]) -> list[Invoice]:
    """Gather neighbouring lines of one invoice, minute, customer and country; nothing is sorted or left out."""
    return [
        Invoice(*key, tuple(Line(r["StockCode"], r["Description"], r["Quantity"], repr(r["Price"])) for r in group))
        for key, group in groupby(rows, head)
    ]


def document(invoices: list[Invoice]) -> dict[str, Any]:
    """Return the compact form: columns, a dictionary of products, prices only where they change."""
    products: dict[tuple[str, str | None], int] = {}
    prices: dict[int, str] = {}
    columns: dict[str, list[Any]] = {"product": [], "quantity": [], "price": []}
    for line in (line for invoice in invoices for line in invoice.lines):
        product = products.setdefault((line.sku, line.description), len(products))
        columns["product"].append(product)
        columns["quantity"].append(line.quantity)
        columns["price"].append(None if prices.get(product) == line.price else line.price)
        prices[product] = line.price
    heads = [[i.number, i.minute, i.customer, i.country, len(i.lines)] for i in invoices]
    return {"attribution": ATTRIBUTION, "products": list(products), "invoices": heads, "lines": columns}


def main(table: str, out: str) -> None:
    """Write the file, read it back and compare every line."""
    invoices = invoices_of(rows_of(Path(table)))
    text = json.dumps(document(invoices), ensure_ascii=False, separators=(",", ":"))
    Path(out).write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    if list(read(Path(out))) != invoices:
        raise SystemExit(f"{out} does not give back what {table} holds")
    lines = sum(len(invoice.lines) for invoice in invoices)
    print(f"{out}: {lines} lines of {len(invoices)} invoices, {Path(out).stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The shop's stream: real orders and cancellations, and page views before each order that are derived from it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from zlib import crc32

from schemas.catalogue.order import MOST_ITEMS
from schemas.times import DAY, MINUTE
from streams.sample.retail import Invoice, Line
from streams.sample.wire import Send, send, touchpoint

SOURCE = "shop"
CURRENCY = "GBP"
FEW_VIEWS = 1  # page views before an order in the sample of ordinary size
ALL_VIEWS = 1_000_000
BLIND_DAYS = (120, 60)  # before the end: the shop's new website says nothing of what is looked at, until that is mended


class Counts(NamedTuple):
    """What the shop's stream holds. `unknown` orders and cancellations name no customer in the file."""

    orders: int
    cancellations: int
    views: int
    unknown: int
    left_out: int


class Shop:
    """Turns invoices into touchpoints, re-dated by whole milliseconds so that the last one happens at `end` (ms).

    `days` and `limit` keep the last so many days and invoices; `views` is how many products are looked at before
    an order, at most. An order with more lines than the contract takes is sent without them. Bookings that are
    neither an order nor a cancellation (write-offs, bad debt) are left out. `blind`: no views come in `BLIND_DAYS`.
    """

    def __init__(
        self,
        invoices: Sequence[Invoice],
        end: int,
        days: int,
        limit: int | None = None,
        views: int = FEW_VIEWS,
        *,
        blind: bool = False,
    ) -> None:
        business = [invoice for invoice in invoices if is_business(invoice)]
        last = max(invoice.minute for invoice in business)
        recent = [invoice for invoice in business if (last - invoice.minute) * MINUTE < days * DAY]
        recent.sort(key=lambda invoice: invoice.minute)
        self.invoices = recent[-limit:] if limit else recent
        self.left_out = len(invoices) - len(business)
        self._shift = end - last * MINUTE
        self._views = views
        self._blind = tuple(last - back * DAY // MINUTE for back in BLIND_DAYS) if blind else (0, 0)

    def counts(self) -> Counts:
        """Count without making the touchpoints."""
        cancelled = sum(map(is_cancellation, self.invoices))
        unknown = sum(invoice.customer is None for invoice in self.invoices)
        views = sum(len(self._viewed(invoice)) for invoice in self.invoices)
        return Counts(len(self.invoices) - cancelled, cancelled, views, unknown, self.left_out)

    def sends(self) -> Iterator[Send]:
        """Yield everything in order of time, made one by one: the whole sample is larger than its file."""
        plan = [(at, number, view) for number, invoice in enumerate(self.invoices) for at, view in self._times(invoice)]
        plan.sort()
        for at, number, view in plan:
            invoice = self.invoices[number]
            yield self._booked(number, invoice, at) if view < 0 else self._looked(number, invoice, view, at)

    def _times(self, invoice: Invoice) -> Iterator[tuple[int, int]]:
        ordered = invoice.minute * MINUTE + self._shift
        for view in range(len(self._viewed(invoice))):
            before = 1 + crc32(f"{invoice.number}/{view}".encode()) % (40 * MINUTE)
            yield ordered - before, view
        yield ordered, -1

    def _viewed(self, invoice: Invoice) -> Sequence[Line]:
        begun, ended = self._blind
        if invoice.customer is None or is_cancellation(invoice) or begun <= invoice.minute < ended:
            return ()
        return tuple({line.sku: line for line in invoice.lines}.values())[: self._views]

    def _looked(self, number: int, invoice: Invoice, view: int, at: int) -> Send:
        line = self._viewed(invoice)[view]
        data = {
            "url": f"https://shop.example/p/{line.sku}",
            "title": line.description,
            "section": "catalogue",
            "product": line.sku,
            "dwell_ms": 3_000 + crc32(f"{invoice.number}/{line.sku}".encode()) % 57_000,
        }
        ids = [("customer", str(invoice.customer))]
        return send(
            touchpoint(f"view-{number}-{invoice.number}-{view}", "page_viewed", SOURCE, at, ids=ids, data=data),
            at,
            "kafka",
        )

    def _booked(self, number: int, invoice: Invoice, at: int) -> Send:
        ids = [("customer", invoice.customer)] if invoice.customer else []
        kind = "order_cancelled" if is_cancellation(invoice) else "order_placed"
        data: dict[str, Any] = {"order_id": invoice.number, "amount": str(abs(amount(invoice)))}
        if kind == "order_placed":
            items = [item(line) for line in invoice.lines] if len(invoice.lines) <= MOST_ITEMS else None
            data |= {"currency": CURRENCY, "items": items}
        event_id = f"{kind}-{number}-{invoice.number}"
        return send(touchpoint(event_id, kind, SOURCE, at, ids=ids, data=data), at, "kafka")


def amount(invoice: Invoice) -> Decimal:
    """Return the sum of an invoice in GBP, exact."""
    return sum((line.quantity * Decimal(line.price) for line in invoice.lines), Decimal(0))


def is_cancellation(invoice: Invoice) -> bool:
    """Whether the shop wrote it as a cancellation: the number begins with C."""
    return invoice.number.startswith("C")


def is_business(invoice: Invoice) -> bool:
    """Whether it is an order or a cancellation, and not a write-off, a sample or a correction of the books."""
    return is_cancellation(invoice) or (invoice.number.isdigit() and amount(invoice) > 0)


def item(line: Line) -> dict[str, object]:
    """Return a line as an item of `order_placed`."""
    return {"sku": line.sku, "name": line.description or "", "quantity": line.quantity, "unit_price": line.price}

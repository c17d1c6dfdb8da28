"""Receipts from a council's ledger, and how they meet the invoices expected."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from canopy.concessions.rounding import pence
from canopy.concessions.schedule.book import Book
from canopy.concessions.schedule.invoices import Invoice
from canopy.concessions.schedule.receipt import Receipt

Standing = Literal[
    "not-due", "paid", "underpaid", "overpaid", "missing", "credit-due", "credit-used"
]
_AMOUNT = re.compile(r"-?£?[\d,]+(\.\d{1,2})?")


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one invoice stands on a day.

    Attributes:
        standing: of a credit note, "credit-due" while the operator may deduct some of it, or have
            it paid back; then "credit-used".
        paid_pence: money that is with it by then; below 0 where it went back.
        set_off_pence: what credit notes pay of it; of a credit note, below 0, what is used so.
        difference_pence: paid and set off less billed; negative where something is owed.
        days_late: of the payment that completed it, or so far; 0 where it was in time.
    """

    invoice: Invoice
    standing: Standing
    paid_pence: int
    set_off_pence: int
    difference_pence: int
    days_late: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Every invoice, and receipts that belong to none."""

    settlements: tuple[Settlement, ...]
    unmatched: tuple[Receipt, ...]

    @property
    def unmatched_pence(self) -> int:
        return sum(receipt.amount_pence for receipt in self.unmatched)


def amount_pence(text: str) -> int | None:
    """An amount of a ledger, `£1,200.00`, `-12.5` or `(12.50)`; None for anything else [p]."""
    negative = text.startswith("(") and text.endswith(")")
    plain = text.strip("()")
    if _AMOUNT.fullmatch(plain) is None:
        return None
    try:
        value = Decimal(plain.replace("£", "").replace(",", ""))
    except InvalidOperation:
        return None
    return pence(-value if negative else value)


def reconcile(
    invoices: Sequence[Invoice], receipts: Iterable[Receipt], as_of: date
) -> Reconciliation:
    """How invoices stand on `as_of`, by what was received until then.

    A receipt that names an invoice is set against it. One that names only an agreement pays its
    invoices in the order of due days, each up to what is owed, of those that are due within
    `EARLY`; what is left over then is with the last of them, which is overpaid: paying for a year
    ahead is not guessed. Money that went back opens what a receipt of the same sum had paid, or
    takes what was paid too much, or what is to be credited, or else opens what was paid last. A
    credit note that is due pays what is open of the agreement's invoices, the oldest first,
    unless money does. What names neither, or went back without having come, is unmatched, and is
    never guessed.
    """
    book = Book(invoices)
    came = sorted(
        (each for each in receipts if each.received <= as_of),
        key=lambda each: (each.received, each.row),
    )
    entered = [book.enter(receipt) for receipt in came]
    book.set_off_all(as_of)
    settled = tuple(_settlement(each, book, as_of) for each in invoices)
    return Reconciliation(settled, tuple(each for each in entered if each is not None))


def _settlement(invoice: Invoice, book: Book, as_of: date) -> Settlement:
    payments, set_offs = book.payments(invoice.number), book.set_offs(invoice)
    paid = sum(part for _, part in payments)
    set_off = sum(part for _, part in set_offs)
    difference = paid + set_off - invoice.gross_pence
    standing = _standing(invoice, paid + set_off, as_of)
    if standing == "not-due" or (invoice.gross_pence < 0 and difference >= 0):
        return Settlement(invoice, standing, paid, set_off, difference, 0)
    completed = _completed(invoice.gross_pence, [*payments, *set_offs]) or invoice.due
    late = max(0, ((completed if difference >= 0 else as_of) - invoice.due).days)
    return Settlement(invoice, standing, paid, set_off, difference, late)


def _standing(invoice: Invoice, paid_pence: int, as_of: date) -> Standing:
    difference = paid_pence - invoice.gross_pence
    if invoice.due > as_of and not paid_pence:
        return "not-due"
    if invoice.gross_pence < 0 and difference >= 0:
        return "credit-due" if difference else "credit-used"
    if difference >= 0:
        return "overpaid" if difference else "paid"
    if invoice.due >= as_of:
        return "not-due"
    return "underpaid" if paid_pence > 0 or invoice.gross_pence < 0 else "missing"


def _completed(gross_pence: int, entries: Sequence[tuple[date, int]]) -> date | None:
    """The day from which an invoice was paid in full until now; None where it is not."""
    by_day: dict[date, int] = defaultdict(int)
    for day, part in entries:
        by_day[day] += part
    paid, since = 0, None
    for day in sorted(by_day):
        paid += by_day[day]
        since = (since or day) if paid >= gross_pence else None
    return since

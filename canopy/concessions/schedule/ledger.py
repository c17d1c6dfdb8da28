"""Receipts from a council's ledger, and how they meet the invoices expected."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

from canopy.concessions.rounding import pence
from canopy.concessions.schedule.invoices import Invoice

Standing = Literal["not-due", "paid", "underpaid", "overpaid", "missing"]
EARLY = timedelta(days=31)
"""How long before an invoice is due money is taken to be for it."""
_AMOUNT = re.compile(r"-?£?[\d,]+(\.\d{1,2})?")


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that came in, or went back where negative [p, with VAT]; `row` in the file."""

    row: int
    received: date
    agreement: str
    invoice: str
    amount_pence: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one invoice stands on a day.

    Attributes:
        paid_pence: what has been set against it by then.
        difference_pence: paid less billed; negative where something is owed.
        days_late: of the payment that completed it, or so far; 0 where it was in time.
    """

    invoice: Invoice
    standing: Standing
    paid_pence: int
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
    ahead is not guessed. One that names neither is unmatched, and is never guessed.
    """
    book = _Book(invoices)
    unmatched = []
    came = sorted(
        (each for each in receipts if each.received <= as_of),
        key=lambda each: (each.received, each.row),
    )
    for receipt in came:
        if receipt.invoice in book.paid:
            book.pay(receipt.invoice, receipt.received, receipt.amount_pence)
        elif receipt.invoice or not book.pay_oldest(receipt):
            unmatched.append(receipt)
    settled = tuple(_settlement(each, book.paid[each.number], as_of) for each in invoices)
    return Reconciliation(settled, tuple(unmatched))


class _Book:
    """What was set against each invoice, by its number; an agreement's invoices by due day."""

    def __init__(self, invoices: Sequence[Invoice]) -> None:
        self.paid: dict[str, list[tuple[date, int]]] = {each.number: [] for each in invoices}
        self._owed = {each.number: each.gross_pence for each in invoices}
        self._of: dict[str, list[Invoice]] = defaultdict(list)
        for invoice in sorted(invoices, key=lambda each: each.due):
            self._of[invoice.agreement].append(invoice)

    def pay(self, number: str, day: date, amount_pence: int) -> None:
        self.paid[number].append((day, amount_pence))
        self._owed[number] -= amount_pence

    def pay_oldest(self, receipt: Receipt) -> bool:
        """Set a receipt against its agreement's invoices; False where it has none."""
        mine = self._of.get(receipt.agreement, [])
        left = receipt.amount_pence
        for invoice in mine:
            if left <= 0 or invoice.due > receipt.received + EARLY:
                break
            part = min(left, self._owed[invoice.number])
            if part > 0:
                self.pay(invoice.number, receipt.received, part)
                left -= part
        if mine and left:
            due = [each for each in mine if each.due <= receipt.received + EARLY] or mine[:1]
            self.pay(due[-1].number, receipt.received, left)
        return bool(mine)


def _settlement(invoice: Invoice, payments: Sequence[tuple[date, int]], as_of: date) -> Settlement:
    paid = sum(amount for _, amount in payments)
    difference = paid - invoice.gross_pence
    if difference == 0:
        last = max((day for day, _ in payments), default=invoice.due)
        return Settlement(invoice, "paid", paid, 0, max(0, (last - invoice.due).days))
    late = max(0, (as_of - invoice.due).days)
    if difference > 0:
        return Settlement(invoice, "overpaid", paid, difference, 0)
    if late == 0:
        return Settlement(invoice, "not-due", paid, difference, 0)
    return Settlement(invoice, "underpaid" if paid else "missing", paid, difference, late)

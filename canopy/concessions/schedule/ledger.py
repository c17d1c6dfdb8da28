"""Receipts from a council's ledger, and how they meet the invoices expected."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

from canopy.concessions.rounding import pence
from canopy.concessions.schedule.invoices import Invoice
from canopy.errors import BadSource, LimitExceeded

MAX_BYTES = 200_000_000
Standing = Literal["not-due", "paid", "underpaid", "overpaid", "missing"]
_HEADINGS = ("date", "agreement", "invoice", "amount")
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


def read_receipts(path: Path) -> list[Receipt]:
    """Receipts of a CSV file with the columns date, agreement, invoice and amount.

    Dates are ISO (2026-04-01) or British (01/04/2026). Raises BadSource, naming row and column,
    for anything that cannot be read; LimitExceeded beyond 200 MB.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LimitExceeded(f"{path.name} is over {MAX_BYTES:,} bytes")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadSource(f"{path.name} cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadSource(f"{path.name} is not UTF-8") from error
    rows = csv.DictReader(text.splitlines())
    rows.fieldnames = [heading.strip().casefold() for heading in rows.fieldnames or []]
    missing = [name for name in _HEADINGS if name not in rows.fieldnames]
    if missing:
        raise BadSource(f"{path.name} has no column {', '.join(missing)}")
    return [_receipt(row, at, path.name) for at, row in enumerate(rows, start=2)]


def _receipt(row: dict[str, str | None], at: int, file_name: str) -> Receipt:
    cells = {name: (row[name] or "").strip() for name in _HEADINGS}
    return Receipt(
        at,
        _date(cells["date"], at, file_name),
        cells["agreement"],
        cells["invoice"],
        _amount(cells["amount"], at, file_name),
    )


def _date(text: str, row: int, file_name: str) -> date:
    british = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", text)
    try:
        if british:
            return date(int(british[3]), int(british[2]), int(british[1]))
        return date.fromisoformat(text)
    except ValueError:
        raise BadSource(f"{file_name}: row {row}: date {text!r} is none") from None


def _amount(text: str, row: int, file_name: str) -> int:
    amount = amount_pence(text)
    if amount is None:
        raise BadSource(f"{file_name}: row {row}: amount {text!r} is none")
    return amount


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
    invoices in the order of due days, each up to what is owed; what is left over then is with
    the last of them that is due. One that names neither is unmatched, and is never guessed.
    """
    numbers = {invoice.number for invoice in invoices}
    paid: dict[str, list[tuple[date, int]]] = defaultdict(list)
    unmatched = []
    came = sorted(
        (each for each in receipts if each.received <= as_of),
        key=lambda each: (each.received, each.row),
    )
    for receipt in came:
        if receipt.invoice in numbers:
            paid[receipt.invoice].append((receipt.received, receipt.amount_pence))
        elif receipt.invoice or not _set_against_oldest(receipt, invoices, paid):
            unmatched.append(receipt)
    settled = tuple(_settlement(each, paid[each.number], as_of) for each in invoices)
    return Reconciliation(settled, tuple(unmatched))


def _set_against_oldest(
    receipt: Receipt, invoices: Sequence[Invoice], paid: dict[str, list[tuple[date, int]]]
) -> bool:
    mine = sorted(
        (each for each in invoices if each.agreement == receipt.agreement),
        key=lambda each: each.due,
    )
    left = receipt.amount_pence
    for invoice in mine:
        owed = invoice.gross_pence - sum(amount for _, amount in paid[invoice.number])
        part = min(left, owed)
        if part > 0:
            paid[invoice.number].append((receipt.received, part))
            left -= part
    if mine and left:
        due = [each for each in mine if each.due <= receipt.received] or mine[:1]
        paid[due[-1].number].append((receipt.received, left))
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

"""What money and credit notes were set against: the invoices of a ledger, as a day has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from canopy.concessions.schedule.invoices import Invoice
from canopy.concessions.schedule.receipt import Receipt

EARLY = timedelta(days=31)
"""How long before an invoice is due money is taken to be for it."""


@dataclass(slots=True)
class SetOff:
    """A part of a credit note that pays an invoice, as if on the day the credit fell due [p]."""

    credit: str
    invoice: str
    day: date
    pence: int


@dataclass(slots=True)
class _Part:
    """What of one receipt is with one invoice [p]."""

    invoice: str
    pence: int


class Book:
    """Receipts and credit notes set against invoices, in the order of time.

    Receipts have to be entered oldest first; `set_off` is asked for the day of the report last.
    """

    def __init__(self, invoices: Sequence[Invoice]) -> None:
        self._invoices = {each.number: each for each in invoices}
        self._billed = {each.number: each.gross_pence for each in invoices}
        self._owed = dict(self._billed)
        self._paid: dict[str, list[tuple[date, int]]] = {each.number: [] for each in invoices}
        self._money = dict.fromkeys(self._paid, 0)
        self._of: dict[str, list[Invoice]] = defaultdict(list)
        for invoice in sorted(invoices, key=lambda each: each.due):
            self._of[invoice.agreement].append(invoice)
        self._set_off: dict[str, list[SetOff]] = defaultdict(list)
        self._credits = {
            agreement: [each for each in its if self._billed[each.number] < 0]
            for agreement, its in self._of.items()
        }
        self._came: dict[str, list[list[_Part]]] = defaultdict(list)
        self._alike: dict[tuple[str, int], list[list[_Part]]] = defaultdict(list)

    def enter(self, receipt: Receipt) -> Receipt | None:
        """Set a receipt against invoices; what of it belongs to none."""
        named = self._invoices.get(receipt.invoice)
        agreement = receipt.agreement if named is None else named.agreement
        if (named is None and receipt.invoice) or agreement not in self._of:
            return receipt
        self.set_off(agreement, receipt.received)
        if named is not None:
            parts = [_Part(named.number, receipt.amount_pence)]
            self._pay(named.number, receipt.received, receipt.amount_pence)
        elif receipt.amount_pence < 0:
            left = self._take_back(agreement, receipt.received, -receipt.amount_pence)
            return replace(receipt, amount_pence=-left) if left else None
        else:
            parts = self._pay_oldest(agreement, receipt.received, receipt.amount_pence)
        self._came[agreement].append(parts)
        self._alike[agreement, receipt.amount_pence].append(parts)
        return None

    def set_off(self, agreement: str, day: date) -> None:
        """Let credit notes that are due pay what is open and due by a day, the oldest first."""
        usable = [
            each
            for each in self._credits[agreement]
            if each.due <= day and self._owed[each.number] < 0
        ]
        for invoice in self._of[agreement] if usable else ():
            if invoice.due > day:
                break
            for credit in usable if self._billed[invoice.number] >= 0 else ():
                part = min(self._owed[invoice.number], -self._owed[credit.number])
                if part > 0:
                    made = SetOff(credit.number, invoice.number, credit.due, part)
                    self._set_off[agreement].append(made)
                    self._move(made, part)

    def set_off_all(self, day: date) -> None:
        """`set_off` for every agreement."""
        for agreement in self._of:
            self.set_off(agreement, day)

    def payments(self, number: str) -> list[tuple[date, int]]:
        """The days and sums of money that is with an invoice [p]."""
        return self._paid[number]

    def set_offs(self, invoice: Invoice) -> list[tuple[date, int]]:
        """What credit notes pay of an invoice [p]; below 0 what of a credit note is used."""
        return [
            (each.day, each.pence if each.invoice == invoice.number else -each.pence)
            for each in self._set_off[invoice.agreement]
            if invoice.number in (each.invoice, each.credit)
        ]

    def _move(self, made: SetOff, pence: int) -> None:
        self._owed[made.invoice] -= pence
        self._owed[made.credit] += pence

    def _pay(self, number: str, day: date, pence: int) -> None:
        """Money takes the place of a credit that paid for the same before."""
        self._paid[number].append((day, pence))
        self._money[number] += pence
        self._owed[number] -= pence
        is_credit = self._billed[number] < 0
        over = self._owed[number] if is_credit else -self._owed[number]
        set_off = self._set_off[self._invoices[number].agreement]
        for made in set_off[::-1]:
            if over > 0 and number in (made.credit, made.invoice):
                part = min(made.pence, over)
                made.pence -= part
                self._move(made, -part)
                over -= part
                if not made.pence:
                    set_off.remove(made)

    def _pay_oldest(self, agreement: str, day: date, pence: int) -> list[_Part]:
        parts = []
        for number, most in self._payable(agreement, day):
            part = min(pence, most)
            if part > 0:
                self._pay(number, day, part)
                parts.append(_Part(number, part))
                pence -= part
        if pence:
            billed = [each for each in self._of[agreement] if self._billed[each.number] >= 0]
            owing = billed or self._of[agreement]
            last = ([each for each in owing if each.due <= day + EARLY] or owing[:1])[-1]
            self._pay(last.number, day, pence)
            parts.append(_Part(last.number, pence))
        return parts

    def _payable(self, agreement: str, day: date) -> Iterator[tuple[str, int]]:
        """What is owed of the oldest invoices, then what only credit notes have paid of them."""
        for invoice in self._of[agreement]:
            if invoice.due <= day + EARLY:
                yield invoice.number, self._owed[invoice.number]
        for made in self._set_off[agreement][::-1]:
            yield made.invoice, made.pence

    def _take_back(self, agreement: str, day: date, pence: int) -> int:
        """Open what money that went back had paid; what is left of it had paid nothing."""
        for number, most, part in self._returnable(agreement, day, pence):
            back = min(pence, most)
            if not pence:
                break
            if back > 0:
                self._pay(number, day, -back)
                pence -= back
                if part is not None:
                    part.pence -= back
        return pence

    def _returnable(
        self, agreement: str, day: date, pence: int
    ) -> Iterator[tuple[str, int, _Part | None]]:
        """What a receipt of that sum had paid, the latest first; then what was paid too much and
        credit notes that are due; then what the latest other receipts had paid.
        """
        alike, came = self._alike[agreement, pence], self._came[agreement]
        while alike and sum(each.pence for each in alike[-1]) != pence:
            alike.pop()
        for part in reversed(alike.pop() if alike else ()):
            yield part.invoice, self._left_of(part), part
        for invoice in self._of[agreement]:
            if self._billed[invoice.number] >= 0 or invoice.due <= day:
                yield invoice.number, -self._owed[invoice.number], None
        while came:
            for part in reversed(came[-1]):
                yield part.invoice, self._left_of(part), part
            came.pop()

    def _left_of(self, part: _Part) -> int:
        """What of it is still there: some may have gone back by the invoice's name."""
        return min(part.pence, self._money[part.invoice])

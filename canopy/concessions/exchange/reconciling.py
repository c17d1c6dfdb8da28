"""Agreements' expected invoices beside a ledger's receipts, as people and programs read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from canopy.concessions.appraisal.inputs import Inputs
from canopy.concessions.schedule.billed import Version, billed
from canopy.concessions.schedule.figures import NO_METERS, Meters
from canopy.concessions.schedule.invoices import Invoice, invoices
from canopy.concessions.schedule.ledger import Reconciliation, reconcile
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.receipt import Receipt
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.agreement import Agreement
from canopy.errors import Refused


def reconciled(
    agreements: Sequence[Sequence[Version]],
    receipts: Sequence[Receipt],
    on: date,
    inputs: Inputs,
    meters: Callable[[Agreement], Meters] = lambda _: NO_METERS,
) -> Reconciliation:
    """How what fell due up to a day was paid.

    agreements: each by its versions, oldest first: what was billed under one is corrected by the
    next, never edited. meters: the energy of an agreement's meters; without it energy is billed
    as expected.

    Receipts for other agreements than these are unmatched. Invoices that fall due later are
    left out, unless something was paid of them. Raises Refused, naming the agreement, where an
    index that is followed is not given.
    """

    def lines_of(agreement: Agreement) -> list[Line]:
        try:
            return schedule(agreement, inputs.indices(agreement), meters(agreement))
        except Refused as refused:
            raise Refused(f"{agreement.ref}: {refused.detail}") from refused

    expected: list[Invoice] = []
    for versions in agreements:
        expected += invoices(billed(versions, lines_of))
    whole = reconcile(expected, receipts, on)
    shown = tuple(
        each
        for each in whole.settlements
        if each.standing != "not-due" or each.paid_pence or each.set_off_pence
    )
    return Reconciliation(shown, whole.unmatched)


def as_json(found: Reconciliation, on: date) -> dict[str, object]:
    """Counts, every invoice that was due, and receipts that belong to none. Sums are pence."""
    counts: dict[str, int] = {}
    for each in found.settlements:
        counts[each.standing] = counts.get(each.standing, 0) + 1
    late = sum(each.days_late > 0 for each in found.settlements)
    return {
        "on": on.isoformat(),
        "counts": {**counts, "late": late, "unmatched": len(found.unmatched)},
        "billed_pence": sum(each.invoice.gross_pence for each in found.settlements),
        "paid_pence": sum(each.paid_pence for each in found.settlements),
        "unmatched_pence": found.unmatched_pence,
        "invoices": [
            {
                "invoice": each.invoice.number,
                "agreement": each.invoice.agreement,
                "due": each.invoice.due.isoformat(),
                "standing": each.standing,
                "billed_pence": each.invoice.gross_pence,
                "paid_pence": each.paid_pence,
                "set_off_pence": each.set_off_pence,
                "difference_pence": each.difference_pence,
                "days_late": each.days_late,
            }
            for each in found.settlements
        ],
        "unmatched": [
            {
                "row": each.row,
                "received": each.received.isoformat(),
                "agreement": each.agreement,
                "invoice": each.invoice,
                "amount_pence": each.amount_pence,
            }
            for each in found.unmatched
        ],
    }

"""Agreements' expected invoices beside a ledger's receipts, as people and programs read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from canopy.concessions.appraisal.inputs import Inputs
from canopy.concessions.schedule.billed import Billable, Version, billed
from canopy.concessions.schedule.book import EARLY
from canopy.concessions.schedule.continuing import continued_schedule, counted_until, going_on
from canopy.concessions.schedule.ending import ended_schedule
from canopy.concessions.schedule.figures import NO_METERS, Meters
from canopy.concessions.schedule.invoices import Invoice, invoices
from canopy.concessions.schedule.ledger import Reconciliation, reconcile
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.receipt import Receipt
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.agreement import Agreement
from canopy.errors import Refused


def reconciled(
    agreements: Sequence[Billable],
    receipts: Sequence[Receipt],
    on: date,
    inputs: Inputs,
    meters: Callable[[Agreement], Meters] = lambda _: NO_METERS,
) -> Reconciliation:
    """How what fell due up to a day was paid.

    agreements: each by its versions, oldest first: what was billed under one is corrected by the
    next, never edited. One that continues bills on; one that ended does not, and what was billed
    for later days is credited on its last day. meters: the energy of an agreement's meters;
    without it energy is billed as expected.

    Receipts for other agreements than these are unmatched. Invoices that fall due later are
    left out, unless something was paid of them. Raises Refused, naming the agreement, where an
    index that is followed is not given.
    """

    expected: list[Invoice] = []
    for each in agreements:
        until = counted_until(min(on, each.ended_on or on) + EARLY)
        lines_of = partial(_lines, until=until, inputs=inputs, meters=meters)
        expected += invoices(billed(each.lived(), lines_of))
    whole = reconcile(expected, receipts, on)
    shown = tuple(
        each
        for each in whole.settlements
        if each.standing != "not-due" or each.paid_pence or each.set_off_pence
    )
    return Reconciliation(shown, whole.unmatched)


def _lines(
    version: Version, until: date, inputs: Inputs, meters: Callable[[Agreement], Meters]
) -> list[Line]:
    """What a version makes of the agreement, as far as until a day where it has no end."""
    agreement, last = version.agreement, version.last_day
    until = last or until
    longer = going_on(agreement, until) if version.continues else agreement
    try:
        indices = inputs.indices(longer)
        if last is not None and last < agreement.term.end:
            return ended_schedule(agreement, indices, last, meters(agreement))
        if version.continues:
            return continued_schedule(agreement, indices, until, meters(agreement))
        return schedule(agreement, indices, meters(agreement))
    except Refused as refused:
        raise Refused(f"{agreement.ref}: {refused.detail}") from refused


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

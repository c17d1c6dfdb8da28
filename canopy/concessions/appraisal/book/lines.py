"""The net amount of each line of a schedule as a formula of the sheets before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from canopy.concessions.appraisal.book.amounts import year_parts
from canopy.concessions.appraisal.book.live import AmountCell, Live
from canopy.concessions.appraisal.book.table import Formula
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.periods import Periods
from canopy.concessions.terms.charges import AnyCharge, Guarantee, Recurring, RevenueShare
from canopy.concessions.terms.payment import Proration


def net_formula(line: Line, live: Live) -> Formula | None:
    """What a line is computed by; None for what the terms state as it is."""
    charge = charge_of(line, live)
    value = line.net_pence / 100
    if isinstance(charge, Recurring):
        return Formula(_instalment(line, charge, live), value)
    if isinstance(charge, RevenueShare):
        return Formula(f"={live.shares[charge.name, live.figures.year_of(line.first)]}", value)
    if isinstance(charge, Guarantee):
        return live.top_ups[charge.name, live.figures.year_of(line.first)]
    return live.energy.get((line.side, line.charge, line.first))


def charge_of(line: Line, live: Live) -> AnyCharge:
    """The charge or cost that a line is of."""
    agreement = live.figures.agreement
    charges = agreement.charges if line.side == "income" else agreement.costs
    return next(each for each in charges if each.name == line.charge)


def with_quiet_guarantees(lines: Sequence[Line], live: Live) -> list[Line]:
    """Lines, with one of nothing for each year in which a guarantee tops nothing up.

    Where a turnover or an index figure is changed in the workbook, it may do so then.
    """
    there = {(line.charge, line.first) for line in lines if line.what in ("top-up", "recoupment")}
    made = list(lines)
    agreement = live.figures.agreement
    for charge in agreement.charges:
        if isinstance(charge, Guarantee):
            for first, last in agreement.term.years():
                if (charge.name, first) not in there:
                    due = agreement.due_day(charge, last + timedelta(days=charge.due_days))
                    made.append(
                        Line(
                            agreement.ref, charge.name, "income", "top-up", "revenue", first, last,
                            due, 0, 0, False,
                        )
                    )  # fmt: skip
    return sorted(made, key=lambda line: (line.due, line.charge, line.first, line.what))


def _instalment(line: Line, charge: Recurring, live: Live) -> str:
    agreement = live.figures.agreement
    payment = charge.payment or agreement.payment
    periods = Periods(payment.frequency, payment.counted_from or agreement.term.start)
    parts = year_parts(live.amounts[line.side, line.charge], line.first, line.last)
    return instalment_formula(parts, periods, periods.holding(line.first), payment.proration)


def instalment_formula(
    parts: Sequence[tuple[AmountCell, int]], periods: Periods, number: int, proration: Proration
) -> str:
    """As `schedule.reference.instalment`, of cells."""
    length = (periods.first_day(number + 1) - periods.first_day(number)).days
    weighted = "+".join(f"{each.cell}*{days}" for each, days in parts)
    is_whole = sum(days for _, days in parts) == length
    if is_whole:
        stands = _part_of_year(parts[0][0].cell, periods, number)
        if len(parts) == 1:
            return f"={stands}"
        alike = ",".join(f"{each.cell}={parts[0][0].cell}" for each, _ in parts[1:])
        return f"=IF(AND({alike}),{stands},ROUND(({weighted})/{length * periods.per_year},2))"
    if proration == "period":
        return f"=ROUND(({weighted})/{length * periods.per_year},2)"
    basis = periods.days_of_year(number) if proration == "actual/366" else 365
    return f"=ROUND(({weighted})/{basis},2)"


def _part_of_year(cell: str, periods: Periods, number: int) -> str:
    count, position = periods.per_year, periods.position(number)
    if count == 1:
        return cell
    after = cell if position + 1 == count else f"ROUND({cell}*{position + 1}/{count},2)"
    return f"({after}-ROUND({cell}*{position}/{count},2))" if position else after

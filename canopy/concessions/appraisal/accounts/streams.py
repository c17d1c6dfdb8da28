"""The lines of both accounts in real terms: one for each charge, cost, benefit and loan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Literal

import numpy as np

from canopy.concessions.appraisal.accounts.asked import Upfront
from canopy.concessions.appraisal.accounts.financial import Gain, Side, heading_of
from canopy.concessions.calendar.months import add_months
from canopy.concessions.schedule.figures import Figures
from canopy.concessions.schedule.lines import Line
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.appraised import Benefit
from canopy.concessions.terms.charges import OneOff
from canopy.concessions.valuation.accounts import AccountLine
from canopy.concessions.valuation.flows import NominalFlows, PriceLevels, RealFlows, deflated

Dated = list[tuple[date, int, int]]
"""Day, year and amount of what falls due [p], the council's cash: costs below 0."""


def year_of(day: date, first_day: date) -> int:
    """The year from `first_day` on that a day counts in: the first for all that is before."""
    year = day.year - first_day.year + 1
    year -= add_months(first_day, 12 * (year - 1)) > day
    return max(1, year)


def is_upfront(agreement: Agreement, line: Line, first_day: date) -> bool:
    """Whether a line is of a one-off amount that is due up to the first day."""
    charges = agreement.charges if line.side == "income" else agreement.costs
    charge = next(each for each in charges if each.name == line.charge)
    return isinstance(charge, OneOff) and charge.due <= first_day


def dated(
    agreement: Agreement, lines: Iterable[Line], first_day: date, upfront: Upfront
) -> dict[tuple[Side, str, bool], Dated]:
    """What falls due of each charge and cost, capital apart, with the year that it counts in."""
    found: dict[tuple[Side, str, bool], Dated] = defaultdict(list)
    for line in lines:
        at_start = upfront == "at-start" and is_upfront(agreement, line, first_day)
        year = 0 if at_start else year_of(line.due, first_day)
        signed = -line.net_pence if line.side == "cost" else line.net_pence
        found[line.side, line.charge, line.account == "capital"].append((line.due, year, signed))
    return found


def loan_flows(agreement: Agreement, first_day: date, upfront: Upfront) -> dict[str, Dated]:
    """What every loan moves."""
    found: dict[str, Dated] = {}
    for loan in agreement.loans:
        found[loan.name] = [
            (
                each.day,
                0 if upfront == "at-start" and each.day <= first_day
                else year_of(each.day, first_day),
                each.principal_pence + each.interest_pence,
            )
            for each in loan.movements()
        ]  # fmt: skip
    return found


def benefit_amounts(benefit: Benefit, figures: Figures) -> list[float]:
    """Of contract years 1, 2, ..., in prices of the first [GBP]; a year cut short in proportion."""
    amounts = []
    for year, (first, last) in enumerate(figures.agreement.term.years(), 1):
        part = ((last - first).days + 1) / (add_months(first, 12) - first).days
        if benefit.volume is None:
            whole = benefit.by_year[min(year, len(benefit.by_year)) - 1]
        else:
            whole = (benefit.rate or 0) * figures.volume(benefit.volume, year)
        amounts.append(float(whole) * part)
    return amounts


def gains(agreement: Agreement, figures: Figures, levels: PriceLevels) -> Iterator[Gain]:
    """The council's own benefits in the money of each contract year, on its last day."""
    for benefit in agreement.benefits:
        if benefit.beneficiary == "council":
            amounts = benefit_amounts(benefit, figures)
            for year, (_, last) in enumerate(agreement.term.years(), 1):
                level = float(levels.levels[year])
                yield last, benefit.name, round(100 * amounts[year - 1] * level)


def account_lines(
    agreement: Agreement,
    flows: dict[tuple[Side, str, bool], Dated],
    loans: dict[str, Dated],
    figures: Figures,
    levels: PriceLevels,
) -> list[AccountLine]:
    """All lines, in real terms. What an occupier pays the council is a transfer."""
    years = len(levels.levels)
    lines = [
        AccountLine(
            name, "benefit" if side == "income" else "cost",
            _real([(day, year, abs_of(side, pence)) for day, year, pence in each], years, levels),
            "council", "the agreement" if side == "income" else "the council's own figures",
            transfer=side == "income", capital=is_capital,
            financing=is_borrowing(agreement, side, name),
        )
        for (side, name, is_capital), each in flows.items()
    ]  # fmt: skip
    for loan in agreement.loans:
        drawn = [each for each in loans[loan.name] if each[2] > 0]
        repaid = [(day, year, -pence) for day, year, pence in loans[loan.name] if pence <= 0]
        lines += [
            AccountLine(
                name, side, _real(moved, years, levels), "council", loan.source, financing=True
            )
            for name, side, moved in _sides(loan.name, drawn, repaid)
        ]
    for benefit in agreement.benefits:
        amounts = np.zeros(years)
        own = benefit_amounts(benefit, figures)
        amounts[1 : len(own) + 1] = own
        lines.append(
            AccountLine(
                benefit.name, "benefit", RealFlows.of(amounts, levels.prices),
                benefit.beneficiary, benefit.source,
            )
        )  # fmt: skip
    return lines


def is_borrowing(agreement: Agreement, side: Side, name: str) -> bool:
    """Whether a cost is of borrowing."""
    return side == "cost" and heading_of(agreement, side, name) == "borrowing"


def _sides(
    name: str, drawn: Dated, repaid: Dated
) -> tuple[tuple[str, Literal["benefit", "cost"], Dated], ...]:
    return (
        (f"{name} drawn", "benefit", drawn),
        (f"{name} repaid, with interest", "cost", repaid),
    )


def abs_of(side: Side, pence: int) -> int:
    """An amount as its own side counts it: costs above 0."""
    return -pence if side == "cost" else pence


def nominal(flows: Sequence[tuple[date, int, int]], years: int) -> NominalFlows:
    """By year, 0 to `years` - 1."""
    amounts = np.zeros(years)
    for _, year, pence in flows:
        amounts[year] += pence / 100
    return NominalFlows.of(amounts)


def _real(flows: Sequence[tuple[date, int, int]], years: int, levels: PriceLevels) -> RealFlows:
    return deflated(nominal(flows, years), levels)

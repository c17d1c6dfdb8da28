"""Lines that are settled once, for each contract year, or by what a meter told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from canopy.concessions.calendar.months import ONE_DAY, add_months
from canopy.concessions.rounding import EXACT, half_up, pence, to_penny
from canopy.concessions.schedule.figures import Figures
from canopy.concessions.schedule.lines import Line, Side, What
from canopy.concessions.schedule.metered import metered_lines
from canopy.concessions.schedule.yearly import days_of, yearly
from canopy.concessions.terms.charges import (
    Account,
    AnyCharge,
    Guarantee,
    MeteredPower,
    OneOff,
    Recurring,
    RevenueShare,
    RollOut,
    ServiceCredit,
)
from canopy.concessions.terms.payment import VAT_PERCENT

_ZERO = Decimal(0)


def settled_lines(figures: Figures) -> Iterator[Line]:
    """Metered energy, one-off amounts, credits, roll-out payments, shares and guarantees."""
    for charge in figures.agreement.charges:
        yield from _settled(charge, "income", figures)
    for cost in figures.agreement.costs:
        yield from _settled(cost, "cost", figures)


def _settled(charge: AnyCharge, side: Side, figures: Figures) -> Iterator[Line]:
    if isinstance(charge, OneOff):
        days = (charge.due, charge.due, charge.due)
        yield _line(charge, days, pence(charge.amount), figures, side, account=charge.account)
    elif isinstance(charge, ServiceCredit):
        days = (charge.due, charge.due, charge.due)
        yield _line(charge, days, -pence(charge.amount), figures, side, what="credit")
    elif isinstance(charge, MeteredPower):
        yield from metered_lines(charge, side, figures)
    elif isinstance(charge, RollOut):
        yield from _milestones(charge, figures)
    elif isinstance(charge, RevenueShare):
        yield from _shares(charge, figures)
    elif isinstance(charge, Guarantee):
        yield from _top_ups(charge, figures)


def share_of(revenue: Decimal, charge: RevenueShare, factor: Decimal) -> Decimal:
    """The share of a whole year's revenue by marginal tiers [GBP], not rounded itself.

    `factor` moves the limits of tiers, which are then amounts of money, to the penny.
    """
    total = _ZERO
    for tier in charge.tiers:
        low = to_penny(EXACT.multiply(tier.above, factor))
        high = revenue if tier.up_to is None else to_penny(EXACT.multiply(tier.up_to, factor))
        total += EXACT.multiply(tier.rate, max(_ZERO, min(revenue, high) - low))
    return total


def share_pence(charge: RevenueShare, year: int, figures: Figures) -> int:
    """Of contract year 1, 2, ...: of the whole year's revenue, by the day where it is cut short.

    Limits of tiers have the factor in force on the year's first day.
    """
    first = add_months(figures.agreement.term.start, 12 * (year - 1))
    factor = figures.factor(charge.index, first)
    whole = pence(share_of(figures.volume(charge.of, year), charge, factor))
    return of_year(whole, year, figures)


def of_year(whole_pence: int, year: int, figures: Figures) -> int:
    """A year's amount, by the day where the term ends before the contract year does."""
    term = figures.agreement.term
    first, after = (add_months(term.start, 12 * at) for at in (year - 1, year))
    days = (min(after - ONE_DAY, term.end) - first).days + 1
    return half_up(whole_pence * days, (after - first).days)


def accrued_pence(charge: Recurring, year: int, figures: Figures) -> int:
    """What a recurring charge comes to in a contract year, by days at each yearly amount."""
    term = figures.agreement.term
    first, after = (add_months(term.start, 12 * at) for at in (year - 1, year))
    begins, last = days_of(charge, figures)
    amounts = yearly(charge, figures)
    weighted = 0
    for at, amount in enumerate(amounts):
        ends = last if at + 1 == len(amounts) else amounts[at + 1].from_day - ONE_DAY
        days = (min(ends, after - ONE_DAY) - max(amount.from_day, begins, first)).days + 1
        weighted += (amount.pence or 0) * max(0, days)
    return half_up(weighted, (after - first).days)


def minimum_pence(charge: Guarantee, year: int, figures: Figures) -> int:
    """What is guaranteed for contract year 1, 2, ..., by the day where it is cut short [p]."""
    first = add_months(figures.agreement.term.start, 12 * (year - 1))
    factor = figures.factor(charge.index, first)
    return of_year(pence(EXACT.multiply(charge.amount, factor)), year, figures)


def _shares(charge: RevenueShare, figures: Figures) -> Iterator[Line]:
    for at, (first, last) in enumerate(figures.agreement.term.years()):
        net = share_pence(charge, at + 1, figures)
        days = (first, last, last + timedelta(days=charge.due_days))
        assumed = figures.assumed_by(charge.index, first)
        assumed = assumed or figures.volume_assumed(charge.of, at + 1)
        yield _line(charge, days, net, figures, assumed=assumed)


def _top_ups(charge: Guarantee, figures: Figures) -> Iterator[Line]:
    """Top-ups, and what of earlier ones the operator recoups where they are carried forward."""
    counted = [each for each in figures.agreement.charges if each.name in charge.counts]
    carried = 0
    for at, (first, last) in enumerate(figures.agreement.term.years()):
        year = at + 1
        minimum = minimum_pence(charge, year, figures)
        came = sum(came_to(each, year, figures) for each in counted)
        days = (first, last, last + timedelta(days=charge.due_days))
        assumed = figures.assumed_by(charge.index, last)
        if came < minimum:
            carried += minimum - came
            yield _line(charge, days, minimum - came, figures, what="top-up", assumed=assumed)
        elif charge.shortfall == "carried-forward" and carried and came > minimum:
            back = min(carried, came - minimum)
            carried -= back
            yield _line(charge, days, -back, figures, what="recoupment", assumed=assumed)


def came_to(charge: AnyCharge, year: int, figures: Figures) -> int:
    """What a charge that a guarantee counts comes to in contract year 1, 2, ... [p]."""
    if isinstance(charge, RevenueShare):
        return share_pence(charge, year, figures)
    if isinstance(charge, Recurring):
        return accrued_pence(charge, year, figures)
    first = add_months(figures.agreement.term.start, 12 * (year - 1))
    after = add_months(figures.agreement.term.start, 12 * year)
    lines = _settled(charge, "income", figures)
    return sum(line.net_pence for line in lines if first <= line.first < after)


def _milestones(charge: RollOut, figures: Figures) -> Iterator[Line]:
    """Each in the first contract year whose volume reaches it; none where none does."""
    years = list(figures.agreement.term.years())
    volumes = [figures.volume(charge.volume, at + 1) for at in range(len(years))]
    for milestone in charge.milestones:
        reached = (at for at, volume in enumerate(volumes) if volume >= milestone.units)
        at = next(reached, None)
        if at is not None:
            first, last = years[at]
            days = (first, last, last + timedelta(days=charge.due_days))
            net = pence(milestone.amount)
            yield _line(charge, days, net, figures, what="milestone", account=charge.account)


def _line(
    charge: AnyCharge,
    days: tuple[date, date, date],
    net_pence: int,
    figures: Figures,
    side: Side = "income",
    *,
    what: What = "charge",
    account: Account = "revenue",
    assumed: bool = False,
) -> Line:
    agreement = figures.agreement
    vat = VAT_PERCENT[charge.vat or agreement.vat] if side == "income" else 0
    return Line(
        agreement=agreement.ref,
        charge=charge.name,
        side=side,
        what=what,
        account=account,
        first=days[0],
        last=days[1],
        due=agreement.due_day(charge, days[2]),
        net_pence=net_pence,
        vat_pence=half_up(net_pence * vat, 100),
        scenario=assumed,
    )

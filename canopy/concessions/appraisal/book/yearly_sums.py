"""Shares by tiers and guarantees, by contract year; and metered energy: three sheets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from canopy.concessions.appraisal.book.amounts import contract_year, year_parts
from canopy.concessions.appraisal.book.live import Live
from canopy.concessions.appraisal.book.table import Formula, Kind, Table
from canopy.concessions.calendar.months import ONE_DAY
from canopy.concessions.rounding import to_penny
from canopy.concessions.schedule.lines import Line, Side
from canopy.concessions.schedule.metered import MeteredPeriod, metered_periods
from canopy.concessions.schedule.settled import came_to, minimum_pence, share_of, share_pence
from canopy.concessions.schedule.yearly import days_of, rounded_rate
from canopy.concessions.terms.charges import (
    AnyCharge,
    Guarantee,
    MeteredPower,
    Recurring,
    RevenueShare,
)

SHARES: Sequence[tuple[str, Kind]] = (
    ("charge", "text"), ("contract year", "plain"), ("turnover", "money"),
    ("index factor of tiers", "part"), ("above", "money"), ("up to", "money"), ("rate", "plain"),
    ("in this tier", "money"), ("share of whole year", "money"), ("share", "money"),
)  # fmt: skip
GUARANTEES: Sequence[tuple[str, Kind]] = (
    ("charge", "text"), ("contract year", "plain"), ("amount", "money"), ("index factor", "part"),
    ("guaranteed", "money"), ("what counts came to", "money"), ("carried before", "money"),
    ("top-up, or taken back", "money"), ("carried after", "money"),
)  # fmt: skip
ENERGY: Sequence[tuple[str, Kind]] = (
    ("charge", "text"), ("side", "text"), ("first", "day"), ("last", "day"), ("band", "text"),
    ("kWh, or days", "plain"), ("price", "plain"), ("index factor", "part"), ("cost", "money"),
    ("with administration", "money"),
)  # fmt: skip


def shares_sheet(table: Table, live: Live) -> None:
    """A row for each tier of each year; the last of a year sums them."""
    agreement = live.figures.agreement
    for charge in agreement.charges:
        if isinstance(charge, RevenueShare):
            for year in range(1, len(list(agreement.term.years())) + 1):
                _share(table, live, charge, year)


def _share(table: Table, live: Live, charge: RevenueShare, year: int) -> None:
    figures = live.figures
    first, after = contract_year(live, year)
    factor_value = figures.factor(charge.index, first)
    turnover_value = figures.volume(charge.of, year)
    begins = table.next_row
    for tier in charge.tiers:
        row = table.next_row
        factor = Formula(f"={live.factor(charge.index, first)}", float(factor_value))
        turnover = Formula(f"={live.volumes[charge.of, year]}", float(turnover_value))
        low = to_penny(tier.above * factor_value)
        high = None if tier.up_to is None else to_penny(tier.up_to * factor_value)
        top = turnover_value if high is None else min(turnover_value, high)
        inside = max(Decimal(0), top - low)
        part = f"MIN(C{row},F{row})" if high is not None else f"C{row}"
        cells = (
            charge.name, year, turnover, factor,
            Formula(f"=ROUND({tier.above}*D{row},2)", float(low)),
            None if high is None else Formula(f"=ROUND({tier.up_to}*D{row},2)", float(high)),
            tier.rate, Formula(f"=G{row}*MAX(0,{part}-E{row})", float(tier.rate * inside)),
        )  # fmt: skip
        if tier is not charge.tiers[-1]:
            table.add(*cells)
            continue
        whole = share_of(turnover_value, charge, factor_value)
        days, length = _days(live, year), (after - first).days
        table.add(
            *cells, Formula(f"=ROUND(SUM(H{begins}:H{row}),2)", float(to_penny(whole))),
            Formula(_by_days(f"I{row}", days, length), share_pence(charge, year, figures) / 100),
        )  # fmt: skip
        live.shares[charge.name, year] = table.ref("share", row)


def _days(live: Live, year: int) -> int:
    """Days of a contract year that the term has."""
    first, after = contract_year(live, year)
    return (min(after - ONE_DAY, live.figures.agreement.term.end) - first).days + 1


def _by_days(cell: str, days: int, length: int) -> str:
    return f"={cell}" if days == length else f"=ROUND({cell}*{days}/{length},2)"


def guarantees_sheet(table: Table, live: Live, lines: Sequence[Line]) -> None:
    """Each guarantee by contract year: what counts, and what is topped up or taken back.

    `lines` are all of the schedule; those of charges that are not live count as they stand.
    """
    agreement = live.figures.agreement
    for charge in agreement.charges:
        if isinstance(charge, Guarantee):
            carried = 0
            for year in range(1, len(list(agreement.term.years())) + 1):
                carried = _guarantee(table, live, charge, year, carried, lines)


def _guarantee(
    table: Table, live: Live, charge: Guarantee, year: int, carried: int, lines: Sequence[Line]
) -> int:
    """Adds a year; what is carried after it [p]."""
    figures, row = live.figures, table.next_row
    first, after = contract_year(live, year)
    counted = [each for each in figures.agreement.charges if each.name in charge.counts]
    minimum = minimum_pence(charge, year, figures)
    came = sum(came_to(each, year, figures) for each in counted)
    short = minimum - came
    if short > 0:
        moved = short
    else:
        moved = -min(carried, -short) if charge.shortfall == "carried-forward" else 0
    kept = charge.shortfall == "kept"
    before = "0" if year == 1 else f"I{row - 1}"
    back = "0" if kept else f"-MIN(G{row},F{row}-E{row})"
    factor = Formula(
        f"={live.factor(charge.index, first)}", float(figures.factor(charge.index, first))
    )
    guaranteed = _by_days(f"ROUND(C{row}*D{row},2)", _days(live, year), (after - first).days)
    formulas = [_came(live, each, year, lines) for each in counted]
    table.add(
        charge.name, year, charge.amount, factor, Formula(guaranteed, minimum / 100),
        Formula("=" + "+".join(formulas), came / 100),
        Formula(f"={before}", 0.0 if kept else carried / 100),
        Formula(f"=IF(F{row}<E{row},E{row}-F{row},{back})", moved / 100),
        Formula("=0" if kept else f"=G{row}+H{row}", 0.0 if kept else (carried + moved) / 100),
    )  # fmt: skip
    live.minimums[charge.name, year] = table.ref("guaranteed", row)
    live.top_ups[charge.name, year] = Formula(
        f"={table.ref('top-up, or taken back', row)}", moved / 100
    )
    return carried + moved


def _came(live: Live, charge: AnyCharge, year: int, lines: Sequence[Line]) -> str:
    """What a counted charge comes to in a contract year, as part of a formula."""
    if isinstance(charge, RevenueShare):
        return live.shares[charge.name, year]
    first, after = contract_year(live, year)
    if isinstance(charge, Recurring):
        begins, ends = days_of(charge, live.figures)
        cells = live.amounts["income", charge.name]
        parts = year_parts(cells, max(begins, first), min(ends, after - ONE_DAY))
        summed = "+".join(f"{each.cell}*{days}" for each, days in parts) or "0"
        return f"ROUND(({summed})/{(after - first).days},2)"
    mine = [each for each in lines if each.charge == charge.name and first <= each.first < after]
    known = [live.energy.get(("income", each.charge, each.first)) for each in mine]
    parts_text = [
        f"{each.net_pence / 100}" if formula is None else formula.text[1:]
        for each, formula in zip(mine, known, strict=True)
    ]
    return "(" + ("+".join(parts_text) or "0") + ")"


def energy_sheet(table: Table, live: Live) -> None:
    """Metered energy by period and band, with its price; the last row of a period sums it."""
    agreement = live.figures.agreement
    lists: tuple[tuple[Side, tuple[AnyCharge, ...]], ...] = (
        ("income", agreement.charges), ("cost", agreement.costs),
    )  # fmt: skip
    for side, charges in lists:
        for charge in charges:
            if isinstance(charge, MeteredPower):
                for period in metered_periods(charge, live.figures):
                    _period(table, live, side, charge, period)


def _period(
    table: Table, live: Live, side: Side, charge: MeteredPower, period: MeteredPeriod
) -> None:
    begins = table.next_row
    for part in period.parts:
        days = (part.last - part.first).days + 1
        for band in charge.bands:
            kwh = part.bands[band.name].kwh
            _energy(table, live, side, charge, (part.first, part.last), band.name, kwh, band.price)
        _energy(
            table,
            live,
            side,
            charge,
            (part.first, part.last),
            "standing",
            Decimal(days),
            charge.standing,
        )
    row = table.next_row
    total = Formula(
        f"=ROUND(SUM(I{begins}:I{row - 1})*(1+{charge.admin}),2)", period.net_pence / 100
    )
    table.add(
        charge.name, side, period.first, period.last, "together", None, None, None, None, total
    )
    cell = table.ref("with administration", row)
    live.energy[side, charge.name, period.first] = Formula(f"={cell}", period.net_pence / 100)


def _energy(
    table: Table, live: Live, side: Side, charge: MeteredPower, days: tuple[date, date],
    name: str, quantity: Decimal, price: Decimal,
) -> None:  # fmt: skip
    row = table.next_row
    factor_value = live.figures.factor(charge.index, days[0])
    rate = rounded_rate(price, factor_value, charge.price_places)
    factor = Formula(f"={live.factor(charge.index, days[0])}", float(factor_value))
    cost = Formula(
        f"=ROUND(F{row}*ROUND(G{row}*H{row},{charge.price_places}),2)",
        float(to_penny(rate * quantity)),
    )
    table.add(charge.name, side, *days, name, quantity, price, factor, cost)

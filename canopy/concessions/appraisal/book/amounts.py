"""Volumes by contract year, and the yearly amounts of what recurs: two sheets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from canopy.concessions.appraisal.book.live import AmountCell, Live
from canopy.concessions.appraisal.book.table import Cell, Formula, Kind, Table
from canopy.concessions.calendar.months import ONE_DAY, add_months
from canopy.concessions.schedule.lines import Side
from canopy.concessions.schedule.yearly import amount_on, days_of, recurring_named, yearly
from canopy.concessions.terms.charges import (
    DuctRent,
    PerUnit,
    Power,
    Recurring,
    Rent,
    SharingUplift,
)
from canopy.concessions.terms.volumes import Volume

VOLUMES: Sequence[tuple[str, Kind]] = (
    ("volume", "text"), ("unit", "text"), ("contract year", "plain"), ("first", "day"),
    ("planned, or of the other volume", "plain"), ("kept, or rate", "plain"),
    ("index factor", "part"), ("quantity", "plain"), ("source", "text"),
)  # fmt: skip
AMOUNTS: Sequence[tuple[str, Kind]] = (
    ("charge", "text"), ("side", "text"), ("from", "day"), ("rate or amount", "plain"),
    ("index factor", "part"), ("indexed rate", "plain"), ("quantity", "plain"),
    ("administration", "plain"), ("a year", "money"), ("payable", "text"),
)  # fmt: skip
SPANS: Sequence[tuple[str, Kind]] = (
    ("charge", "text"), ("metres", "plain"), ("ducts", "plain"), ("duct metres", "plain"),
)  # fmt: skip


def volumes_sheet(table: Table, live: Live) -> None:
    """Every volume in every contract year; those that follow another come after it."""
    waiting = list(live.figures.agreement.volumes)
    done: set[str] = set()
    while waiting:
        ready = [each for each in waiting if each.of is None or each.of in done]
        for volume in ready:
            for year, (first, _) in enumerate(live.figures.agreement.term.years(), 1):
                _volume(table, live, volume, year, first)
        done |= {each.name for each in ready}
        waiting = [each for each in waiting if each.name not in done]


def _volume(table: Table, live: Live, volume: Volume, year: int, first: date) -> None:
    row = table.next_row
    value = float(live.figures.volume(volume.name, year))
    beside: list[Cell]
    if volume.of is None:
        planned = volume.by_year[min(year, len(volume.by_year)) - 1]
        kept = Formula(f"=(1-{volume.churn})^{year - 1}", float((1 - volume.churn) ** (year - 1)))
        beside, text = [planned, kept, None], f"=E{row}*F{row}"
    else:
        factor = Formula(
            f"={live.factor(volume.index, first)}", float(live.figures.factor(volume.index, first))
        )
        other = Formula(
            f"={live.volumes[volume.of, year]}", float(live.figures.volume(volume.of, year))
        )
        beside, text = [other, volume.rate, factor], f"E{row}*F{row}*G{row}"
        text = f"=ROUND({text},2)" if volume.unit == "gbp" else f"={text}"
    table.add(
        volume.name, volume.unit, year, first, *beside, Formula(text, value), volume.source or ""
    )
    live.volumes[volume.name, year] = table.ref("quantity", row)


def amounts_sheet(table: Table, spans: Table | None, live: Live) -> None:
    """Yearly amounts from each day that they change on; uplifts come after what they follow."""
    agreement = live.figures.agreement
    lists: tuple[tuple[Side, Sequence[object]], ...] = (
        ("income", agreement.charges), ("cost", agreement.costs),
    )  # fmt: skip
    recurring = [
        (side, each) for side, charges in lists for each in charges if isinstance(each, Recurring)
    ]
    for side, charge in sorted(recurring, key=lambda pair: _depth(pair[1], live)):
        if spans is not None and isinstance(charge, DuctRent):
            live.spans[charge.name] = _spans(spans, charge)
        live.amounts[side, charge.name] = []
        for each in yearly(charge, live.figures):
            range_or_base = _stretch(charge, live)
            if isinstance(charge, SharingUplift):
                range_or_base = _base_cell(table, charge, each.from_day, live)
            row = table.next_row
            cells = _amount(charge, each.from_day, row, live, range_or_base)
            table.add(
                charge.name, side, each.from_day, *cells,
                "yes" if each.pence is not None else "no",
            )  # fmt: skip
            live.amounts[side, charge.name].append(
                AmountCell(each.from_day, table.ref("a year", row), each.pence is None)
            )


def _depth(charge: Recurring, live: Live) -> int:
    if isinstance(charge, SharingUplift):
        return 1 + _depth(recurring_named(charge.of, live.figures), live)
    return 0


def _spans(spans: Table, charge: DuctRent) -> str:
    """Adds the spans of a charge; the range of their duct metres."""
    first = spans.next_row
    for span in charge.spans:
        row = spans.next_row
        metres = float(span.length_m * span.ducts)
        spans.add(charge.name, span.length_m, span.ducts, Formula(f"=B{row}*C{row}", metres))
    begins, ends = (spans.ref("duct metres", row) for row in (first, spans.next_row - 1))
    return f"{begins}:{ends.partition('!')[2]}"


def _amount(charge: Recurring, day: date, row: int, live: Live, range_or_base: str) -> list[Cell]:
    """Rate, factor, indexed rate, quantity, administration, and what they come to in a year.

    `range_or_base`: the duct metres of a duct's spans; of an uplift, the amount that it follows.
    """
    figures = live.figures
    value = amount_on(day, charge, figures) / 100
    if isinstance(charge, SharingUplift):
        quantity = _quantity(charge.volume, charge.sharers, day, live)
        formula = Formula(f"=ROUND(D{row}*G{row}*{range_or_base},2)", value)
        return [charge.part, None, None, quantity, None, formula]
    factor = Formula(f"={live.factor(charge.index, day)}", float(figures.factor(charge.index, day)))
    if isinstance(charge, Rent):
        amounts = [charge.amount, *(step.amount for step in charge.steps if step.from_day <= day)]
        return [amounts[-1], factor, None, None, None, Formula(f"=ROUND(D{row}*E{row},2)", value)]
    if isinstance(charge, Power):
        price = Formula(
            "=" + "+".join(f"{band.part}*{band.price}" for band in charge.tariff),
            float(sum(band.part * band.price for band in charge.tariff)),
        )
        quantity = _quantity(charge.volume, charge.quantity, day, live)
        energy = Formula(
            f"={quantity.text[1:]}*{charge.kwh_per_unit}",
            quantity.value * float(charge.kwh_per_unit),
        )
        formula = Formula(f"=ROUND(ROUND(D{row}*E{row}*G{row},2)*(1+H{row}),2)", value)
        return [price, factor, None, energy, charge.admin, formula]
    assert isinstance(charge, PerUnit | DuctRent)
    places = charge.rate_places
    rounded = round(float(charge.rate) * factor.value, places)
    rate = Formula(f"=ROUND(D{row}*E{row},{places})", rounded)
    if isinstance(charge, DuctRent):
        formula = Formula(f"=SUMPRODUCT(ROUND(F{row}*{range_or_base},2))", value)
        return [charge.rate, factor, rate, None, None, formula]
    quantity = _quantity(charge.volume, charge.quantity, day, live)
    return [charge.rate, factor, rate, quantity, None, Formula(f"=ROUND(F{row}*G{row},2)", value)]


def _quantity(volume: str | None, fixed: object, day: date, live: Live) -> Formula:
    if volume is None:
        return Formula(f"={fixed}", float(str(fixed)))
    year = live.figures.year_of(day)
    return Formula(f"={live.volumes[volume, year]}", float(live.figures.volume(volume, year)))


def _base_cell(table: Table, charge: SharingUplift, day: date, live: Live) -> str:
    """The amount, on a day, of the charge that an uplift follows.

    Where that charge has not begun or is over, it has a row of its own for the uplift.
    """
    base = recurring_named(charge.of, live.figures)
    first, last = days_of(base, live.figures)
    cells = [each for each in live.amounts["income", base.name] if each.from_day <= day]
    if first <= day <= last:
        return cells[-1].cell
    inner = _base_cell(table, base, day, live) if isinstance(base, SharingUplift) else ""
    row = table.next_row
    table.add(
        base.name, "income", day, *_amount(base, day, row, live, inner or _stretch(base, live)),
        f"no: only for {charge.name}",
    )  # fmt: skip
    return table.ref("a year", row)


def _stretch(charge: Recurring, live: Live) -> str:
    return live.spans.get(charge.name, "")


def year_parts(
    cells: Sequence[AmountCell], first: date, last: date
) -> list[tuple[AmountCell, int]]:
    """Amounts between two days, each with its number of days; what is free left out."""
    found = []
    for at, each in enumerate(cells):
        begins = max(each.from_day, first)
        until = last if at + 1 == len(cells) else min(cells[at + 1].from_day - ONE_DAY, last)
        if not each.is_free and begins <= until:
            found.append((each, (until - begins).days + 1))
    return found


def contract_year(live: Live, number: int) -> tuple[date, date]:
    """The first day of a contract year, and of the next."""
    start = live.figures.agreement.term.start
    return add_months(start, 12 * (number - 1)), add_months(start, 12 * number)

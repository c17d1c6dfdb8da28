"""The sheets of a workbook that its schedule is computed from; those without a row are left out."""

from __future__ import annotations

from collections.abc import Sequence

import xlsxwriter

from canopy.concessions.appraisal.book import amounts, indexes, yearly_sums
from canopy.concessions.appraisal.book.live import Live
from canopy.concessions.appraisal.book.table import Kind, Styles, Table
from canopy.concessions.appraisal.sheets import price_month
from canopy.concessions.appraisal.value import Valuation
from canopy.concessions.indexation.series import Reading
from canopy.concessions.schedule.figures import Figures
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.charges import (
    DuctRent,
    Guarantee,
    MeteredPower,
    Recurring,
    RevenueShare,
)


def live_sheets(book: xlsxwriter.Workbook, valuation: Valuation, styles: Styles) -> Live:
    """Adds the sheets, and tells where their cells are."""
    agreement = valuation.agreement
    live = Live(Figures(agreement, valuation.indices, valuation.meters))
    kinds = {type(each) for each in (*agreement.charges, *agreement.costs)}

    def table(name: str, columns: Sequence[tuple[str, Kind]]) -> Table:
        return Table(book.add_worksheet(name), styles, columns)

    prices = _prices(valuation)
    if prices or any(rule.follows for rule in agreement.index_rules):
        indexes.figures_sheet(table("Indexes", indexes.FIGURES), live, valuation.indices, prices)
    if agreement.index_rules:
        changes = table("Yearly changes", indexes.CHANGES)
        reviews = table("Reviews", indexes.REVIEWS)
        indexes.rules_sheets(changes, reviews, live, valuation.indices)
    if agreement.volumes:
        amounts.volumes_sheet(table("Volumes", amounts.VOLUMES), live)
    if any(issubclass(kind, Recurring) for kind in kinds):
        spans = table("Spans", amounts.SPANS) if DuctRent in kinds else None
        amounts.amounts_sheet(table("Amounts", amounts.AMOUNTS), spans, live)
    if MeteredPower in kinds:
        yearly_sums.energy_sheet(table("Energy", yearly_sums.ENERGY), live)
    if RevenueShare in kinds:
        yearly_sums.shares_sheet(table("Shares", yearly_sums.SHARES), live)
    if Guarantee in kinds:
        every_line = schedule(agreement, valuation.indices, valuation.meters)
        guarantees = table("Guarantees", yearly_sums.GUARANTEES)
        yearly_sums.guarantees_sheet(guarantees, live, every_line)
    return live


def _prices(valuation: Valuation) -> list[Reading]:
    """The figures that the levels of prices look at; none where prices are not known."""
    if valuation.years[0].price_level is None:
        return []
    series = valuation.indices[valuation.basis.deflator]
    return [
        reading
        for at in range(1, len(valuation.years))
        for reading in indexes.months_of_change(series, price_month(valuation, at))
    ]

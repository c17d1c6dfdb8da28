"""The commercial model: every agreement and new site as one cash flow, and how unsure it is.

Money of agreements and prices of new sites are exempt: the public edition has the income of all
agreements together, of years in which enough pay that it tells of none, and what income is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from canopy.concessions.montecarlo.sensitivity import Swing as Swung
from canopy.plan.cashflow.gathering import CashFlow
from canopy.plan.cashflow.ranges import Ranges
from canopy.plan.cashflow.rows import CashRow, YearCash, by_name, by_year
from canopy.plan.report.material import Material
from canopy.plan.report.sections.summary import AGREEMENT
from canopy.plan.report.telling import figure_table, kind_words, number
from canopy.render.report.charts import Swing, YearRange, ranges_svg, swings_svg
from canopy.render.report.document import Block, Bullets, Column, Figure, Table, Text

_INPUTS: Mapping[str, str] = {
    "take-up": "Take-up", "fee": "Price", "revenue": "Operators' revenue", "share": "Share",
    "churn": "Lettings lost", "capital": "Capital cost", "inflation": "Inflation",
}  # fmt: skip


def commercial_blocks(material: Material) -> Iterator[Block]:
    """One cash flow, by whom and what, ranges, and the agreement that the scenario values."""
    cash = material.cash
    if not cash.rows:
        yield Text(text="There is neither an agreement nor a new site with money.", is_warning=True)
    else:
        yield Text(
            text="Every live agreement of the register and every chosen site are one cash flow, by "
            "financial year, in each year's own money."
        )
    yield from _public(cash)
    yield from _uses(material)
    if cash.rows:
        yield _whole(material)
        named: tuple[tuple[str, Callable[[CashRow], str]], ...] = (
            ("kind of asset", lambda row: kind_words(row.kind)),
            ("operator", lambda row: row.operator), ("ward", lambda row: row.ward),
        )  # fmt: skip
        for what, name in named:
            yield _parts(cash, what, name)
    yield from _ranges(cash)
    yield from _left_out(cash)
    yield from _valued(material)


def _public(cash: CashFlow) -> Iterator[Block]:
    """What may be told to everybody."""
    rows = [each for each in cash.rows if each.source == "agreement" and each.account == "income"]
    sums = {year: sum(each.pence.get(year, 0) for each in rows) for year in cash.years}
    told = [
        [f"{year}", _pounds(pence)]
        for year, pence in sums.items()
        if pence and year in cash.tellable
    ]
    if told:
        yield Table(
            caption="Income of all agreements together",
            columns=[Column(name="Financial year"), Column(name="Income", is_number=True)],
            rows=told,
            source="the register of agreements; a year in which fewer than five pay, or none, is "
            "not told",
        )


def _uses(material: Material) -> Iterator[Block]:
    if not material.words.use:
        yield Text(text="Nothing says that income is used to subsidise connectivity.")
        return
    for each in material.words.use:
        yield Text(
            text=f"Used to subsidise connectivity: {each.percent_of_income:g} % of all income from "
            f"{each.from_year}/{(each.from_year + 1) % 100:02d} on, for: {each.text} "
            f"(source: {each.source}).",
            exempt=each.exempt,
        )


def _whole(material: Material) -> Block:
    cash = material.cash
    years = by_year(cash.rows, cash.years, material.words.used)
    return Table(
        caption="One cash flow, in each year's own money", exempt=3,
        columns=[Column(name="Financial year"), *(
            Column(name=name, is_number=True)
            for name in ("Agreements", "New sites", "Running costs", "Capital", "Net",
                         "Of it for connectivity", "Stays with the council")
        )],
        rows=[
            [f"{each.year}", *(_pounds(pence) for pence in (
                each.agreements, each.new_sites, -each.running, -each.capital, each.net,
                -each.connectivity, each.left,
            ))]
            for each in years
        ] + [["All years", *_totals(years)]],
    )  # fmt: skip


def _totals(years: Sequence[YearCash]) -> list[str]:
    sums = (
        sum(each.agreements for each in years), sum(each.new_sites for each in years),
        -sum(each.running for each in years), -sum(each.capital for each in years),
        sum(each.net for each in years), -sum(each.connectivity for each in years),
        sum(each.left for each in years),
    )  # fmt: skip
    return [_pounds(each) for each in sums]


def _parts(cash: CashFlow, what: str, name: Callable[[CashRow], str]) -> Block:
    shown = cash.years[:3]
    return Table(
        caption=f"Net cash by {what}", exempt=3,
        columns=[Column(name=what.capitalize()), *(
            Column(name=f"{each}", is_number=True) for each in shown
        ), Column(name=f"All {len(cash.years)} years", is_number=True)],
        rows=[
            [each, *(_pounds(year.net) for year in years[: len(shown)]),
             _pounds(sum(year.net for year in years))]
            for each, years in by_name(cash.rows, name, cash.years).items()
        ],
    )  # fmt: skip


def _ranges(cash: CashFlow) -> Iterator[Block]:
    found = cash.ranges
    if found is None:
        yield Text(
            text=f"How far the money may stray is not known: {cash.without_ranges}.",
            is_warning=True, exempt=3,
        )  # fmt: skip
        return
    low, middle, high = found.npv
    yield Text(
        text=f"Present value, real, in prices of {cash.years[0]}: P10 {number(low, '£')}, P50 "
        f"{number(middle, '£')}, P90 {number(high, '£')}; with nothing drawn "
        f"{number(found.base_npv, '£')}. It is below nothing in {100 * found.loss:.1f} % of draws.",
        exempt=3,
    )
    yield _by_year(cash, found)
    if found.swings:
        yield _tornado(found.base_npv, found.swings)
    yield Text(text="Ranges that were drawn from:", exempt=3)
    yield Bullets(items=found.sources, exempt=3)


def _by_year(cash: CashFlow, found: Ranges) -> Block:
    title = f"Cash by year, real, in prices of {cash.years[0]}"
    pairs = list(zip(cash.years, found.by_year, strict=True))
    return Figure(
        caption=title, exempt=3,
        svg=ranges_svg(title, [YearRange(f"{year}", *row) for year, row in pairs]),
        table=Table(
            caption=title, exempt=3,
            columns=[Column(name="Financial year"), *(
                Column(name=each, is_number=True) for each in ("P10", "P50", "P90"))],
            rows=[[f"{year}", *(number(each, "£") for each in row)] for year, row in pairs],
        ),
    )  # fmt: skip


def _tornado(base_gbp: float, swings: Sequence[Swung]) -> Block:
    title = "What matters most to the present value"
    return Figure(
        caption=title, exempt=3,
        svg=swings_svg(title, base_gbp, [
            Swing(_INPUTS[each.factor], each.low_gbp, each.high_gbp) for each in swings
        ]),
        table=Table(
            caption=title, exempt=3,
            columns=[Column(name="Input"), Column(name="At its P10", is_number=True),
                     Column(name="At its P90", is_number=True)],
            rows=[[_INPUTS[each.factor], number(each.low_gbp, "£"), number(each.high_gbp, "£")]
                  for each in swings],
        ),
    )  # fmt: skip


def _left_out(cash: CashFlow) -> Iterator[Block]:
    if cash.left_out:
        yield Text(text="Not in these sums, for want of a schedule:", is_warning=True, exempt=3)
        yield Bullets(items=[f"{ref}: {reason}" for ref, reason in cash.left_out.items()], exempt=3)
    for each in cash.notes:
        yield Text(text=each, is_warning=True, exempt=3)
    if cash.sources:
        yield Text(text="Prices are taken to move as: " + "; ".join(cash.sources))


def _valued(material: Material) -> Iterator[Block]:
    if material.result.provenance.get("agreement") is None:
        return
    table = figure_table(
        "The council's account of the agreement", material.result.figures,
        lambda name: name in AGREEMENT,
    )  # fmt: skip
    yield Text(text=f"Agreement: {material.result.provenance['agreement']}", exempt=3)
    yield Table(caption=table.caption, columns=table.columns, rows=table.rows, exempt=3)


def _pounds(pence: int) -> str:
    return number(pence / 100, "£")

"""``canopy concession simulate`` and ``compare``: how unsure a value is, and other deals."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from canopy.cli.context import console
from canopy.cli.tables import print_table
from canopy.cli.terms_options import PriceLagOption, SeriesOption, TermsArgument
from canopy.concessions.terms.reading import load
from canopy.errors import Refused

DESIGNS = Literal["latin-hypercube", "sobol"]


def add_to(group: typer.Typer) -> None:
    """Add the commands to ``canopy concession``."""
    group.command("simulate")(simulate)
    group.command("compare")(compare_deals)
    group.command("prospects")(prospects)


def simulate(
    terms: TermsArgument,
    series: SeriesOption = None,
    scenario: Annotated[
        Path | None, typer.Option(help="TOML file: what prices are taken to do.")
    ] = None,
    ranges: Annotated[
        Path | None,
        typer.Option(help="TOML file with the ranges of take-up, price, churn and capital."),
    ] = None,
    price_lag_months: PriceLagOption = 2,
    draws: Annotated[int, typer.Option(min=100, max=1_000_000, help="How many.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same figures.")] = (
        20260401
    ),
    design: Annotated[
        DESIGNS, typer.Option(help="Of common factors; sobol takes a power of 2 of draws.")
    ] = "latin-hypercube",
) -> None:
    """Simulate what an agreement is worth: P10, P50 and P90, probability of loss, tornado.

    What the terms fix is certain; what hangs on take-up and price is drawn by stated ranges, and
    a guarantee tops up what it counts in every draw.
    """
    from canopy.concessions.appraisal.hanging import simplified
    from canopy.concessions.appraisal.indices import indices_for
    from canopy.concessions.appraisal.uncertainty import COUNTED_BY, Planned, portfolio_of
    from canopy.concessions.appraisal.value import Basis, value
    from canopy.concessions.indexation.ons import read_ons
    from canopy.concessions.indexation.scenario_files import read_scenario
    from canopy.concessions.montecarlo.assumed import USUAL, read_assumed
    from canopy.concessions.montecarlo.sensitivity import convergence, tornado
    from canopy.concessions.montecarlo.simulation import simulated
    from canopy.concessions.schedule.reference import schedule

    agreement = load(terms)
    assumed = None if scenario is None else read_scenario(scenario)
    published = [read_ons(path) for path in series or []]
    indices = indices_for(agreement, published, assumed, "cpi")
    chosen = USUAL if ranges is None else read_assumed(ranges)
    years = sum(1 for _ in agreement.term.years())
    planned = Planned(agreement, tuple(schedule(agreement, indices)), indices)
    drawn = portfolio_of(
        [planned], agreement.term.start, years, chosen, price_lag_months=price_lag_months
    )
    found = simulated(drawn, draws, seed, design)
    by_year = Table("year", "P10", "P50", "P90")
    for number, row in enumerate(found.by_year, 1):
        by_year.add_row(f"{number}", *(_pounds(each) for each in row))
    print_table(by_year)
    low, middle, high = found.percentiles
    for told in (
        f"NPV, real: P10 {_pounds(low)}, P50 {_pounds(middle)}, P90 {_pounds(high)}; with nothing "
        f"drawn {_pounds(found.base_npv)}",
        f"Probability of loss {found.probability_of_loss:.1%}; {draws:,} draws, seed {seed}",
        *(
            f"{swing.factor}: {_pounds(swing.low_gbp)} at its P10, {_pounds(swing.high_gbp)} at "
            "its P90"
            for swing in tornado(drawn)
        ),
    ):
        console.print(told, markup=False, soft_wrap=True)
    settled = convergence(found.npv)
    last, before = settled.estimates[-1][1], settled.estimates[max(0, len(settled.draws) - 2)][1]
    console.print(
        f"P50 moved by {_pounds(abs(last - before))} over the second half of the draws.",
        markup=False,
    )
    if planned.lines:
        by_due = value(agreement, indices, Basis(price_lag_months=price_lag_months)).real
        due = "" if by_due.pence is None else f" Here that is {_pounds(by_due.pence / 100)}."
        console.print(f"- {COUNTED_BY}{due}", markup=False, soft_wrap=True)
    for told in simplified(agreement):
        console.print(f"- {told}", markup=False, soft_wrap=True)
    for told in chosen.sources():
        console.print(f"- source: {told}", markup=False, soft_wrap=True)


def compare_deals(
    deals: Annotated[Path, typer.Argument(help="TOML file with the roll-out and the deals.")],
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the comparison to this file.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw it, with the risks, to this SVG file.")
    ] = None,
    draws: Annotated[
        int, typer.Option(min=100, max=1_000_000, help="Of the range of each present value.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same figures.")] = (
        20260401
    ),
) -> None:
    """Compare deal structures on the same assets: value, its range, return, who bears which risk.

    NPV is that of the plan; P10 and P90 are drawn by the file's [ranges], the usual ones where
    it has none, all deals on the same futures.
    """
    from canopy.concessions.appraisal.comparison import compare, read_asked

    found = compare(read_asked(deals), draws=draws, seed=seed)
    table = Table(
        "deal", "NPV", "P10 to P90", "loss", "IRR", "payback", "worst year", "most laid out",
        "council bears",
    )  # fmt: skip
    for row in found.rows:
        spread = found.ranges[row.name]
        table.add_row(
            row.name, _pounds(row.npv_gbp),
            f"{_pounds(spread.p10_gbp)} to {_pounds(spread.p90_gbp)}",
            f"{spread.probability_of_loss:.1%}",
            "none" if row.irr.rate is None else f"{row.irr.rate:.2%}",
            "none" if row.payback_years is None else f"{row.payback_years:.1f} years",
            _pounds(row.worst_year_gbp), _pounds(row.most_outlaid_gbp),
            ", ".join(row.council_bears) or "nothing",
        )  # fmt: skip
    print_table(table)
    console.print(
        f"Real, in prices of {found.asked.prices}, Green Book rates; {draws:,} draws, seed {seed}.",
        markup=False,
    )
    for told in found.asked.sources():
        console.print(f"- source: {told}", markup=False, soft_wrap=True)
    if json_file is not None:
        rows = [
            {"name": row.name, "npv_gbp": row.npv_gbp, **asdict(found.ranges[row.name]),
             "irr": row.irr.rate,
             "payback_years": row.payback_years, "council_bears": row.council_bears}
            for row in found.rows
        ]  # fmt: skip
        _write(json_file, json.dumps(rows, indent=2))
    if plot is not None:
        from canopy.plan.deals_drawn import comparison_svg

        _write(plot, comparison_svg(found))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error
    console.print(f"Wrote {path}.", markup=False, soft_wrap=True)


def prospects(
    file: Annotated[Path, typer.Argument(help="TOML file with groups of assets and prices.")],
) -> None:
    """Tell what assets that are not let yet may bring, by group and year."""
    from canopy.concessions.appraisal.prospecting import read_asked

    asked = read_asked(file)
    table = Table("year", *(each.name for each in asked.groups), "together")
    expected = [each.income.amounts for each in asked.expected()]
    for year in range(1, asked.years + 1):
        row = [float(each[year]) for each in expected]
        table.add_row(f"{year}", *map(_pounds, row), _pounds(sum(row)))
    print_table(table)
    console.print(f"Real, in prices of {asked.prices}.", markup=False)
    for told in asked.sources():
        console.print(f"- source: {told}", markup=False, soft_wrap=True)


def _pounds(amount: float) -> str:
    return f"{amount:,.0f}"

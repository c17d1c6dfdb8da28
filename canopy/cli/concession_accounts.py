"""``canopy concession accounts``: financial and economic account, and what appraises them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from canopy.cli import concession_meters
from canopy.cli.context import DbOption, console
from canopy.cli.tables import print_table
from canopy.cli.terms_options import (
    DeflatorOption,
    FromOption,
    MeterReadingsOption,
    MeterZoneOption,
    PriceLagOption,
    RateOption,
    ScenarioOption,
    SeriesOption,
    StoredReadingsOption,
    TermsArgument,
    TimingOption,
    ToOption,
)
from canopy.concessions.rounding import pounds
from canopy.concessions.terms.reading import load
from canopy.errors import Refused

if TYPE_CHECKING:
    from canopy.concessions.appraisal.accounts.asked import Asked
    from canopy.concessions.appraisal.accounts.made import Accounts


def show_accounts(
    terms: TermsArgument,
    series: SeriesOption = None,
    scenario: ScenarioOption = None,
    from_day: FromOption = None,
    last_day: ToOption = None,
    rate: RateOption = "green-book",
    nominal_rate: Annotated[
        float | None, typer.Option(help="Nominal discount rate [%], for each year's own money.")
    ] = None,
    deflator: DeflatorOption = "cpi",
    price_lag_months: PriceLagOption = 2,
    timing: TimingOption = "middle",
    upfront: Annotated[
        Literal["first-year", "at-start"],
        typer.Option(
            help="What one-off amounts due up to the first day are: of the first year, or not "
            "discounted at all."
        ),
    ] = "first-year",
    optimism: Annotated[
        str | None,
        typer.Option(
            metavar="PROJECT|PERCENT",
            help="Added to capital in the economic account: standard-civil or another kind of "
            "project, at its published upper bound, or 44 for 44 %.",
        ),
    ] = None,
    meter_readings: MeterReadingsOption = None,
    meter_time_zone: MeterZoneOption = None,
    stored_readings: StoredReadingsOption = False,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write both accounts and all figures to this file."),
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write the rows of both accounts to this file.")
    ] = None,
    xlsx_file: Annotated[
        Path | None, typer.Option("--xlsx", help="Write both accounts, each on its own sheet.")
    ] = None,
    db: DbOption = None,
) -> None:
    """Tell the financial and the economic account of an agreement, which are never summed.

    Financial: what the council is paid and pays, by financial year, capital and revenue apart.
    Economic: benefits and costs to society, without rent, which is a transfer, and borrowing.
    """
    from canopy.concessions.appraisal.accounts import documents
    from canopy.concessions.appraisal.accounts.book import write_accounts
    from canopy.concessions.appraisal.accounts.made import accounts_of
    from canopy.concessions.appraisal.indices import indices_for
    from canopy.concessions.indexation.ons import read_ons
    from canopy.concessions.indexation.scenario_files import read_scenario

    agreement = load(terms)
    asked = _asked(
        rate, nominal_rate, deflator, timing, _day(from_day), _day(last_day), price_lag_months,
        upfront, optimism,
    )  # fmt: skip
    meters = concession_meters.read(
        agreement, meter_readings, meter_time_zone, stored=stored_readings, db=db
    )
    published = [read_ons(path) for path in series or []]
    assumed = None if scenario is None else read_scenario(scenario)
    indices = indices_for(agreement, published, assumed, deflator)
    found = accounts_of(agreement, indices, asked, meters)
    _print(found)
    if json_file is not None:
        _write(json_file, documents.as_json(found))
    if csv_file is not None:
        _write(csv_file, documents.as_csv(found))
    if xlsx_file is not None:
        write_accounts(found, xlsx_file, datetime.now(UTC))
        _say_written(xlsx_file)


def _asked(
    rate: str,
    nominal_percent: float | None,
    deflator: Literal["cpi", "cpih", "rpi"],
    timing: Literal["start", "middle", "end"],
    from_day: date | None,
    last_day: date | None,
    price_lag_months: int,
    upfront: Literal["first-year", "at-start"],
    optimism: str | None,
) -> Asked:
    from canopy.concessions.appraisal.accounts import asked
    from canopy.concessions.appraisal.value import Basis
    from canopy.concessions.valuation.discounting import flat_nominal

    nominal = None
    if nominal_percent is not None:
        nominal = flat_nominal(
            nominal_percent / 100, f"nominal, {nominal_percent:g} %, as given on the command line"
        )
    return asked.Asked(
        Basis(
            asked.real_rate(rate), nominal, deflator, timing, from_day, last_day, price_lag_months
        ),
        upfront,
        asked.NO_OPTIMISM if optimism is None else asked.optimism(optimism),
    )


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _print(found: Accounts) -> None:
    from canopy.concessions.appraisal.accounts.rows import FIGURES, figures

    console.print(f"{found.agreement.ref}, {found.agreement.title}", markup=False)
    print_table(_financial(found))
    if found.economic is not None:
        print_table(_economic(found))
    else:
        told = f"No economic account and no real figures: {found.reason}"
        console.print(told, markup=False, soft_wrap=True)
    table = Table(*FIGURES, title="Appraisal")
    for row in figures(found):
        table.add_row(*row)
    print_table(table)
    for told in (
        *(f"- {each}" for each in found.assumptions),
        *(f"- source: {each}" for each in found.sources),
    ):
        console.print(told, markup=False, soft_wrap=True)


def _financial(found: Accounts) -> Table:
    table = Table(
        "financial year", "account", "income", "cost", "net", "borrowed", "repaid",
        title="Financial account: the council's cash, each year's own money, without VAT",
    )  # fmt: skip
    for each in found.years:
        money = (each.income_pence, each.cost_pence, each.net_pence, each.borrowed_pence)
        table.add_row(f"{each.year}", each.account, *map(_money, money), _money(each.repaid_pence))
    return table


def _economic(found: Accounts) -> Table:
    from canopy.concessions.appraisal.accounts.documents import economic_rows

    table = Table(
        "line", "side", "part", "sum, real", title="Economic account: society's, real, undiscounted"
    )
    sums: dict[tuple[str, str, str], int] = {}
    for row in economic_rows(found):
        at = (row[6], row[5], row[4])
        sums[at] = sums.get(at, 0) + row[-1]
    for (name, side, part), pence in sums.items():
        table.add_row(name, side, part, _money(pence))
    return table


def _money(amount_pence: int) -> str:
    return f"{pounds(amount_pence):,.2f}"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error
    _say_written(path)


def _say_written(path: Path) -> None:
    console.print(f"Wrote {path}.", markup=False, soft_wrap=True)

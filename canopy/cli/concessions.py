"""``canopy concession``: what the terms of an agreement say, and what they are worth."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from canopy.cli import (
    concession_accounts,
    concession_code,
    concession_meters,
    concession_whatif,
)
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
from canopy.concessions.terms.reading import json_schema, load
from canopy.errors import BadTerms, Refused

if TYPE_CHECKING:
    from canopy.concessions.appraisal.value import Basis, Valuation, Worth
    from canopy.concessions.valuation.discounting import RealDiscount
    from canopy.concessions.valuation.returns import Irr

GREEN_BOOK_WORD = "green-book"


def commands() -> typer.Typer:
    """The subcommands of ``canopy concession``."""
    group = typer.Typer(
        help="Terms of leases, licences and concessions, and what they are worth.",
        no_args_is_help=True,
    )
    group.command("value")(value_terms)
    group.command("accounts")(concession_accounts.show_accounts)
    group.command("check")(check)
    group.command("schema")(schema)
    concession_whatif.add_to(group)
    concession_code.add_to(group)
    return group


def check(terms: TermsArgument) -> None:
    """Check a terms file. Every wrong field is told at once, with the rule that it breaks."""
    try:
        agreement = load(terms)
    except BadTerms as refusal:
        for each in refusal.members.get("errors", []):  # type: ignore[attr-defined]
            told = f"{each['field']}: {each['rule']}"
            console.print(told, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    console.print(
        f"{agreement.ref} is in order: {agreement.kind}, {agreement.term.start} to "
        f"{agreement.term.end}, {len(agreement.charges)} charges, {len(agreement.costs)} costs.",
        markup=False,
        soft_wrap=True,
    )


def schema() -> None:
    """Print the JSON Schema of a terms file, for editors that help while one writes."""
    typer.echo(json.dumps(json_schema(), indent=2))


def value_terms(
    terms: TermsArgument,
    series: SeriesOption = None,
    scenario: ScenarioOption = None,
    from_day: FromOption = None,
    last_day: ToOption = None,
    rate: RateOption = GREEN_BOOK_WORD,
    nominal_rate: Annotated[
        float | None,
        typer.Option(help="Nominal discount rate [%], for the value in each year's own money."),
    ] = None,
    deflator: DeflatorOption = "cpi",
    meter_readings: MeterReadingsOption = None,
    meter_time_zone: MeterZoneOption = None,
    stored_readings: StoredReadingsOption = False,
    price_lag_months: PriceLagOption = 2,
    timing: TimingOption = "middle",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all figures to this file.")
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write the dated schedule to this file.")
    ] = None,
    xlsx_file: Annotated[
        Path | None,
        typer.Option("--xlsx", help="Write a workbook whose totals are live formulas."),
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Print the dated schedule too.")] = False,
    db: DbOption = None,
) -> None:
    """Value an agreement: dated schedule, totals by financial year, present value, return, cover.

    Real and nominal figures are kept apart. What cannot be told is left out with the reason.
    """
    from canopy.concessions.appraisal import documents
    from canopy.concessions.appraisal.indices import indices_for
    from canopy.concessions.appraisal.value import value
    from canopy.concessions.appraisal.workbook import write_workbook
    from canopy.concessions.indexation.ons import read_ons
    from canopy.concessions.indexation.scenario_files import read_scenario

    agreement = load(terms)
    published = [read_ons(path) for path in series or []]
    assumed = None if scenario is None else read_scenario(scenario)
    basis = _basis(
        rate, nominal_rate, deflator, timing, _day(from_day), _day(last_day), price_lag_months
    )
    meters = concession_meters.read(
        agreement, meter_readings, meter_time_zone, stored=stored_readings, db=db
    )
    indices = indices_for(agreement, published, assumed, deflator)
    valuation = value(agreement, indices, basis, meters)
    _print(valuation, lines)
    if json_file is not None:
        _write(json_file, documents.as_json(valuation))
    if csv_file is not None:
        _write(csv_file, documents.as_csv(valuation.lines, agreement.ref, valuation.deposit))
    if xlsx_file is not None:
        write_workbook(valuation, xlsx_file, datetime.now(UTC))
        _say_written(xlsx_file)


def _basis(
    rate: str,
    nominal_percent: float | None,
    deflator: Literal["cpi", "cpih", "rpi"],
    timing: Literal["start", "middle", "end"],
    from_day: date | None,
    last_day: date | None,
    price_lag_months: int,
) -> Basis:
    from canopy.concessions.appraisal.value import Basis
    from canopy.concessions.valuation.discounting import flat_nominal

    nominal = None
    if nominal_percent is not None:
        nominal = flat_nominal(
            nominal_percent / 100, f"nominal, {nominal_percent:g} %, as given on the command line"
        )
    return Basis(_real_rate(rate), nominal, deflator, timing, from_day, last_day, price_lag_months)


def _real_rate(rate: str) -> RealDiscount:
    from canopy.concessions.appraisal.accounts.asked import real_rate

    try:
        return real_rate(rate)
    except Refused as refusal:
        raise typer.BadParameter(f"--rate: {refusal.detail}") from None


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _print(valuation: Valuation, with_lines: bool) -> None:
    agreement = valuation.agreement
    if with_lines:
        print_table(_schedule_table(valuation))
    print_table(_years_table(valuation))
    if valuation.cover:
        print_table(_cover_table(valuation))
    net = valuation.income_pence - valuation.cost_pence
    for told in (
        f"{agreement.ref}, {agreement.title} ({agreement.currency})",
        f"Income {_money(valuation.income_pence)}, cost {_money(valuation.cost_pence)}, "
        f"net {_money(net)}, in each year's own money",
        f"NPV, real: {_worth(valuation.real)}",
        f"NPV, nominal: {_worth(valuation.nominal)}",
        f"IRR, real: {_irr(valuation.real_irr)}",
        f"IRR, nominal: {_irr(valuation.nominal_irr)}",
        *(f"- {each}" for each in valuation.assumptions),
        *(f"- source: {each}" for each in valuation.sources),
    ):
        console.print(told, markup=False, soft_wrap=True)


def _schedule_table(valuation: Valuation) -> Table:
    table = Table("due", "for", "charge", "what", "net", "VAT", "assumed")
    for line in valuation.lines:
        sign = -1 if line.side == "cost" else 1
        table.add_row(
            f"{line.due}", f"{line.first} to {line.last}", line.charge, line.what,
            _money(sign * line.net_pence), _money(line.vat_pence), "yes" if line.assumed else "",
        )  # fmt: skip
    for each in valuation.deposit:
        day = f"{each.day}"
        table.add_row(day, "", "deposit", each.what, f"held: {_money(each.pence)}", "", "")
    return table


def _years_table(valuation: Valuation) -> Table:
    table = Table("financial year", "account", "income", "cost", "net")
    for account, totals in valuation.financial_years.items():
        for year, total in totals.items():
            income, cost = total.income_pence, total.cost_pence
            table.add_row(f"{year}", account, _money(income), _money(cost), _money(income - cost))
    return table


def _cover_table(valuation: Valuation) -> Table:
    table = Table("contract year", "guaranteed", "costs", "cover", "")
    for year in valuation.cover:
        table.add_row(
            f"{year.number}", _money(year.guaranteed_pence), _money(year.cost_pence),
            "" if year.ratio is None else f"{year.ratio:.2f}", "low" if year.flagged else "",
        )  # fmt: skip
    return table


def _money(amount_pence: int) -> str:
    return f"{pounds(amount_pence):,.2f}"


def _worth(worth: Worth) -> str:
    return _money(worth.pence) if worth.pence is not None else f"none: {worth.reason}"


def _irr(found: Irr) -> str:
    return f"{found.rate:.4%}" if found.rate is not None else f"none: {found.reason}"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error
    _say_written(path)


def _say_written(path: Path) -> None:
    console.print(f"Wrote {path}.", markup=False, soft_wrap=True)

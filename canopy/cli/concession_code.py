"""``canopy concession code-value`` and ``renewals``: the Electronic Communications Code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from canopy.cli.context import DbOption, console, database_for, settings_for
from canopy.cli.tables import print_table
from canopy.errors import Refused

if TYPE_CHECKING:
    from canopy.concessions.appraisal.code_asking import SiteTold
    from canopy.concessions.appraisal.inputs import Inputs
    from canopy.concessions.valuation.comparables import Comparable

_GBP = "GBP"
BASIS = (
    "Consideration is the sum of the three, on the assumption that the right is not for a network "
    "(Communications Act 2003, Schedule 3A, paragraph 24). It is a sum for a negotiation, not a "
    "valuation. Market rents of before the Code are on another basis, and compensation is no rent."
)


def add_to(group: typer.Typer) -> None:
    """Add the commands to ``canopy concession``."""
    group.command("renewals")(show_renewals)
    group.command("code-value")(show_code_value)


def show_code_value(
    sites: Annotated[
        Path | None, typer.Argument(help="TOML file with sites; or say one by the options.")
    ] = None,
    site: Annotated[
        str | None,
        typer.Option(
            metavar="bare-rural|greenfield|rooftop|street-furniture",
            help="Kind of site: bare land, a rooftop, or street furniture.",
        ),
    ] = None,
    other_use: Annotated[
        str | None,
        typer.Option(metavar=_GBP, help="A year, let for something else than a network."),
    ] = None,
    benefits: Annotated[
        str | None,
        typer.Option(metavar=_GBP, help="A year, to the operator beyond the bare site."),
    ] = None,
    burdens: Annotated[
        str | None,
        typer.Option(metavar=_GBP, help="A year, to the council beyond those of the other use."),
    ] = None,
    compensation: Annotated[
        str, typer.Option(metavar=_GBP, help="A year, for loss and damage; told apart.")
    ] = "0",
    passing: Annotated[
        str | None, typer.Option(metavar=_GBP, help="The rent a year now, where it is let.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all figures to this file.")
    ] = None,
) -> None:
    """Tell what sites are worth under the Code, with the network left out, beside published rents.

    Every figure is the council's own; decisions of tribunals and market rents of before the Code
    stand beside it, each with its source, on two bases that are never put together.
    """
    from canopy.concessions.appraisal import code_asking

    given = {
        "site": site, "other_use_gbp": other_use, "benefits_gbp": benefits, "burdens_gbp": burdens,
    }  # fmt: skip
    if sites is not None and any(each is not None for each in (*given.values(), passing)):
        raise Refused("sites are given by a file or one by options, not by both")
    if sites is not None:
        asked = code_asking.read_sites(sites)
    else:
        one = {name: said for name, said in given.items() if said is not None}
        more = {} if passing is None else {"passing_gbp": passing}
        named = {"name": "the site", "source": "as given on the command line"}
        asked = code_asking.site_of({**named, **one, **more, "compensation_gbp": compensation})
    found = code_asking.told(asked)
    for each in found:
        for line in _site_told(each):
            console.print(line, markup=False, soft_wrap=True)
    effect = code_asking.effect_of(found)
    if len(effect.renewals) > 1:
        console.print(
            f"Together {_exact(effect.passing_gbp)} a year now for {len(effect.renewals)} sites "
            f"that are let, {_exact(effect.low_gbp)} under the Code.",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    console.print(BASIS, markup=False, soft_wrap=True)
    if json_file is not None:
        try:
            text = json.dumps(code_asking.as_document(found), ensure_ascii=False, indent=2)
            json_file.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise Refused(f"{json_file} cannot be written: {error.strerror}") from error
        console.print(f"Wrote {json_file}.", markup=False, soft_wrap=True)


def _site_told(told: SiteTold) -> Iterator[str]:
    asked, value = told.asked, told.value
    yield f"{asked.name} ({asked.site}), by the year:"
    yield f"  another use {_exact(asked.other_use_gbp)}"
    yield f"  benefits to the operator {_exact(asked.benefits_gbp)}"
    yield f"  burdens of the council {_exact(asked.burdens_gbp)}"
    yield f"  consideration {_exact(value.consideration_gbp)}: {told.placed}"
    yield f"  compensation, apart {_exact(value.compensation_gbp)}"
    if asked.passing_gbp is not None:
        change = value.consideration_gbp - float(asked.passing_gbp)
        yield f"  rent now {_exact(asked.passing_gbp)}: {change:+,.2f} at renewal"
    yield from _published("under the Code, no network", value.published, value.compared_with)
    yield from _published("market rents of before 28 December 2017", told.market_range, told.market)
    yield f"  - source of the figures: {asked.source}"


def _published(
    basis: str, between: tuple[float, float] | None, found: tuple[Comparable, ...]
) -> Iterator[str]:
    if between is None:
        yield f"  published, {basis}: nothing of such a site"
        return
    yield f"  published, {basis}: {_exact(between[0])} to {_exact(between[1])}"
    for each in found:
        unseen = "" if each.seen else " (cited from memory; verify it)"
        yield f"    {_exact(each.yearly_gbp)} of {each.year}, {each.name}: {each.source}{unseen}"


def _exact(amount: Decimal | float) -> str:
    return f"£{amount:,.2f}"


def show_renewals(
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="A day in the financial year; today's."),
    ] = None,
    series: Annotated[
        list[Path] | None,
        typer.Option(
            help="ONS time series (CSV) of an index, instead of the set folder's; repeatable."
        ),
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option(help="TOML file: what prices are taken to do.")
    ] = None,
    db: DbOption = None,
) -> None:
    """Tell what renewing old leases of the register under the Code would do to their rents.

    A letting whose rent is not known is left out with the reason, not counted as nought.
    """
    from canopy.assets.queries import kinds_by_ref, now_utc
    from canopy.concessions.appraisal.renewals import renewals
    from canopy.concessions.calendar.financial_years import FinancialYear
    from canopy.concessions.register.valuing import Schedules, counted
    from canopy.plan.metering.stored import opened_meters

    settings = settings_for(db)
    given = _inputs(series, scenario)
    with database_for(settings) as database, database.reading() as session:
        held = counted(session)
        refs = [asset.ref for each in held for asset in each.agreement.assets]
        kinds = kinds_by_ref(session, refs)
        with opened_meters(database, settings.db_lock_timeout_s) as meters:
            earners = Schedules(settings.concession_inputs, meters, given).earners(held)
    year = FinancialYear.of((now_utc() if on is None else on).date())
    effect, left_out = renewals(earners, kinds, year)
    table = Table("letting", f"rent in {year}", "under the Code, low", "high")
    for each in effect.renewals:
        table.add_row(
            each.ref, _pounds(each.passing_gbp),
            "" if each.low_gbp is None else _pounds(each.low_gbp),
            "" if each.high_gbp is None else _pounds(each.high_gbp),
        )  # fmt: skip
    print_table(table)
    together = (
        f"Together {_pounds(effect.passing_gbp)} now, {_pounds(effect.low_gbp)} to "
        f"{_pounds(effect.high_gbp)} by published figures ({effect.summed} lettings)."
        if effect.summed
        else "No letting can be summed."
    )
    for told in (
        together,
        *(f"nothing is published of such a site: {each}" for each in effect.without_comparable),
        *(f"left out, {reason}: {each}" for each, reason in left_out.items()),
    ):
        console.print(told, markup=False, soft_wrap=True)


def _inputs(series: list[Path] | None, scenario: Path | None) -> Inputs | None:
    """None where neither is given: then the set folder's are taken."""
    from canopy.concessions.appraisal.inputs import Inputs
    from canopy.concessions.indexation.ons import read_ons
    from canopy.concessions.indexation.scenario_files import read_scenario

    if not series and scenario is None:
        return None
    return Inputs(
        tuple(read_ons(path) for path in series or []),
        None if scenario is None else read_scenario(scenario),
    )


def _pounds(amount: float) -> str:
    return f"{amount:,.0f}"

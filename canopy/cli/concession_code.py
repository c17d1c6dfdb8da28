"""``canopy concession renewals``: rents under the Electronic Communications Code."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from canopy.cli.context import DbOption, console, database_for, settings_for

if TYPE_CHECKING:
    from canopy.concessions.appraisal.inputs import Inputs


def add_to(group: typer.Typer) -> None:
    """Add the commands to ``canopy concession``."""
    group.command("renewals")(show_renewals)


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
    console.print(table)
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

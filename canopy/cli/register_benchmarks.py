"""``canopy register benchmarks``: rents compared, like with like."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer
from rich.table import Table

from canopy.assets.queries import kinds_by_ref, now_utc
from canopy.cli.context import DbOption, console, database_for, settings_for
from canopy.cli.tables import print_table
from canopy.concessions.appraisal.benchmarks import Benchmarks, RentGroup, benchmarks
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.register.valuing import Schedules, counted


def add_to(group: typer.Typer) -> None:
    """Add the command to ``canopy register``."""
    group.command("benchmarks")(show)


def show(
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="A day in the financial year; today's."),
    ] = None,
    db: DbOption = None,
) -> None:
    """Compare rents by kind of asset, type of charge and valuation basis, beside published ones.

    A rent is pounds for one asset and a whole year in force.
    """
    settings = settings_for(db)
    day = now_utc().date() if on is None else on.date()
    with database_for(settings) as database, database.reading() as session:
        held = counted(session)
        refs = [asset.ref for each in held for asset in each.agreement.assets]
        kinds = kinds_by_ref(session, refs)
    earners = Schedules(settings.concession_inputs).earners(held)
    found = benchmarks(earners, kinds, FinancialYear.of(day))
    print_table(_groups(found))
    for group in found.groups:
        for line in _told(group):
            console.print(line, markup=False, soft_wrap=True)
    for ref, reason in found.left_out.items():
        console.print(f"left out, {reason}: {ref}", markup=False, soft_wrap=True)


def _groups(found: Benchmarks) -> Table:
    table = Table(
        "asset", "charge", "basis", "agreements", "lower quartile", "median", "upper quartile",
        title=f"Rents of {found.year}",
    )  # fmt: skip
    for each in found.groups:
        table.add_row(
            each.key.asset_kind, each.key.charge, each.key.basis, f"{len(each.rents)}",
            _money(each.lower_quartile), _money(each.median), _money(each.upper_quartile),
        )  # fmt: skip
    return table


def _told(group: RentGroup) -> Iterator[str]:
    key = group.key
    yield f"{key.asset_kind}, {key.charge}, {key.basis}:"
    for each in group.rents:
        part = "" if each.part is None else f", {each.part:+.1%}"
        yield (
            f"  {each.ref}: £{_money(each.yearly)}, {each.difference:+,.2f} from the median{part}"
        )
    for known in group.published:
        unseen = "" if known.seen else " (cited from memory; verify it)"
        yield (
            f"  published: £{known.yearly_gbp:,.2f} of {known.year}, {known.name}: "
            f"{known.source}{unseen}"
        )


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"

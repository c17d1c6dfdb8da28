"""``canopy iot saving``: what sensing saved, by formulas whose inputs have sources."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from canopy.assets.queries import now_utc
from canopy.cli.context import DbOption, console, database_for, local_principal, settings_for
from canopy.errors import Refused
from canopy.iot.savings import recording
from canopy.iot.savings.recording import FORMULAS, Input, SavingLine

_MOST_LISTED = 10_000
DayOption = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


def commands() -> typer.Typer:
    """The group's commands."""
    group = typer.Typer(help="What sensing saves.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_savings)
    group.command("withdraw")(withdraw)
    return group


def add(
    datastream: Annotated[int, typer.Argument(min=1, help="Number of the datastream.")],
    formula: Annotated[str, typer.Argument(help=f"{' or '.join(FORMULAS)}.")],
    given: Annotated[
        list[str],
        typer.Option("--input", help='NAME=NUMBER=SOURCE: "visits_avoided=12=Round log 2025/26".'),
    ],
    first_on: DayOption,
    last_on: DayOption,
    db: DbOption = None,
) -> None:
    """Reckon and store a saving of a datastream in a period; both days are in it."""
    inputs = dict(_input(each) for each in given)
    period = (first_on.date(), last_on.date())
    with database_for(settings_for(db)) as database, database.writing() as session:
        made = recording.add_saving(
            session, datastream, formula, inputs, period, local_principal().name, now_utc()
        )
    _say(_told(made))


def _input(given: str) -> tuple[str, Input]:
    parts = given.split("=", 2)
    if len(parts) != 3:
        raise Refused(f"--input takes NAME=NUMBER=SOURCE; {given[:60]!r} is not that.")
    name, value, source = parts
    return name, recording.input_of(name, value, source)


def list_savings(db: DbOption = None) -> None:
    """List savings, with formula, inputs, their sources and pounds."""
    with database_for(settings_for(db)) as database, database.reading() as session:
        found, _ = recording.savings(session, 0, _MOST_LISTED)
    for each in found:
        _say(_told(each))
    total = sum((each.result_gbp for each in found), Decimal(0))
    _say(f"Savings: {len(found):,}, £{total:,.2f} together.")


def _told(line: SavingLine) -> str:
    inputs = "; ".join(f"{name} {each.value} ({each.source})" for name, each in line.inputs.items())
    return (
        f"{line.number}: datastream {line.datastream}, {line.first_on} to {line.last_on}, "
        f"£{line.result_gbp:,.2f} = {line.words}; {inputs}"
    )


def withdraw(
    number: Annotated[int, typer.Argument(min=1, help="Number of the saving.")],
    db: DbOption = None,
) -> None:
    """Take a saving back: it counts no more."""
    with database_for(settings_for(db)) as database, database.writing() as session:
        recording.withdraw_saving(session, number, now_utc())
    _say(f"Saving {number} is withdrawn.")


def _say(text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)

"""``canopy asset``: one asset at a time."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from canopy.access.rules import Role
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.history import AssetHistory, history
from canopy.cli.context import (
    AudienceOption,
    DbOption,
    audience_principal,
    console,
    database_for,
    settings_for,
)


def commands() -> typer.Typer:
    """The subcommands of ``canopy asset``."""
    group = typer.Typer(help="One asset and its past.", no_args_is_help=True)
    group.callback()(_group)
    group.command("history")(show_history)
    return group


def _group() -> None:
    """One asset and its past."""


def show_history(
    reference: Annotated[str, typer.Argument(help="The asset's id, ref, or source/ref.")],
    audience: AudienceOption = Role.admin,
    db: DbOption = None,
) -> None:
    """Who changed an asset, when, why, from what to what."""
    settings = settings_for(db)
    with database_for(settings) as database, database.reading() as session:
        found = history(session, reference, audience_principal(audience), SensitivityPolicy())
    _print(found)


def _print(found: AssetHistory) -> None:
    console.print(f"{found.kind} {found.asset_id}", markup=False)
    table = Table("version", "when (UTC)", "who", "why", "field", "was", "is")
    for entry in found.entries:
        shown = [entry.version, f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.author, entry.reason]
        names = sorted(entry.before.keys() | entry.after.keys()) or [entry.action]
        for name in names:
            values = (_text(entry.before.get(name)), _text(entry.after.get(name)))
            table.add_row(*(str(value) for value in shown), name, *values)
            shown = ["", "", "", ""]
    console.print(table)


def _text(value: object) -> str:
    text = "" if value is None else str(value)
    return f"{text[:60]}…" if len(text) > 60 else text

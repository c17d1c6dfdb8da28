"""``canopy asset``: one asset at a time."""

from __future__ import annotations

from typing import Annotated

import shapely
import typer

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

WKT_CHARS = 60


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
    console.print(f"{found.kind} {found.asset_id}", markup=False, style="bold", soft_wrap=True)
    for entry in found.entries:
        console.print(f"\nversion {entry.version}, {entry.action}", style="bold", end="")
        who = f" by {entry.author}" if entry.author else ""
        why = f": {entry.reason}" if entry.reason else ""
        line = f" {entry.at:%Y-%m-%d %H:%M:%S} UTC{who}{why}"
        console.print(line, markup=False, soft_wrap=True)
        for name in sorted(entry.before.keys() | entry.after.keys()):
            was, now = (_text(name, side.get(name)) for side in (entry.before, entry.after))
            change = now if name not in entry.before else f"{was} -> {now}"
            console.print(f"  {name}: {change}", markup=False, soft_wrap=True)


def _text(name: str, value: object) -> str:
    if value is None:
        return "unknown"
    return short_wkt(str(value)) if name == "geom" else str(value)


def short_wkt(wkb: str) -> str:
    """A geometry as WKT to the millimetre; a long one is cut, with its number of vertices."""
    shape = shapely.from_wkb(wkb)
    text: str = shapely.to_wkt(shape, rounding_precision=3)
    if len(text) <= WKT_CHARS:
        return text
    return f"{text[:WKT_CHARS]}… ({shapely.get_num_coordinates(shape):,} vertices)"

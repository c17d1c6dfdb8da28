"""``canopy area``: wards, designations and other areas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from canopy.assets.areas import import_areas
from canopy.assets.places import AREA_KINDS
from canopy.cli.context import DbOption, console, database_for, settings_for


def commands() -> typer.Typer:
    """The subcommands of ``canopy area``."""
    group = typer.Typer(help="Wards, conservation areas and other areas.", no_args_is_help=True)
    group.command("import")(import_file)
    return group


def import_file(
    file: Annotated[Path, typer.Argument(help="A spatial file of polygons.")],
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(AREA_KINDS)}.")],
    source: Annotated[str, typer.Option(help="Who publishes the areas: ons-wards-2024.")],
    name_column: Annotated[str | None, typer.Option(help="Column with the name.")] = None,
    code_column: Annotated[str | None, typer.Option(help="Column with the code.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer, where the file has several.")] = None,
    crs: Annotated[str | None, typer.Option(help="CRS, where the file declares none.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence, for example OGL-UK-3.0.")] = None,
    db: DbOption = None,
) -> None:
    """Load areas, replacing those the source gave before, and place every asset in them."""
    settings = settings_for(db)
    with database_for(settings, create=True) as database:
        report = import_areas(
            database, file, kind, source, layer=layer, name_column=name_column,
            code_column=code_column, crs=crs, licence=licence,
        )  # fmt: skip
    console.print(
        f"Stored {report.stored:,} areas of kind {report.kind} (name from "
        f"{report.name_column!r}, code from {report.code_column!r}; {report.repaired} repaired).",
        markup=False,
        soft_wrap=True,
    )
    console.print(f"Coordinates: {report.transformation}", markup=False, soft_wrap=True)
    console.print(f"{report.assets_placed:,} assets changed ward or designation.")

"""``canopy coverage``: where radio sites cover and where they do not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from canopy.cli.computing import ClusterOption, WorkersOption
from canopy.cli.context import console
from canopy.coverage.engine.problem import Environment
from canopy.coverage.files.bundle import Format
from canopy.coverage.propagation.p2109 import Building
from canopy.plan.coverage.request import PeopleSource, RunRequest


def commands() -> typer.Typer:
    """The subcommands of ``canopy coverage``."""
    group = typer.Typer(help="Coverage and not-spots of radio sites.", no_args_is_help=True)
    group.callback()(_group)
    group.command("run")(run_coverage)
    return group


def _group() -> None:
    """Coverage and not-spots of radio sites."""


def run_coverage(
    area: Annotated[Path, typer.Option(help="GeoJSON of polygons, such as wards.")],
    sites: Annotated[
        list[Path],
        typer.Option(help="OpenCelliD CSV, or a list of sites as Canopy writes it; repeatable."),
    ],
    tech: Annotated[str, typer.Option(help="Technology, such as lte-1800.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder for the files.")],
    area_id: Annotated[str, typer.Option(help="Property with each polygon's code.")],
    area_name: Annotated[str, typer.Option(help="Property with each polygon's name.")],
    name: Annotated[str, typer.Option(help="What the whole area is called.")] = "Whole area",
    resolution: Annotated[float, typer.Option(help="Side of a cell [m], 1 to 500.")] = 25.0,
    terrain: Annotated[
        list[Path] | None, typer.Option(help="Ground heights: file, folder or zip; repeatable.")
    ] = None,
    even_ground: Annotated[
        bool,
        typer.Option("--even-ground", help="Take even ground for sites that terrain lacks."),
    ] = False,
    environment: Annotated[
        str, typer.Option(help="dense urban, urban, suburban or rural.")
    ] = "urban",
    model: Annotated[str, typer.Option(help="auto, or one method: umi, uma, rma.")] = "auto",
    reach: Annotated[float | None, typer.Option(help="How far a site counts [m].")] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Level that counts as covered [dBm].")
    ] = None,
    load: Annotated[float, typer.Option(help="Share of time that others transmit, 0 to 1.")] = 1.0,
    people_zones: Annotated[Path | None, typer.Option(help="GeoJSON of census zones.")] = None,
    people_counts: Annotated[Path | None, typer.Option(help="CSV of people by zone.")] = None,
    people_zone_id: Annotated[str | None, typer.Option(help="Zone's code in the GeoJSON.")] = None,
    people_counts_id: Annotated[str | None, typer.Option(help="Zone's code in the CSV.")] = None,
    people_column: Annotated[str | None, typer.Option(help="Column of people.")] = None,
    indoor: Annotated[
        str | None,
        typer.Option(help="Figures indoors too: traditional or thermally-efficient buildings."),
    ] = None,
    indoor_share: Annotated[
        float, typer.Option(help="Share of places indoors that are to be served.")
    ] = 0.5,
    formats: Annotated[
        str, typer.Option(help="Between commas: cog, geopackage, geojson, kmz, png, pmtiles, csv.")
    ] = "cog,geopackage,geojson,csv",
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
) -> None:
    """Compute levels, not-spots and figures by area, and write them to a folder.

    Every assumption is printed and written beside the figures, with the hash of each input.
    """
    from canopy.plan.coverage.computing import solver_for  # numba takes a second to load
    from canopy.plan.coverage.running import run, write

    request = RunRequest(
        name=name,
        technology=tech,
        sites=tuple(sites),
        area=area,
        area_id=area_id,
        area_name=area_name,
        resolution_m=resolution,
        terrain=tuple(terrain or ()),
        people=_people(
            people_zones, people_counts, people_zone_id, people_counts_id, people_column
        ),
        reach_m=reach,
        threshold_dbm=threshold,
        load=load,
        without_terrain="even" if even_ground else "refuse",
        environment=cast("Environment", environment),
        model=model,
        indoor=cast("Building | None", indoor),
        indoor_share=indoor_share,
        formats=cast("tuple[Format, ...]", tuple(part.strip() for part in formats.split(","))),
    )
    with (
        solver_for(cluster, workers, out.parent) as solver,
        Progress(TextColumn("{task.description}"), BarColumn(), console=console) as bar,
    ):
        shown = bar.add_task("reading inputs", total=1.0)
        outcome = run(
            request,
            datetime.now(UTC),
            lambda share, doing: bar.update(shown, completed=share, description=doing),
            solver,
        )
        bar.update(shown, completed=1.0, description="writing files")
        manifest = write(outcome, out)
    table = Table("area", "place", "status", "km²", "share", "residents", title=f"{name}, {tech}")
    for row in outcome.figures:
        if row.operator == "all" and row.area_m2 > 0:
            share = "" if row.area_share is None else f"{row.area_share:.1%}"
            people = "" if row.residents is None else f"{row.residents:,.0f}"
            square_km = f"{row.area_m2 / 1e6:.2f}"
            table.add_row(row.area_name, row.place, row.status, square_km, share, people)
    console.print(table)
    for sentence in outcome.explanation:
        console.print(f"- {sentence}", markup=False, soft_wrap=True)
    console.print(f"Wrote {len(manifest.files)} files to {out}.", markup=False, soft_wrap=True)


def _people(
    zones: Path | None,
    counts: Path | None,
    zone_id: str | None,
    counts_id: str | None,
    column: str | None,
) -> PeopleSource | None:
    given = (zones, counts, zone_id, counts_id, column)
    if all(each is None for each in given):
        return None
    if zones is None or counts is None or not zone_id or not counts_id or not column:
        raise typer.BadParameter(
            "people need all of --people-zones, --people-counts, --people-zone-id, "
            "--people-counts-id and --people-column"
        )
    return PeopleSource(zones, counts, zone_id, counts_id, column)

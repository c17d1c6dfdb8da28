"""``canopy coverage``: where radio sites cover and where they do not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from canopy.access.rules import Role
from canopy.cli import coverage_options as options
from canopy.cli.computing import ClusterOption, WorkersOption
from canopy.cli.context import (
    AudienceOption,
    DbOption,
    audience_principal,
    console,
    database_for,
    settings_for,
)
from canopy.cli.coverage_options import columns, listed, overlay
from canopy.cli.tables import print_table

if TYPE_CHECKING:
    from canopy.coverage.notspots.figures import FigureRow
    from canopy.plan.coverage.asset_sites import Catalogue
    from canopy.plan.coverage.request import RunRequest
    from canopy.plan.coverage.running import Solver


def commands() -> typer.Typer:
    """The subcommands of ``canopy coverage``."""
    group = typer.Typer(help="Coverage and not-spots of radio sites.", no_args_is_help=True)
    group.callback()(_group)
    group.command("run")(run_coverage)
    group.command("broadband")(run_fixed_broadband)
    return group


def _group() -> None:
    """Coverage and not-spots of radio sites."""


def run_coverage(
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder for the files.")],
    run_file: options.RunFile = None,
    area: options.Area = None,
    area_id: options.AreaId = None,
    area_name: options.AreaName = None,
    name: options.Name = None,
    tech: options.Tech = None,
    resolution: options.Resolution = None,
    sites: options.Sites = None,
    site_mapping: options.SiteMapping = None,
    patterns: options.Patterns = None,
    site_class: options.SiteClass = None,
    node_types: options.NodeTypes = None,
    assets: options.Assets = None,
    assets_filter: options.AssetsFilter = None,
    assets_height: options.AssetsHeight = None,
    above_roof: options.AboveRoof = None,
    audience: AudienceOption = Role.public,
    db: DbOption = None,
    terrain: options.Terrain = None,
    even_ground: options.EvenGround = None,
    buildings: options.Buildings = None,
    buildings_columns: options.BuildingsColumns = None,
    buildings_height: options.BuildingsHeight = None,
    surface: options.Surface = None,
    surface_cell: options.SurfaceCell = None,
    sight: options.Sight = None,
    environment: options.Environment = None,
    model: options.Model = None,
    reach: options.Reach = None,
    threshold: options.ThresholdDbm = None,
    load: options.Load = None,
    sinr_change: options.SinrChange = None,
    clutter_height: options.ClutterHeight = None,
    delta_n_map: options.DeltaNMap = None,
    n0_map: options.SeaN0Map = None,
    indoor: options.Indoor = None,
    indoor_share: options.IndoorShare = None,
    people_zones: options.PeopleZones = None,
    people_counts: options.PeopleCounts = None,
    people_zone_id: options.PeopleZoneId = None,
    people_counts_id: options.PeopleCountsId = None,
    people_column: options.PeopleColumn = None,
    people_buildings: options.PeopleBuildings = None,
    people_points: options.PeoplePoints = None,
    people_spread_columns: options.PeopleSpread = None,
    premises: options.Premises = None,
    premises_columns: options.PremisesColumns = None,
    roads: options.Roads = None,
    roads_columns: options.RoadsColumns = None,
    footfall: options.Footfall = None,
    footfall_unit: options.FootfallUnit = None,
    counters: options.Counters = None,
    counters_columns: options.CountersColumns = None,
    aggregate: options.Aggregate = None,
    handover: options.HandoverOption = None,
    ofcom: options.Ofcom = None,
    ofcom_area: options.OfcomArea = None,
    ofcom_service: options.OfcomService = None,
    broadband: options.Broadband = None,
    postcodes: options.Postcodes = None,
    postcodes_columns: options.PostcodesColumns = None,
    measurements: options.MeasurementsOption = None,
    measurement_columns: options.MeasurementColumns = None,
    apply_calibration: options.ApplyCalibration = None,
    formats: options.Formats = None,
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
) -> None:
    """Compute levels, not-spots and figures by area, and write them to a folder.

    Every assumption is printed and written beside the figures, with the hash of each input.
    """
    given: dict[str, Any] = {
        "area": area, "area_id": area_id, "area_name": area_name, "name": name,
        "technology": tech, "resolution_m": resolution, "sites": sites,
        "site_reading.mapping": site_mapping, "site_reading.patterns": patterns,
        "site_reading.site_class": site_class, "site_reading.node_types": _types(node_types),
        "assets.kinds": listed(assets), "assets.filter": assets_filter,
        "assets.height_m": assets_height, "assets.above_roof_m": above_roof,
        "terrain": terrain, "without_terrain": _either(even_ground, "even", "refuse"),
        **_file("surface.buildings", buildings, "--buildings-columns", buildings_columns),
        "surface.height_m": buildings_height, "surface.rasters": surface,
        "surface.cell_m": surface_cell, "sight": sight, "environment": environment,
        "model": model, "reach_m": reach, "threshold_dbm": threshold, "load": load,
        "sinr_change_db": sinr_change, "clutter_height_m": clutter_height,
        "refractivity.delta_n": delta_n_map, "refractivity.sea_n0": n0_map,
        "indoor": indoor, "indoor_share": indoor_share,
        "people.zones": people_zones, "people.counts": people_counts,
        "people.zone_id": people_zone_id, "people.counts_id": people_counts_id,
        "people.count": people_column,
        **_spread(people_buildings, people_points, people_spread_columns),
        **_file("demand.premises", premises, "--premises-columns", premises_columns),
        **_file("demand.roads", roads, "--roads-columns", roads_columns),
        **_file("demand.counters", counters, "--counters-columns", counters_columns),
        "demand.footfall.file": footfall, "demand.footfall.unit": footfall_unit,
        "results.aggregate_m": _numbers("--aggregate", aggregate), "results.handover": handover,
        "results.ofcom.file": ofcom, "results.ofcom.area_id": ofcom_area,
        "results.ofcom.service": ofcom_service, "results.broadband.files": broadband,
        **_file(
            "results.broadband.postcodes", postcodes, "--postcodes-columns", postcodes_columns
        ),
        **_file("measurements", measurements, "--measurement-columns", measurement_columns),
        "measurements.apply": apply_calibration, "formats": listed(formats),
    }  # fmt: skip
    request = _request(run_file, given)
    from canopy.plan.coverage.computing import solver_for  # numba takes a second to load

    with (
        _catalogue(request, db, audience) as catalogue,
        solver_for(cluster, workers, out.parent) as solver,
    ):
        _run(request, out, solver, catalogue)


def run_fixed_broadband(
    area: Annotated[Path, typer.Option(help="GeoJSON of polygons, such as wards.")],
    area_id: Annotated[str, typer.Option(help="Property with each polygon's code.")],
    area_name: Annotated[str, typer.Option(help="Property with each polygon's name.")],
    broadband: Annotated[
        list[Path],
        typer.Option(help="Ofcom's postcode files of one year, or a folder; repeatable."),
    ],
    postcodes: Annotated[Path, typer.Option(help="Points of postcodes.")],
    postcodes_columns: Annotated[
        str, typer.Option(help="name=POSTCODE[,x=…,y=…,crs=…,value=PREMISES,layer=…].")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder for the files.")],
    name: Annotated[str, typer.Option(help="What the whole area is called.")] = "Whole area",
    resolution: Annotated[float, typer.Option(help="Side of a cell [m], 1 to 500.")] = 50.0,
) -> None:
    """Tell where fixed broadband is slow, from Ofcom's postcode files, by ward and on a grid.

    A postcode that Ofcom has no value for is unknown, and never counts as served.
    """
    from canopy.plan.coverage.broadband_alone import run_broadband, write_broadband
    from canopy.plan.coverage.request_json import broadband_request
    from canopy.plan.coverage.run_file import files_beside

    given: dict[str, Any] = {
        "name": name, "area": area, "area_id": area_id, "area_name": area_name,
        "resolution_m": resolution, "broadband.files": broadband,
        **_file("broadband.postcodes", postcodes, "--postcodes-columns", postcodes_columns),
    }  # fmt: skip
    request = broadband_request(overlay({}, given), files_beside(Path().absolute()))
    outcome = run_broadband(request, datetime.now(UTC))
    written = write_broadband(outcome, out)
    table = Table("area", "lacked", "premises without", "share", "of", "postcodes unknown")
    for row in outcome.found.rows:
        share = "" if row.share_without is None else f"{row.share_without:.1%}"
        table.add_row(
            row.area_name, row.theme, f"{row.premises_without:,.0f}", share,
            f"{row.premises:,.0f}", f"{row.postcodes_unknown:,}",
        )  # fmt: skip
    print_table(table)
    for sentence in outcome.notes:
        console.print(f"- {sentence}", markup=False, soft_wrap=True)
    console.print(f"Wrote {len(written)} files to {out}.", markup=False, soft_wrap=True)


def _request(run_file: Path | None, given: dict[str, Any]) -> RunRequest:
    """The request of a file and of options, which come before it."""
    from canopy.plan.coverage.request_json import from_document  # GDAL takes a second to load
    from canopy.plan.coverage.run_file import files_beside, read_run_file

    document = {} if run_file is None else read_run_file(run_file)
    folder = Path() if run_file is None else run_file.parent
    document = overlay({"name": "Whole area", **document}, given)
    return from_document(document, files_beside(folder.absolute()))


@contextmanager
def _catalogue(request: RunRequest, db: str | None, audience: Role) -> Iterator[Catalogue | None]:
    """The catalogue as the audience sees it, opened only where candidates are read from it."""
    if request.assets is None:
        yield None
        return
    from canopy.plan.coverage.asset_sites import Catalogue

    with database_for(settings_for(db)) as database:
        yield Catalogue(database, audience_principal(audience))


def _run(request: RunRequest, out: Path, solver: Solver, catalogue: Catalogue | None) -> None:
    from canopy.plan.coverage.running import run, write

    with Progress(TextColumn("{task.description}"), BarColumn(), console=console) as bar:
        shown = bar.add_task("reading inputs", total=1.0)
        outcome = run(
            request,
            datetime.now(UTC),
            lambda share, doing: bar.update(shown, completed=share, description=doing),
            solver,
            catalogue,
        )
        bar.update(shown, completed=1.0, description="writing files")
        manifest = write(outcome, out)
    print_table(_table(outcome.figures, f"{request.name}, {request.technology}"))
    for sentence in outcome.explanation:
        console.print(f"- {sentence}", markup=False, soft_wrap=True)
    console.print(f"Wrote {len(manifest.files)} files to {out}.", markup=False, soft_wrap=True)


def _table(figures: tuple[FigureRow, ...], title: str) -> Table:
    """Figures over all operators, of blocks and the like for the whole area alone; only
    amounts of which a layer was given have a column."""
    rows = [
        row
        for row in figures
        if row.operator == "all"
        and row.area_m2 > 0
        and (row.place in ("outdoor", "indoor") or row.area_id == "all")
    ]
    amounts = {
        heading: field
        for heading, field in (
            ("residents", "residents"), ("premises", "premises"),
            ("road m", "road_m"), ("footfall", "footfall"),
        )
        if any(getattr(row, field) is not None for row in rows)
    }  # fmt: skip
    table = Table("area", "place", "status", "km²", "share", *amounts, title=title)
    for row in rows:
        share = "" if row.area_share is None else f"{row.area_share:.1%}"
        known = [getattr(row, field) for field in amounts.values()]
        told = ["" if each is None else f"{each:,.0f}" for each in known]
        square_km = f"{row.area_m2 / 1e6:.2f}"
        table.add_row(row.area_name, row.place, row.status, square_km, share, *told)
    return table


def _file(key: str, path: Path | None, option: str, said: str | None) -> dict[str, Any]:
    """A file of features, and which of its columns mean what."""
    told = {f"{key}.{field}": column for field, column in columns(option, said).items()}
    return {f"{key}.file": path, **told}


def _spread(buildings: Path | None, points: Path | None, said: str | None) -> dict[str, Any]:
    if buildings is not None and points is not None:
        raise typer.BadParameter("give --people-buildings or --people-points, not both")
    key = "people.buildings" if buildings is not None else "people.points"
    return _file(key, buildings or points, "--people-spread-columns", said)


def _types(text: str | None) -> list[str] | None:
    return [] if text == "any" else listed(text)


def _either(asked: bool | None, yes: str, no: str) -> str | None:
    return None if asked is None else (yes if asked else no)


def _numbers(option: str, text: str | None) -> list[float] | None:
    try:
        return None if text is None else [float(part) for part in listed(text) or ()]
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {text!r} is no list of numbers") from error

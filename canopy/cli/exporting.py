"""``canopy export`` and ``canopy map``: the catalogue as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from canopy.access.rules import Role
from canopy.assets.exporters.formats import FORMATS
from canopy.assets.exporters.stamp import ExportStamp
from canopy.assets.exporters.writing import write
from canopy.assets.places import WARD
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import areas, now_utc
from canopy.assets.reading.provenance import Provenance, provenance
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.cli.context import (
    AudienceOption,
    DbOption,
    audience_principal,
    console,
    database_for,
    settings_for,
)
from canopy.cli.selecting import (
    AsOfOption,
    BboxCrsOption,
    BboxOption,
    Chosen,
    Cql2Option,
    FilterOption,
    KindsOption,
    PolygonOption,
    SourcesOption,
    WithdrawnOption,
)
from canopy.db.engine import Database
from canopy.errors import Refused
from canopy.render.folium_map import MapArea, MapReport, MapStamp, write_map
from canopy.settings import Settings

SUFFIX_FORMATS = {
    ".geojson": "geojson", ".json": "geojson", ".gpkg": "gpkg", ".csv": "csv", ".xlsx": "xlsx",
    ".zip": "shapefile", ".kml": "kml", ".parquet": "geoparquet", ".geoparquet": "geoparquet",
    ".fgb": "flatgeobuf",
}  # fmt: skip


def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write; its ending decides.")],
    fmt: Annotated[
        str | None, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help="CRS to write, EPSG:n; else the storage CRS.")
    ] = None,
    kind: KindsOption = None,
    source: SourcesOption = None,
    bbox: BboxOption = None,
    bbox_crs: BboxCrsOption = "EPSG:4326",
    polygon: PolygonOption = None,
    condition: FilterOption = None,
    cql2: Cql2Option = None,
    as_of: AsOfOption = None,
    with_withdrawn: WithdrawnOption = False,
    audience: AudienceOption = Role.public,
    licence: Annotated[str | None, typer.Option(help="Licence to state.")] = None,
    db: DbOption = None,
) -> None:
    """Write a selection of assets to a file that other programs open."""
    settings = settings_for(db)
    chosen = Chosen(kind, source, bbox, bbox_crs, polygon, condition, cql2, as_of, with_withdrawn)
    format_name = fmt or SUFFIX_FORMATS.get(out.suffix.casefold())
    if format_name is None:
        raise typer.BadParameter(f"no format belongs to {out.suffix!r}; choose one with --format")
    principal = audience_principal(audience)
    with database_for(settings) as database, database.reading() as session:
        selection = chosen.selection(database.storage_crs)
        origin = provenance(session, selection, principal, SensitivityPolicy())
        stamp = ExportStamp(
            audience=str(audience),
            title=settings.catalogue_title,
            attribution=_attribution(settings, origin),
            licence=licence or "; ".join(origin.licences) or "not stated",
            generated_at=now_utc(),
            source_note="sources: " + ", ".join(origin.sources),
            filter_text=selection.sentence(),
        )
        batches = stream(session, selection, principal, SensitivityPolicy(), database.srid)
        report = write(
            batches, out, format_name, storage_crs=database.storage_crs,
            crs=crs or database.storage_crs, stamp=stamp,
        )  # fmt: skip
    console.print(
        f"Wrote {report.assets:,} assets to {out} ({report.format}, {report.crs}, for {audience}).",
        markup=False,
        soft_wrap=True,
    )
    for line in (*report.losses, *report.notes):
        console.print(f"  {line}", markup=False, soft_wrap=True)


def make_map(
    out: Annotated[Path, typer.Option("--out", "-o", help="HTML file to write.")],
    kind: KindsOption = None,
    source: SourcesOption = None,
    bbox: BboxOption = None,
    bbox_crs: BboxCrsOption = "EPSG:4326",
    polygon: PolygonOption = None,
    condition: FilterOption = None,
    cql2: Cql2Option = None,
    as_of: AsOfOption = None,
    audience: AudienceOption = Role.public,
    db: DbOption = None,
) -> None:
    """Write the combined infrastructure map as one file that needs no network."""
    settings = settings_for(db)
    chosen = Chosen(kind, source, bbox, bbox_crs, polygon, condition, cql2, as_of)
    with database_for(settings) as database:
        report = render_map(
            database, settings, chosen.selection(database.storage_crs), audience, out
        )
    console.print(
        f"Wrote {report.assets:,} assets to {out} ({report.size_bytes / 1e6:.1f} MB, for "
        f"{audience}).",
        markup=False,
        soft_wrap=True,
    )
    for line in report.warnings:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def render_map(
    database: Database, settings: Settings, selection: Selection, audience: Role, out: Path
) -> MapReport:
    """Render a selection for an audience to one HTML file."""
    if out.suffix.casefold() not in (".html", ".htm"):
        raise Refused(f"{out} is no HTML file; name it map.html.")
    if not out.parent.is_dir():
        raise Refused(f"There is no folder {out.parent}; make it, or choose another.")
    principal = audience_principal(audience)
    with database.reading() as session:
        outlines = [
            MapArea(area.name, area.kind, area.geometry)
            for area in areas(session)
            if area.kind == WARD
        ]
        origin = provenance(session, selection, principal, SensitivityPolicy())
        stamp = MapStamp(
            audience=str(audience),
            generated_at=now_utc(),
            catalogue=settings.catalogue_title,
            attribution=_attribution(settings, origin),
            licence="; ".join(origin.licences) or None,
            filter_text=selection.sentence(),
        )
        batches = stream(session, selection, principal, SensitivityPolicy(), database.srid)
        return write_map(
            batches, out, storage_crs=database.storage_crs, stamp=stamp, areas=outlines
        )


def _attribution(settings: Settings, origin: Provenance) -> tuple[str, ...]:
    own = (settings.attribution,) if settings.attribution else ()
    return tuple(dict.fromkeys((*own, *origin.attributions)))

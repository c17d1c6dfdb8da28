"""The formats that an export can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from canopy.assets.exporters import (
    csv_text,
    flatgeobuf,
    geojson,
    geopackage,
    geoparquet,
    kml,
    shapefile,
    workbook,
)
from canopy.assets.exporters.report import Layer, Tally
from canopy.assets.exporters.selection import Selection
from canopy.assets.exporters.stamp import ExportStamp
from canopy.errors import Refused

Writer = Callable[[Selection, Path, ExportStamp, Tally], list[Layer]]


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how it is called, ends and travels, and whether it knows EPSG:4326 only."""

    name: str
    label: str
    suffix: str
    media_type: str
    write: Writer
    only_wgs84: bool = False


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("gpkg", "GeoPackage", ".gpkg", "application/geopackage+sqlite3", geopackage.write),
        Format("geojson", "GeoJSON", ".geojson", "application/geo+json", geojson.write),
        Format("csv", "CSV", ".csv", "text/csv; charset=utf-8", csv_text.write),
        Format(
            "geoparquet",
            "GeoParquet",
            ".parquet",
            "application/vnd.apache.parquet",
            geoparquet.write,
        ),
        Format(
            "xlsx",
            "Excel workbook",
            ".xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            workbook.write,
        ),
        Format("shapefile", "Shapefile (zipped)", ".zip", "application/zip", shapefile.write),
        Format(
            "kml",
            "KML",
            ".kml",
            "application/vnd.google-earth.kml+xml",
            kml.write,
            only_wgs84=True,
        ),
        Format("flatgeobuf", "FlatGeobuf", ".fgb", "application/flatgeobuf", flatgeobuf.write),
    )
}
"""By the name that ``--format`` takes."""


def format_named(name: str) -> Format:
    """The format called `name`; Refused, with the names there are, when there is none."""
    found = FORMATS.get(name.lower())
    if found is None:
        raise Refused(f"There is no export format {name!r}; choose one of {', '.join(FORMATS)}.")
    return found

"""Layers of a plan as GeoPackage with styles, Shapefile, KMZ, GeoParquet and CSV."""

from __future__ import annotations

import csv
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

import numpy as np
import orjson
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from canopy.assets.exporters import ogr
from canopy.assets.exporters.kml import shape
from canopy.assets.exporters.stamp import ExportStamp
from canopy.geo import WGS84, parse_crs, transformer
from canopy.plan.exports.layers import GEOMETRY, PlanLayer
from canopy.plan.exports.styles import KML_STYLES, qml, style_rows

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""Archives say nothing of the clock: the same plan gives the same bytes."""


def write_geopackage(layers: Sequence[PlanLayer], path: Path, crs: str, stamp: ExportStamp) -> None:
    """One layer each, with a style that QGIS opens it in (its table ``layer_styles``)."""
    for layer in layers:
        table = layer.table()
        ogr.write_layer(
            table.to_batches(), table.schema, path, driver="GPKG", layer=layer.name,
            geometry=GEOMETRY, geometry_type=layer.geometry_type, crs=crs,
            layer_options={"DESCRIPTION": f"{layer.title}. {stamp.text()}",
                           "SPATIAL_INDEX": "YES"},
            dataset_options={} if path.exists() else {"VERSION": "1.3"},
            metadata=stamp.entries(),
        )  # fmt: skip
    at = stamp.generated_at_utc.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    with closing(sqlite3.connect(path)) as connection, connection:
        style_rows(connection, layers, at)
        connection.execute("UPDATE gpkg_contents SET last_change = ?", (at,))
        connection.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (at,))


def write_shapefiles(layers: Sequence[PlanLayer], path: Path, crs: str, stamp: ExportStamp) -> None:
    """One zip with a shapefile for each layer, its style for QGIS, and who is to be named."""
    with TemporaryDirectory(dir=path.parent) as made:
        folder = Path(made)
        for layer in layers:
            table = layer.table()
            ogr.write_layer(
                table.to_batches(), table.schema, folder / f"{layer.name}.shp",
                driver="ESRI Shapefile", layer=layer.name, geometry=GEOMETRY,
                geometry_type="Polygon" if layer.geometry_type == "MultiPolygon" else "Point",
                crs=crs,
            )  # fmt: skip
            (folder / f"{layer.name}.qml").write_text(qml(layer), encoding="utf-8")
        (folder / "README.txt").write_text(stamp.text() + "\n", encoding="utf-8")
        with zipfile.ZipFile(path, "w") as archive:
            for each in sorted(folder.iterdir()):
                _put(archive, each.name, each.read_bytes())


def write_kmz(layers: Sequence[PlanLayer], path: Path, crs: str, stamp: ExportStamp) -> None:
    """One document with a folder for each layer."""
    text = "".join(_kml(layers, crs, stamp))
    with zipfile.ZipFile(path, "w") as archive:
        _put(archive, "doc.kml", text.encode("utf-8"))


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def _kml(layers: Sequence[PlanLayer], crs: str, stamp: ExportStamp) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>\n'
    yield f"<name>{escape(stamp.title)}</name><description>{escape(stamp.text())}</description>\n"
    yield KML_STYLES
    for layer in layers:
        places = _lonlat(layer, crs)
        yield f"<Folder><name>{escape(layer.title)}</name>\n"
        for row, place in enumerate(places):
            values = [(each.title, each.values[row]) for each in layer.columns]
            told = "".join(
                f'<Data name="{escape(name, {chr(34): "&quot;"})}"><value>{escape(str(value))}'
                "</value></Data>"
                for name, value in values
                if value is not None
            )
            yield (
                f"<Placemark><name>{escape(str(values[0][1]))}</name>"
                f"<styleUrl>#{layer.name}</styleUrl><ExtendedData>{told}</ExtendedData>"
                f"{shape(place)}</Placemark>\n"
            )
        yield "</Folder>\n"
    yield "</Document></kml>\n"


def _lonlat(layer: PlanLayer, crs: str) -> NDArray[np.object_]:
    moved: NDArray[np.object_] = transformer(crs, WGS84).geometries(layer.geometries)
    return moved


def write_geoparquet(layer: PlanLayer, path: Path, crs: str, stamp: ExportStamp) -> None:
    """GeoParquet 1.1 in the storage CRS."""
    geo = {
        "version": "1.1.0",
        "primary_column": GEOMETRY,
        "columns": {
            GEOMETRY: {
                "encoding": "WKB",
                "geometry_types": [layer.geometry_type],
                "crs": parse_crs(crs).to_json_dict(),
                "bbox": shapely.total_bounds(layer.geometries).tolist(),
            }
        },
    }
    metadata = {**stamp.entries(), "geo": orjson.dumps(geo).decode()}
    pq.write_table(layer.table().replace_schema_metadata(metadata), path, compression="zstd")


def write_csv(layer: PlanLayer, path: Path, crs: str) -> None:
    """A row for each thing, with a point on it in the storage CRS and in WGS 84."""
    points = shapely.point_on_surface(layer.geometries)
    here = shapely.get_coordinates(points)
    there = shapely.get_coordinates(transformer(crs, WGS84).geometries(points))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([*(each.name for each in layer.columns), "x_m", "y_m", "lon", "lat"])
        for row in range(len(layer)):
            values = ["" if (v := each.values[row]) is None else v for each in layer.columns]
            writer.writerow([
                *values, *(f"{each:.2f}" for each in here[row]),
                *(f"{each:.7f}" for each in there[row]),
            ])  # fmt: skip

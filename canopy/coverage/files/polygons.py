"""Polygons with typed columns as GeoPackage (CRS of the run) and GeoJSON (RFC 7946).

Source: OGC 12-128r18, *GeoPackage Encoding Standard* 1.3.1; IETF RFC 7946 (2016).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio.raw
import shapely
from numpy.typing import NDArray

from canopy.coverage.files.columns import Cell, Column, Table
from canopy.coverage.files.provenance import JSON_KEY, Provenance
from canopy.coverage.files.replacing import whole_file
from canopy.errors import LimitExceeded, OutOfArea, Refused
from canopy.geo import WGS84, transformer

MAX_VERTICES = 20_000_000

LONGEST_EDGE_M = 1_000.0
"""Longer edges get points between their ends before they become degrees. A straight line of
1 km in the National Grid bends by less than 0.03 m in longitude and latitude: L**2 / (8 R)
times the tangent of the latitude, 1.7 at 60 degrees."""

DEGREE_DIGITS = 8
"""Decimals of a degree in GeoJSON: a millimetre."""

_DTYPES = {"text": object, "integer": np.int64, "real": np.float64, "truth": np.bool_}
_EMPTY = {"text": "", "integer": 0, "real": np.nan, "truth": False}


@dataclass(frozen=True, slots=True, eq=False)
class PolygonLayer:
    """Polygons and their columns, one row each.

    Attributes:
        table: the columns; its name is the layer's.
        polygons: shapely Polygons or MultiPolygons, valid and not empty, in `epsg`.
        epsg: their CRS.
    """

    table: Table
    polygons: NDArray[np.object_]
    epsg: int

    def __post_init__(self) -> None:
        if len(self.polygons) != self.table.rows:
            raise Refused(
                f"{self.table.name} has {len(self.polygons)} polygons for {self.table.rows} rows"
            )
        vertices = int(shapely.get_num_coordinates(self.polygons).sum())
        if vertices > MAX_VERTICES:
            raise LimitExceeded(
                f"{self.table.name} has {vertices:,} vertices; {MAX_VERTICES:,} are the most: "
                "aggregate to larger cells"
            )
        wrong = np.isin(shapely.get_type_id(self.polygons), (3, 6), invert=True)
        wrong |= shapely.is_empty(self.polygons)
        if wrong.any():
            raise Refused(
                f"{self.table.name}, row {int(np.flatnonzero(wrong)[0])}: no polygon with an area"
            )


def in_crs(layer: PolygonLayer, target_crs: str) -> NDArray[np.object_]:
    """The polygons in `target_crs`, their long edges bent as they are on the ground."""
    change = transformer(f"EPSG:{layer.epsg}", target_crs)
    if change.transformation.method == "none":
        return layer.polygons
    moved = change.geometries(shapely.segmentize(layer.polygons, LONGEST_EDGE_M))
    if not np.isfinite(shapely.bounds(moved)).all():
        raise OutOfArea(
            f"a polygon of {layer.table.name} has no place in {target_crs}: it lies outside the "
            f"area of EPSG:{layer.epsg}"
        )
    return moved


def write_geopackage(layers: Sequence[PolygonLayer], path: Path, provenance: Provenance) -> None:
    """All layers in one file, each in its own CRS; provenance in ``gpkg_metadata``."""
    names = [layer.table.name for layer in layers]
    if not names or len(set(names)) != len(names):
        raise Refused(f"a GeoPackage needs layers of different names, not {names}")
    with whole_file(path) as unfinished:
        for layer in layers:
            _add_layer(layer, unfinished, provenance)
        _set_times(unfinished, provenance)


def _add_layer(layer: PolygonLayer, path: Path, provenance: Provenance) -> None:
    columns = layer.table.columns
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(_as_multi(layer.polygons)),
        field_data=[as_array(column) for column in columns],
        fields=[column.name for column in columns],
        field_mask=[missing(column) for column in columns],
        layer=layer.table.name,
        driver="GPKG",
        geometry_type="MultiPolygon",
        crs=f"EPSG:{layer.epsg}",
        append=path.exists(),
        layer_options={
            "GEOMETRY_NAME": "geom",
            "FID": "fid",
            "SPATIAL_INDEX": "YES",
            "DESCRIPTION": _described(layer.table),
        },
        dataset_options={} if path.exists() else {"VERSION": "1.3"},
        dataset_metadata={**provenance.flat(), JSON_KEY: provenance.json_text()},
    )


def _as_multi(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    found = np.empty(len(polygons), dtype=object)
    found[:] = [shapely.MultiPolygon(list(shapely.get_parts(each))) for each in polygons]
    return found


def as_array(column: Column) -> NDArray[np.generic]:
    """The values for GDAL, with something in place of None: see `missing`."""
    filled = [_EMPTY[column.kind] if value is None else value for value in column.known()]
    return np.array(filled, dtype=_DTYPES[column.kind])


def missing(column: Column) -> NDArray[np.bool_] | None:
    """Which values are None; None where none is."""
    found = np.array([value is None for value in column.known()], dtype=bool)
    return found if found.any() else None


def _described(table: Table) -> str:
    """Title, then units and meanings of columns, which have no other place in a GeoPackage."""
    told = (column for column in table.columns if column.unit or column.description)
    return "\n".join((table.title, *(": ".join(filter(None, _words(each))) for each in told)))


def _words(column: Column) -> tuple[str, str]:
    return column.heading, column.description


def _set_times(path: Path, provenance: Provenance) -> None:
    """The run's time in place of the clock's: the same polygons give the same bytes.

    GDAL writes once more where a second has passed meanwhile, and SQLite counts the writes in the
    file's header; so the file is written anew as a whole.
    """
    at = provenance.time_utc.replace("Z", ".000Z")
    anew = path.with_name(f"{path.stem}-anew{path.suffix}")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE gpkg_contents SET last_change = ?", (at,))
        connection.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (at,))
        connection.execute("VACUUM INTO ?", (str(anew),))
    anew.replace(path)


def write_geojson(layer: PolygonLayer, path: Path, provenance: Provenance) -> None:
    """One FeatureCollection in longitude and latitude; provenance as a member beside it.

    "Not known" is null; an infinite number has no JSON and is written as text, "inf".
    """
    polygons = shapely.orient_polygons(in_crs(layer, WGS84), exterior_cw=False)
    head: dict[str, object] = {
        "type": "FeatureCollection",
        "name": layer.table.name,
        "title": layer.table.title,
        "columns": {
            column.name: {"unit": column.unit, "description": column.description}
            for column in layer.table.columns
        },
        "provenance": provenance.document(),
    }
    if len(polygons):
        head["bbox"] = np.round(shapely.total_bounds(polygons), DEGREE_DIGITS).tolist()
    with (
        whole_file(path) as unfinished,
        unfinished.open("w", encoding="utf-8", newline="\n") as out,
    ):
        out.write(_json(head)[:-1] + ',"features":[\n')
        for number, feature in enumerate(_features(layer.table, polygons)):
            out.write((",\n" if number else "") + _json(feature))
        out.write("\n]}\n")


def _features(table: Table, polygons: NDArray[np.object_]) -> Iterator[dict[str, object]]:
    names = [column.name for column in table.columns]
    rows = zip(*(column.known() for column in table.columns), strict=True)
    for polygon, row in zip(polygons, rows, strict=True):
        yield {
            "type": "Feature",
            "properties": dict(zip(names, map(_as_json, row), strict=True)),
            "geometry": _geometry(polygon),
        }


def _as_json(value: Cell) -> Cell:
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


def _geometry(polygon: shapely.Geometry) -> dict[str, object]:
    if polygon.geom_type == "Polygon":
        return {"type": "Polygon", "coordinates": _rings(polygon)}
    return {"type": "MultiPolygon", "coordinates": [_rings(part) for part in polygon.geoms]}


def _rings(polygon: shapely.Polygon) -> list[list[list[float]]]:
    return [
        np.round(shapely.get_coordinates(ring), DEGREE_DIGITS).tolist()
        for ring in (polygon.exterior, *polygon.interiors)
    ]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

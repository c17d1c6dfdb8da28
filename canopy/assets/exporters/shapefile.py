"""Shapefiles in one zip: one per kind and geometry family, with the names spelled out.

A shapefile holds texts of 254 bytes, names of ten characters, one family of geometry,
no times and no truth values. ``columns.txt`` in the zip tells which short name is
which; ``README.txt`` holds attribution and licence.

Source: ESRI, *Shapefile Technical Description* (1998); dBASE III field limits.
"""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from canopy.assets.exporters import ogr
from canopy.assets.exporters.dbf import DbfColumn, dbf_columns, held
from canopy.assets.exporters.layout import GEOMETRY
from canopy.assets.exporters.report import Layer, Tally
from canopy.assets.exporters.rings import oriented
from canopy.assets.exporters.selection import Selection
from canopy.assets.exporters.spooled import SpooledKind
from canopy.assets.exporters.stamp import ExportStamp
from canopy.errors import LimitExceeded, Refused

LARGEST_BYTES = 2**31 - 1
"""Largest .shp or .dbf that programs read [bytes]."""

_FAMILIES = {
    "Point": "point",
    "MultiPoint": "multipoint",
    "LineString": "line",
    "LinearRing": "line",
    "MultiLineString": "line",
    "Polygon": "polygon",
    "MultiPolygon": "polygon",
}
_SHAPE_TYPES = {
    "point": "Point",
    "multipoint": "MultiPoint",
    "line": "LineString",
    "polygon": "Polygon",
    "nowhere": "Point",
}
NOWHERE = "nowhere"
"""Family of assets without a position."""

_TURNED = (
    "Polygons whose rings were turned to the direction a shapefile asks for (the same area, its "
    "corners in another order): {count}."
)
_ONE_PART = "Multi-part positions of one part, which read back as single ones: {count}."


def write(selection: Selection, path: Path, stamp: ExportStamp, tally: Tally) -> list[Layer]:
    """Write one zip; raises LimitExceeded where a shapefile would pass 2 GB."""
    folder = path.with_suffix("")
    layers, described = [], []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in selection.tables:
            columns = dbf_columns(table, tally)
            described += [(table.name, column) for column in columns]
            for family in _families(table):
                folder.mkdir()
                name = f"{table.name}_{family}"
                rows = _write_one(table, family, columns, folder / f"{name}.shp", selection.crs,
                                  stamp, tally)  # fmt: skip
                layers.append(Layer(name, rows, tuple(column.short for column in columns)))
                for member in sorted(folder.iterdir()):
                    _add(archive, member, stamp)
                shutil.rmtree(folder)
        archive.writestr(_member("columns.txt", stamp), _column_table(described))
        archive.writestr(_member("README.txt", stamp), stamp.text() + "\n")
    return layers


def _families(table: SpooledKind) -> list[str]:
    if "GeometryCollection" in table.geometry_types:
        raise Refused("A shapefile holds no mixed collections; choose GeoPackage instead.")
    families = sorted({_FAMILIES[name] for name in table.geometry_types})
    return [*families, NOWHERE] if table.unplaced or not families else families


def _write_one(
    table: SpooledKind,
    family: str,
    columns: list[DbfColumn],
    path: Path,
    crs: str,
    stamp: ExportStamp,
    tally: Tally,
) -> int:
    rows = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal rows
        for batch in table.batches():
            part = _of_family(batch, family, columns, schema, tally)
            rows += part.num_rows
            yield part

    schema = pa.schema([*(column.arrow for column in columns), pa.field(GEOMETRY, pa.binary())])
    ogr.write_layer(
        batches(),
        schema,
        path,
        driver="ESRI Shapefile",
        layer=path.stem,
        geometry=GEOMETRY,
        geometry_type=_SHAPE_TYPES[family],
        crs=crs,
        layer_options={
            "DBF_DATE_LAST_UPDATE": stamp.generated_at_utc.strftime("%Y-%m-%d"),
        },
    )
    for part in (path, path.with_suffix(".dbf")):
        if part.stat().st_size > LARGEST_BYTES:
            raise LimitExceeded(
                f"{part.name} would be {part.stat().st_size:,} bytes, and a shapefile holds "
                f"{LARGEST_BYTES:,}. Choose GeoPackage, or export area by area."
            )
    return rows


def _of_family(
    batch: pa.RecordBatch, family: str, columns: list[DbfColumn], schema: pa.Schema, tally: Tally
) -> pa.RecordBatch:
    geometries = shapely.from_wkb(batch.column(GEOMETRY).to_numpy(zero_copy_only=False))
    type_ids = shapely.get_type_id(geometries)
    mask = np.isin(type_ids, [i for i, name in _TYPES.items() if _FAMILIES.get(name) == family])
    if family == NOWHERE:
        mask = type_ids < 0
    geometries = geometries[mask]
    single = (shapely.get_num_geometries(geometries) == 1) & (type_ids[mask] > _MULTI)
    tally.lose(_ONE_PART, int(single.sum()) if family != "multipoint" else 0)
    geometries, turned = oriented(geometries, exterior_cw=True)
    tally.lose(_TURNED, turned)
    chosen = batch.filter(pa.array(mask))
    arrays = [held(chosen.column(column.field.label), tally) for column in columns]
    arrays.append(pa.array(shapely.to_wkb(geometries), pa.binary()))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


_TYPES = {
    0: "Point",
    1: "LineString",
    2: "LinearRing",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
}
_MULTI = 3


def _column_table(described: list[tuple[str, DbfColumn]]) -> str:
    out = io.StringIO()
    rows = csv.writer(out, delimiter="\t", lineterminator="\n")
    rows.writerow(["kind", "column", "name", "unit", "description"])
    for kind, column in described:
        field = column.field
        rows.writerow([kind, column.short, field.label, field.unit, field.description])
    return out.getvalue()


def _add(archive: zipfile.ZipFile, file: Path, stamp: ExportStamp) -> None:
    with file.open("rb") as source, archive.open(_member(file.name, stamp), "w",
                                                 force_zip64=True) as target:  # fmt: skip
        shutil.copyfileobj(source, target, 1024 * 1024)


def _member(name: str, stamp: ExportStamp) -> zipfile.ZipInfo:
    """A zip entry dated by the stamp, so that equal exports are equal bytes."""
    at = stamp.generated_at_utc
    entry = zipfile.ZipInfo(name, (max(at.year, 1980), at.month, at.day, at.hour, at.minute,
                                   at.second))  # fmt: skip
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry

"""GeoJSON: RFC 7946 in EPSG:4326; in another CRS with the older ``crs`` member.

Properties are flat: common columns (null where unknown), then the attributes that are
known. Attribution and licence are the foreign member ``metadata`` (RFC 7946 §6.1), and
so are the names of all properties, which a reader cannot tell from the first features.

Source: RFC 7946 (2016), *The GeoJSON Format*, §3.1.6 (ring direction), §4 (CRS);
*The GeoJSON Format Specification* (2008), §3 (``crs``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pyarrow as pa
import shapely

from canopy.assets.exporters.columns import iso_text
from canopy.assets.exporters.layout import GEOMETRY, Field
from canopy.assets.exporters.report import Layer, Tally
from canopy.assets.exporters.rings import oriented
from canopy.assets.exporters.selection import Selection
from canopy.assets.exporters.spooled import SpooledKind
from canopy.assets.exporters.stamp import ExportStamp
from canopy.geo import WGS84, epsg_code

ROWS = 2_000
"""Features made at a time: as Python objects they take far more room than as columns."""

_TURNED = (
    "Polygons whose rings were turned to the direction RFC 7946 asks for (the same area, its "
    "corners in another order): {count}."
)
_OTHER_CRS = (
    "RFC 7946 knows EPSG:4326 only. This file names {crs} in the older `crs` member, which "
    "GDAL, QGIS and Canopy read; web maps will not."
)


def write(selection: Selection, path: Path, stamp: ExportStamp, tally: Tally) -> list[Layer]:
    """Write one FeatureCollection, one feature a line, kind after kind."""
    with path.open("wb") as out:
        out.write(_opening(selection, stamp))
        separator = b"\n"
        for table in selection.tables:
            for lines in _features(table, selection.crs, tally):
                out.write(separator + b",\n".join(lines))
                separator = b",\n"
        out.write(b"\n]}\n")
    if selection.crs != WGS84:
        tally.note(_OTHER_CRS.format(crs=selection.crs))
    labels = (field.label for table in selection.tables for field in table.fields)
    return [Layer("assets", selection.rows, tuple(dict.fromkeys(labels)))]


def _opening(selection: Selection, stamp: ExportStamp) -> bytes:
    head: dict[str, object] = {"type": "FeatureCollection", "name": stamp.title}
    if selection.crs != WGS84:
        urn = f"urn:ogc:def:crs:EPSG::{epsg_code(selection.crs)}"
        head["crs"] = {"type": "name", "properties": {"name": urn}}
    head["metadata"] = {
        **stamp.entries(),
        "attribution": list(stamp.attribution),
        "columns": _held_columns(selection),
    }
    return orjson.dumps(head)[:-1] + b',"features":['


def _held_columns(selection: Selection) -> list[str]:
    """Every property that occurs: all common columns, and the attributes anybody knows."""
    labels = (
        field.label
        for table in selection.tables
        for field in table.fields
        if not field.is_attribute or field.label in table.held
    )
    return list(dict.fromkeys(labels))


def _features(table: SpooledKind, crs: str, tally: Tally) -> Iterator[list[bytes]]:
    for batch in table.batches(ROWS):
        geometries = shapely.from_wkb(batch.column(GEOMETRY).to_numpy(zero_copy_only=False))
        if crs == WGS84:
            geometries, turned = oriented(geometries, exterior_cw=False)
            tally.lose(_TURNED, turned)
        positions = [
            orjson.Fragment(text) if text is not None else None
            for text in shapely.to_geojson(geometries).tolist()
        ]
        identifiers = _identifiers(batch)
        yield [
            orjson.dumps(
                {"type": "Feature", "id": identifier, "geometry": position, "properties": values}
                if identifier is not None
                else {"type": "Feature", "geometry": position, "properties": values}
            )
            for identifier, position, values in zip(
                identifiers, positions, _properties(batch, table.fields), strict=True
            )
        ]


def _identifiers(batch: pa.RecordBatch) -> list[str | None]:
    if "asset_id" not in batch.schema.names:
        return [None] * batch.num_rows
    identifiers: list[str | None] = batch.column("asset_id").to_pylist()
    return identifiers


def _properties(batch: pa.RecordBatch, fields: tuple[Field, ...]) -> Iterator[dict[str, object]]:
    """Per asset its common columns, then its known attributes."""
    common = [field for field in fields if not field.is_attribute]
    attributes = [
        field
        for field in fields
        if field.is_attribute and batch.column(field.label).null_count < batch.num_rows
    ]
    common_names = [field.label for field in common]
    names = [field.label for field in attributes]
    rows = zip(*(_json_values(batch.column(field.label), field) for field in common), strict=True)
    if not names:
        for row in rows:
            yield dict(zip(common_names, row, strict=True))
        return
    known = zip(
        *(_json_values(batch.column(field.label), field) for field in attributes), strict=True
    )
    for row, extra in zip(rows, known, strict=True):
        values = dict(zip(common_names, row, strict=True))
        values.update((n, v) for n, v in zip(names, extra, strict=True) if v is not None)
        yield values


def _json_values(array: pa.Array, field: Field) -> list[object]:
    if field.is_json:
        return [None if text is None else orjson.Fragment(text) for text in array.to_pylist()]
    if pa.types.is_temporal(field.type):
        array = iso_text(array)
    values: list[object] = array.to_pylist()
    return values

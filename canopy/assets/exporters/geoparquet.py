"""GeoParquet 1.1: one table of all kinds, WKB geometry, PROJJSON CRS, zstd.

Source: OGC GeoParquet 1.1.0, *GeoParquet Specification* (file metadata ``geo``).
"""

from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from canopy.assets.exporters.layout import GEOMETRY, Field
from canopy.assets.exporters.report import Layer, Tally
from canopy.assets.exporters.selection import Selection
from canopy.assets.exporters.spooled import schema_of
from canopy.assets.exporters.stamp import ExportStamp
from canopy.geo import WGS84, parse_crs

ROWS_PER_GROUP = 50_000


def write(selection: Selection, path: Path, stamp: ExportStamp, tally: Tally) -> list[Layer]:
    """Write all kinds as one table; attribution and licence are key-value metadata."""
    fields = selection.fields()
    schema = _described(fields).with_metadata(
        {**stamp.entries(), "geo": orjson.dumps(_geo(selection)).decode()}
    )
    with pq.ParquetWriter(schema=schema, where=path, compression="zstd") as writer:
        for batch in selection.batches(ROWS_PER_GROUP):
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
        if not selection.rows:
            writer.write_table(schema.empty_table())
    return [Layer("assets", selection.rows, tuple(schema.names))]


def _described(fields: tuple[Field, ...]) -> pa.Schema:
    """The schema with each attribute's unit and description as field metadata."""
    described = []
    for field in fields:
        words = {"unit": field.unit, "description": field.description}
        kept = {name: text for name, text in words.items() if text}
        described.append(field.arrow().with_metadata(kept) if kept else field.arrow())
    return pa.schema([*described, schema_of(()).field(GEOMETRY)])


def _geo(selection: Selection) -> dict[str, object]:
    crs = "OGC:CRS84" if selection.crs == WGS84 else selection.crs
    column: dict[str, object] = {
        "encoding": "WKB",
        "geometry_types": list(selection.geometry_types),
        "crs": parse_crs(crs).to_json_dict(),
    }
    if selection.bounds is not None:
        column["bbox"] = list(selection.bounds)
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}

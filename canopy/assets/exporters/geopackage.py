"""GeoPackage: one layer per kind, typed columns, R*Tree, attribution as metadata.

GDAL writes it from an Arrow stream: a million rows of 42 columns with R*Tree took 11 s
against 43 s with Python's sqlite3. Attribution and licence are metadata items of the
data set, which ogrinfo, QGIS and Canopy's own importer can read.

Source: OGC 12-128r18, *GeoPackage Encoding Standard* 1.3.1.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyogrio

from canopy.assets.exporters import ogr
from canopy.assets.exporters.columns import finer_than_milliseconds
from canopy.assets.exporters.layout import GEOMETRY
from canopy.assets.exporters.report import Layer, Tally
from canopy.assets.exporters.selection import Selection
from canopy.assets.exporters.spooled import SpooledKind
from canopy.assets.exporters.stamp import ExportStamp

GEOMETRY_COLUMN = "geom"
INDEX_MEMORY_BYTES = 32 * 1024 * 1024
"""Most memory GDAL may take to build an R*Tree in bulk; a larger one is built on disk."""

_TIMES_CUT = "Times cut to the millisecond, the finest a GeoPackage holds: {count}."


def write(selection: Selection, path: Path, stamp: ExportStamp, tally: Tally) -> list[Layer]:
    """Write all kinds, one layer each, named as the kind."""
    pyogrio.set_gdal_config_options({"OGR_GPKG_MAX_RAM_USAGE_RTREE": INDEX_MEMORY_BYTES})
    layers = []
    for table in selection.tables:
        schema = _with_geom(table.schema)
        ogr.write_layer(
            _counted(table, schema, tally),
            schema,
            path,
            driver="GPKG",
            layer=table.name,
            geometry=GEOMETRY_COLUMN,
            geometry_type=ogr.geometry_type(table.geometry_types),
            crs=selection.crs,
            layer_options={"DESCRIPTION": stamp.text(), "SPATIAL_INDEX": "YES"},
            dataset_options={} if path.exists() else {"VERSION": "1.3"},
            metadata=stamp.entries(),
        )
        layers.append(Layer(table.name, table.rows, tuple(schema.names)))
    _set_times(path, stamp)
    return layers


def _with_geom(schema: pa.Schema) -> pa.Schema:
    return schema.set(schema.get_field_index(GEOMETRY), pa.field(GEOMETRY_COLUMN, pa.binary()))


def _counted(table: SpooledKind, schema: pa.Schema, tally: Tally) -> Iterator[pa.RecordBatch]:
    times = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    for batch in table.batches():
        for name in times:
            tally.lose(_TIMES_CUT, finer_than_milliseconds(batch.column(name)))
        yield batch.rename_columns(schema.names)


def _set_times(path: Path, stamp: ExportStamp) -> None:
    """The stamp's time in place of the clock's: the same selection gives the same bytes."""
    at = stamp.generated_at_utc.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE gpkg_contents SET last_change = ?", (at,))
        connection.execute("UPDATE gpkg_metadata_reference SET timestamp = ?", (at,))

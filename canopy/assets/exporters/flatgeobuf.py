"""FlatGeobuf: one layer of all kinds, streamed through GDAL.

GDAL holds about 80 bytes a feature in memory to order a spatial index, so larger files
are written without one: they read the same, a map has to read more of them.

Assets without a position are left out, and counted: the index cannot hold them, and
where there is none, GDAL 3.12 reads features without geometry into broken Arrow columns
(seen with pyogrio 0.13), which ends a reading program.

Source: FlatGeobuf specification 3.0; GDAL, *FlatGeobuf driver* (``SPATIAL_INDEX``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from canopy.assets.exporters import ogr
from canopy.assets.exporters.columns import finer_than_milliseconds
from canopy.assets.exporters.layout import GEOMETRY
from canopy.assets.exporters.report import Layer, Tally
from canopy.assets.exporters.selection import Selection
from canopy.assets.exporters.spooled import schema_of
from canopy.assets.exporters.stamp import ExportStamp

INDEX_MOST = 250_000
"""Most features for which a spatial index is built (about 20 MB of memory)."""

_TIMES_CUT = "Times cut to the millisecond, the finest that is written here: {count}."
_DATES_AS_TIMES = "Dates held as midnight of that day, as FlatGeobuf has no date type: {count}."
_LEFT_OUT = "Assets left out, as they have no position: {count}."
_NO_INDEX = "The file has no spatial index: {reason}."


def write(selection: Selection, path: Path, stamp: ExportStamp, tally: Tally) -> list[Layer]:
    """Write all kinds as one layer; the stamp is the file's title and description."""
    schema = schema_of(selection.fields())
    placed = selection.rows - selection.unplaced
    tally.lose(_LEFT_OUT, selection.unplaced)
    reason = _why_no_index(placed)
    if reason:
        tally.note(_NO_INDEX.format(reason=reason))
    ogr.write_layer(
        _counted(selection, tally),
        schema,
        path,
        driver="FlatGeobuf",
        layer="assets",
        geometry=GEOMETRY,
        geometry_type=ogr.geometry_type(selection.geometry_types),
        crs=selection.crs,
        layer_options={
            "SPATIAL_INDEX": "NO" if reason else "YES",
            "TITLE": stamp.title,
            "DESCRIPTION": stamp.text(),
        },
    )
    return [Layer("assets", placed, tuple(schema.names))]


def _why_no_index(placed: int) -> str:
    if placed > INDEX_MOST:
        return f"it has more than {INDEX_MOST:,} assets"
    return "" if placed else "it has no assets"


def _counted(selection: Selection, tally: Tally) -> Iterator[pa.RecordBatch]:
    for whole in selection.batches():
        batch = whole.filter(whole.column(GEOMETRY).is_valid())
        for array in batch.columns:
            if pa.types.is_timestamp(array.type):
                tally.lose(_TIMES_CUT, finer_than_milliseconds(array))
            elif pa.types.is_date(array.type):
                tally.lose(_DATES_AS_TIMES, len(array) - array.null_count)
        yield batch

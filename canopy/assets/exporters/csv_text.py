"""CSV: one table of all kinds, UTF-8 with BOM, positions as numbers and WKT.

The byte order mark is there because Excel takes a file without one for the local code
page and breaks every name with an accent; QGIS, GDAL, pandas and R skip it.

A text that a spreadsheet would run as a formula gets an apostrophe in front.
Source: OWASP, *CSV Injection* (the leading characters).
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from canopy.assets.exporters.cells import PositionColumns, empty_texts, text_columns
from canopy.assets.exporters.columns import iso_text
from canopy.assets.exporters.layout import GEOMETRY
from canopy.assets.exporters.report import Layer, Tally
from canopy.assets.exporters.selection import Selection
from canopy.assets.exporters.spooled import schema_of
from canopy.assets.exporters.stamp import ExportStamp

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
FORMULA_STARTS = "^[=+\\-@\t\r\n]"
"""What makes a spreadsheet read a text as a formula."""

_GUARDED = (
    "Texts beginning with =, +, -, @ or white space that got an apostrophe in front: {count}."
)
_EMPTY = "Empty texts that look like unknown values: {count}."
_NO_STAMP = "CSV has no place for attribution and licence: pass them on with the file ({words})."
_NO_CRS = "CSV has no place for the CRS: coordinates are {crs}."


def write(selection: Selection, path: Path, stamp: ExportStamp, tally: Tally) -> list[Layer]:
    """Write all kinds as one table; dates and times are ISO 8601, lists JSON."""
    selection = selection.without_empty_attributes(tally)
    positions = PositionColumns.of(selection.crs, selection.geometry_types)
    schema = _text_schema(selection, positions)
    options = pa_csv.WriteOptions(include_header=True, quoting_style="needed")
    with path.open("wb") as out:
        out.write(BYTE_ORDER_MARK)
        with pa_csv.CSVWriter(out, schema, write_options=options) as writer:
            for batch in selection.batches():
                cells = _as_text(positions.in_place_of_wkb(batch), tally)
                writer.write_batch(pa.RecordBatch.from_arrays(cells, schema=schema))
    words = "; ".join([*stamp.attribution, stamp.licence])
    tally.lose(_NO_STAMP.format(words=words))
    tally.lose(_NO_CRS.format(crs=selection.crs))
    return [Layer("assets", selection.rows, tuple(schema.names))]


def _text_schema(selection: Selection, positions: PositionColumns) -> pa.Schema:
    fields = [
        pa.field(field.name, pa.string() if pa.types.is_temporal(field.type) else field.type)
        for field in schema_of(selection.fields())
        if field.name != GEOMETRY
    ]
    types = (pa.float64(), pa.float64(), pa.string())
    return pa.schema([*fields, *map(pa.field, positions.names, types)])


def _as_text(batch: pa.RecordBatch, tally: Tally) -> list[pa.Array]:
    columns = [
        iso_text(array) if pa.types.is_temporal(array.type) else array for array in batch.columns
    ]
    for number, array in text_columns(batch):
        tally.lose(_EMPTY, empty_texts(array))
        risky = pc.match_substring_regex(array, FORMULA_STARTS)
        count = pc.sum(risky).as_py() or 0
        if count:
            tally.lose(_GUARDED, count)
            apostrophes = pc.binary_join_element_wise("'", array, "")
            columns[number] = pc.if_else(risky, apostrophes, array)
    return columns

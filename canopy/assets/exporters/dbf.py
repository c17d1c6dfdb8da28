"""The attribute table of a shapefile: which columns, how wide, and what they cost.

Source: dBASE III field limits, as GDAL's *ESRI Shapefile driver* keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from canopy.assets.exporters.cells import empty_texts
from canopy.assets.exporters.columns import iso_text
from canopy.assets.exporters.dbf_names import short_names
from canopy.assets.exporters.layout import Field
from canopy.assets.exporters.report import Tally
from canopy.assets.exporters.spooled import SpooledKind

LONGEST_TEXT_BYTES = 254
_TIME_BYTES = len("2026-01-31T12:00:00.000000+00:00")

_UNNAMED = (
    "Columns with a shorter name of at most ten characters (columns.txt in the zip tells which "
    "is which): {count}."
)
_EMPTY_COLUMNS = "Columns without any value were left out."
_CUT = "Texts cut at 254 bytes, the most a shapefile holds: {count}."
_EMPTY = "Empty texts that look like unknown values: {count}."
_TIMES = "Times held as text, as a shapefile has dates only: {count}."
_TRUTHS = "Yes/no values held as 1 and 0: {count}."
_DECIMALS = "Numbers cut at 15 decimal places: {count}."


@dataclass(frozen=True, slots=True)
class DbfColumn:
    """One column: where it comes from, its short name, and its width [bytes]; 0 is GDAL's own."""

    field: Field
    short: str
    width: int

    @property
    def arrow(self) -> pa.Field:
        """The field GDAL is given; without a width it would make each text 80 bytes wide."""
        width = {"GDAL:OGR:width": str(self.width)} if self.width else None
        return pa.field(self.short, self._type, metadata=width)

    @property
    def _type(self) -> pa.DataType:
        if pa.types.is_timestamp(self.field.type):
            return pa.string()
        return pa.int16() if pa.types.is_boolean(self.field.type) else self.field.type


def dbf_columns(table: SpooledKind, tally: Tally) -> list[DbfColumn]:
    """The columns that hold something, under their short names."""
    every = [*(f.label for f in table.fields if not f.is_attribute), *table.every_attribute]
    every += [field.label for field in table.fields if field.label not in every]
    short = short_names(every)
    kept = table.without_empty(attributes_only=False)
    widths = _widths(kept)
    columns = [DbfColumn(f, short[f.label], widths.get(f.label, 0)) for f in kept.fields]
    if len(columns) < len(table.fields):
        tally.note(_EMPTY_COLUMNS)
    tally.lose(_UNNAMED, sum(column.short != column.field.label for column in columns))
    return columns


def _widths(table: SpooledKind) -> dict[str, int]:
    """The widest value of each text and whole-number column [bytes]."""
    widths: dict[str, int] = {}
    for batch in table.batches():
        for field, array in zip(table.fields, batch.columns, strict=False):
            widths[field.label] = max(widths.get(field.label, 0), _width(array))
    return widths


def _width(array: pa.Array) -> int:
    if pa.types.is_timestamp(array.type):
        return _TIME_BYTES
    if pa.types.is_string(array.type):
        longest = pc.max(pc.binary_length(array)).as_py() or 1
        return min(max(longest, 1), LONGEST_TEXT_BYTES)
    if pa.types.is_integer(array.type):
        ends = pc.min_max(array).as_py().values()
        return max(len(str(end or 0)) for end in ends)
    return 0


def held(array: pa.Array, tally: Tally) -> pa.Array:
    """The values as a DBF file holds them; what that costs is counted."""
    known = len(array) - array.null_count
    if pa.types.is_timestamp(array.type):
        tally.lose(_TIMES, known)
        return iso_text(array)
    if pa.types.is_boolean(array.type):
        tally.lose(_TRUTHS, known)
        return array.cast(pa.int16())
    if pa.types.is_floating(array.type):
        values = np.unique(array.drop_null().to_numpy(zero_copy_only=False))
        cut = [value for value in values.tolist() if float(f"{value:.15f}") != value]
        tally.lose(_DECIMALS, len(cut))
        return array
    if pa.types.is_string(array.type):
        tally.lose(_EMPTY, empty_texts(array))
        return _cut_texts(array, tally)
    return array


def _cut_texts(array: pa.Array, tally: Tally) -> pa.Array:
    too_long = pc.greater(pc.binary_length(array), LONGEST_TEXT_BYTES)
    count = pc.sum(too_long).as_py() or 0
    if not count:
        return array
    tally.lose(_CUT, count)
    return pa.array([_cut(text) for text in array.to_pylist()], pa.string())


def _cut(text: str | None) -> str | None:
    """At most 254 bytes of UTF-8, never half a character."""
    return text and text.encode()[:LONGEST_TEXT_BYTES].decode(errors="ignore")

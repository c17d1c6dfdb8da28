"""Arrow batches as raw rows."""

from __future__ import annotations

import pyarrow as pa
import shapely
from shapely.errors import ShapelyError

from canopy.assets.importers.base import RawBatch, RawValue, RowIssue
from canopy.assets.importers.json_geometry import Geometries
from canopy.assets.importers.mojibake import repair_columns
from canopy.assets.importers.whole_numbers import whole


def arrow_batch(
    batch: pa.RecordBatch,
    columns: tuple[str, ...],
    geometry: str | None,
    *,
    first_row: int,
    whole_floats_to_int: bool = False,
) -> RawBatch:
    """One Arrow batch as raw rows numbered from `first_row`; `geometry` is a WKB column."""
    numbers = list(range(first_row, first_row + batch.num_rows))
    values = {
        name: _values(batch.column(name), whole_floats_to_int=whole_floats_to_int)
        for name in columns
    }
    shapes: Geometries | None = None
    rejects: list[RowIssue] = []
    if geometry is not None:
        shapes, bad = _shapes(batch.column(geometry).to_pylist())
        if bad:
            rejects = [_bad_geometry(numbers[index], reason) for index, reason in bad.items()]
            kept = [index for index in range(len(numbers)) if index not in bad]
            shapes = shapes[kept]
            numbers = [numbers[index] for index in kept]
            values = {name: [column[i] for i in kept] for name, column in values.items()}
    warned = repair_columns(values, numbers)
    return RawBatch(numbers, values, shapes, rejects, warned)


def _values(column: pa.Array, *, whole_floats_to_int: bool) -> list[RawValue]:
    """Python values; NaN, which some programs write for 'unknown', becomes None."""
    values: list[RawValue] = column.to_pylist()
    if pa.types.is_floating(column.type):
        values = [None if value != value else value for value in values]
        if whole_floats_to_int:
            values = [whole(value) for value in values]
    return values


def _shapes(wkb: list[bytes | None]) -> tuple[Geometries, dict[int, str]]:
    try:
        return shapely.from_wkb(wkb), {}
    except ShapelyError:
        pass
    bad: dict[int, str] = {}
    shapes: Geometries = shapely.from_wkb([None] * len(wkb))
    for index, value in enumerate(wkb):
        try:
            shapes[index] = shapely.from_wkb(value)
        except ShapelyError as error:
            bad[index] = " ".join(str(error).split())[:100]
    return shapes, bad


def _bad_geometry(number: int, reason: str) -> RowIssue:
    return RowIssue(number, "bad-geometry", f"Row {number}: unreadable geometry ({reason}).")

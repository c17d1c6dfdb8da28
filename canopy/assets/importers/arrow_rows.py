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
    rejects: dict[int, RowIssue] = {}
    warned: list[RowIssue] = []
    values = {name: _column(batch.column(name), name, numbers, rejects, warned) for name in columns}
    if whole_floats_to_int:
        values = {name: [whole(value) for value in column] for name, column in values.items()}
    shapes: Geometries | None = None
    if geometry is not None:
        shapes, bad = _shapes(batch.column(geometry).to_pylist())
        rejects |= {index: _bad_geometry(numbers[index], reason) for index, reason in bad.items()}
    if rejects:
        kept = [index for index in range(len(numbers)) if index not in rejects]
        numbers = [numbers[index] for index in kept]
        values = {name: [column[i] for i in kept] for name, column in values.items()}
        shapes = None if shapes is None else shapes[kept]
    warned += repair_columns(values, numbers)
    return RawBatch(numbers, values, shapes, list(rejects.values()), warned)


def _column(
    column: pa.Array,
    name: str,
    numbers: list[int],
    rejects: dict[int, RowIssue],
    warned: list[RowIssue],
) -> list[RawValue]:
    """Python values; NaN, which some programs write for 'unknown', becomes None."""
    try:
        values: list[RawValue] = column.to_pylist()
    except UnicodeDecodeError:
        return _decoded(column, name, numbers, rejects, warned)
    if pa.types.is_floating(column.type):
        values = [None if value != value else value for value in values]
    return values


def _decoded(
    column: pa.Array,
    name: str,
    numbers: list[int],
    rejects: dict[int, RowIssue],
    warned: list[RowIssue],
) -> list[RawValue]:
    """Text that some program wrote as Windows-1252 where UTF-8 is required."""
    values: list[RawValue] = []
    for index, content in enumerate(column.cast(pa.binary()).to_pylist()):
        number = numbers[index]
        text: str | None = None
        try:
            text = None if content is None else content.decode()
        except UnicodeDecodeError:
            try:
                text = content.decode("cp1252")
                message = (
                    f"Row {number}, {name}: was no UTF-8; read as Windows-1252: {text[:60]!r}."
                )
                warned.append(RowIssue(number, "mixed-encoding", message, name))
            except UnicodeDecodeError:
                message = f"Row {number}, {name}: holds bytes that are no text; retype the value."
                rejects[index] = RowIssue(number, "bad-encoding", message, name)
        values.append(text)
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

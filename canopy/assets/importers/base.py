"""What every format module gives: one table of raw rows, read in batches.

A reader knows its format and nothing of assets: values arrive as the file holds
them, with the row number a person would see in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BATCH_ROWS = 10_000
"""Rows handed over at a time: memory stays flat whatever the file's size."""

RawValue = object
"""str, int, float, bool, Decimal, date, datetime, list, dict or None, as the file holds it."""


@dataclass(frozen=True, slots=True)
class RowIssue:
    """Something to say about one row, or about the whole file when `row` is None.

    `code` is a stable slug (``duplicate-ref``); `message` names the column and value
    and the way out. Codes are listed in ``docs/reference/import-codes.md``.
    """

    row: int | None
    code: str
    message: str
    column: str | None = None
    parts: tuple[RowIssue, ...] = ()
    """What `message` was joined from, where it speaks of several columns: a report for an
    audience keeps of it what that audience may see."""


@dataclass(slots=True)
class RawBatch:
    """Consecutive rows as the file holds them.

    `row_numbers` are what the user sees: the line of a text file, the row of a sheet,
    the 1-based position of a feature. `columns` maps the file's own column names to
    lists of equal length. `geometries` (shapely objects or None, in the table's
    declared CRS) is None for formats without geometry. `rejects` are rows that could
    not be read at all (too many fields, broken encoding); they are not in `columns`.
    """

    row_numbers: list[int]
    columns: dict[str, list[RawValue]]
    geometries: NDArray[np.object_] | None = None
    rejects: list[RowIssue] = field(default_factory=list)
    warnings: list[RowIssue] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.row_numbers)


@dataclass(frozen=True)
class SourceTable:
    """One readable table: a CSV file, a sheet, a layer.

    `declared_crs` is the CRS the file itself declares (any text pyproj understands, by
    preference ``EPSG:n``), or None. `batches` starts a new pass from the first row each
    time it is called. `row_count` is given where it costs nothing to know, or is an
    estimate when `row_count_exact` is False.
    """

    path: Path
    name: str
    format: str
    columns: tuple[str, ...]
    batches: Callable[[], Iterator[RawBatch]]
    declared_crs: str | None = None
    encoding: str | None = None
    row_count: int | None = None
    row_count_exact: bool = False
    has_geometry: bool = False
    licence: str | None = None
    attribution: str | None = None
    suggested_kind: str | None = None
    notices: tuple[RowIssue, ...] = ()

"""The shapefiles of Canopy's own export, with the names that a shapefile has no room for.

``columns.txt`` in the zip tells which short name stands for which; columns that are empty
throughout are not in the file at all.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from canopy.assets.importers.base import RawBatch, SourceTable
from canopy.assets.importers.own_export import MARKS, kind_called

COLUMNS_FILE = "columns.txt"
MAX_BYTES = 1 << 20
"""A larger file tells no column names."""

_HEADER = ["kind", "column", "name", "unit", "description"]

Names = dict[str, dict[str, str]]
"""By kind, the full name of each short one."""


def full_names(file: Path) -> Names:
    """What the ``columns.txt`` of an export says; empty for any other file of that name."""
    if file.stat().st_size > MAX_BYTES:
        return {}
    with file.open(encoding="utf-8", errors="replace", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t")
        if next(rows, None) != _HEADER:
            return {}
        names: Names = {}
        for row in rows:
            if len(row) == len(_HEADER):
                names.setdefault(row[0], {})[row[1]] = row[2]
    return names


def restored(table: SourceTable, names: Names) -> SourceTable:
    """`table` with its columns' full names, and the empty ones that mark an export."""
    full = names.get(kind_called(table.name) or "", {})
    if table.format != "Shapefile" or not set(table.columns) <= set(full):
        return table
    empty = sorted(MARKS - set(full.values()))

    def batches() -> Iterator[RawBatch]:
        for batch in table.batches():
            columns = {full[name]: values for name, values in batch.columns.items()}
            columns |= {name: [None] * len(batch) for name in empty}
            yield replace(batch, columns=columns)

    columns = (*(full[name] for name in table.columns), *empty)
    return replace(table, columns=columns, batches=batches)

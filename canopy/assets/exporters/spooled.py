"""One kind's assets on disk, as format modules read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from canopy.assets.exporters.layout import GEOMETRY, Field

ROWS = 20_000
"""Rows handed to a format module at a time."""

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class SpooledKind:
    """All assets of one kind, to be read as often as needed.

    `bounds` is (min x, min y, max x, max y) in the target CRS, None without positions;
    `geometry_types` are shapely's names, sorted; `unplaced` counts assets without position;
    `held` are the labels of columns that hold at least one value.
    """

    name: str
    rows: int
    fields: tuple[Field, ...]
    geometry_types: tuple[str, ...]
    bounds: Bounds | None
    unplaced: int
    file: Path | None
    every_attribute: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()

    @property
    def schema(self) -> pa.Schema:
        return schema_of(self.fields)

    def without_empty(self, *, attributes_only: bool) -> SpooledKind:
        """The same assets without columns that hold nothing."""
        fields = tuple(
            field
            for field in self.fields
            if field.label in self.held or (attributes_only and not field.is_attribute)
        )
        return replace(self, fields=fields)

    def batches(self, rows: int = ROWS) -> Iterator[pa.RecordBatch]:
        """The assets in their order, `rows` at a time; the last batch may be shorter."""
        if self.file is None:
            return
        with pa.OSFile(str(self.file)) as source, pa.ipc.open_stream(source) as reader:
            for batch in _evenly(reader, rows):
                yield batch.select(self.schema.names)


def schema_of(fields: Sequence[Field]) -> pa.Schema:
    """The Arrow schema of a table: its fields, then the position as WKB."""
    return pa.schema([*(field.arrow() for field in fields), pa.field(GEOMETRY, pa.binary())])


def _evenly(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of exactly `rows`: output never depends on the input's size."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        held.append(batch)
        count += batch.num_rows
        while count >= rows:
            table = pa.Table.from_batches(held)
            yield one_batch(table.slice(0, rows))
            held = table.slice(rows).to_batches()
            count -= rows
    if count:
        yield one_batch(pa.Table.from_batches(held))


def one_batch(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]

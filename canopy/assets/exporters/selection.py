"""The spooled selection as format modules read it: table by table, or all kinds as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from canopy.assets.exporters import layout
from canopy.assets.exporters.layout import Field
from canopy.assets.exporters.report import Tally
from canopy.assets.exporters.spooled import ROWS, Bounds, SpooledKind, schema_of

EMPTY = "assets"
"""Name of the one empty table of a selection without assets."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is exported: one table per kind, in the order in which kinds are shown.

    `crs` is ``EPSG:n`` (or another text PROJ reads); coordinates are x before y.
    """

    tables: tuple[SpooledKind, ...]
    crs: str

    @classmethod
    def of(cls, spooled: Sequence[SpooledKind], order: Sequence[str], crs: str) -> Selection:
        """Sorted by `order`; without assets, one empty table so that every format has one."""
        if not spooled:
            fields = layout.common_fields({"asset_id", "kind"})
            return cls((SpooledKind(EMPTY, 0, fields, (), None, 0, None),), crs)
        rank = {kind: position for position, kind in enumerate(order)}
        known = sorted(spooled, key=lambda table: (rank.get(table.name, len(rank)), table.name))
        return cls(tuple(known), crs)

    def without_empty_attributes(self, tally: Tally) -> Selection:
        """For files that people read: attributes unknown for all assets of a kind go."""
        tables = tuple(table.without_empty(attributes_only=True) for table in self.tables)
        if tables != self.tables:
            tally.note("Attributes that are not known of any asset have no column.")
        return Selection(tables, self.crs)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def unplaced(self) -> int:
        return sum(table.unplaced for table in self.tables)

    @property
    def geometry_types(self) -> tuple[str, ...]:
        return tuple(sorted({name for table in self.tables for name in table.geometry_types}))

    @property
    def bounds(self) -> Bounds | None:
        boxes = [table.bounds for table in self.tables if table.bounds is not None]
        if not boxes:
            return None
        low, high = zip(*((box[:2], box[2:]) for box in boxes), strict=True)
        return (
            min(corner[0] for corner in low),
            min(corner[1] for corner in low),
            max(corner[0] for corner in high),
            max(corner[1] for corner in high),
        )

    def fields(self) -> tuple[Field, ...]:
        """The columns of one table that holds all kinds."""
        return layout.merged(self._relabelled())

    def batches(self, rows: int = ROWS) -> Iterator[pa.RecordBatch]:
        """All kinds as one table, kind after kind, at most `rows` at a time."""
        schema = schema_of(self.fields())
        relabelled = self._relabelled()
        for table in self.tables:
            labels = [*(field.label for field in relabelled[table.name]), layout.GEOMETRY]
            for batch in table.batches(rows):
                yield _widened(batch.rename_columns(labels), schema)

    def _relabelled(self) -> dict[str, tuple[Field, ...]]:
        return layout.union((table.name, table.fields) for table in self.tables)


def _widened(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    present = set(batch.schema.names)
    arrays = [
        batch.column(field.name) if field.name in present else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)

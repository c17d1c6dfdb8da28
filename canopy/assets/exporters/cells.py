"""Positions as plain columns, for the formats that are tables and know no geometry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from canopy.assets.exporters.layout import GEOMETRY
from canopy.geo import parse_crs

WKT = "wkt"


@dataclass(frozen=True, slots=True)
class PositionColumns:
    """Two columns for points, one of WKT for everything else.

    `x`, `y` are ``easting``, ``northing`` in a projected CRS, ``longitude``, ``latitude``
    in a geographic one, and empty for lines, polygons and multi-parts. `has_wkt` adds a
    column that holds every position, points too, so that one column tells all.
    """

    x: str
    y: str
    has_wkt: bool

    @classmethod
    def of(cls, crs: str, geometry_types: tuple[str, ...]) -> PositionColumns:
        names = (
            ("longitude", "latitude") if parse_crs(crs).is_geographic else ("easting", "northing")
        )
        return cls(*names, has_wkt=any(name != "Point" for name in geometry_types))

    @property
    def names(self) -> tuple[str, ...]:
        return (self.x, self.y, WKT) if self.has_wkt else (self.x, self.y)

    def in_place_of_wkb(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with these columns at its end instead of the WKB column."""
        geometries = shapely.from_wkb(batch.column(GEOMETRY).to_numpy(zero_copy_only=False))
        columns = [
            pa.array(shapely.get_x(geometries), from_pandas=True, type=pa.float64()),
            pa.array(shapely.get_y(geometries), from_pandas=True, type=pa.float64()),
        ]
        if self.has_wkt:
            texts = shapely.to_wkt(geometries, rounding_precision=-1)
            columns.append(pa.array(texts, pa.string()))
        rest = batch.drop_columns([GEOMETRY])
        return pa.RecordBatch.from_arrays(
            [*rest.columns, *columns], names=[*rest.schema.names, *self.names]
        )


def text_columns(batch: pa.RecordBatch) -> Iterator[tuple[int, pa.Array]]:
    """Number and values of every text column that holds something."""
    for number, array in enumerate(batch.columns):
        if pa.types.is_string(array.type) and array.null_count < len(array):
            yield number, array


def empty_texts(array: pa.Array) -> int:
    """How many texts of a column are empty: most tables cannot tell them from unknown."""
    return pc.sum(pc.equal(pc.binary_length(array), 0)).as_py() or 0

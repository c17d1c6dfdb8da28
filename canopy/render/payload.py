"""The data of one map: batches in, one compact block of bytes out.

Per kind, the columns that at least one asset of it fills (`value_columns`) and the shapes
(`shape_columns`); then areas, grid and symbology. The block is

    length of the JSON (4 bytes, little-endian) | JSON, UTF-8 | binary part

deflated and written in base64. Nothing in it is formatted for display.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import shapely

from canopy.assets.batches import COMMON_COLUMNS, GENERALISED_COLUMN, AssetBatch
from canopy.errors import LimitExceeded
from canopy.render.grid import fit_grid
from canopy.render.labels import column_label, column_unit, reading_order
from canopy.render.shape_columns import Floats, Role, ShapeColumns, ToLonLat, shapes_of
from canopy.render.symbols import kind_symbols, symbology_text
from canopy.render.value_columns import BinaryPart, UuidColumn, ValueColumn

FORMAT = 1

MAX_ASSETS = 250_000
"""More assets than this make a page that ordinary office computers cannot use."""

MAX_VERTICES = 5_000_000
"""More vertices than this do the same."""

_DEFLATE_LEVEL = 9
_LAST = (
    "ward designations owner maintainer authority source observed_on pos_accuracy_m pos_method "
    "position_generalised_m sensitivity licence version created_at updated_at withdrawn_at"
).split()
"""Common columns that are read after a kind's own attributes: where it is, who says so."""


@dataclass(frozen=True, slots=True)
class MapArea:
    """An outline drawn under the assets. `kind` such as ``ward``; `geometry` in storage CRS."""

    name: str
    kind: str
    geometry: shapely.Geometry


@dataclass(slots=True)
class MapCounts:
    """What a map holds: assets by kind, and how their positions are shown."""

    by_kind: dict[str, int] = field(default_factory=dict)
    without_position: int = 0
    generalised: int = 0
    untransformed: int = 0
    vertices: int = 0

    @property
    def assets(self) -> int:
        return sum(self.by_kind.values())


class KindTable:
    """The assets of one kind, filled batch by batch."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.rows = 0
        self._ids = UuidColumn()
        self._common = {
            name: ValueColumn()
            for name in (*COMMON_COLUMNS, GENERALISED_COLUMN)
            if name not in ("kind", "asset_id")
        }
        self._attributes: dict[str, ValueColumn] = {}
        self._shapes = ShapeColumns()

    def extend(self, batch: AssetBatch, rows: Sequence[int], to_lonlat: ToLonLat) -> MapCounts:
        """Add these rows of `batch`; returns what they hold."""
        if "asset_id" in batch.columns:
            self._ids.extend(_cells(batch, "asset_id", rows))
        for name in batch.columns.keys() & self._common.keys():
            self._common[name].pad_to(self.rows)
            self._common[name].extend(_cells(batch, name, rows))
        for place, row in enumerate(rows, start=self.rows):
            for name, value in batch.attributes[row].items():
                column = self._attributes.get(name)
                if column is None:
                    column = self._attributes[name] = ValueColumn()
                column.append_at(place, value)
        sizes_m = _sizes_m(batch, rows)
        shapes = shapes_of(batch.geometries[np.asarray(rows, dtype=np.intp)], sizes_m, to_lonlat)
        self._shapes.extend(shapes)
        self.rows += len(rows)
        self._ids.pad_to(self.rows)
        return MapCounts(
            by_kind={self.kind: len(rows)},
            without_position=int((shapes.roles == Role.NONE).sum()),
            generalised=int(np.isfinite(sizes_m).sum()),
            untransformed=shapes.untransformed,
            vertices=len(shapes.lon),
        )

    def as_json(self, binary: BinaryPart) -> dict[str, object]:
        """The kind for the map file; columns that no asset fills are left out."""
        columns = [self._column(name, column, binary) for name, column in self._in_reading_order()]
        if not self._ids.is_empty():
            label = column_label("asset_id")
            columns.append({"name": "asset_id", "label": label, **self._ids.as_json(binary)})
        shapes = self._shapes.as_json(binary)
        return {"kind": self.kind, "rows": self.rows, "columns": columns, "shapes": shapes}

    def _in_reading_order(self) -> list[tuple[str, ValueColumn]]:
        first = [(name, self._common[name]) for name in self._common if name not in _LAST]
        last = [(name, self._common[name]) for name in _LAST]
        order = {name: place for place, name in enumerate(reading_order(self.kind))}
        attributes = sorted(
            self._attributes.items(), key=lambda pair: (order.get(pair[0], len(order)), pair[0])
        )
        columns = [*first, *attributes, *last]
        return [(name, column) for name, column in columns if not column.is_empty()]

    def _column(self, name: str, column: ValueColumn, binary: BinaryPart) -> dict[str, object]:
        column.pad_to(self.rows)
        described: dict[str, object] = {"name": name, "label": column_label(name)}
        if unit := column_unit(self.kind, name):
            described["unit"] = unit
        return described | column.as_json(binary)


def _cells(batch: AssetBatch, name: str, rows: Sequence[int]) -> list[object]:
    column = batch.columns[name]
    return [column[row] for row in rows]


def _sizes_m(batch: AssetBatch, rows: Sequence[int]) -> Floats:
    if GENERALISED_COLUMN not in batch.columns:
        return np.full(len(rows), np.nan)
    cells = _cells(batch, GENERALISED_COLUMN, rows)
    return np.array([np.nan if cell is None else float(str(cell)) for cell in cells])


class MapPayload:
    """Everything one map shows, gathered from a stream of batches."""

    def __init__(self, storage_crs: str, to_lonlat: ToLonLat) -> None:
        self.counts = MapCounts()
        self._crs = storage_crs
        self._to_lonlat = to_lonlat
        self._tables: dict[str, KindTable] = {}
        self._areas: list[MapArea] = []
        self._extent_m: tuple[float, float, float, float] | None = None

    def add_batch(self, batch: AssetBatch) -> None:
        """Add a batch. Raises LimitExceeded past `MAX_ASSETS` or `MAX_VERTICES`."""
        if self.counts.assets + len(batch) > MAX_ASSETS:
            raise LimitExceeded(
                f"A map file holds at most {MAX_ASSETS:,} assets: choose fewer with a filter, "
                "a kind or a bounding box",
                limit=MAX_ASSETS,
            )
        for kind, rows in _rows_by_kind(batch).items():
            table = self._tables.setdefault(kind, KindTable(kind))
            self._count(table.extend(batch, rows, self._to_lonlat))
        self._widen(shapely.total_bounds(batch.geometries))

    def add_areas(self, areas: Iterable[MapArea]) -> None:
        """Add outlines; they widen the map only where it would be empty without them."""
        self._areas.extend(areas)

    def _count(self, added: MapCounts) -> None:
        counts = self.counts
        for kind, rows in added.by_kind.items():
            counts.by_kind[kind] = counts.by_kind.get(kind, 0) + rows
        counts.without_position += added.without_position
        counts.generalised += added.generalised
        counts.untransformed += added.untransformed
        counts.vertices += added.vertices
        if counts.vertices > MAX_VERTICES:
            raise LimitExceeded(
                f"A map file holds at most {MAX_VERTICES:,} vertices: choose fewer lines and "
                "polygons with a filter, a kind or a bounding box",
                limit=MAX_VERTICES,
            )

    def _widen(self, bounds: Floats) -> None:
        if not np.isfinite(bounds).all():
            return
        old = self._extent_m or (np.inf, np.inf, -np.inf, -np.inf)
        low, high = np.minimum(old[:2], bounds[:2]), np.maximum(old[2:], bounds[2:])
        self._extent_m = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def _grid(self) -> dict[str, object] | None:
        extent_m = self._extent_m
        if extent_m is None and self._areas:
            outlines = np.array([area.geometry for area in self._areas], dtype=object)
            bounds = shapely.total_bounds(outlines)
            extent_m = (float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3]))
        fit = fit_grid(self._crs, extent_m, self._to_lonlat) if extent_m else None
        return asdict(fit) if fit else None

    def _areas_json(self, binary: BinaryPart) -> dict[str, object] | None:
        if not self._areas:
            return None
        outlines = np.array([area.geometry for area in self._areas], dtype=object)
        shapes = ShapeColumns()
        shapes.extend(shapes_of(outlines, np.full(len(outlines), np.nan), self._to_lonlat))
        return {
            "names": [area.name for area in self._areas],
            "kinds": [area.kind for area in self._areas],
            "shapes": shapes.as_json(binary),
        }

    def encoded(self) -> str:
        """The whole block as base64 text, the same for the same input."""
        binary = BinaryPart()
        order = list(kind_symbols())
        tables = sorted(self._tables.values(), key=lambda table: order.index(table.kind))
        document = {
            "format": FORMAT,
            "kinds": [table.as_json(binary) for table in tables],
            "areas": self._areas_json(binary),
            "grid": self._grid(),
            "symbology": {
                name: json.loads(symbology_text(name)) for name in ("kinds", "statuses", "map")
            },
        }
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        head = text.encode("utf-8")
        block = len(head).to_bytes(4, "little") + head + binary.content()
        return base64.b64encode(zlib.compress(block, _DEFLATE_LEVEL)).decode("ascii")


def _rows_by_kind(batch: AssetBatch) -> dict[str, list[int]]:
    known = kind_symbols().keys()
    rows: dict[str, list[int]] = {}
    for row, cell in enumerate(batch.columns["kind"]):
        kind = str(getattr(cell, "value", cell))
        if kind not in known:
            raise ValueError(f"no symbology for assets of kind {kind!r}")
        rows.setdefault(kind, []).append(row)
    return rows

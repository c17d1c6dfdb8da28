"""A selection set aside on disk before a format module sees it.

Batches become Arrow record batches in the target CRS, one file per kind. So memory stays
flat, the database is read once and let go early, and a format module knows before its
first byte how many rows there are, which kinds, geometry types and extent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from canopy.assets.batches import GENERALISED_COLUMN, AssetBatch
from canopy.assets.exporters import layout
from canopy.assets.exporters.columns import column, columns_of_rows
from canopy.assets.exporters.layout import Field
from canopy.assets.exporters.spooled import ROWS, SpooledKind, one_batch, schema_of
from canopy.errors import NotAllowed, OutOfArea
from canopy.geo import CrsTransformer

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class KindView:
    """What one audience may see of one kind: names of common columns, and attributes.

    `every_attribute` names all of the kind's columns, hidden ones too: short names are
    made from it, so that they are the same for every audience.
    """

    columns: frozenset[str]
    attributes: tuple[Field, ...]
    every_attribute: tuple[str, ...] = ()


class _KindFile:
    """The growing file of one kind."""

    def __init__(self, kind: str, view: KindView, path: Path) -> None:
        self._kind, self._view, self._path = kind, view, path
        self._common = layout.common_fields({*view.columns, GENERALISED_COLUMN})
        self._schema = schema_of((*self._common, *view.attributes))
        self._sink = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_stream(
            self._sink, self._schema, options=pa.ipc.IpcWriteOptions(compression="lz4")
        )
        self._waiting: list[pa.RecordBatch] = []
        self._present: set[str] = set()
        self._held: set[str] = set()
        self._type_ids: set[int] = set()
        self._rows = self._unplaced = 0
        self._bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])

    def add(self, batch: AssetBatch, geometries: Geometries) -> None:
        self._refuse_hidden(batch)
        self._present.update(batch.columns)
        arrays = [
            column(batch.columns[field.key], field)
            if field.key in batch.columns
            else pa.nulls(len(batch), field.type)
            for field in self._common
        ]
        arrays += columns_of_rows(batch.attributes, self._view.attributes)
        arrays.append(pa.array(shapely.to_wkb(geometries), pa.binary()))
        self._note_positions(geometries)
        self._rows += len(batch)
        self._held.update(
            field.name
            for field, array in zip(self._schema, arrays, strict=True)
            if array.null_count < len(array)
        )
        self._waiting.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        if sum(each.num_rows for each in self._waiting) >= ROWS:
            self._flush()

    def _refuse_hidden(self, batch: AssetBatch) -> None:
        """A second lock behind the policy: what the audience may not see is never written."""
        allowed = {*self._view.columns, GENERALISED_COLUMN}
        hidden = [
            name
            for name, values in batch.columns.items()
            if name not in allowed and any(value is not None for value in values)
        ]
        known = {field.key for field in self._view.attributes}
        hidden += sorted(set().union(*batch.attributes) - known)
        if hidden:
            raise NotAllowed(
                f"The selection holds {', '.join(hidden)} of {self._kind} assets, which a file for "
                "this audience may not hold. Select again for it; nothing was written."
            )

    def _note_positions(self, geometries: Geometries) -> None:
        type_ids = shapely.get_type_id(geometries)
        self._type_ids.update(np.unique(type_ids[type_ids >= 0]).tolist())
        self._unplaced += int((type_ids < 0).sum())
        bounds = shapely.total_bounds(geometries)
        if np.isfinite(bounds).all():
            self._bounds[:2] = np.minimum(self._bounds[:2], bounds[:2])
            self._bounds[2:] = np.maximum(self._bounds[2:], bounds[2:])

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_batch(one_batch(pa.Table.from_batches(self._waiting)))
            self._waiting = []

    def close(self) -> None:
        """Let go of the file, finished or not."""
        if not self._sink.closed:
            self._writer.close()
            self._sink.close()

    def finish(self) -> SpooledKind:
        self._flush()
        self.close()
        return SpooledKind(
            name=self._kind,
            rows=self._rows,
            fields=(
                *(field for field in self._common if field.key in self._present),
                *self._view.attributes,
            ),
            geometry_types=tuple(sorted(_TYPE_NAMES[type_id] for type_id in self._type_ids)),
            bounds=tuple(self._bounds.tolist()) if np.isfinite(self._bounds).all() else None,
            unplaced=self._unplaced,
            file=self._path,
            every_attribute=self._view.every_attribute,
            held=frozenset(self._held),
        )


_TYPE_NAMES = (
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)


class Spool:
    """Takes batches, moves them to the target CRS and keeps them by kind in `folder`."""

    def __init__(
        self, folder: Path, to_target: CrsTransformer, view: Callable[[str], KindView]
    ) -> None:
        self._folder, self._to_target, self._view = folder, to_target, view
        self._files: dict[str, _KindFile] = {}

    def add(self, batch: AssetBatch) -> None:
        """Set one batch aside.

        Raises OutOfArea when a position has no place in the target CRS, NotAllowed when
        the batch holds what the audience may not see, BadAttribute for a value of the
        wrong type.
        """
        if not len(batch):
            return
        geometries = self._to_target.geometries(batch.geometries)
        _refuse_unplaceable(batch, geometries, self._to_target)
        kinds = np.array([str(kind) for kind in batch.columns["kind"]], dtype=np.str_)
        for kind in np.unique(kinds).tolist():
            rows = np.flatnonzero(kinds == kind)
            part = batch if len(rows) == len(batch) else _taken(batch, rows.tolist())
            self._file(kind).add(part, geometries[rows])

    def _file(self, kind: str) -> _KindFile:
        if kind not in self._files:
            path = self._folder / f"{len(self._files)}.arrow"
            self._files[kind] = _KindFile(kind, self._view(kind), path)
        return self._files[kind]

    def finish(self) -> list[SpooledKind]:
        """Everything set aside, by kind in order of first appearance."""
        return [file.finish() for file in self._files.values()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for file in self._files.values():
            file.close()


def _taken(batch: AssetBatch, rows: list[int]) -> AssetBatch:
    return AssetBatch(
        columns={name: [values[row] for row in rows] for name, values in batch.columns.items()},
        attributes=[batch.attributes[row] for row in rows],
        geometries=batch.geometries[rows],
    )


def _refuse_unplaceable(
    batch: AssetBatch, geometries: Geometries, to_target: CrsTransformer
) -> None:
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    astray = np.unique(owner[~np.isfinite(coordinates).all(axis=1)])
    if not len(astray):
        return
    names = batch.columns.get("ref") or batch.columns.get("asset_id") or []
    shown = ", ".join(str(names[row]) for row in astray[:3].tolist() if names)
    raise OutOfArea(
        f"{len(astray)} positions have no place in {to_target.transformation.target}"
        f"{f' (first: {shown})' if shown else ''}. Export in "
        f"{to_target.transformation.source}, or leave these assets out; nothing was written."
    )

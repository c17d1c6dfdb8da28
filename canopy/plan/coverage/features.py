"""Points, lines and outlines from any file that an import reads, in a run's CRS."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.assets.importers.base import RawBatch, SourceTable
from canopy.assets.importers.opening import open_tables
from canopy.coverage.demand.layer import Floats
from canopy.coverage.demand.overlaps import Geometries
from canopy.coverage.demand.points import WeightedPoints
from canopy.errors import BadSource, LimitExceeded, Refused, UnknownCrs
from canopy.geo import parse_crs, transformer
from canopy.plan.coverage.sources import FeatureFile

MAX_FEATURES = 5_000_000
_POINTS, _LINES, _OUTLINES = frozenset({0}), frozenset({1, 5}), frozenset({3, 6})


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What a file holds, a feature an entry.

    Attributes:
        file: its name.
        shapes: in the run's CRS; none is missing or empty.
        names: as the column has them, "" where there is none.
        values: numbers of the column; NaN where it is empty.
        notes: what was left out, and how positions were moved.
    """

    file: str
    shapes: Geometries
    names: tuple[str, ...]
    values: Floats
    notes: tuple[str, ...]

    def places(self) -> tuple[Floats, Floats]:
        """Eastings and northings [m]: of points, or of a point within each outline.

        Raises BadSource for anything else.
        """
        kinds = shapely.get_type_id(self.shapes)
        self._require(kinds, _POINTS | _OUTLINES, "points or outlines")
        places = self.shapes.copy()
        wide = np.isin(kinds, list(_OUTLINES))
        places[wide] = shapely.point_on_surface(places[wide])
        return shapely.get_x(places), shapely.get_y(places)

    def points(self, what: str) -> WeightedPoints:
        """As points that count by their value, or one each where no column was named.

        Raises BadSource for a value that is missing or negative: how much it counts for is
        then not known.
        """
        return WeightedPoints(*self.places(), self.counted(), what)

    def counted(self) -> Floats:
        """The values, each a number of 0 or more. Raises BadSource."""
        wrong = np.flatnonzero(~(self.values >= 0) | np.isinf(self.values))
        if wrong.size:
            raise BadSource(
                f"{self.file}: {wrong.size:,} features have no number of 0 or more to count "
                f"by, the first being {self.values[wrong[0]]:g} at number {wrong[0] + 1:,}"
            )
        return self.values

    def lines(self) -> Geometries:
        """As lines; raises BadSource for anything else."""
        self._require(shapely.get_type_id(self.shapes), _LINES, "lines")
        return self.shapes

    def outlines(self) -> Geometries:
        """As polygons, repaired where they cross themselves; raises BadSource otherwise."""
        self._require(shapely.get_type_id(self.shapes), _OUTLINES, "outlines")
        broken = np.flatnonzero(~shapely.is_valid(self.shapes))
        mended = self.shapes.copy()
        for index in broken:
            parts = shapely.get_parts(shapely.make_valid(mended[index], method="structure"))
            areas = [part for part in parts if part.geom_type == "Polygon"]
            if not areas:
                raise BadSource(f"{self.file}: feature {index + 1:,} has an outline without area")
            mended[index] = shapely.union_all(areas)
        return mended

    def _require(self, kinds: NDArray[np.integer], wanted: frozenset[int], words: str) -> None:
        strange = np.flatnonzero(~np.isin(kinds, list(wanted)))
        if strange.size:
            kind = self.shapes[strange[0]].geom_type
            raise BadSource(f"{self.file} holds a {kind}, where {words} are expected")


def read_features(source: FeatureFile, epsg: int) -> Features:
    """The features of a file in the CRS `epsg`.

    Raises BadSource for a column that is not there or a value that is no number, UnknownCrs
    where neither the file nor `source` states a CRS, Refused where the two differ, and
    LimitExceeded beyond `MAX_FEATURES`.
    """
    table = _table(source)
    _require_columns(table, source)
    shapes: list[Geometries] = []
    names: list[str] = []
    values: list[float] = []
    unread = 0
    for batch in table.batches():
        unread += len(batch.rejects)
        shapes.append(_shapes(batch, source))
        names += _texts(batch, source.name)
        values += _numbers(batch, source)
        if len(names) > MAX_FEATURES:
            raise LimitExceeded(f"{source.file.name} has over {MAX_FEATURES:,} features")
    found = np.concatenate(shapes) if shapes else np.empty(0, dtype=object)
    move = transformer(_crs(table, source), f"EPSG:{epsg}")
    flat = shapely.force_2d(move.geometries(found))
    placed = ~(shapely.is_missing(flat) | shapely.is_empty(flat)) & _finite(flat)
    if not placed.any():
        raise BadSource(f"{source.file.name} holds no feature with a position in EPSG:{epsg}")
    notes = [f"{source.file.name}: {move.transformation.sentence()}"]
    if unread or not placed.all():
        notes.append(
            f"{source.file.name}: {unread + int((~placed).sum()):,} rows have no position that "
            "can be used and are left out."
        )
    chosen = np.flatnonzero(placed)
    return Features(
        source.file.name,
        flat[chosen],
        tuple(names[index] for index in chosen.tolist()),
        np.array(values, dtype=np.float64)[chosen],
        tuple(notes),
    )


def _table(source: FeatureFile) -> SourceTable:
    tables = open_tables(source.file, layer=source.layer)
    if len(tables) > 1:
        names = ", ".join(repr(table.name) for table in tables)
        raise Refused(f"{source.file.name} has several layers: name one of {names}")
    return tables[0]


def _require_columns(table: SourceTable, source: FeatureFile) -> None:
    for column in (source.x, source.y, source.name, source.value):
        if column is not None and column not in table.columns:
            raise BadSource(
                f"{source.file.name} has no column {column!r}; it has: "
                f"{', '.join(table.columns)[:400]}"
            )
    if source.x is None and not table.has_geometry:
        raise BadSource(
            f"{source.file.name} holds no shapes: name the columns of x and y, and their CRS"
        )


def _crs(table: SourceTable, source: FeatureFile) -> str:
    declared = table.declared_crs if source.x is None else None
    if declared is not None and source.crs is not None:
        if parse_crs(declared) != parse_crs(source.crs):
            raise Refused(
                f"{source.file.name} declares {declared}, while {source.crs} was stated for it"
            )
        return declared
    crs = declared or source.crs
    if crs is None:
        raise UnknownCrs(f"{source.file.name}: state the CRS of its positions, such as EPSG:27700")
    return crs


def _shapes(batch: RawBatch, source: FeatureFile) -> Geometries:
    if source.x is None or source.y is None:
        if batch.geometries is None:
            return np.full(len(batch), None, dtype=object)
        return batch.geometries
    x = np.array([_number(value) for value in batch.columns[source.x]], dtype=np.float64)
    y = np.array([_number(value) for value in batch.columns[source.y]], dtype=np.float64)
    places: Geometries = np.full(len(batch), None, dtype=object)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    places[known] = shapely.points(x[known], y[known])
    return places


def _texts(batch: RawBatch, column: str | None) -> list[str]:
    if column is None:
        return [""] * len(batch)
    return ["" if value is None else str(value).strip() for value in batch.columns[column]]


def _numbers(batch: RawBatch, source: FeatureFile) -> list[float]:
    if source.value is None:
        return [1.0] * len(batch)
    found = []
    for row, value in zip(batch.row_numbers, batch.columns[source.value], strict=True):
        number = _number(value)
        if math.isnan(number) and value is not None and str(value).strip():
            raise BadSource(
                f"{source.file.name}: row {row}: {source.value} is {str(value)[:40]!r}, no number"
            )
        found.append(number)
    return found


def _number(value: object) -> float:
    """The number that a cell holds; NaN where it holds none."""
    try:
        return float(str(value).replace(",", "")) if value is not None else math.nan
    except ValueError:
        return math.nan


def _finite(shapes: Geometries) -> NDArray[np.bool_]:
    finite: NDArray[np.bool_] = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    return finite

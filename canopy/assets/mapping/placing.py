"""Positions of rows from their coordinate columns, checked, in the storage CRS.

Every row with a position that cannot be right is rejected with the reason: missing,
zero, exchanged, off the planet, outside the area, or contradicted by the row's own
second pair of coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.assets.mapping.area import Area, Body, to_storage
from canopy.assets.mapping.arrays import Floats
from canopy.assets.mapping.faults import Faults
from canopy.assets.mapping.pairs import Columns, Pair, PairSource
from canopy.assets.mapping.second_pairs import DISAGREE_M, Agreement, Checks


class PointPlacer:
    """Turns coordinate columns into points, batch by batch."""

    def __init__(self, source: PairSource, checks: Sequence[PairSource], area: Area) -> None:
        self._source, self._area = source, area
        self._checks = Checks(source.describe(), checks, area)
        self._body: Body | None = None

    @property
    def agreements(self) -> list[Agreement]:
        return self._checks.agreements

    def place(self, columns: Columns, faults: Faults) -> NDArray[np.object_]:
        """Points in the storage CRS; rows without a usable one are rejected in `faults`."""
        pair = self._source.read(columns)
        second = self._checks.read(columns, faults)
        filled = self._reject_unusable(pair, second, columns, faults)
        x, y, off, inside = to_storage(
            pair.x, pair.y, self._source.crs, self._area, geographic=self._source.geographic
        )
        if filled:
            rows = list(filled)
            x, y = x.copy(), y.copy()
            x[rows], y[rows] = np.array(list(filled.values())).T
            inside[rows] = self._area.contains(x[rows], y[rows])
        if self._body is None:
            self._body = Body.of(x[inside], y[inside])
        self._reject_misplaced(pair, x, y, off, inside, second, columns, faults)
        self._checks.compare(x, y, second, faults)
        points: NDArray[np.object_] = shapely.points(x, y)
        return points

    def _reject_unusable(
        self,
        pair: Pair,
        second: Sequence[tuple[Floats, Floats]],
        columns: Columns,
        faults: Faults,
    ) -> dict[int, tuple[float, float]]:
        """Reject missing, unreadable and zero positions, unless a second pair fills them."""
        zero = pair.drop_zeros(geographic=self._source.geographic)
        missing = np.isnan(pair.x) | np.isnan(pair.y)
        filled: dict[int, tuple[float, float]] = {}
        for index in np.flatnonzero(zero | missing).tolist():
            pair.x[index] = pair.y[index] = np.nan
            fill = next(((x[index], y[index]) for x, y in second if np.isfinite(x[index])), None)
            if fill is not None:
                filled[index] = fill
                faults.warn(
                    index,
                    "position-from-second-pair",
                    f"{self._source.written(columns, index)} is no position; the row's second "
                    "pair of coordinates was used.",
                    self._source.columns[0],
                )
            else:
                self._reject_absent(index, bool(zero[index]), pair, columns, faults)
        return filled

    def _reject_absent(
        self, index: int, is_zero: bool, pair: Pair, columns: Columns, faults: Faults
    ) -> None:
        written = self._source.written(columns, index)
        if index in pair.unreadable:
            name, unreadable = pair.unreadable[index]
            faults.reject(
                index,
                "unreadable-coordinates",
                f"{name} {unreadable.text!r} is {unreadable.reason}; correct it.",
                name,
            )
        elif is_zero:
            faults.reject(
                index,
                "zero-coordinates",
                f"{written}: zero stands for no position here; fill in the coordinates, or "
                "drop the row by a correction.",
                self._source.columns[0],
            )
        else:
            faults.reject(
                index,
                "missing-coordinates",
                f"{written}: there is no position; fill in the coordinates.",
                self._source.columns[0],
            )

    def _reject_misplaced(
        self,
        pair: Pair,
        x: Floats,
        y: Floats,
        off: NDArray[np.bool_],
        inside: NDArray[np.bool_],
        second: Sequence[tuple[Floats, Floats]],
        columns: Columns,
        faults: Faults,
    ) -> None:
        suspect = ~inside
        if self._body is not None:
            suspect = suspect | (self._body.distance_m(x, y) > self._body.far_m)
        for check_x, check_y in second:
            suspect = suspect | (np.hypot(check_x - x, check_y - y) > DISAGREE_M)
        suspects = [i for i in np.flatnonzero(suspect).tolist() if not faults.is_rejected(i)]
        if not suspects:
            return
        exchanged = self._is_exchanged(pair, np.array(suspects), second)
        for index, is_exchanged in zip(suspects, exchanged.tolist(), strict=True):
            self._tell_misplaced(
                index, is_exchanged, bool(off[index]), bool(inside[index]), x, y, columns, faults
            )

    def _is_exchanged(
        self, pair: Pair, rows: NDArray[np.intp], second: Sequence[tuple[Floats, Floats]]
    ) -> NDArray[np.bool_]:
        """Which rows would be right with their two coordinates exchanged."""
        x, y, _, inside = to_storage(
            pair.y[rows],
            pair.x[rows],
            self._source.crs,
            self._area,
            geographic=self._source.geographic,
        )
        if self._body is not None:
            inside &= self._body.distance_m(x, y) <= self._body.far_m
        for check_x, check_y in second:
            apart = np.hypot(check_x[rows] - x, check_y[rows] - y)
            inside &= ~(apart > DISAGREE_M)
        return inside

    def _tell_misplaced(
        self,
        index: int,
        is_exchanged: bool,
        is_off: bool,
        is_inside: bool,
        x: Floats,
        y: Floats,
        columns: Columns,
        faults: Faults,
    ) -> None:
        written, name = self._source.written(columns, index), self._source.columns[0]
        if is_exchanged:
            faults.reject(
                index,
                "swapped-coordinates",
                f"{written}: the two seem to be exchanged, for the other way round the row lies "
                "with the rest of the file; exchange them in the file or by a correction.",
                name,
            )
        elif is_off:
            faults.reject(
                index,
                "off-planet",
                f"{written}: no place on earth has these coordinates in {self._source.crs}; "
                "correct them, or give the right CRS with --crs EPSG:n.",
                name,
            )
        elif not is_inside:
            faults.reject(
                index,
                "out-of-area",
                f"{written} lies outside the deployment's area ({self._area.describe()}); "
                "correct it, or give the file's CRS with --crs EPSG:n.",
                name,
            )
        elif self._body is not None:
            here = float(self._body.distance_m(x[index : index + 1], y[index : index + 1])[0])
            if here > self._body.far_m:
                faults.warn(
                    index,
                    "far-from-the-rest",
                    f"{written} lies {here / 1000:,.0f} km from the middle of the file; is it "
                    "right?",
                    name,
                )

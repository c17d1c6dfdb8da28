"""Geometries as stored: valid, 2D, inside the area and of a type that the kind allows."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.assets.mapping.area import Area, Body, to_storage
from canopy.assets.mapping.arrays import Floats
from canopy.assets.mapping.faults import Faults
from canopy.assets.mapping.parts import area_change, same_dimension
from canopy.assets.mapping.positions import wkt_column
from canopy.assets.mapping.values import Unreadable, as_text
from canopy.geo import parse_crs

Geometries = NDArray[np.object_]
Columns = MappingOf[str, Sequence[object]]

MAX_VERTICES = 100_000
"""Most vertices one geometry may have; a whole county's coastline has fewer."""

ZERO = 1e-9


class ShapePlacer:
    """Turns the file's features, or a WKT column, into stored geometries."""

    def __init__(self, crs: str, wkt: str | None, area: Area, *, exchanged: bool = False) -> None:
        self._crs, self._wkt, self._area, self._exchanged_axes = crs, wkt, area, exchanged
        self._geographic = parse_crs(crs).is_geographic
        self._body: Body | None = None

    def source_geometries(
        self, columns: Columns, geometries: Geometries | None, count: int, faults: Faults
    ) -> Geometries:
        """The raw geometries of a batch; unreadable WKT is rejected."""
        if self._wkt is None:
            if geometries is None:
                return np.full(count, None, dtype=object)
            return geometries
        found, unreadable = wkt_column(columns[self._wkt])
        for index, why in unreadable.items():
            self._reject_wkt(index, why, faults)
        return found

    def _reject_wkt(self, index: int, why: Unreadable, faults: Faults) -> None:
        faults.reject(
            index,
            "unreadable-geometry",
            f"{self._wkt} {why.text!r} is {why.reason}; correct it.",
            self._wkt,
        )

    def place(self, raw: Geometries, faults: Faults) -> Geometries:
        """Geometries in the storage CRS; rows without a usable one are rejected."""
        geometries = raw.copy()
        self._reject_absent(geometries, faults)
        self._flatten(geometries, faults)
        if self._exchanged_axes:
            geometries = np.asarray(
                shapely.transform(geometries, lambda points: points[:, ::-1]), dtype=object
            )
        self._move(geometries, faults)
        self._repair(geometries, faults)
        return geometries

    def _reject_absent(self, geometries: Geometries, faults: Faults) -> None:
        absent = shapely.is_missing(geometries)
        empty = shapely.is_empty(geometries) & ~absent
        large = shapely.get_num_coordinates(geometries) > MAX_VERTICES
        for index in np.flatnonzero(absent).tolist():
            if not faults.is_rejected(index):
                faults.reject(
                    index,
                    "missing-geometry",
                    "There is no geometry; draw it, or drop the row by a correction.",
                )
        for index in np.flatnonzero(empty).tolist():
            faults.reject(
                index,
                "empty-geometry",
                f"The {geometries[index].geom_type} is empty; draw it, or drop the row.",
            )
        for index in np.flatnonzero(large).tolist():
            count = int(shapely.get_num_coordinates(geometries[index]))
            faults.reject(
                index,
                "too-many-vertices",
                f"The geometry has {count:,} vertices, more than the {MAX_VERTICES:,} allowed; "
                "simplify it first.",
            )
        geometries[absent | empty | large] = None

    def _flatten(self, geometries: Geometries, faults: Faults) -> None:
        raised = shapely.has_z(geometries)
        for index in np.flatnonzero(raised).tolist():
            faults.warn(index, "dropped-z", "The third coordinate was dropped: positions are 2D.")
        if raised.any():
            geometries[raised] = shapely.force_2d(geometries[raised])
        elif _has_m(geometries):
            geometries[:] = shapely.force_2d(geometries)

    def _move(self, geometries: Geometries, faults: Faults) -> None:
        """To the storage CRS, in place; rejects vertices that are no numbers, all zero,
        exchanged, off the planet or outside the area."""
        points, owner = shapely.get_coordinates(geometries, return_index=True)
        if not len(points):
            return
        x, y = points[:, 0], points[:, 1]
        count = len(geometries)
        bad = _any(~np.isfinite(points).all(axis=1), owner, count)
        zero = _all((np.abs(x) < ZERO) & (np.abs(y) < ZERO), owner, count)
        stored_x, stored_y, off, inside = to_storage(
            x, y, self._crs, self._area, geographic=self._geographic
        )
        first = np.searchsorted(owner, np.arange(count))
        present = np.bincount(owner, minlength=count) > 0
        if self._body is None:
            starts = first[present]
            good = starts[inside[starts]]
            self._body = Body.of(stored_x[good], stored_y[good])
        outside = _any(~inside, owner, count)
        if self._body is not None:
            far = self._body.distance_m(stored_x, stored_y) > self._body.far_m
            suspect = outside | _all(far, owner, count) & present
        else:
            suspect = outside
        exchanged = self._exchanged(points, owner, count, suspect & ~bad & ~zero)
        is_off = _any(off, owner, count)
        for index in np.flatnonzero(suspect | bad | zero).tolist():
            reason = (
                "nan" if bad[index] else "zero" if zero[index] else
                "swapped" if exchanged[index] else "off" if is_off[index] else
                "outside" if outside[index] else "far"
            )  # fmt: skip
            self._tell(index, reason, geometries, faults)
        kept = ~shapely.is_missing(geometries)[owner]
        shapely.set_coordinates(geometries, np.column_stack((stored_x[kept], stored_y[kept])))

    def _exchanged(
        self, points: Floats, owner: NDArray[np.intp], count: int, suspect: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        rows = suspect[owner]
        answer = np.zeros(count, dtype=bool)
        if not rows.any():
            return answer
        x, y, _, inside = to_storage(
            points[rows, 1], points[rows, 0], self._crs, self._area, geographic=self._geographic
        )
        if self._body is not None:
            inside &= self._body.distance_m(x, y) <= self._body.far_m
        answer = suspect & _all(inside, owner[rows], count)
        return answer

    def _tell(self, index: int, reason: str, geometries: Geometries, faults: Faults) -> None:
        geometry = geometries[index]
        at = _first_vertex(geometry)
        told = {
            "nan": (
                "nan-coordinates",
                "A vertex has no numbers for coordinates; draw the geometry again.",
            ),
            "zero": (
                "zero-coordinates",
                f"The {geometry.geom_type} lies at 0, 0, which stands for no position; place it, "
                "or drop the row by a correction.",
            ),
            "swapped": (
                "swapped-coordinates",
                f"The {geometry.geom_type} at {at} seems to have its coordinates exchanged, for "
                "the other way round it lies in the area with the rest; exchange them (GeoJSON "
                "and KML write longitude first).",
            ),
            "off": (
                "off-planet",
                f"No place on earth has the coordinates {at} in {self._crs}; correct them, or "
                "give the right CRS with --crs EPSG:n.",
            ),
            "outside": (
                "out-of-area",
                f"The {geometry.geom_type} at {at} in {self._crs} lies outside the deployment's "
                f"area ({self._area.describe()}); correct it, or give the file's CRS with "
                "--crs EPSG:n.",
            ),
        }
        if reason == "far":
            faults.warn(
                index,
                "far-from-the-rest",
                f"The {geometry.geom_type} at {at} lies far from the rest of the file; is it "
                "right?",
            )
            return
        code, message = told[reason]
        faults.reject(index, code, message)
        geometries[index] = None

    def _repair(self, geometries: Geometries, faults: Faults) -> None:
        """make_valid what crosses itself; what is left without substance is rejected."""
        invalid = ~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)
        for index in np.flatnonzero(invalid).tolist():
            broken = geometries[index]
            why = shapely.is_valid_reason(broken)
            mended = same_dimension(shapely.make_valid(broken), broken)
            if mended is None:
                faults.reject(
                    index,
                    "degenerate-geometry",
                    f"The {broken.geom_type} has no extent ({why}); draw it again.",
                )
                geometries[index] = None
                continue
            geometries[index] = mended
            faults.warn(
                index,
                "repaired-geometry",
                f"The {broken.geom_type} was not valid ({why}) and was repaired to a "
                f"{mended.geom_type}{area_change(broken, mended)}.",
            )


def _has_m(geometries: Geometries) -> bool:
    has_m = getattr(shapely, "has_m", None)
    return bool(has_m(geometries).any()) if has_m is not None else False


def _any(mask: NDArray[np.bool_], owner: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
    return np.bincount(owner, weights=mask, minlength=count) > 0


def _all(mask: NDArray[np.bool_], owner: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
    total = np.bincount(owner, minlength=count)
    held = np.bincount(owner, weights=mask, minlength=count)
    answer: NDArray[np.bool_] = (total > 0) & (held == total)
    return answer


def _first_vertex(geometry: shapely.Geometry) -> str:
    first = shapely.get_coordinates(geometry)[0]
    return f"{as_text(float(first[0]))}, {as_text(float(first[1]))}"

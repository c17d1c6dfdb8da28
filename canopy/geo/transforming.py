"""The best transformation between two CRS that can be had here, and what it is worth."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.enums import TransformDirection
from pyproj.transformer import TransformerGroup

from canopy.errors import UnknownCrs
from canopy.geo.crs import (
    WGS84,
    as_registered,
    crs_name,
    is_national_grid,
    is_on_osgb36,
    parse_crs,
)
from canopy.geo.ostn15 import Floats, ostn15

Geometries = NDArray[np.object_]

ETRS89 = "EPSG:4258"

OSTN15_ACCURACY_M = 0.1
"""How well OSTN15 carries positions over [m]: the 0.1 m root mean square against the
triangulation of 1936 that Ordnance Survey states."""

_CHUNK = 50_000
_DATUM_SHIFTS = ("Helmert", "grid")


@dataclass(frozen=True, slots=True)
class Transformation:
    """How coordinates were changed, kept as provenance.

    `method` is ``none``, ``projection`` (same datum, exact), ``OSTN15``, ``grid`` or
    ``Helmert``; where another datum lies beyond OSTN15 both legs are named, as in
    ``OSTN15 and Helmert``. `accuracy_m` is the stated accuracy of the worse leg [m], None
    where none is stated.
    """

    source: str
    target: str
    method: str
    accuracy_m: float | None
    note: str = ""

    def sentence(self) -> str:
        """One line for a report."""
        accuracy = "" if self.accuracy_m is None else f", accurate to {self.accuracy_m:g} m"
        note = f" ({self.note})" if self.note else ""
        return f"{self.source} to {self.target} by {self.method}{accuracy}{note}"


class CrsTransformer:
    """Moves coordinates from one CRS to another, x before y whatever the CRS declares."""

    def __init__(self, source: pyproj.CRS, target: pyproj.CRS) -> None:
        from_grid, to_grid = is_national_grid(source), is_national_grid(target)
        # On one datum a projection is all there is to it: OSTN15 and back would add error.
        one_datum = is_on_osgb36(source) and is_on_osgb36(target)
        self._same = source == target or (from_grid and to_grid)
        self._from_grid = from_grid and not one_datum
        self._to_grid = to_grid and not one_datum
        names = crs_name(source), crs_name(target)
        if self._same:
            self.transformation = Transformation(*names, "none", 0.0)
        elif self._from_grid or self._to_grid:
            self._other, leg = _other_leg(target if from_grid else source)
            self.transformation = _with_ostn15(*names, leg)
        else:
            if one_datum:
                source, target = as_registered(source), as_registered(target)
            self._direct, self.transformation = _best(source, target)

    def xy(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Transform coordinates; NaN where there is no transformation."""
        x = np.asarray(x, dtype=np.float64)
        y = np.asarray(y, dtype=np.float64)
        if self._same or not len(x):
            return x, y
        if len(x) > _CHUNK:
            parts = [
                self.xy(x[i : i + _CHUNK], y[i : i + _CHUNK]) for i in range(0, len(x), _CHUNK)
            ]
            return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
        if self._from_grid:
            lon, lat = ostn15().to_lonlat(x, y)
            return (lon, lat) if self._other is None else _finite(self._other.transform(lon, lat))
        if self._to_grid:
            if self._other is not None:
                x, y = _finite(self._other.transform(x, y, direction=TransformDirection.INVERSE))
            return ostn15().to_national_grid(x, y)
        return _finite(self._direct.transform(x, y))

    def geometries(self, geometries: Geometries) -> Geometries:
        """Transform shapely geometries vertex by vertex; None stays None.

        A vertex for which there is no transformation becomes infinite: a ring with NaN at
        its ends would not be closed, and could not be made.
        """
        if self._same:
            return geometries

        def move(points: Floats) -> Floats:
            moved = np.column_stack(self.xy(points[:, 0], points[:, 1]))
            return np.where(np.isnan(moved), np.inf, moved)

        moved: Geometries = shapely.transform(geometries, move)
        return moved


def _finite(pair: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    x, y = (np.asarray(part, dtype=np.float64) for part in pair)
    bad = ~(np.isfinite(x) & np.isfinite(y))
    return np.where(bad, np.nan, x), np.where(bad, np.nan, y)


def _other_leg(
    other: pyproj.CRS,
) -> tuple[pyproj.Transformer | None, Transformation | None]:
    """From longitude and latitude to the CRS on the far side of the National Grid.

    ETRS89 is what OSTN15 gives and WGS 84 is taken as equal to it, so the leg starts from
    whichever of the two leads there more accurately.
    """
    if crs_name(other) in (WGS84, ETRS89, "OGC:CRS84"):
        return None, None
    legs = []
    for datum in (WGS84, ETRS89):
        try:
            legs.append(_best(parse_crs(datum), other))
        except UnknownCrs:
            if datum == ETRS89 and not legs:
                raise
    return min(legs, key=lambda leg: _accuracy(leg[1]))


def _accuracy(how: Transformation) -> float:
    return math.inf if how.accuracy_m is None else how.accuracy_m


def _with_ostn15(source: str, target: str, leg: Transformation | None) -> Transformation:
    """OSTN15, and what follows or goes before it on the far side."""
    if leg is not None and leg.method in _DATUM_SHIFTS:
        worse_m = None if leg.accuracy_m is None else max(OSTN15_ACCURACY_M, leg.accuracy_m)
        return Transformation(source, target, f"OSTN15 and {leg.method}", worse_m, leg.note)
    beyond_m = 0.0 if leg is None else leg.accuracy_m or 0.0
    on_etrs89 = ETRS89 in (source, target) or (leg is not None and leg.source == ETRS89)
    note = "" if on_etrs89 else "WGS 84 taken as ETRS89"
    return Transformation(source, target, "OSTN15", max(OSTN15_ACCURACY_M, beyond_m), note)


def _best(source: pyproj.CRS, target: pyproj.CRS) -> tuple[pyproj.Transformer, Transformation]:
    with warnings.catch_warnings():  # a missing grid is told in the note below
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(source, target, always_xy=True, allow_ballpark=False)
    if not group.transformers:
        raise UnknownCrs(
            f"No transformation from {crs_name(source)} to {crs_name(target)} is known; "
            "declare the file's CRS with --crs EPSG:n, or convert the file first."
        )
    transformer = group.transformers[0]
    accuracy = transformer.accuracy if transformer.accuracy >= 0 else None
    definition = transformer.definition
    if "hgridshift" in definition or "gridshift" in definition:
        method = "grid"
    elif "helmert" in definition:
        method = "Helmert"
    else:
        method = "projection"
    if accuracy is None and method == "projection" and _share_degrees(source, target):
        accuracy = 0.0  # a map projection is exact; from PROJ 9.8 on none is stated for it
    note = "" if group.best_available else "a more accurate grid exists but is not installed"
    how = Transformation(crs_name(source), crs_name(target), method, accuracy, note)
    return transformer, how


def _share_degrees(source: pyproj.CRS, target: pyproj.CRS) -> bool:
    """Whether both rest on the same longitude and latitude."""
    one, other = source.geodetic_crs, target.geodetic_crs
    return one is not None and other is not None and one.equals(other, ignore_axis_order=True)


@lru_cache(maxsize=64)
def transformer(source_crs: str, target_crs: str) -> CrsTransformer:
    """The best transformation available here from `source_crs` to `target_crs`.

    Raises UnknownCrs for a CRS that PROJ does not know, and where only a 'ballpark'
    transformation (no datum shift, off by a hundred metres) could be had.
    """
    return CrsTransformer(parse_crs(source_crs), parse_crs(target_crs))

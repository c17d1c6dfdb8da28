"""Coordinates: transformations whose accuracy is known, and areas of use.

Positions are stored in a projected CRS (EPSG:27700 in Great Britain) and spoken in
EPSG:4326 on the wire. Between the two the shift is OSTN15, the definition of the
National Grid, and not the 2 m Helmert approximation that PROJ falls back to when its
grid file is missing.

The OSTN15 node shifts come from `convertbng`, which carries Ordnance Survey's grid.
Its own results are rounded to the millimetre, so the interpolation between nodes is
done here in double precision: a position goes to longitude and latitude and back
without moving by more than a nanometre or so.

Source: Ordnance Survey, *Transformations and OSGM15 user guide* v1.3 (2018), §2:
bilinear interpolation of 1 km node shifts, and its iterative inverse.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from convertbng import cutil
from numpy.typing import NDArray
from pyproj.enums import TransformDirection
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from canopy.errors import UnknownCrs

BRITISH_NATIONAL_GRID = "EPSG:27700"
WGS84 = "EPSG:4326"

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

_ETRS89_GRID = pyproj.Proj(
    "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=GRS80"
)
"""The National Grid projection on GRS80: 'ETRS89 eastings and northings' of the guide."""

_NODE_M = 1000.0
_COLUMNS, _ROWS = 701, 1251
_INVERSE_TOLERANCE_M = 1e-9
_INVERSE_ROUNDS = 12
_CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class Transformation:
    """How coordinates were changed, kept as provenance.

    `method` is ``none``, ``OSTN15``, ``grid``, ``projection`` (same datum, exact) or
    ``Helmert``; `accuracy_m` is the method's stated accuracy [m], None where none is stated.
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


class Ostn15:
    """The OSTN15 horizontal shift, node values fetched as they are needed."""

    def __init__(self) -> None:
        self._east = np.full((_ROWS, _COLUMNS), np.nan)
        self._north = np.full((_ROWS, _COLUMNS), np.nan)
        self._fetched = np.zeros((_ROWS, _COLUMNS), dtype=bool)

    def _fetch(self, row: NDArray[np.intp], column: NDArray[np.intp]) -> None:
        missing = ~self._fetched[row, column]
        if not missing.any():
            return
        codes = np.unique(row[missing] * _COLUMNS + column[missing])
        row, column = codes // _COLUMNS, codes % _COLUMNS
        east, north = column * _NODE_M, row * _NODE_M
        osgb_east, osgb_north = cutil.convert_etrs89_to_osgb36(east, north)
        # Node shifts are published to the millimetre; rounding removes float noise only.
        self._east[row, column] = np.round(np.asarray(osgb_east) - east, 3)
        self._north[row, column] = np.round(np.asarray(osgb_north) - north, 3)
        self._fetched[row, column] = True

    def shift(self, east: Floats, north: Floats) -> tuple[Floats, Floats]:
        """ETRS89 grid to OSGB36: the shifts [m] at ETRS89 eastings and northings [m].

        NaN outside the grid (0-700 km east, 0-1250 km north) and where a node is undefined.
        """
        inside = (east >= 0) & (east < 700_000) & (north >= 0) & (north < 1_250_000)
        column = np.where(inside, east // _NODE_M, 0).astype(np.intp)
        row = np.where(inside, north // _NODE_M, 0).astype(np.intp)
        for down in (0, 1):
            for right in (0, 1):
                self._fetch(row + down, column + right)
        t = east / _NODE_M - column
        u = north / _NODE_M - row
        shifts = []
        for nodes in (self._east, self._north):
            value = (
                (1 - t) * (1 - u) * nodes[row, column]
                + t * (1 - u) * nodes[row, column + 1]
                + (1 - t) * u * nodes[row + 1, column]
                + t * u * nodes[row + 1, column + 1]
            )
            shifts.append(np.where(inside, value, np.nan))
        return shifts[0], shifts[1]

    def to_national_grid(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """ETRS89 longitude, latitude [degrees] to OSGB36 eastings, northings [m]."""
        east, north = _project(lon, lat)
        east_shift, north_shift = self.shift(east, north)
        return east + east_shift, north + north_shift

    def to_lonlat(self, easting: Floats, northing: Floats) -> tuple[Floats, Floats]:
        """OSGB36 eastings, northings [m] to ETRS89 longitude, latitude [degrees]."""
        east, north = easting.copy(), northing.copy()
        for _ in range(_INVERSE_ROUNDS):
            east_shift, north_shift = self.shift(east, north)
            next_east, next_north = easting - east_shift, northing - north_shift
            moved = np.hypot(next_east - east, next_north - north)
            east, north = next_east, next_north
            if not (moved > _INVERSE_TOLERANCE_M).any():
                break
        lon, lat = _ETRS89_GRID(east, north, inverse=True)
        bad = ~(np.isfinite(lon) & np.isfinite(lat))
        return np.where(bad, np.nan, lon), np.where(bad, np.nan, lat)


def _project(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    near = (np.abs(lat) <= 90) & (np.abs(lon + 2) <= 30)
    east, north = _ETRS89_GRID(np.where(near, lon, -2.0), np.where(near, lat, 49.0))
    return np.where(near, east, np.nan), np.where(near, north, np.nan)


@lru_cache(maxsize=1)
def _ostn15() -> Ostn15:
    return Ostn15()


class CrsTransformer:
    """Moves coordinates from one CRS to another, x before y whatever the CRS declares."""

    def __init__(self, source: pyproj.CRS, target: pyproj.CRS) -> None:
        self._from_grid = _is_national_grid(source)
        self._to_grid = _is_national_grid(target)
        self._same = source == target or (self._from_grid and self._to_grid)
        names = crs_name(source), crs_name(target)
        self._geographic = source.is_geographic, target.is_geographic
        if self._same:
            self.transformation = Transformation(*names, "none", 0.0)
        elif self._from_grid or self._to_grid:
            other = target if self._from_grid else source
            self._other, accuracy, note = _other_leg(other)
            self.transformation = Transformation(
                *names, "OSTN15", max(0.1, accuracy or 0.1), note or "WGS 84 taken as ETRS89"
            )
        else:
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
            lon, lat = _ostn15().to_lonlat(x, y)
            return (lon, lat) if self._other is None else _finite(self._other.transform(lon, lat))
        if self._to_grid:
            if self._other is not None:
                x, y = _finite(self._other.transform(x, y, direction=TransformDirection.INVERSE))
            return _ostn15().to_national_grid(x, y)
        return _finite(self._direct.transform(x, y))

    def geometries(self, geometries: Geometries) -> Geometries:
        """Transform shapely geometries vertex by vertex; None stays None."""
        if self._same:
            return geometries

        def move(points: Floats) -> Floats:
            return np.column_stack(self.xy(points[:, 0], points[:, 1]))

        moved: Geometries = shapely.transform(geometries, move)
        return moved


def _finite(pair: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    x, y = (np.asarray(part, dtype=np.float64) for part in pair)
    bad = ~(np.isfinite(x) & np.isfinite(y))
    return np.where(bad, np.nan, x), np.where(bad, np.nan, y)


def _other_leg(
    other: pyproj.CRS,
) -> tuple[pyproj.Transformer | None, float | None, str]:
    """From longitude and latitude to the CRS on the far side of the National Grid."""
    if other.is_geographic and crs_name(other) in (WGS84, "EPSG:4258", "OGC:CRS84"):
        return None, None, ""
    transformer, how = _best(pyproj.CRS.from_user_input(WGS84), other)
    return transformer, how.accuracy_m, how.note


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
    note = "" if group.best_available else "a more accurate grid exists but is not installed"
    how = Transformation(crs_name(source), crs_name(target), method, accuracy, note)
    return transformer, how


@lru_cache(maxsize=64)
def parse_crs(text: str) -> pyproj.CRS:
    """The CRS that `text` names (``EPSG:27700``, WKT, PROJJSON, ``OGC:CRS84``).

    Raises UnknownCrs when PROJ does not know it.
    """
    try:
        return pyproj.CRS.from_user_input(int(text) if text.isdigit() else text)
    except CRSError as error:
        raise UnknownCrs(
            f"{text[:80]!r} is no coordinate reference system that PROJ knows; "
            "write it as EPSG:n, for example EPSG:27700."
        ) from error


@lru_cache(maxsize=64)
def _name(crs: pyproj.CRS) -> str:
    authority = crs.to_authority(min_confidence=70)
    if authority:
        return f"{authority[0]}:{authority[1]}"
    if crs.is_bound and crs.source_crs is not None:
        return _name(crs.source_crs)
    return str(crs.name)


def crs_name(crs: pyproj.CRS | str) -> str:
    """``EPSG:n`` where the CRS has a code, else its name."""
    return _name(parse_crs(crs) if isinstance(crs, str) else crs)


def epsg_code(crs: pyproj.CRS | str) -> int:
    """The EPSG number of a CRS; UnknownCrs when it has none."""
    name = crs_name(crs)
    authority, _, code = name.partition(":")
    if authority == "EPSG" and code.isdigit():
        return int(code)
    if name == "OGC:CRS84":
        return 4326
    raise UnknownCrs(f"{name} has no EPSG code; choose a CRS that has one.")


def _is_national_grid(crs: pyproj.CRS) -> bool:
    return crs_name(crs) == BRITISH_NATIONAL_GRID


@lru_cache(maxsize=64)
def transformer(source_crs: str, target_crs: str) -> CrsTransformer:
    """The best transformation available here from `source_crs` to `target_crs`.

    Raises UnknownCrs for a CRS that PROJ does not know, and where only a 'ballpark'
    transformation (no datum shift, off by a hundred metres) could be had.
    """
    return CrsTransformer(parse_crs(source_crs), parse_crs(target_crs))


@lru_cache(maxsize=16)
def area_of_use(storage_crs: str) -> tuple[float, float, float, float]:
    """(west, south, east, north) [degrees] for which a CRS is meant; the globe if unstated."""
    area = parse_crs(storage_crs).area_of_use
    if area is None:
        return (-180.0, -90.0, 180.0, 90.0)
    return (area.west, area.south, area.east, area.north)


@lru_cache(maxsize=16)
def projected_extent(storage_crs: str) -> tuple[float, float, float, float]:
    """(min x, min y, max x, max y) [CRS units] in which stored coordinates must lie.

    For EPSG:27700 the National Grid itself (0-700 km, 0-1300 km); elsewhere the box
    around the CRS's area of use.
    """
    if crs_name(storage_crs) == BRITISH_NATIONAL_GRID:
        return (0.0, 0.0, 700_000.0, 1_300_000.0)
    west, south, east, north = area_of_use(storage_crs)
    lon = np.concatenate([np.linspace(west, east, 21)] * 3)
    lat = np.repeat([south, (south + north) / 2, north], 21)
    x, y = transformer(WGS84, storage_crs).xy(lon, lat)
    if not np.isfinite(x).any():
        return (-math.inf, -math.inf, math.inf, math.inf)
    return (float(np.nanmin(x)), float(np.nanmin(y)), float(np.nanmax(x)), float(np.nanmax(y)))


def require_projected_metres(storage_crs: str) -> None:
    """Refuse a storage CRS in which distances would not be metres."""
    crs = parse_crs(storage_crs)
    epsg_code(crs)
    units = {axis.unit_name for axis in crs.axis_info}
    if not crs.is_projected or units != {"metre"}:
        raise UnknownCrs(
            f"{crs_name(crs)} cannot be the storage CRS: it must be projected, in metres "
            "(EPSG:27700 in Great Britain, a UTM zone elsewhere)."
        )

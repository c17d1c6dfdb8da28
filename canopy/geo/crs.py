"""Coordinate reference systems: reading, naming and judging them."""

from __future__ import annotations

from functools import lru_cache

import pyproj
from pyproj.exceptions import CRSError

from canopy.errors import UnknownCrs

BRITISH_NATIONAL_GRID = "EPSG:27700"
WGS84 = "EPSG:4326"

OSGB36 = "EPSG:4277"
"""Degrees on the National Grid's datum."""

_OSGB36_DATUM = "Ordnance Survey of Great Britain 1936"
"""PROJ's name of that datum."""


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


def is_national_grid(crs: pyproj.CRS) -> bool:
    """Whether a CRS is EPSG:27700, however a file writes it."""
    return crs_name(crs) == BRITISH_NATIONAL_GRID


def is_on_osgb36(crs: pyproj.CRS) -> bool:
    """Whether positions are on the National Grid's own datum, so that no shift leads to it."""
    if crs_name(crs) in (BRITISH_NATIONAL_GRID, OSGB36):
        return True
    geodetic = crs.geodetic_crs
    return (
        geodetic is not None
        and geodetic.datum is not None
        and (geodetic.datum.name == _OSGB36_DATUM)
    )


def as_registered(crs: pyproj.CRS) -> pyproj.CRS:
    """The EPSG registry's own definition of a CRS that has a code there, else `crs`."""
    name = crs_name(crs)
    return parse_crs(name) if name.startswith("EPSG:") else crs


@lru_cache(maxsize=16)
def area_of_use(storage_crs: str) -> tuple[float, float, float, float]:
    """(west, south, east, north) [degrees] for which a CRS is meant; the globe if unstated."""
    area = parse_crs(storage_crs).area_of_use
    if area is None:
        return (-180.0, -90.0, 180.0, 90.0)
    return (area.west, area.south, area.east, area.north)


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

"""Coordinates: transformations whose accuracy is known, and where a deployment may lie.

Positions are stored in a projected CRS (EPSG:27700 in Great Britain) and spoken in
EPSG:4326 on the wire. Between the two the shift is OSTN15, the definition of the
National Grid, and not the 2 m Helmert approximation that PROJ falls back to when its
grid file is missing.
"""

from canopy.geo.area import Area
from canopy.geo.crs import (
    BRITISH_NATIONAL_GRID,
    WGS84,
    area_of_use,
    crs_name,
    epsg_code,
    parse_crs,
    require_projected_metres,
)
from canopy.geo.transforming import CrsTransformer, Geometries, Transformation, transformer
from canopy.geo.world import MAX_LATITUDE, WORLD_BITS, lonlat, world_units

__all__ = [
    "BRITISH_NATIONAL_GRID",
    "MAX_LATITUDE",
    "WGS84",
    "WORLD_BITS",
    "Area",
    "CrsTransformer",
    "Geometries",
    "Transformation",
    "area_of_use",
    "crs_name",
    "epsg_code",
    "lonlat",
    "parse_crs",
    "require_projected_metres",
    "transformer",
    "world_units",
]

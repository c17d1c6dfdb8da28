"""Shapes of runs in the catalogue's CRS, and in longitude and latitude."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from canopy.coverage.grid import Grid
from canopy.db.engine import Database
from canopy.geo import WGS84, Geometries, transformer

Box = tuple[float, float, float, float]
_STEPS = 32
"""Into how many pieces an edge of a box is cut before it is bent to another CRS."""


def stored(shapes: Geometries, epsg: int, database: Database) -> Geometries:
    """Shapes of the CRS `epsg` as the catalogue stores them."""
    moved = transformer(f"EPSG:{epsg}", database.storage_crs).geometries(shapes)
    marked: Geometries = shapely.set_srid(moved, database.srid)
    return marked


def lonlat_shapes(shapes: Geometries, database: Database) -> Geometries:
    """Stored shapes in WGS 84, longitude before latitude [degrees]."""
    moved: Geometries = shapely.set_srid(
        transformer(database.storage_crs, WGS84).geometries(shapes), 4326
    )
    return moved


def area_of_degrees(box: Box, database: Database) -> BaseGeometry:
    """A box of longitude and latitude in the storage CRS, its edges bent as they are there."""
    return _bent(box, WGS84, database.storage_crs)


def rectangle(grid: Grid) -> shapely.Polygon:
    """The cells' outline in the grid's CRS."""
    return shapely.box(*grid.bounds_m)


def lonlat_bounds(grid: Grid) -> Box:
    """West, south, east and north of a grid [degrees]."""
    west, south, east, north = _bent(grid.bounds_m, f"EPSG:{grid.epsg}", WGS84).bounds
    return west, south, east, north


def _bent(box: Box, source: str, target: str) -> BaseGeometry:
    west, south, east, north = box
    step = max(east - west, north - south) / _STEPS
    outline = shapely.box(*box)
    outlines = np.array([shapely.segmentize(outline, step) if step else outline], dtype=object)
    (moved,) = transformer(source, target).geometries(outlines)
    shape: BaseGeometry = moved
    return shape

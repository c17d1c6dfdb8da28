"""Vector tiles of stored features, the same bytes from both databases.

A tile is cut in Python on PostGIS too: `ST_Transform` without Ordnance Survey's grid
files is 2 m off, which is three units of a tile at zoom 14. The database finds the
features, `canopy.geo` moves them, and they are clipped and rounded here.

The tile grid is WebMercatorQuad: OGC 17-083r4, *Two Dimensional Tile Matrix Set* 2.0, D.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, SQLColumnExpression, select
from sqlalchemy.orm import Session

from canopy import geo
from canopy.db import spatial
from canopy.db.mvt import EXTENT, encode_layer
from canopy.db.spatial_sql import Box
from canopy.errors import LimitExceeded, NotFound

BUFFER = 64
"""How far features are kept beyond each side of a tile [tile units]."""

MAX_ZOOM = 24
MAX_FEATURES = 50_000

WEB_MERCATOR = "EPSG:3857"
_HALF_WORLD_M = 20_037_508.342789244
_SAMPLES_PER_SIDE = 21
_EDGE_MARGIN_M = 1_000.0
"""More than any datum shift that is left out where the exact transformation ends."""

_EDGE = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)


@dataclass(frozen=True, slots=True)
class TileAddress:
    """A tile of WebMercatorQuad: zoom 0 to 24, column `x` from the west, row `y` from the north.

    Raises NotFound where there is no such tile.
    """

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.z <= MAX_ZOOM and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z):
            raise NotFound(f"There is no tile {self.z}/{self.x}/{self.y}.")

    @property
    def side_m(self) -> float:
        """Width and height [m, EPSG:3857]."""
        return 2 * _HALF_WORLD_M / float(2**self.z)

    @property
    def bounds(self) -> Box:
        """min x, min y, max x, max y [m, EPSG:3857], without the buffer."""
        west = self.x * self.side_m - _HALF_WORLD_M
        north = _HALF_WORLD_M - self.y * self.side_m
        return (west, north - self.side_m, west + self.side_m, north)


def tile(
    session: Session,
    entity: Any,
    address: TileAddress,
    storage_crs: str,
    *where: ColumnElement[bool],
    layer: str,
    attributes: Mapping[str, SQLColumnExpression[Any]],
    max_features: int = MAX_FEATURES,
) -> bytes:
    """The features of a tile that satisfy the conditions, with their keys as ids.

    attributes: the columns to carry, by the name they get. b"" for an empty tile.
    LimitExceeded above `max_features` in and around the tile.
    """
    box = search_box(address, storage_crs)
    if box is None:
        return b""
    inside = spatial.bbox(entity, box, geo.epsg_code(storage_crs))
    key = spatial.key_of(entity)
    rows = session.execute(
        select(key, spatial.stored_bytes(entity), *attributes.values())
        .where(inside, *where)
        .order_by(key)
        .limit(max_features + 1)
    ).all()
    if len(rows) > max_features:
        raise LimitExceeded(
            f"Tile {address.z}/{address.x}/{address.y} holds more than {max_features:,} "
            "features; zoom in, or ask for fewer kinds."
        )
    shapes = spatial.shapes([row[1] for row in rows])
    records = [dict(zip(attributes, row[2:], strict=True)) for row in rows]
    return encode_tile(address, storage_crs, layer, [row[0] for row in rows], shapes, records)


def encode_tile(
    address: TileAddress,
    storage_crs: str,
    layer: str,
    ids: Sequence[int],
    geometries: NDArray[np.object_],
    properties: Sequence[Mapping[str, object]],
) -> bytes:
    """A tile of geometries in the storage CRS; what falls outside or collapses is left out."""
    cut = in_tile_units(geometries, address, storage_crs)
    left = np.flatnonzero(~shapely.is_empty(cut) & ~shapely.is_missing(cut)).tolist()
    return encode_layer(
        layer, [ids[row] for row in left], cut[left], [properties[row] for row in left]
    )


def search_box(address: TileAddress, storage_crs: str) -> Box | None:
    """The box [m, storage CRS] around a tile with its buffer; None off the CRS's area."""
    west, south, east, north = _lonlat(
        spatial.grown(address.bounds, address.side_m * BUFFER / EXTENT)
    )
    area = geo.Area.of(storage_crs).degrees
    south, north = max(south, area[1]), min(north, area[3])
    # An area across the antimeridian goes on beyond 180 degrees, and a tile does not.
    turns = [(max(west + turn, area[0]), min(east + turn, area[2])) for turn in (0.0, 360.0)]
    shared = [turn for turn in turns if turn[0] <= turn[1]]
    if not shared or south > north:
        return None
    west, east = shared[0][0], shared[-1][1]
    along = np.linspace(0, 1, _SAMPLES_PER_SIDE)
    lon, lat = (grid.ravel() for grid in np.meshgrid(west + along * (east - west),
                                                     south + along * (north - south)))  # fmt: skip
    x, y = geo.transformer(geo.WGS84, storage_crs).xy(lon, lat)
    if np.isfinite(x).all():
        box = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
        # Between samples a side bulges by far less than the samples are apart.
        return spatial.grown(box, max(box[2] - box[0], box[3] - box[1]) / _SAMPLES_PER_SIDE)
    # Partly off the grid of the exact transformation: PROJ's own formula reaches farther.
    rough = pyproj.Transformer.from_crs(geo.WGS84, storage_crs, always_xy=True)
    bounds = rough.transform_bounds(west, south, east, north, densify_pts=_SAMPLES_PER_SIDE)
    return spatial.grown(bounds, _EDGE_MARGIN_M)


def _lonlat(box: Box) -> Box:
    x, y = np.clip(np.array([box[0::2], box[1::2]]), -_HALF_WORLD_M, _HALF_WORLD_M)
    lon, lat = geo.transformer(WEB_MERCATOR, geo.WGS84).xy(x, y)
    return (float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1]))


def in_tile_units(
    geometries: NDArray[np.object_], address: TileAddress, storage_crs: str
) -> NDArray[np.object_]:
    """Geometries as a tile holds them: whole units, y down, cut at the buffer's edge.

    None where nothing is left: outside, smaller than a unit, or not transformable.
    """
    west, _, _, north = address.bounds
    move = geo.transformer(storage_crs, WEB_MERCATOR)

    def place(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = move.xy(points[:, 0], points[:, 1])
        return np.column_stack([x - west, north - y]) * (EXTENT / address.side_m)

    placed = shapely.transform(np.asarray(geometries, dtype=object), place)
    cut: NDArray[np.object_] = np.full(len(placed), None, dtype=object)
    dimensions = np.where(_transformed(placed), shapely.get_dimensions(placed), -1)
    for dimension, trim in enumerate((_points, _lines, _polygons)):
        rows = np.flatnonzero(dimensions == dimension)
        if len(rows):
            cut[rows] = trim(placed[rows])
    return cut


def _transformed(placed: NDArray[np.object_]) -> NDArray[np.bool_]:
    points, rows = shapely.get_coordinates(placed, return_index=True)
    broken = np.zeros(len(placed), dtype=bool)
    broken[rows[~np.isfinite(points).all(axis=1)]] = True
    broken |= shapely.is_missing(placed)
    return ~broken


def _points(placed: NDArray[np.object_]) -> NDArray[np.object_]:
    return _or_none(shapely.intersection(shapely.transform(placed, np.rint), _EDGE))


def _lines(placed: NDArray[np.object_]) -> NDArray[np.object_]:
    cut = shapely.transform(shapely.clip_by_rect(placed, *_EDGE.bounds), np.rint)
    cut = shapely.remove_repeated_points(cut)
    return _or_none(_parts_of(cut, 1, shapely.multilinestrings))


def _polygons(placed: NDArray[np.object_]) -> NDArray[np.object_]:
    sound = np.where(shapely.is_valid(placed), placed, shapely.make_valid(placed))
    cut = shapely.set_precision(shapely.intersection(sound, _EDGE), 1.0)
    return _or_none(shapely.orient_polygons(_parts_of(cut, 2, shapely.multipolygons)))


def _parts_of(cut: NDArray[np.object_], dimension: int, gather: Any) -> NDArray[np.object_]:
    """Only the parts of `dimension` that have a size, gathered per row."""
    parts, rows = shapely.get_parts(cut, return_index=True)
    parts, again = shapely.get_parts(parts, return_index=True)  # collections hold multi-parts
    rows = rows[again]
    sized = (shapely.get_dimensions(parts) == dimension) & (shapely.length(parts) > 0)
    gathered: NDArray[np.object_] = np.full(len(cut), None, dtype=object)
    if sized.any():
        gather(parts[sized], indices=rows[sized], out=gathered)
    return gathered


def _or_none(cut: NDArray[np.object_]) -> NDArray[np.object_]:
    cut[shapely.is_empty(cut)] = None
    return cut

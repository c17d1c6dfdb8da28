"""Vector tiles made from the assets: on a GeoPackage, and while nothing is ready.

Positions are what the principal sees, as pages and `stream` show them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy import geo
from canopy.access.rules import Principal
from canopy.assets.kinds import KINDS, Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging import BoxArea, Page, PageReader, PageRequest
from canopy.assets.reading.selection import Selection
from canopy.assets.reading.streaming import stream
from canopy.db.engine import Database
from canopy.db.mvt import EXTENT, encode_layer
from canopy.db.tiles import BUFFER, WEB_MERCATOR, TileAddress, encode_tile

__all__ = [
    "DETAIL_ZOOM", "MOST_DETAILS", "Box", "SeenPlaces", "TileAddress", "counts_tile",
    "details_tile", "lonlat_box", "seen_places",
]  # fmt: skip

DETAIL_ZOOM = 13
"""From this zoom on tiles hold assets; below it counts, by cell and kind."""
MOST_DETAILS = 50_000
"""Assets in and around a tile above which it holds counts whatever its zoom."""
CELL_BITS = 4
"""A tile of counts has 2**4 cells to a side."""
FIELDS = ("asset_id", "kind", "status", "height_m")
"""What a tile tells of an asset."""

Box = tuple[float, float, float, float]
_PAGE_ASSETS = 10_000
_CODES = {str(kind): code for code, kind in enumerate(KINDS)}
_NAMES = tuple(str(kind) for kind in KINDS)


@dataclass(frozen=True, slots=True)
class SeenPlaces:
    """Where every asset stands that one principal sees with a place, side by side.

    `kinds` are positions in the list of kinds; `x`, `y` are world coordinates.
    """

    kinds: NDArray[np.uint8]
    x: NDArray[np.int64]
    y: NDArray[np.int64]

    def of_kind(self, kind: str | None) -> SeenPlaces:
        """The places of one kind, or all."""
        if kind is None:
            return self
        keep = self.kinds == _CODES[kind]
        return SeenPlaces(self.kinds[keep], self.x[keep], self.y[keep])

    def bounds(self) -> Box | None:
        """West, south, east, north [degrees]; None without any place."""
        if not len(self.x):
            return None
        x = np.array([self.x.min(), self.x.max()], dtype=float)
        y = np.array([self.y.max(), self.y.min()], dtype=float)
        (west, south), (east, north) = geo.lonlat(x, y).tolist()
        return west, south, east, north


def seen_places(database: Database, principal: Principal, policy: SensitivityPolicy) -> SeenPlaces:
    """Read the whole catalogue once, as `principal` sees it: a tenth of a second per 10,000."""
    mover = geo.transformer(database.storage_crs, geo.WGS84)
    kinds, xs, ys = [], [], []
    with database.reading() as session:
        for batch in stream(session, Selection(), principal, policy, database.srid):
            points = shapely.point_on_surface(mover.geometries(batch.geometries))
            x, y = geo.world_units(shapely.get_x(points), shapely.get_y(points))
            known = np.isfinite(x) & np.isfinite(y)
            codes = np.array([_CODES[str(kind)] for kind in batch.columns["kind"]], dtype=np.uint8)
            kinds.append(codes[known])
            xs.append(x[known].astype(np.int64))
            ys.append(y[known].astype(np.int64))
    empty = np.empty(0, dtype=np.int64)
    return SeenPlaces(
        np.concatenate([np.empty(0, dtype=np.uint8), *kinds]),
        np.concatenate([empty, *xs]),
        np.concatenate([empty, *ys]),
    )


def counts_tile(places: SeenPlaces, address: TileAddress, layer: str) -> bytes:
    """The tile of counts: each place in one cell of one tile, at the cell's mean position."""
    side = 1 << (geo.WORLD_BITS - address.z)
    x, y = places.x - address.x * side, places.y - address.y * side
    inside = (x >= 0) & (x < side) & (y >= 0) & (y < side)
    if not inside.any():
        return b""
    x, y, kinds = x[inside], y[inside], places.kinds[inside]
    shift = max(geo.WORLD_BITS - address.z - CELL_BITS, 0)
    cells, cell_of = np.unique((x >> shift) << CELL_BITS | (y >> shift), return_inverse=True)
    total = np.bincount(cell_of)
    scale = EXTENT / side
    middle_x = np.floor(np.bincount(cell_of, weights=x) / total * scale)
    middle_y = np.floor(np.bincount(cell_of, weights=y) / total * scale)
    by_kind = np.bincount(cell_of * len(_NAMES) + kinds, minlength=len(cells) * len(_NAMES))
    records = [
        {"count": int(count), **{n: int(k) for n, k in zip(_NAMES, of, strict=True) if k}}
        for count, of in zip(total, by_kind.reshape(len(cells), len(_NAMES)), strict=True)
    ]
    points = shapely.points(middle_x, middle_y)
    return encode_layer(layer, list(range(len(cells))), points, records)


def details_tile(
    pages: PageReader,
    storage_crs: str,
    principal: Principal,
    address: TileAddress,
    layer: str,
    kinds: tuple[Kind, ...],
) -> bytes | None:
    """The tile of the assets themselves; None where it holds more than `MOST_DETAILS`."""
    area = BoxArea((_grown(address),), WEB_MERCATOR, storage_crs)
    request = PageRequest(kinds, principal, _PAGE_ASSETS, WEB_MERCATOR, area=area)
    found = Page()
    while True:
        page = pages.page(request)
        found.add(page)
        if len(found) > MOST_DETAILS:
            return None
        if page.next is None:
            break
        request = PageRequest(
            kinds, principal, _PAGE_ASSETS, WEB_MERCATOR, area=area, after=page.next
        )
    records = [{name: each.get(name) for name in FIELDS} for each in found.properties]
    ids = list(range(len(found)))
    return encode_tile(address, WEB_MERCATOR, layer, ids, found.geometries, records)


def lonlat_box(address: TileAddress) -> Box:
    """A tile with its buffer: west, south, east, north [degrees]."""
    side = 1 << (geo.WORLD_BITS - address.z)
    margin = side * BUFFER / EXTENT
    west, east = address.x * side - margin, (address.x + 1) * side + margin
    north, south = address.y * side - margin, (address.y + 1) * side + margin
    (west, south), (east, north) = geo.lonlat(
        np.array([west, east]), np.array([south, north])
    ).tolist()
    return max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)


def _grown(address: TileAddress) -> Box:
    margin_m = address.side_m * BUFFER / EXTENT
    west, south, east, north = address.bounds
    return west - margin_m, south - margin_m, east + margin_m, north + margin_m

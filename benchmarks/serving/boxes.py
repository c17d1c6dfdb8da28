"""Seeded boxes of about a hundred assets each, on whose sides no asset stands.

Peers look in the rectangle of the storage CRS around a box, and move positions without
Ordnance Survey's grid, up to 3 m off. Where nothing stands near a side, all of them find the
same assets, and their counts can be compared.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from canopy import geo

Floats = NDArray[np.float64]
WANTED = 100
FEWEST, MOST = 70, 130
_CLEAR_M = 4.0
"""How near a side no asset may stand [m]."""
_SLIDE = 0.12
"""How far a side is moved to find a gap, as a share of the box's width."""
_TRIES_PER_BOX = 200
_WKB_POINT_BYTES = 21


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east, north [degrees]; the rectangle around it in the storage CRS [m]."""

    degrees: tuple[float, float, float, float]
    metres: tuple[float, float, float, float]
    assets: int

    @property
    def bbox(self) -> str:
        """As it stands in an address."""
        return ",".join(f"{each:.7f}" for each in self.degrees)


@dataclass(frozen=True)
class Places:
    """Where every asset of a catalogue stands, in the storage CRS [m]."""

    x: Floats
    y: Floats

    @classmethod
    def of(cls, libpq_url: str) -> Places:
        """Read from PostGIS."""
        with psycopg.connect(libpq_url) as connection:
            sql = "SELECT ST_X(geom), ST_Y(geom) FROM asset WHERE withdrawn_at IS NULL ORDER BY fid"
            found = np.array(connection.execute(sql).fetchall(), dtype=float)
        return cls(found[:, 0], found[:, 1])

    @classmethod
    def of_geopackage(cls, path: Path) -> Places:
        """Read from a GeoPackage."""
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            sql = "SELECT geom FROM asset WHERE withdrawn_at IS NULL ORDER BY fid"
            stored = [row[0] for row in connection.execute(sql)]
        points = shapely.from_wkb([blob[-_WKB_POINT_BYTES:] for blob in stored])
        return cls(shapely.get_x(points), shapely.get_y(points))


def boxes(places: Places, count: int, seed: int) -> list[Box]:
    """That many boxes around assets drawn at random; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    found: list[Box] = []
    for _ in range(_TRIES_PER_BOX * count):
        drawn = int(rng.integers(len(places.x)))
        box = _around(places, places.x[drawn], places.y[drawn])
        if box is not None:
            found.append(box)
        if len(found) == count:
            return found
    raise SystemExit(f"Only {len(found)} of {count} boxes have clear sides.")


def _around(places: Places, x: float, y: float) -> Box | None:
    far = np.maximum(np.abs(places.x - x), np.abs(places.y - y))
    half = float(np.partition(far, WANTED)[WANTED])
    near = far < 2 * half
    xs, ys = places.x[near], places.y[near]
    slide = 2 * half * _SLIDE
    reach = half + slide
    across, along = np.abs(ys - y) < reach, np.abs(xs - x) < reach
    sides = (
        _gap(xs[across], x - half, slide), _gap(ys[along], y - half, slide),
        _gap(xs[across], x + half, slide), _gap(ys[along], y + half, slide),
    )  # fmt: skip
    box = _box(sides)
    outer = _inside(xs, ys, box.metres, _CLEAR_M)
    back = geo.transformer("EPSG:27700", "OGC:CRS84")
    lon, lat = back.xy(xs, ys)
    clear_degrees = _CLEAR_M / 60_000.0  # at least that many metres of longitude in Britain
    inner = _inside(lon, lat, box.degrees, -clear_degrees)
    if not np.array_equal(outer, inner) or not FEWEST <= outer.sum() <= MOST:
        return None
    return Box(box.degrees, box.metres, int(outer.sum()))


def _gap(coordinates: Floats, at: float, slide: float) -> float:
    """The middle of the widest gap between coordinates near `at`."""
    near = coordinates[np.abs(coordinates - at) < slide]
    edges = np.sort(np.concatenate([near, [at - slide, at + slide]]))
    widest = int(np.argmax(np.diff(edges)))
    return float(edges[widest] + edges[widest + 1]) / 2


def _box(sides: tuple[float, float, float, float]) -> Box:
    x0, y0, x1, y1 = sides
    corners_x, corners_y = np.array([x0, x1, x1, x0]), np.array([y0, y0, y1, y1])
    lon, lat = geo.transformer("EPSG:27700", "OGC:CRS84").xy(corners_x, corners_y)
    west, south = (lon[0] + lon[3]) / 2, (lat[0] + lat[1]) / 2
    east, north = (lon[1] + lon[2]) / 2, (lat[2] + lat[3]) / 2
    degrees = tuple(round(float(each), 7) for each in (west, south, east, north))
    west, south, east, north = degrees
    x, y = geo.transformer("OGC:CRS84", "EPSG:27700").xy(
        np.array([west, east, east, west]), np.array([south, south, north, north])
    )
    metres = float(x.min()), float(y.min()), float(x.max()), float(y.max())
    return Box((west, south, east, north), metres, 0)


def _inside(
    x: Floats, y: Floats, sides: tuple[float, float, float, float], margin: float
) -> NDArray[np.bool_]:
    x0, y0, x1, y1 = sides
    inside: NDArray[np.bool_] = (
        (x >= x0 - margin) & (x <= x1 + margin) & (y >= y0 - margin) & (y <= y1 + margin)
    )
    return inside

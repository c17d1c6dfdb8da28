"""Tiles of the web mercator grid over a catalogue, and how much is in one."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio

from canopy import geo
from serving.boxes import Floats, Places

HALF_WORLD_M = 20_037_508.342789244
EXTENT = 4_096
_SHIFT_M = 6.0
"""How far two transformations to web mercator may lie apart here [m of that projection]."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile and, where it is known, the fewest and the most assets that it holds."""

    z: int
    x: int
    y: int
    fewest: int = 0
    most: int = 0

    @property
    def path(self) -> str:
        """Its place in an address: level, row, column."""
        return f"{self.z}/{self.y}/{self.x}"


def mercator(places: Places) -> tuple[Floats, Floats]:
    """Where the assets stand in web mercator [m]."""
    found = geo.transformer("EPSG:27700", "EPSG:3857").xy(places.x, places.y)
    return found[0], found[1]


def tiles(x: Floats, y: Floats, zoom: int, count: int, seed: int, least: int = 1) -> list[Tile]:
    """Up to `count` tiles that hold at least so many assets, drawn at random, none twice."""
    side = 2 * HALF_WORLD_M / 2**zoom
    columns = np.floor((x + HALF_WORLD_M) / side).astype(int)
    rows = np.floor((HALF_WORLD_M - y) / side).astype(int)
    filled = sorted(
        place
        for place, held in Counter(zip(columns.tolist(), rows.tolist(), strict=True)).items()
        if held >= least
    )
    order = np.random.default_rng(seed).permutation(len(filled))[:count]
    return [_counted(x, y, zoom, *filled[each]) for each in order]


def _counted(x: Floats, y: Floats, zoom: int, column: int, row: int) -> Tile:
    side = 2 * HALF_WORLD_M / 2**zoom
    west, north = column * side - HALF_WORLD_M, HALF_WORLD_M - row * side
    counts = [
        int(
            np.count_nonzero(
                (x > west - by)
                & (x < west + side + by)
                & (y < north + by)
                & (y > north - side - by)
            )
        )
        for by in (-_SHIFT_M, _SHIFT_M)
    ]
    return Tile(zoom, column, row, *counts)


def held(body: bytes, tile: Tile) -> tuple[int, bool]:
    """Assets that a tile tells of inside its sides, and whether it counts them together."""
    if not body:
        return 0, False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tile.mvt")
        path.write_bytes(body)
        layer = pyogrio.list_layers(path)[0][0]
        address = {"X": str(tile.x), "Y": str(tile.y), "Z": str(tile.z)}
        frame = pyogrio.read_dataframe(path, layer=layer, **address)
    side = 2 * HALF_WORLD_M / 2**tile.z
    west, north = tile.x * side - HALF_WORLD_M, HALF_WORLD_M - tile.y * side
    points = frame.geometry.centroid
    inside = (
        points.x.between(west, west + side) & points.y.between(north - side, north)
    )  # fmt: skip
    kept = frame[inside]
    if "count" in kept.columns:
        return int(kept["count"].sum()), True
    return len(kept), False

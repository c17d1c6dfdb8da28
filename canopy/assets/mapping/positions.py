"""Positions written as text: "(lat, lon)", degrees and minutes, grid references, WKT.

Source for grid references: Ordnance Survey, *A guide to coordinate systems in Great
Britain* v3.6 (2020), §7.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.assets.mapping.values import Quantity, Unreadable, as_text, is_unknown, parse_quantity

Floats = NDArray[np.float64]

_PAIR = re.compile(
    r"(?:POINT\s*)?[(\[]?\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*[,;\s]\s*"
    r"([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*[)\]]?",
    re.IGNORECASE,
)
_DMS = re.compile(
    r"\s*([NSEW])?\s*([+-]?\d{1,3}(?:\.\d+)?)\s*[°d: ]\s*(?:(\d{1,2}(?:\.\d+)?)\s*['’′m: ]?\s*)?"
    r"(?:(\d{1,2}(?:\.\d+)?)\s*(?:\"|”|″|''|s)?\s*)?([NSEW])?\s*",
    re.IGNORECASE,
)
_GRID = re.compile(r"([HJNOST])([A-HJ-Z])\s*((?:\d\s*){0,10})", re.IGNORECASE)
_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"


def parse_pair(value: object) -> tuple[float, float] | Unreadable | None:
    """Two numbers in the order written: ``(51.55, -0.20)``, ``51.55 -0.20``; lists too."""
    if isinstance(value, list | tuple) and len(value) == 2:
        value = f"{value[0]}, {value[1]}"
    if is_unknown(value):
        return None
    text = as_text(value)
    match = _PAIR.fullmatch(text) if len(text) <= 100 else None
    if not match:
        return Unreadable(text, "no pair of coordinates")
    return float(match[1]), float(match[2])


def parse_angle(value: object) -> float | Unreadable | None:
    """Degrees from ``51°33'04"N``, ``0 12 5 W``, ``-0.2014``; None when unknown."""
    quantity = parse_quantity(value)
    if quantity is None or (isinstance(quantity, Quantity) and quantity.unit in (None, "°")):
        return None if quantity is None else quantity.number
    text = as_text(value)
    match = _DMS.fullmatch(text) if len(text) <= 40 else None
    if not match or (match[1] and match[5]):
        return Unreadable(text, "no angle")
    degrees = float(match[2])
    minutes, seconds = float(match[3] or 0), float(match[4] or 0)
    if minutes >= 60 or seconds >= 60:
        return Unreadable(text, "no angle: minutes and seconds end at 60")
    size = abs(degrees) + minutes / 60 + seconds / 3600
    side = (match[1] or match[5] or "").upper()
    west_or_south = side in ("S", "W") or match[2].startswith("-")
    return -size if west_or_south else size


def parse_grid_reference(value: object) -> tuple[float, float] | Unreadable | None:
    """Easting, northing [m, EPSG:27700] of the centre of the square that a National Grid
    reference such as ``TQ 248 851`` names (here a square of 100 m)."""
    if is_unknown(value):
        return None
    text = as_text(value)
    match = _GRID.fullmatch(text) if len(text) <= 30 else None
    digits = "".join(match[3].split()) if match else ""
    if not match or len(digits) % 2 or len(digits) < 4:
        return Unreadable(text, "no National Grid reference such as TQ 24803 85110")
    first, second = _LETTERS.index(match[1].upper()), _LETTERS.index(match[2].upper())
    column = (first % 5) * 5 + second % 5 - 10
    row = 19 - (first // 5) * 5 - second // 5
    if not (0 <= column < 7 and 0 <= row < 13):
        return Unreadable(text, "outside the National Grid")
    half = len(digits) // 2
    cell_m = 10.0 ** (5 - half)
    centre = cell_m / 2 if half < 5 else 0.0
    east = column * 100_000 + int(digits[:half]) * cell_m + centre
    north = row * 100_000 + int(digits[half:]) * cell_m + centre
    return east, north


@dataclass(slots=True)
class PairColumn:
    """x and y arrays, NaN where unknown; `unreadable` by position."""

    x: Floats
    y: Floats
    unreadable: dict[int, Unreadable]


def pair_column(values: Sequence[object], *, lat_first: bool, grid: bool = False) -> PairColumn:
    """A column of pair text (or of grid references) as x (lon, easting) and y."""
    parse = parse_grid_reference if grid else parse_pair
    found = PairColumn(np.full(len(values), np.nan), np.full(len(values), np.nan), {})
    for index, value in enumerate(values):
        pair = parse(value)
        if isinstance(pair, Unreadable):
            found.unreadable[index] = pair
        elif pair is not None:
            first, second = pair
            x, y = (second, first) if lat_first and not grid else (first, second)
            found.x[index], found.y[index] = x, y
    return found


_EWKT = re.compile(r"\s*SRID\s*=\s*\d+\s*;\s*", re.IGNORECASE)


def wkt_column(values: Sequence[object]) -> tuple[NDArray[np.object_], dict[int, Unreadable]]:
    """Geometries from WKT (or EWKT) text, None where unknown or unreadable."""
    texts = [None if is_unknown(value) else _EWKT.sub("", as_text(value), count=1)
             for value in values]  # fmt: skip
    geometries = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    unreadable = {
        index: Unreadable(text, "no WKT geometry")
        for index, (text, geometry) in enumerate(zip(texts, geometries, strict=True))
        if geometry is None and text is not None
    }
    return geometries, unreadable

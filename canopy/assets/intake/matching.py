"""Matching by position: rows and assets that stand in the same place are the same thing.

Used where one side has no ref. Pairs are taken nearest first, so that each row and each
asset is matched once, whatever the order of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

MATCH_WITHIN_M = 1.0
"""How far apart two positions of one asset may lie between two vintages of a source [m]."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Something to be matched: its number, kind, ref and geometry (storage CRS)."""

    number: int
    kind: str
    ref: str | None
    geometry: shapely.Geometry


def match_by_position(
    rows: Sequence[Placed], assets: Sequence[Placed], within_m: float = MATCH_WITHIN_M
) -> list[tuple[int, int]]:
    """(row, asset) pairs of one kind within `within_m`, at least one of the two without a ref.

    Lines and polygons are compared by Hausdorff distance, so that two ducts that merely
    meet are not taken for one.
    """
    if not rows or not assets:
        return []
    row_shapes = np.array([row.geometry for row in rows], dtype=object)
    asset_shapes = np.array([asset.geometry for asset in assets], dtype=object)
    tree = shapely.STRtree(asset_shapes)
    found_rows, found_assets = tree.query(row_shapes, predicate="dwithin", distance=within_m)
    allowed = [
        rows[r].kind == assets[a].kind and (rows[r].ref is None or assets[a].ref is None)
        for r, a in zip(found_rows.tolist(), found_assets.tolist(), strict=True)
    ]
    found_rows, found_assets = found_rows[allowed], found_assets[allowed]
    distances = _apart(row_shapes[found_rows], asset_shapes[found_assets])
    return [
        (rows[r].number, assets[a].number)
        for r, a in _nearest_first(found_rows, found_assets, distances, within_m)
    ]


def _apart(one: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.float64]:
    points = (shapely.get_type_id(one) == 0) & (shapely.get_type_id(other) == 0)
    distances: NDArray[np.float64] = np.empty(len(one))
    distances[points] = shapely.distance(one[points], other[points])
    distances[~points] = shapely.hausdorff_distance(one[~points], other[~points])
    return distances


def _nearest_first(
    rows: NDArray[np.intp],
    assets: NDArray[np.intp],
    distances: NDArray[np.float64],
    within_m: float,
) -> list[tuple[int, int]]:
    taken_rows: set[int] = set()
    taken_assets: set[int] = set()
    pairs = []
    for i in np.lexsort((assets, rows, distances)).tolist():
        row, asset = int(rows[i]), int(assets[i])
        if distances[i] > within_m:
            break
        if row not in taken_rows and asset not in taken_assets:
            taken_rows.add(row)
            taken_assets.add(asset)
            pairs.append((row, asset))
    return pairs

"""Which ward and which designations a position lies in.

Pure: areas in, names out, so that both databases give the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

WARD = "ward"
DESIGNATIONS: tuple[str, ...] = (
    "conservation_area",
    "listed",
    "green_belt",
    "article_4",
    "aonb_np",
    "sssi",
)
AREA_KINDS: tuple[str, ...] = (WARD, *DESIGNATIONS, "lsoa", "other")
"""Kinds of area; the designations are those of planning law that bear on masts and poles."""


@dataclass(frozen=True, slots=True)
class NamedArea:
    """An area in the storage CRS."""

    kind: str
    code: str
    name: str
    geometry: shapely.Geometry


class Places:
    """Areas, indexed to be asked about many positions at once."""

    def __init__(self, areas: Sequence[NamedArea]) -> None:
        self._wards = [area for area in areas if area.kind == WARD]
        self._designated = [area for area in areas if area.kind in DESIGNATIONS]
        self._ward_tree = shapely.STRtree([area.geometry for area in self._wards])
        self._designation_tree = shapely.STRtree([area.geometry for area in self._designated])

    def wards(self, geometries: NDArray[np.object_]) -> list[object]:
        """The ward's name for each geometry's point on surface; None outside all wards.

        On a shared boundary the ward with the lowest code.
        """
        names: list[object] = [None] * len(geometries)
        if not self._wards:
            return names
        points = _single_points(geometries)
        rows, found = self._ward_tree.query(points, predicate="intersects")
        for row, ward in sorted(
            zip(rows.tolist(), found.tolist(), strict=True),
            key=lambda pair: self._wards[pair[1]].code,
            reverse=True,
        ):
            names[row] = self._wards[ward].name
        return names

    def designations(self, geometries: NDArray[np.object_]) -> list[tuple[str, ...]]:
        """The kinds of designation each geometry touches, in a fixed order."""
        found: list[set[str]] = [set() for _ in range(len(geometries))]
        if not self._designated:
            return [()] * len(geometries)
        rows, areas = self._designation_tree.query(geometries, predicate="intersects")
        for row, area in zip(rows.tolist(), areas.tolist(), strict=True):
            found[row].add(self._designated[area].kind)
        return [tuple(kind for kind in DESIGNATIONS if kind in kinds) for kinds in found]


def _single_points(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    points = geometries.copy()
    spread = (shapely.get_type_id(geometries) != 0) & ~shapely.is_missing(geometries)
    if spread.any():
        points[spread] = shapely.point_on_surface(geometries[spread])
    return points

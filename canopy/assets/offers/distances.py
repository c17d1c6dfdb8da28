"""How far an offered asset is from fibre and from ducts, as far as the reader sees those.

Distances are computed when they are read. Stored ones would have to be kept once for each
level of sensitivity, and would be wrong from the moment a duct is drawn until they are made
anew; and one number for all would tell of ducts that its reader may not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.assets.offers import queries
from canopy.db import gpkg_geometry
from canopy.db.direct import DirectReader

DECIMALS = 1
"""Decimals of a distance: to the decimetre [m]."""
_FIBRE = frozenset(("fibre",))
_DUCT = frozenset(("duct", "chamber"))

Geometries = NDArray[np.object_]
Levels = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Distances:
    """Side by side [m], None where there is nothing to be near to."""

    to_fibre_m: list[float | None]
    to_duct_m: list[float | None]


@dataclass(slots=True)
class _Routes:
    """What is underground, as of a change of the catalogue, with trees made when needed."""

    change: int
    kinds: NDArray[np.str_]
    levels: list[str | None]
    geometries: Geometries
    trees: dict[tuple[frozenset[str], Levels], shapely.STRtree]

    def tree(self, kinds: frozenset[str], levels: Levels) -> shapely.STRtree:
        found = self.trees.get((kinds, levels))
        if found is None:
            wanted = np.isin(self.kinds, sorted(kinds))
            if levels is not None:
                wanted &= np.fromiter(
                    (each is None or each in levels for each in self.levels),
                    dtype=bool,
                    count=len(self.levels),
                )
            found = self.trees[kinds, levels] = shapely.STRtree(self.geometries[wanted])
        return found


class RouteDistances:
    """Measures distances for one process. Routes are read again after any change."""

    def __init__(self, reader: DirectReader) -> None:
        self._reader = reader
        self._lock = Lock()
        self._routes: _Routes | None = None

    def of(self, geometries: Geometries, levels: Levels) -> Distances:
        """Distances [m] of geometries in the storage CRS.

        `levels` are the sensitivities that the reader sees, None for all. An asset that
        is itself fibre or a duct is 0 m from it.
        """
        with self._lock:
            routes = self._present()
            fibre, duct = (routes.tree(kinds, levels) for kinds in (_FIBRE, _DUCT))
        return Distances(_nearest(fibre, geometries), _nearest(duct, geometries))

    def _present(self) -> _Routes:
        change = queries.last_change_number(self._reader)
        if self._routes is None or self._routes.change != change:
            rows = queries.route_rows(self._reader)
            kinds = np.array([row[0] for row in rows], dtype=np.str_)
            shapes = _decoded([row[2] for row in rows])
            self._routes = _Routes(change, kinds, [row[1] for row in rows], shapes, {})
        return self._routes


def _nearest(tree: shapely.STRtree, geometries: Geometries) -> list[float | None]:
    found: list[float | None] = [None] * len(geometries)
    if not len(tree):
        return found
    places, metres = tree.query_nearest(geometries, all_matches=False, return_distance=True)
    for place, distance in zip(places[0].tolist(), metres.tolist(), strict=True):
        found[place] = round(distance, DECIMALS)
    return found


def _decoded(stored: Sequence[bytes | str]) -> Geometries:
    if any(isinstance(value, bytes) for value in stored):
        return gpkg_geometry.decode(list(stored))  # type: ignore[arg-type]
    shapes: Geometries = shapely.from_wkb(np.array(stored, dtype=object))
    return shapes

"""The assets nearest to a place, by the positions that a principal is shown.

Where a position is shown as a grid cell, distance and order are those of the cell's centre:
nothing in an answer comes from the true place. What is equally near is ordered by id.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.access.rules import Principal
from canopy.assets.filtering import Filter
from canopy.assets.filtering.predicates import Predicate
from canopy.assets.kinds import KINDS, Kind
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.queries import now_utc
from canopy.assets.reading.finding import queries
from canopy.assets.reading.paging import Page, RowCutter
from canopy.assets.reading.paging.place import shown
from canopy.assets.reading.paging.views import View, view_of
from canopy.db.direct import DirectReader
from canopy.db.engine import Database
from canopy.errors import LimitExceeded

DISTANCE_DECIMALS = 3
"""Distances are told, compared and ordered to the millimetre."""
MOST_CANDIDATES = 20_000
"""Assets that may have to be compared to find the nearest few."""

_FIRST_RADIUS_M = 100.0
_SMALLEST_STEP_M = 1.0
_FEWEST_ROWS = 200
_ROUNDING_M = 0.001


@dataclass(frozen=True, slots=True)
class NearbyRequest:
    """What is asked: `k` assets (1 or more) within `radius_m` of `place` [m, storage CRS].

    `crs` is that of the answer's positions; `available` asks for assets with an open offer.
    """

    place: tuple[float, float]
    kinds: tuple[Kind, ...]
    principal: Principal
    k: int
    radius_m: float
    crs: str
    filter: Filter | None = None
    available: bool = False


@dataclass(slots=True)
class Nearby:
    """Assets, the nearest first, and how far each is [m]."""

    page: Page = field(default_factory=Page)
    distances_m: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True)
class _Task:
    request: NearbyRequest
    view: View
    search: queries.NearbySearch


@dataclass(slots=True)
class _Ring:
    """How far the search looks, and how much it reads there: both are adapted to what it finds.

    Within `too_small_m` there are fewer than are wanted, within `too_large_m` more than `rows`.
    """

    radius_m: float
    rows: int
    too_small_m: float = 0.0
    too_large_m: float = math.inf

    def shrink(self, margin_m: float) -> None:
        """Look less far; read more where that would not help. Raises LimitExceeded."""
        self.too_large_m = self.radius_m
        step = (self.radius_m - self.too_small_m) / 2
        if step > _SMALLEST_STEP_M and self.radius_m > margin_m:
            self.radius_m -= step
            return
        if self.rows >= MOST_CANDIDATES:
            raise LimitExceeded(
                f"More than {MOST_CANDIDATES:,} assets are about equally near; ask for fewer "
                "kinds, a smaller radius_m or another place."
            )
        self.rows = min(4 * self.rows, MOST_CANDIDATES)
        self.too_large_m = math.inf

    def grow(self, found: int, wanted: int, most_m: float) -> None:
        """Look farther: about as far as will do where assets stand as densely there."""
        self.too_small_m = self.radius_m
        factor = min(4.0, max(1.5, math.sqrt(2 * wanted / max(found, 1))))
        wider = min(self.radius_m * factor, most_m)
        if wider >= self.too_large_m:
            wider = (self.too_small_m + self.too_large_m) / 2
        self.radius_m = wider


class NearbyReader:
    """Finds what is near. `search_s` is the longest time that one search takes [s]."""

    def __init__(
        self,
        reader: DirectReader,
        database: Database,
        policy: SensitivityPolicy,
        search_s: float,
        today: Callable[[], date] = lambda: now_utc().date(),
    ) -> None:
        self._reader = reader
        self._gpkg = database.is_gpkg
        self._srid = database.srid
        self._storage_crs = database.storage_crs
        self._policy = policy
        self._cutter = RowCutter(database.storage_crs, policy)
        self._search_s = search_s
        self._today = today

    def nearest(self, request: NearbyRequest) -> Nearby:
        """The assets, ordered by distance, then id; fewer than `k` where there are no more.

        Distances are planar, from the place to the nearest point of what is shown. Raises
        BadFilter for a field this principal may not see, as for one that does not exist, and
        LimitExceeded where too much is near or the search takes too long.
        """
        view = view_of(request.kinds, request.principal, self._policy)
        if not view.kinds:
            return Nearby()
        predicate = None if request.filter is None else request.filter.resolved(view.finder)
        task = _Task(request, view, self._search(request, view, predicate))
        found = self._found(task)
        found.page.geometries = shown(found.page.geometries, self._storage_crs, request.crs)
        return found

    def _search(
        self, request: NearbyRequest, view: View, predicate: Predicate | None
    ) -> queries.NearbySearch:
        names = tuple(view.kinds)
        kinds = None if len(names) == len(KINDS) else names
        today = self._today() if request.available else None
        return queries.NearbySearch(
            seen=queries.Seen(kinds, view.levels),
            generalised=view.generalised,
            margin_m=view.margin_m,
            predicate=predicate,
            srid=self._srid,
            today=today,
            few=self._gpkg and queries.are_few(self._reader, kinds, today),
        )

    def _found(self, task: _Task) -> Nearby:
        request = task.request
        ends = time.monotonic() + self._search_s
        ring = _Ring(min(_FIRST_RADIUS_M, request.radius_m), max(_FEWEST_ROWS, 4 * request.k))
        if task.search.few:
            ring = _Ring(request.radius_m, MOST_CANDIDATES)
        while True:
            rows = queries.rows_around(
                self._reader, self._gpkg, task.search, request.place,
                ring.radius_m + _ROUNDING_M, ring.rows,
            )  # fmt: skip
            if rows is not None:
                found = self._measured(rows, task, ring.radius_m)
                if len(found.page) >= request.k or ring.radius_m >= request.radius_m:
                    return _first(found, request.k)
            if time.monotonic() > ends:
                raise LimitExceeded(
                    f"The nearest assets were not found within {self._search_s:g} s; ask for a "
                    "smaller radius_m, or filter on fewer fields."
                )
            if rows is None:
                ring.shrink(task.search.margin_m)
            else:
                ring.grow(len(found.page), request.k, request.radius_m)

    def _measured(self, rows: queries.Rows, task: _Task, radius_m: float) -> Nearby:
        """What is shown within the radius, all of it, in no order."""
        page = self._cutter.page(
            rows, task.request.principal, task.view, self._storage_crs, task.search.predicate
        )
        if not len(page):
            return Nearby()
        apart: NDArray[Any] = shapely.distance(page.geometries, shapely.Point(task.request.place))
        distances = np.round(apart, DISTANCE_DECIMALS)
        inside = np.flatnonzero(distances <= radius_m)  # never of a position that is withheld
        return Nearby(page.taken(inside.tolist()), distances[inside])


def _first(found: Nearby, k: int) -> Nearby:
    order = np.lexsort((np.array(found.page.ids, dtype=np.str_), found.distances_m))[:k]
    return Nearby(found.page.taken(order.tolist()), found.distances_m[order])

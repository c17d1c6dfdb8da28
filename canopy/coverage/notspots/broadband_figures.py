"""Fixed broadband by ward: premises that go without, of those of which it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.coverage.demand.layer import Floats
from canopy.coverage.notspots.broadband import BroadbandSpots, PostcodePoints, Theme
from canopy.coverage.notspots.figures import ReportAreas


@dataclass(frozen=True, slots=True)
class BroadbandRow:
    """One theme in one area.

    Attributes:
        area_id, area_name: of the area.
        theme: what is lacked.
        postcodes: whose point lies in the area.
        postcodes_unknown: of those, how many the files have no value for, or that nobody
            counts the premises of.
        premises: at postcodes where both are known.
        premises_without: of those, how many go without.
        share_without: of those, 0 to 1; None where there are none.
    """

    area_id: str
    area_name: str
    theme: Theme
    postcodes: int
    postcodes_unknown: int
    premises: float
    premises_without: float
    share_without: float | None


def broadband_by_area(
    areas: ReportAreas, points: PostcodePoints, spots: Sequence[BroadbandSpots]
) -> tuple[BroadbandRow, ...]:
    """Rows by area and theme. The premises of a postcode are where its point is.

    A point on a boundary counts in each of the areas that share it.
    """
    at, of = _inside(areas, points)
    rows = []
    for index, (area_id, name) in enumerate(zip(areas.ids, areas.names, strict=True)):
        mine = at[of == index]
        for one in spots:
            share, premises = one.share_without[mine], one.premises[mine]
            known = ~(np.isnan(share) | np.isnan(premises))
            counted = float(premises[known].sum())
            without = float((share[known] * premises[known]).sum())
            rows.append(
                BroadbandRow(
                    area_id,
                    name,
                    one.theme,
                    len(mine),
                    int((~known).sum()),
                    counted,
                    without,
                    without / counted if counted > 0 else None,
                )
            )
    return tuple(rows)


def _inside(
    areas: ReportAreas, points: PostcodePoints
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a point and an area that holds it, by point."""
    tree = shapely.STRtree(areas.polygons)
    x: Floats = points.easting_m
    placed = np.flatnonzero(np.isfinite(x) & np.isfinite(points.northing_m))
    shapes = shapely.points(x[placed], points.northing_m[placed])
    at, of = tree.query(shapes, predicate="intersects")
    return placed[at], of.astype(np.int64)

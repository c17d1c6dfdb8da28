"""What departments duplicate: routes that run beside each other, and equipment at one place.

Source: one joined-up plan instead of each department's own, S:270 and S:1081 of the LGA's strategy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.errors import Refused

BESIDE_M = 10.0
"""Routes this near serve one street, whichever side they lie on [m]."""
LEAST_RUN_M = 50.0
"""Shorter stretches are crossings and connections, not a route beside another [m]."""
NEAR_M = 30.0
"""Equipment this near could share a column, a cabinet or a supply [m]."""
Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Besides:
    """Routes of two departments that run beside each other.

    Attributes:
        first_m, second_m: of each department's own routes that the other's accompany [m].
    """

    kind: str
    first: str
    second: str
    first_m: float
    second_m: float

    @property
    def overlap_m(self) -> float:
        """Length of street that has both: the shorter of the two, so that nothing is doubled."""
        return min(self.first_m, self.second_m)


@dataclass(frozen=True, slots=True)
class Together:
    """Equipment of two departments at the same places.

    Attributes:
        first_count, second_count: assets of each that have one of the other's near.
    """

    kind: str
    first: str
    second: str
    first_count: int
    second_count: int


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What is duplicated, and how many assets nobody is known to look after."""

    besides: tuple[Besides, ...]
    together: tuple[Together, ...]
    unknown: int


def duplicates(
    kinds: Sequence[str],
    departments: Sequence[str | None],
    geometries: Geometries,
    *,
    beside_m: float = BESIDE_M,
    least_run_m: float = LEAST_RUN_M,
    near_m: float = NEAR_M,
) -> Duplicates:
    """Duplicates within each kind, between departments.

    geometries: lines or points in a projected CRS [m]; other shapes are taken at their middle.
    An asset whose department is not known, or without a place, is counted and left out. Raises
    Refused where the three differ in length or a distance is not above 0.
    """
    if not len(kinds) == len(departments) == len(geometries):
        raise Refused("kinds, departments and geometries are not of one length")
    if not (beside_m > 0 and near_m > 0 and least_run_m >= 0):
        raise Refused("distances are above 0 m")
    kind, who = np.asarray(kinds, object), np.asarray(departments, object)
    known = np.array([each is not None and bool(str(each).strip()) for each in departments], bool)
    known &= ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    is_line = np.isin(shapely.get_dimensions(geometries), [1])
    besides: list[Besides] = []
    together: list[Together] = []
    for name in sorted({str(each) for each in kind[known]}):
        of_kind = known & (kind == name)
        lines, points = of_kind & is_line, of_kind & ~is_line
        besides += _lines(name, who[lines], geometries[lines], beside_m, least_run_m)
        together += _points(name, who[points], shapely.centroid(geometries[points]), near_m)
    return Duplicates(tuple(besides), tuple(together), int((~known).sum()))


def _lines(
    kind: str, who: Geometries, lines: Geometries, beside_m: float, least_run_m: float
) -> list[Besides]:
    found = []
    for first, second in combinations(sorted({str(each) for each in who}), 2):
        one, other = lines[who == first], lines[who == second]
        first_m = _accompanied_m(one, other, beside_m, least_run_m)
        second_m = _accompanied_m(other, one, beside_m, least_run_m)
        if first_m or second_m:
            found.append(Besides(kind, first, second, first_m, second_m))
    return found


def _accompanied_m(
    lines: Geometries, others: Geometries, beside_m: float, least_run_m: float
) -> float:
    """Length of lines that has another within a distance, in stretches that are long enough [m]."""
    at, by = shapely.STRtree(others).query(lines, predicate="dwithin", distance=beside_m)
    if not len(at):
        return 0.0
    beside = shapely.buffer(others[by], beside_m, cap_style="flat")
    pieces = shapely.intersection(lines[at], beside)
    total = 0.0
    for line in np.unique(at):
        merged = shapely.line_merge(shapely.union_all(pieces[at == line]))
        runs = shapely.length(shapely.get_parts(merged))
        total += float(runs[runs >= least_run_m].sum())
    return total


def _points(kind: str, who: Geometries, points: Geometries, near_m: float) -> list[Together]:
    if not len(points):
        return []
    at, by = shapely.STRtree(points).query(points, predicate="dwithin", distance=near_m)
    differ = who[at] != who[by]
    at, by = at[differ], by[differ]
    found = []
    for first, second in combinations(sorted({str(each) for each in who}), 2):
        of_first = np.unique(at[(who[at] == first) & (who[by] == second)])
        of_second = np.unique(at[(who[at] == second) & (who[by] == first)])
        if len(of_first):
            found.append(Together(kind, first, second, len(of_first), len(of_second)))
    return found

"""At which distances from a site its level reaches the threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.engine.loss_tables import LossTables, edges_m2
from canopy.coverage.engine.site_arrays import SiteArrays


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """Finds the rings of sites whose level depends on distance alone.

    Attributes:
        tables: losses of the curves.
        reach_m: the reach that the tables were made for [m].
        threshold_dbm: level that counts [dBm].
    """

    tables: LossTables
    reach_m: float
    threshold_dbm: float

    def around(
        self, sites: SiteArrays
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """x, y, inner and outer radius [m] of every ring; a site may have none or several."""
        kinds, kind = np.unique(
            np.stack([sites.curve.astype(np.float64), sites.level_dbm, sites.reach_m]),
            axis=1,
            return_inverse=True,
        )
        found: list[tuple[int, float, float]] = []
        for number in range(kinds.shape[1]):
            curve, level, reach = kinds[:, number]
            for inner, outer in self._of(int(curve), level, reach):
                found.append((number, inner, outer))
        which = [np.flatnonzero(kind.ravel() == number) for number, _, _ in found]
        order = np.concatenate([*which, np.zeros(0, np.intp)])
        repeat = [positions.size for positions in which]
        return (
            sites.x_m[order],
            sites.y_m[order],
            np.repeat([inner for _, inner, _ in found], repeat).astype(np.float64),
            np.repeat([outer for _, _, outer in found], repeat).astype(np.float64),
        )

    def _of(self, curve: int, level_dbm: float, reach_m: float) -> list[tuple[float, float]]:
        """The rings of one kind of site, by crossings between the tables' edges."""
        squared = edges_m2(self.reach_m).astype(np.float64)
        with np.errstate(invalid="ignore"):
            excess = level_dbm - self.tables.loss_db[curve].astype(np.float64) - self.threshold_dbm
        reaches = excess >= 0
        rings: list[tuple[float, float]] = []
        inner = 0.0 if reaches[0] else None
        for at in range(1, squared.size):
            if reaches[at] == reaches[at - 1]:
                continue
            crossing = _crossing(squared, excess, at)
            if reaches[at]:
                inner = crossing
            else:
                assert inner is not None
                rings.append((inner, crossing))
                inner = None
        if inner is not None:
            rings.append((inner, float(np.sqrt(squared[-1]))))
        return [(near, min(far, reach_m)) for near, far in rings if near < reach_m]


def _crossing(squared: NDArray[np.float64], excess: NDArray[np.float64], at: int) -> float:
    """Where the level between two edges passes the threshold [m]."""
    if not np.isfinite(excess[at - 1 : at + 1]).all():
        return float(np.sqrt(squared[at - 1]))
    share = excess[at - 1] / (excess[at - 1] - excess[at])
    return float(np.sqrt(squared[at - 1] + share * (squared[at] - squared[at - 1])))

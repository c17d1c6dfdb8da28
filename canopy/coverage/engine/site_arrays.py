"""Sites as the flat arrays that kernels read, and an index of where they are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid


class SiteArrays(NamedTuple):
    """The sites of one operator; all arrays have one entry for each site, in the run's order.

    Attributes:
        number: int32, index of the site in the run.
        x_m, y_m: float64, metres east and south of the run grid's north-west corner.
        reach_m: float64, beyond it the site is not reckoned with.
        level_dbm: float32, reference EIRP less fixed losses [dBm].
        curve: int32, number of its curve in the loss tables.
        antenna_m: float64, height of the antenna above the ground [m].
        pattern: int32, number of its pattern, -1 for an omnidirectional antenna.
        azimuth_deg, downtilt_deg: float32, where the pattern points [°].
        on_terrain: bool, whether the ground under it is known; without, nothing is added for
            the terrain on its paths.
    """

    number: NDArray[np.int32]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    reach_m: NDArray[np.float64]
    level_dbm: NDArray[np.float32]
    curve: NDArray[np.int32]
    antenna_m: NDArray[np.float64]
    pattern: NDArray[np.int32]
    azimuth_deg: NDArray[np.float32]
    downtilt_deg: NDArray[np.float32]
    on_terrain: NDArray[np.bool_]

    @property
    def power_mw(self) -> NDArray[np.float32]:
        """The level as power [mW]."""
        return (10 ** (self.level_dbm.astype(np.float64) / 10)).astype(np.float32)

    def touching(self, grid: Grid, part: Grid) -> SiteArrays:
        """The sites whose reach meets `part` of `grid`, or nearly so, order kept.

        No site is left out that `canopy.coverage.engine.open_kernel.most_level` finds in
        reach of a block in it.
        """
        if self.number.size == 0:
            return self
        west = part.west_m - grid.west_m
        north = grid.north_m - part.north_m
        east = west + part.columns * part.cell_m
        south = north + part.rows * part.cell_m
        away_x = np.maximum(np.maximum(west - self.x_m, self.x_m - east), 0.0)
        away_y = np.maximum(np.maximum(north - self.y_m, self.y_m - south), 0.0)
        near = away_x**2 + away_y**2 <= self.reach_m**2 * _NEARLY
        return self.at(np.flatnonzero(near))

    def at(self, positions: NDArray[np.intp]) -> SiteArrays:
        """The sites at `positions`, in that order."""
        return SiteArrays(**{name: getattr(self, name)[positions] for name in self._fields})


class SiteBins(NamedTuple):
    """Sites by the square they stand in, as compressed rows.

    Attributes:
        west_m, north_m: corner of bin (0, 0), in the coordinates of the arrays [m].
        side_m: of a bin [m].
        starts: int64 (rows * columns + 1), where each bin's sites begin in `order`.
        order: int32, positions in the site arrays, ascending within a bin.
        rows, columns: of bins.
        reach_m: longest of the sites.
    """

    west_m: float
    north_m: float
    side_m: float
    starts: NDArray[np.int64]
    order: NDArray[np.int32]
    rows: int
    columns: int
    reach_m: float


_BINS_ACROSS_MOST = 512
_NEARLY = 1.00001


def bin_sites(sites: SiteArrays) -> SiteBins:
    """An index whose bins are half the longest reach wide (512 bins across at the most)."""
    if sites.number.size == 0:
        return SiteBins(0.0, 0.0, 1.0, np.zeros(2, np.int64), np.zeros(0, np.int32), 1, 1, 0.0)
    west, north = float(sites.x_m.min()), float(sites.y_m.min())
    width = max(float(sites.x_m.max()) - west, float(sites.y_m.max()) - north)
    side = max(float(sites.reach_m.max()) / 2, width / _BINS_ACROSS_MOST, 1.0)
    column = ((sites.x_m - west) // side).astype(np.int64)
    row = ((sites.y_m - north) // side).astype(np.int64)
    columns, rows = int(column.max()) + 1, int(row.max()) + 1
    key = row * columns + column
    order = np.argsort(key, kind="stable").astype(np.int32)
    starts = np.searchsorted(key[order], np.arange(rows * columns + 1)).astype(np.int64)
    return SiteBins(west, north, side, starts, order, rows, columns, float(sites.reach_m.max()))

"""Small problems with every part known."""

from __future__ import annotations

import numpy as np

from canopy.coverage.engine.budget import LinkBudget
from canopy.coverage.grid import Grid
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.terrain.heights import HeightGrid

GRID = Grid(27700, 530_000.0, 180_400.0, 10.0, 40, 40)
"""400 m by 400 m."""
BUDGET = LinkBudget("lte-1800", 20.0, 1200.0, 1.5, 9.0, -105.0)


def site(number: int, easting_m: float, northing_m: float, **given: object) -> RadioSite:
    """An omnidirectional lamp column of operator "a"."""
    known: dict[str, object] = {
        "site_id": f"s{number}",
        "operator": "a",
        "technology": "lte-1800",
        "easting_m": easting_m,
        "northing_m": northing_m,
        "antenna_height_m": 8.0,
        "frequency_mhz": 1842.5,
        "bandwidth_mhz": 20.0,
        "eirp_dbm": 40.0,
    }
    return RadioSite(**{**known, **given})  # type: ignore[arg-type]


def scattered(count: int, seed: int = 1, **given: object) -> tuple[RadioSite, ...]:
    """Sites on and around the grid."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(529_700, 530_700, count)
    y = rng.uniform(179_700, 180_700, count)
    return tuple(site(i, float(x[i]), float(y[i]), **given) for i in range(count))


def terrain(relief_m: float, seed: int = 2) -> HeightGrid:
    """Rough ground of 50 m cells, 3 km by 3 km around the grid."""
    rng = np.random.default_rng(seed)
    heights = (rng.normal(0, relief_m, (60, 60)) + 40).astype(np.float32)
    return HeightGrid(Grid(27700, 528_700.0, 181_700.0, 50.0, 60, 60), heights, "terrain")


def slope() -> HeightGrid:
    """A plane that rises by 4 m in 100 m to the east and 2 m to the north."""
    grid = Grid(27700, 528_700.0, 181_700.0, 50.0, 60, 60)
    east, north = np.meshgrid(grid.eastings_m - grid.west_m, grid.northings_m - 178_700.0)
    return HeightGrid(grid, (0.04 * east + 0.02 * north).astype(np.float32), "terrain")

"""What a run is asked: sites, receiver, area, heights and how losses are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.engine.budget import LinkBudget
from canopy.coverage.grid import Grid
from canopy.coverage.propagation.p1812.refractivity import BRITISH_ISLES, Refractivity
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.terrain.heights import HeightGrid
from canopy.errors import Refused

Environment = Literal["dense urban", "urban", "suburban", "rural"]
Sight = Literal["expected", "los", "nlos", "surface"]

MOST_SITES = 200_000
SINR_CHANGE_DB = 0.1
"""What the sites left out of a cell may change its SINR by, all together [dB]."""
EFFECTIVE_EARTH_M = 6_371_000 * 4 / 3
"""Median effective Earth radius [m]: k = 4/3 (Recommendation ITU-R P.526-15, §2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One technology over one area.

    Attributes:
        grid: the cells.
        sites: all of one technology; at most `MOST_SITES`.
        budget: the receiver's side.
        reach_m: how far from a site its level is reckoned with [m], > 10.
        environment: what stands around, by which the methods are chosen and set.
        model: "auto" or the name of one method for the whole reach.
        sight: "expected" weighs sight by its probability; "los" and "nlos" take it as given;
            "surface" decides it over `surface`, which must then be there.
        terrain: ground heights; without them the ground is taken as even.
        without_terrain: what becomes of a site whose ground the terrain does not know:
            "refuse" the run, or take "even" ground between it and every cell.
        surface: ground with buildings, for `sight="surface"` and as the clutter of P.1812.
        clutter_height_m: what stands along the paths of P.1812 [m], >= 0; None takes the
            surface's height over the terrain, or without one the environment's.
        refractivity: ΔN and N0 of P.1812.
        mask: bool of the grid's shape, cells to answer; None for all.
        sinr_change_db: what sites left out may change SINR by [dB]; None leaves none out.
    """

    grid: Grid
    sites: tuple[RadioSite, ...]
    budget: LinkBudget
    reach_m: float
    environment: Environment = "urban"
    model: str = "auto"
    sight: Sight = "expected"
    terrain: HeightGrid | None = None
    without_terrain: Literal["refuse", "even"] = "refuse"
    surface: HeightGrid | None = None
    clutter_height_m: float | None = None
    refractivity: Refractivity = BRITISH_ISLES
    mask: NDArray[np.bool_] | None = None
    sinr_change_db: float | None = SINR_CHANGE_DB

    def __post_init__(self) -> None:
        if not self.sites:
            raise Refused("there are no sites: a run needs one at least")
        if len(self.sites) > MOST_SITES:
            raise Refused(
                f"{len(self.sites):,} sites are more than a run may have ({MOST_SITES:,})"
            )
        if not self.reach_m > 10:
            raise Refused(f"reach_m is {self.reach_m:g}: give more than 10 m")
        if self.mask is not None and self.mask.shape != self.grid.shape:
            raise Refused(f"the mask is {self.mask.shape}, the grid {self.grid.shape}")
        if self.sight == "surface" and (self.surface is None or self.terrain is None):
            raise Refused("sight over a surface needs a surface and the terrain beneath it")
        if self.clutter_height_m is not None and not 0 <= self.clutter_height_m <= 100:
            raise Refused(f"clutter_height_m is {self.clutter_height_m:g}: give 0 to 100 m")
        self._check_heights()
        self._check_sites()

    def _check_heights(self) -> None:
        for heights in (self.terrain, self.surface):
            if heights is not None and heights.grid.epsg != self.grid.epsg:
                raise Refused(
                    f"the {heights.what} is in EPSG:{heights.grid.epsg}, the run in "
                    f"EPSG:{self.grid.epsg}: bring it into the run's CRS first"
                )

    def _check_sites(self) -> None:
        names = [site.site_id for site in self.sites]
        if len(set(names)) != len(names):
            twice = sorted({name for name in names if names.count(name) > 1})[:5]
            raise Refused(f"site ids must be unique: {', '.join(twice)} came more than once")
        for site in self.sites:
            if site.technology != self.budget.technology:
                raise Refused(
                    f"site {site.site_id} is {site.technology}, the run {self.budget.technology}: "
                    "run each technology by itself"
                )
            numbers = (site.easting_m, site.northing_m, site.eirp_dbm, site.frequency_mhz)
            if not all(np.isfinite(numbers)):
                raise Refused(
                    f"site {site.site_id} has a position, power or frequency of no number"
                )
            if not 0 < site.antenna_height_m <= 1000:
                raise Refused(
                    f"antenna_height_m of site {site.site_id} is {site.antenna_height_m:g}: "
                    "it must be above 0 and at most 1,000 m over the ground"
                )

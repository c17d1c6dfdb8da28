"""What P.1812 is asked with in a run: air, clutter, spacing of profiles, size of a place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.engine.obstruction import NO_HEIGHTS, HeightField
from canopy.coverage.engine.point_to_area import (
    TIME_PERCENT,
    VERTICAL,
    PointToArea,
    fill_clutter,
)
from canopy.coverage.engine.problem import Problem
from canopy.coverage.propagation.choice import TYPICAL_ROOF_M
from canopy.coverage.propagation.p1812.loss import location_sigma, share_of_sigma
from canopy.coverage.propagation.p1812.refractivity import Refractivity
from canopy.errors import Refused
from canopy.geo import WGS84, transformer

WIDTH_M = (50.0, 1000.0)
"""Sides of the places that the variation over locations is published for [m] (§4.7)."""


@dataclass(frozen=True, slots=True)
class AreaTerms:
    """The terms of one run.

    Attributes:
        refractivity: ΔN and N0.
        latitude_deg: of the middle of the run grid.
        clutter_m: representative height by the environment or as given [m]; for the
            variation over locations also where clutter is read by the cell.
        clutter_is_given: whether the user set it.
        by_cell: whether the clutter along a path is the surface's height over the terrain.
        step_m: between the points of a profile at the most [m].
        width_m: side of the place that a level's variation is told for [m].
    """

    refractivity: Refractivity
    latitude_deg: float
    clutter_m: float
    clutter_is_given: bool
    by_cell: bool
    step_m: float
    width_m: float

    @classmethod
    def of(cls, problem: Problem) -> AreaTerms:
        """The terms of `problem`, whose terrain must be there."""
        assert problem.terrain is not None
        terrain_cell_m = problem.terrain.grid.cell_m
        given = problem.clutter_height_m
        by_cell = given is None and problem.surface is not None
        step_m = terrain_cell_m
        if by_cell and problem.surface is not None:
            step_m = min(step_m, problem.surface.grid.cell_m)
        return cls(
            refractivity=problem.refractivity,
            latitude_deg=_latitude_deg(problem),
            clutter_m=TYPICAL_ROOF_M[problem.environment] if given is None else given,
            clutter_is_given=given is not None,
            by_cell=by_cell,
            step_m=step_m,
            width_m=min(max(problem.grid.cell_m, terrain_cell_m, WIDTH_M[0]), WIDTH_M[1]),
        )

    def sigma_db(self, frequency_ghz: float, receiver_m: float) -> float:
        """How much levels vary over the places within `width_m` [dB]."""
        whole = location_sigma(frequency_ghz, self.width_m)
        return float(whole * share_of_sigma(receiver_m, self.clutter_m))

    @property
    def clutter(self) -> str:
        """Where the clutter along a path comes from, as a phrase."""
        if self.by_cell:
            return "the height of the surface over the terrain"
        if self.clutter_is_given:
            return f"{self.clutter_m:g} m high as given"
        return f"{self.clutter_m:g} m high by the environment (its Table 2)"

    def sentence(self) -> str:
        """The terms for a reader."""
        air = self.refractivity
        return (
            "ITU-R P.1812 gives the loss not exceeded for half of the time and half of the places, "
            f"over land, along profiles of {self.step_m:g} m steps, with clutter between the ends "
            f"taken as {self.clutter}, ΔN {air.delta_n:.4g} N-units/km and N0 {air.sea_n0:.5g} "
            f"N-units ({air.source}); nothing else is added for the terrain."
        )

    def facts(self) -> dict[str, str]:
        """The terms as flat facts for provenance."""
        return {
            "p1812_delta_n": f"{self.refractivity.delta_n:g}",
            "p1812_sea_n0": f"{self.refractivity.sea_n0:g}",
            "p1812_refractivity_source": self.refractivity.source,
            "p1812_latitude_deg": f"{self.latitude_deg:.3f}",
            "p1812_clutter": self.clutter,
            "p1812_step_m": f"{self.step_m:g}",
            "p1812_location_width_m": f"{self.width_m:g}",
            "p1812_time_percent": f"{TIME_PERCENT:g}",
            "p1812_polarisation": "vertical" if VERTICAL else "horizontal",
        }

    def for_kernels(
        self, beyond_m2: NDArray[np.float64], frequency_ghz: NDArray[np.float64]
    ) -> PointToArea:
        """The terms as kernels read them; the arrays are by the rows of the tables."""
        return PointToArea(
            beyond_m2,
            frequency_ghz,
            self.refractivity.delta_n,
            self.refractivity.sea_n0,
            self.latitude_deg,
            self.clutter_m,
            self.by_cell,
            self.step_m,
        )


def not_asked(rows: int) -> PointToArea:
    """What kernels read in a run that P.1812 has no part in."""
    never = np.full(rows, np.inf)
    return PointToArea(never, never, math.nan, math.nan, math.nan, 0.0, False, math.inf)


def clutter_of(terms: AreaTerms | None, surface: HeightField, terrain: HeightField) -> HeightField:
    """The clutter by the cell, where a run reads it so."""
    if terms is None or not terms.by_cell:
        return NO_HEIGHTS
    heights = np.empty_like(surface.height_m)
    fill_clutter(heights, surface, terrain)
    return surface._replace(height_m=heights)


def _latitude_deg(problem: Problem) -> float:
    west, south, east, north = problem.grid.bounds_m
    to_degrees = transformer(f"EPSG:{problem.grid.epsg}", WGS84)
    _, latitude = to_degrees.xy(np.array([(west + east) / 2]), np.array([(south + north) / 2]))
    if not np.isfinite(latitude[0]):
        raise Refused(
            f"the middle of the area has no latitude in EPSG:{problem.grid.epsg}: P.1812 needs it"
        )
    return float(latitude[0])

"""From a problem to what the kernels read: which method where, tables, arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.engine.area_terms import clutter_of, not_asked
from canopy.coverage.engine.finish_kernel import Service
from canopy.coverage.engine.loss_tables import LossTables, bound_by, tabulate
from canopy.coverage.engine.methods import (
    ClassCurves,
    SiteClass,
    beyond_m2,
    curves_of,
    explain,
    terms_of,
)
from canopy.coverage.engine.obstruction import NO_HEIGHTS, HeightField
from canopy.coverage.engine.parts import Part
from canopy.coverage.engine.path_kernel import SIGHTS, PathRules, Paths, Patterns, Wave
from canopy.coverage.engine.problem import EFFECTIVE_EARTH_M, Problem
from canopy.coverage.engine.rings import Rings
from canopy.coverage.engine.site_arrays import SiteArrays
from canopy.coverage.grid import Grid
from canopy.coverage.propagation.choice import Stage
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.terrain.heights import HeightGrid
from canopy.coverage.terrain.sampling import height_at
from canopy.errors import Refused

SPEED_OF_LIGHT_M_S = 299_792_458.0


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A problem with everything that its parts share.

    Attributes:
        problem: as asked.
        operators: slugs, sorted.
        sites: each operator's, as arrays.
        along_paths: whether an operator's losses need more than distance.
        tables: `SIGHTS` rows to each class of site: expected, seen, not seen.
        stages: of each class of site, which method answers where.
        explanation: which method is used where and why, one sentence each.
        provenance: the same and the parameters as flat facts.
    """

    problem: Problem
    operators: tuple[str, ...]
    sites: dict[str, SiteArrays]
    along_paths: dict[str, bool]
    tables: LossTables
    paths: Paths
    service: Service
    rings: Rings
    stages: tuple[tuple[Stage, ...], ...]
    explanation: tuple[str, ...]
    provenance: dict[str, str]

    @property
    def grid(self) -> Grid:
        """The cells."""
        return self.problem.grid

    def mask(self, part: Part) -> NDArray[np.bool_]:
        """Which cells of a part are asked for."""
        if self.problem.mask is None:
            return np.ones(part.shape, np.bool_)
        return np.ascontiguousarray(self.problem.mask[part.place])


def prepare(problem: Problem) -> Prepared:
    """What the kernels need for `problem`.

    Raises Refused where no method answers for a site's frequency, or terrain is missing
    under a site.
    """
    classes = sorted({SiteClass.of(site) for site in problem.sites})
    curves = [curves_of(each, problem) for each in classes]
    terms = terms_of(curves)
    tables = tabulate([row for each in curves for row in each.rows], problem.reach_m)
    if problem.sight == "surface":
        tables = bound_by(tables, SIGHTS, [1, 2])
    adrift = _without_ground(problem)
    operators = tuple(sorted({site.operator for site in problem.sites}))
    patterns, pattern_numbers = _patterns(problem.sites)
    sites = {
        operator: _arrays(problem, operator, classes, pattern_numbers, adrift)
        for operator in operators
    }
    over_terrain = problem.terrain is not None
    budget = problem.budget
    noise_mw = 10 ** (budget.noise_dbm / 10)
    return Prepared(
        problem=problem,
        operators=operators,
        sites=sites,
        along_paths={
            operator: over_terrain or problem.sight == "surface" or bool((mine.pattern >= 0).any())
            for operator, mine in sites.items()
        },
        tables=tables,
        paths=_paths(problem, classes, curves, tables, patterns),
        service=Service(
            noise_mw,
            budget.load,
            budget.threshold_dbm,
            budget.bandwidth_mhz,
            budget.shannon_share,
            budget.most_bps_per_hz,
            budget.least_sinr_db,
        ),
        rings=Rings(tables, problem.reach_m, budget.threshold_dbm),
        stages=tuple(each.stages for each in curves),
        explanation=explain(classes, curves, problem),
        provenance=_provenance(problem, len(adrift)) | ({} if terms is None else terms.facts()),
    )


def _paths(
    problem: Problem,
    classes: list[SiteClass],
    curves: list[ClassCurves],
    tables: LossTables,
    patterns: Patterns,
) -> Paths:
    budget = problem.budget
    terms = terms_of(curves)
    hertz = np.repeat([each.frequency_mhz * 1e6 for each in classes], SIGHTS)
    beyond = np.repeat([beyond_m2(each.stages) for each in curves], SIGHTS)
    terrain, surface = field_of(problem.terrain), field_of(problem.surface)
    return Paths(
        tables,
        patterns,
        terrain,
        surface,
        clutter_of(terms, surface, terrain),
        Wave(SPEED_OF_LIGHT_M_S / hertz, EFFECTIVE_EARTH_M),
        not_asked(hertz.size) if terms is None else terms.for_kernels(beyond, hertz / 1e9),
        PathRules(
            by_surface=problem.sight == "surface",
            over_terrain=problem.terrain is not None,
            receiver_m=budget.receiver_height_m,
            west_m=problem.grid.west_m,
            north_m=problem.grid.north_m,
            noise_mw=10 ** (budget.noise_dbm / 10),
            load=budget.load,
            threshold_dbm=budget.threshold_dbm,
            most_change=_most_change(problem.sinr_change_db),
        ),
    )


_NAMED = 5


def _without_ground(problem: Problem) -> frozenset[str]:
    """Ids of the sites whose ground is not known. Raises Refused unless that is allowed."""
    if problem.terrain is None:
        return frozenset()
    field = field_of(problem.terrain)
    adrift = [
        site.site_id
        for site in problem.sites
        if math.isnan(
            height_at(
                field.height_m,
                field.west_m,
                field.north_m,
                field.cell_m,
                site.easting_m,
                site.northing_m,
            )
        )
    ]
    if adrift and (problem.without_terrain == "refuse" or problem.sight == "surface"):
        more = f" and {len(adrift) - _NAMED:,} more" if len(adrift) > _NAMED else ""
        raise Refused(
            f"no terrain is known under {len(adrift):,} of {len(problem.sites):,} sites: "
            f"{', '.join(adrift[:_NAMED])}{more}. Give the missing tiles, leave those sites out, "
            "or have even ground taken between them and every cell"
        )
    return frozenset(adrift)


def _most_change(sinr_change_db: float | None) -> float:
    """Share of noise and interference that moves the SINR by so much; -1 for none at all."""
    return -1.0 if sinr_change_db is None else 10 ** (sinr_change_db / 10) - 1


def field_of(heights: HeightGrid | None) -> HeightField:
    """Heights as kernels read them."""
    if heights is None:
        return NO_HEIGHTS
    grid = heights.grid
    values = np.ascontiguousarray(heights.height_m, np.float32)
    return HeightField(values, grid.west_m, grid.north_m, grid.cell_m)


def _patterns(sites: tuple[RadioSite, ...]) -> tuple[Patterns, dict[int, int]]:
    """All patterns in use as one table, and the number of each by its identity."""
    found = {id(site.pattern): site.pattern for site in sites if site.pattern is not None}
    if not found:
        none = np.zeros((1, 360), np.float32)
        return Patterns(none, none, np.full(1, np.inf)), {}
    horizontal = np.stack([each.horizontal_loss_db for each in found.values()])
    vertical = np.stack([each.vertical_loss_db for each in found.values()])
    most = np.array([each.most_loss_db for each in found.values()], np.float64)
    return Patterns(horizontal, vertical, most), {key: at for at, key in enumerate(found)}


def _arrays(
    problem: Problem,
    operator: str,
    classes: list[SiteClass],
    pattern_numbers: dict[int, int],
    adrift: frozenset[str],
) -> SiteArrays:
    numbered = [(at, each) for at, each in enumerate(problem.sites) if each.operator == operator]
    row_of = {each: SIGHTS * at for at, each in enumerate(classes)}
    mine = [each for _, each in numbered]
    grid, budget = problem.grid, problem.budget
    return SiteArrays(
        number=np.array([at for at, _ in numbered], np.int32),
        x_m=np.array([site.easting_m - grid.west_m for site in mine]),
        y_m=np.array([grid.north_m - site.northing_m for site in mine]),
        reach_m=np.full(len(mine), float(problem.reach_m)),
        level_dbm=np.array([budget.reference_eirp_dbm(site.eirp_dbm) for site in mine], np.float32),
        curve=np.array([row_of[SiteClass.of(site)] for site in mine], np.int32),
        antenna_m=np.array([site.antenna_height_m for site in mine], np.float64),
        pattern=np.array([pattern_numbers.get(id(site.pattern), -1) for site in mine], np.int32),
        azimuth_deg=np.array([site.azimuth_deg for site in mine], np.float32),
        downtilt_deg=np.array([site.downtilt_deg for site in mine], np.float32),
        on_terrain=np.array([site.site_id not in adrift for site in mine], np.bool_),
    )


def _provenance(problem: Problem, sites_on_even_ground: int) -> dict[str, str]:
    budget, grid = problem.budget, problem.grid
    left_out = problem.sinr_change_db
    return {
        "technology": budget.technology,
        "crs": f"EPSG:{grid.epsg}",
        "cell_m": f"{grid.cell_m:g}",
        "bounds_m": ", ".join(f"{edge:.3f}" for edge in grid.bounds_m),
        "reach_m": f"{problem.reach_m:g}",
        "environment": problem.environment,
        "model": problem.model,
        "sight": problem.sight,
        "receiver_height_m": f"{budget.receiver_height_m:g}",
        "threshold_dbm": f"{budget.threshold_dbm:g}",
        "noise_dbm": f"{budget.noise_dbm:.2f}",
        "load": f"{budget.load:g}",
        "extra_loss_db": f"{budget.extra_loss_db:g}",
        "sites": str(len(problem.sites)),
        "sites_on_even_ground": str(sites_on_even_ground),
        "sites_left_out_change_sinr_db": "none left out" if left_out is None else f"{left_out:g}",
        "effective_earth_radius_m": f"{EFFECTIVE_EARTH_M:.0f}",
    }

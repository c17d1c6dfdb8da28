"""The storage CRS's own grid on a web map, without a projection library in the page.

Over the extent of one map a projected CRS and web Mercator differ by a smooth bend, so a
pair of cubic polynomials carries one into the other. They are fitted here and evaluated in
`template/grid.js`; the fit is only used where it is better than `TOLERANCE_M` everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canopy.render.shape_columns import Floats, ToLonLat

TOLERANCE_M = 1.0
"""Largest misfit at the samples [m] with which grid lines are still drawn."""

_SAMPLES = 21
_MARGIN = 0.5
_LEAST_MARGIN_M = 2_000.0
_EXPONENTS = tuple((i, j) for i in range(4) for j in range(4 - i))
_WORLD = 256.0


@dataclass(frozen=True, slots=True)
class GridFit:
    """Cubic polynomials from eastings and northings [m] to world pixels and back.

    World pixels are those of web Mercator at zoom 0: 0 to 256, y southwards. Each
    polynomial takes its input less `centre` over `scale`. Valid within `extent_m`
    (west, south, east, north); `misfit_m` is the largest error at the samples [m].
    """

    crs: str
    extent_m: tuple[float, float, float, float]
    misfit_m: float
    to_world: dict[str, list[float]]
    to_metres: dict[str, list[float]]


def world_pixels(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude [deg] to web Mercator world pixels at zoom 0."""
    sine = np.sin(np.radians(lat))
    x = _WORLD * (lon / 360 + 0.5)
    y = _WORLD * (0.5 - np.arctanh(sine) / (2 * np.pi))
    return x, y


def fit_grid(
    crs: str, extent_m: tuple[float, float, float, float], to_lonlat: ToLonLat
) -> GridFit | None:
    """Fit the grid of `crs` over `extent_m`, widened by half and at least 2 km.

    None where fewer than half of the samples can be transformed or the fit is worse than
    `TOLERANCE_M`: the map then shows longitude and latitude.
    """
    west, south, east, north = extent_m
    margin = max(_LEAST_MARGIN_M, _MARGIN * (east - west), _MARGIN * (north - south))
    wide = (west - margin, south - margin, east + margin, north + margin)
    grid_x, grid_y = np.meshgrid(
        np.linspace(wide[0], wide[2], _SAMPLES), np.linspace(wide[1], wide[3], _SAMPLES)
    )
    metres = np.column_stack([grid_x.ravel(), grid_y.ravel()])
    world = np.column_stack(world_pixels(*to_lonlat.xy(metres[:, 0].copy(), metres[:, 1].copy())))
    known = np.isfinite(world).all(axis=1)
    if np.count_nonzero(known) * 2 < metres.shape[0]:
        return None
    metres, world = metres[known], world[known]
    to_world, _ = _fit(metres, world)
    to_metres, misfit_m = _fit(world, metres)
    if misfit_m > TOLERANCE_M:
        return None
    return GridFit(crs, wide, misfit_m, to_world, to_metres)


def _fit(source: Floats, target: Floats) -> tuple[dict[str, list[float]], float]:
    centre = source.mean(axis=0)
    scale = np.maximum(np.abs(source - centre).max(axis=0), 1e-12)
    terms = _terms((source - centre) / scale)
    weights, *_ = np.linalg.lstsq(terms, target, rcond=None)
    misfit = float(np.abs(terms @ weights - target).max())
    fitted = {
        "centre": centre.tolist(),
        "scale": scale.tolist(),
        "x": _rounded(weights[:, 0]),
        "y": _rounded(weights[:, 1]),
    }
    return fitted, misfit


def _rounded(weights: NDArray[np.floating[Any]]) -> list[float]:
    # Below a micrometre; the last bits of a least-squares fit differ between machines.
    return [float(f"{weight:.12g}") for weight in weights]


def _terms(points: Floats) -> NDArray[np.float64]:
    u, v = points[:, 0], points[:, 1]
    return np.column_stack([u**i * v**j for i, j in _EXPONENTS])

"""The storage grid drawn without a projection library."""

from __future__ import annotations

import numpy as np
import pytest
from made_towns import BNG, CENTRE_M

from canopy.geo import transformer
from canopy.render.grid import TOLERANCE_M, GridFit, fit_grid, world_pixels

TOWN_M = (CENTRE_M[0], CENTRE_M[1], CENTRE_M[0] + 8_000, CENTRE_M[1] + 8_000)
METRES_PER_WORLD_PIXEL = 156_543.0


def evaluated(fit: dict[str, list[float]], x: float, y: float) -> tuple[float, float]:
    u = (x - fit["centre"][0]) / fit["scale"][0]
    v = (y - fit["centre"][1]) / fit["scale"][1]
    terms = np.array([u**i * v**j for i in range(4) for j in range(4 - i)])
    return float(terms @ fit["x"]), float(terms @ fit["y"])


def fitted(extent_m: tuple[float, float, float, float]) -> GridFit:
    fit = fit_grid(BNG, extent_m, transformer(BNG, "EPSG:4326"))
    assert fit
    return fit


@pytest.mark.parametrize(
    ("east_m", "north_m"), [(453_333.0, 314_444.0), (459_999.0, 319_999.0), (450_500.0, 311_000.0)]
)
def test_grid_lines_lie_within_the_tolerance(east_m: float, north_m: float) -> None:
    """A point between the samples is where OSTN15 puts it, to 1 m, and back."""
    fit = fitted(TOWN_M)
    lon, lat = transformer(BNG, "EPSG:4326").xy(np.array([east_m]), np.array([north_m]))
    exact = np.concatenate(world_pixels(lon, lat))
    shown = evaluated(fit.to_world, east_m, north_m)
    assert np.abs(exact - shown).max() * METRES_PER_WORLD_PIXEL < TOLERANCE_M
    assert evaluated(fit.to_metres, *shown) == pytest.approx((east_m, north_m), abs=TOLERANCE_M)


def test_a_fit_that_is_too_rough_is_not_used() -> None:
    """Over half of Great Britain no cubic is good to 1 m, so there is no metre grid."""
    whole = (150_000.0, 50_000.0, 600_000.0, 600_000.0)
    assert fit_grid(BNG, whole, transformer(BNG, "EPSG:4326")) is None


def test_world_pixels_are_web_mercator() -> None:
    """Corners and middle of the world are at 0, 128 and 256."""
    x, y = world_pixels(
        np.array([-180.0, 0.0, 180.0]), np.array([85.0511287798, 0.0, -85.0511287798])
    )
    assert x.tolist() == pytest.approx([0, 128, 256])
    assert y.tolist() == pytest.approx([0, 128, 256], abs=1e-6)

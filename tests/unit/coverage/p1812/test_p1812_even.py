"""P.1812 for profiles of equal steps: the same numbers as for any profile."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from canopy.coverage.propagation.p1812.even import reduce_even
from canopy.coverage.propagation.p1812.loss import Climate, Losses, losses, share_of_sigma
from canopy.coverage.propagation.p1812.prediction import Terms, TerrainProfile, predict

TOLERANCE_DB = 0.01
CLOSE_DB = 1e-6
"""Both ways are the same sums in another order, on the same heights."""

# ITU-R Study Group 3's validation examples of P.1812, with eeveetza/Py1812 at a5205e6a65:
# profile and results b2iseac_rural_land_1km_eqdist.
STEP_KM = 0.11755
HILLSIDE = [754.4, 754.4, 754.4, 729.9, 729.9, 685.3, 634.3, 634.3, 610.3, 610.3]
PUBLISHED = [(1.0, 92.13585101), (10.0, 92.40730775), (50.0, 92.59365279)]


def even_losses(
    ground_m: NDArray[np.float32],
    clutter_m: NDArray[np.float32],
    step_km: float,
    heights_m: tuple[float, float],
    climate: Climate,
) -> Losses:
    """All losses of a profile of equal steps."""
    path = reduce_even(
        ground_m,
        clutter_m,
        ground_m.size - 1,
        step_km,
        *heights_m,
        climate.frequency_ghz,
        climate.delta_n,
        climate.time_percent == 50,
    )
    return losses(path, climate)


@pytest.mark.parametrize(("percent", "expected_db"), PUBLISHED)
def test_equal_steps_give_the_published(percent: float, expected_db: float) -> None:
    """Three published results over a hillside with 10 m of clutter, within 0.01 dB."""
    climate = Climate(0.0953, False, percent, 45.0, 326.079979, 53.1856432)
    ground = np.array(HILLSIDE, np.float32)
    found = even_losses(ground, np.full(10, 10, np.float32), STEP_KM, (60.0, 7.0), climate)
    assert found.lbc == pytest.approx(expected_db, abs=TOLERANCE_DB)


def _said(path: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.reader(file):
            cells = [cell.strip() for cell in row if cell.strip()]
            if len(cells) > 1 and not cells[0].startswith("#"):
                found.setdefault(cells[0], float(cells[-1]))
    return found


def _columns(path: Path) -> NDArray[np.float64]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith("Number of Points"))
    count = int(lines[begin].split(",")[1])
    cells = [line.split(",") for line in lines[begin + 1 : begin + 1 + count]]
    return np.array([[float(row[at]) for at in (0, 1, 3, 4)] for row in cells]).T


@pytest.mark.real_data
def test_all_published_profiles_of_equal_steps_over_land_come_out(real_data: Path) -> None:
    """Of 1 km to 235 km, 10 to 2,001 points, open and urban clutter, 1 to 50 % of the time."""
    folder = real_data / "vectors" / "p1812"
    tried = 0
    for log in sorted((folder / "validation_results").glob("*land*_eqdist_*_log.csv")):
        name = log.name.removesuffix("_log.csv").rsplit("_", 1)[0]
        distance, ground, clutter, zone = _columns(folder / "validation_profiles" / f"{name}.csv")
        assert set(zone.tolist()) == {4.0}
        said = _said(log)
        climate = Climate(
            said["f (GHz)"], said["pol"] == 2, said["p (%)"], said["DN"], said["N0"],
            said["phi (deg)"],
        )  # fmt: skip
        found = even_losses(
            ground.astype(np.float32),
            clutter.astype(np.float32),
            distance[-1] / (distance.size - 1),
            (said["htg (m)"], said["hrg (m)"]),
            climate,
        )
        assert found.lbc == pytest.approx(said["Lb (dB)"], abs=TOLERANCE_DB), log.name
        tried += 1
    assert tried == 12


def _terrain(rng: np.random.Generator, points: int, kind: int) -> NDArray[np.float32]:
    """Flat, wandering or rough ground."""
    relief = (0.0, rng.uniform(0.1, 5), rng.uniform(5, 30))[kind]
    drift = np.cumsum(rng.normal(0, relief, points)) if kind == 1 else rng.normal(0, relief, points)
    return (drift + rng.uniform(0, 900)).astype(np.float32)


@pytest.mark.parametrize("seed", range(60))
def test_random_terrain_gives_what_any_profile_gives(seed: int) -> None:
    """Within a millionth of a decibel of the exact method, for all parts of the loss."""
    rng = np.random.default_rng(seed)
    last = int(rng.integers(2, 400))
    step_km = float(rng.choice([0.01, 0.05, 0.3]))
    ground = _terrain(rng, last + 1, seed % 3)
    clutter = rng.uniform(0, 25, last + 1).astype(np.float32)
    heights = float(rng.uniform(1, 80)), float(rng.uniform(1, 12))
    for percent in (1.0, 10.0, 50.0):
        for frequency in (0.03, 0.169, 0.868, 2.1, 6.0):
            terms = Terms(
                frequency_ghz=frequency,
                tx_height_m=heights[0],
                rx_height_m=heights[1],
                delta_n=45,
                sea_n0=325,
                latitude_deg=52,
                time_percent=percent,
            )
            distance = np.arange(last + 1) * step_km
            exact = predict(TerrainProfile.over_land(distance, ground, clutter), terms).parts
            climate = Climate(frequency, True, percent, 45.0, 325.0, 52.0)
            found = even_losses(ground, clutter, step_km, heights, climate)
            np.testing.assert_allclose(found, exact, atol=CLOSE_DB, rtol=0)


@pytest.mark.parametrize("at", [0, 7, 20])
def test_an_unknown_height_of_equal_steps_gives_no_loss(at: int) -> None:
    """NaN in the ground, or in the clutter between the ends, comes out as NaN."""
    climate = Climate(0.868, True, 50.0, 45.0, 325.0, 52.0)
    ground, clutter = np.zeros(21, np.float32), np.zeros(21, np.float32)
    ground[at] = math.nan
    assert math.isnan(even_losses(ground, clutter, 0.05, (25.0, 1.5), climate).lbc)
    ground[at], clutter[at] = 0.0, math.nan
    found = even_losses(ground, clutter, 0.05, (25.0, 1.5), climate).lbc
    assert math.isnan(found) == (0 < at < 20)


def test_locations_vary_less_above_the_clutter() -> None:
    """All of σ up to the clutter's height, half 5 m above it, none from 10 m above it."""
    found = [share_of_sigma(height, 15.0) for height in (1.5, 15.0, 20.0, 25.0, 40.0)]
    assert found == pytest.approx([1, 1, 0.5, 0, 0])

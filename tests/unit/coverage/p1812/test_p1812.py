"""P.1812: the published results, limits, symmetry and refusals."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.propagation.p1812.loss import location_sigma, upper_normal
from canopy.coverage.propagation.p1812.prediction import Terms, TerrainProfile, predict
from canopy.coverage.validity import Validity
from canopy.errors import Refused

TOLERANCE_DB = 0.01

# ITU-R Study Group 3's validation examples of P.1812, with eeveetza/Py1812 at a5205e6a65:
# profiles and results b2iseac_rural_land_1km and b2iseac_rural_land_1km_eqdist.
SIX = ([0, 0.2, 0.4, 0.6, 0.8, 1.0], [754.4, 754.4, 729.9, 685.3, 634.3, 610.3])
TEN = (
    [0, 0.11755, 0.2351, 0.35265, 0.4702, 0.58775, 0.7053, 0.82285, 0.9404, 1.05795],
    [754.4, 754.4, 754.4, 729.9, 729.9, 685.3, 634.3, 634.3, 610.3, 610.3],
)
TYPED = [
    (SIX, 53.18551669, 1, 87.0385433),
    (SIX, 53.18551669, 10, 87.30268122),
    (SIX, 53.18551669, 50, 87.48987104),
    (TEN, 53.1856432, 1, 92.13585101),
    (TEN, 53.1856432, 10, 92.40730775),
    (TEN, 53.1856432, 50, 92.59365279),
]
LONG = [0.03, 0.3, 0.7, 1.8, 3.5, 6.0]


def terms(**changed: Any) -> Terms:
    """900 MHz from 30 m to 10 m over Britain, unless changed."""
    usual: dict[str, Any] = {
        "frequency_ghz": 0.9,
        "tx_height_m": 30,
        "rx_height_m": 10,
        "delta_n": 45,
        "sea_n0": 325,
        "latitude_deg": 52,
    }
    return Terms(**usual | changed)


def flat(length_km: float, ground_m: float = 50.0, points: int = 101) -> TerrainProfile:
    """Even inland ground."""
    return TerrainProfile.over_land(np.linspace(0, length_km, points), np.full(points, ground_m))


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Compile once, so that no example of a property is timed with it."""
    predict(flat(1.0), terms(time_percent=1))


@pytest.mark.parametrize(("line", "latitude_deg", "percent", "expected_db"), TYPED)
def test_losses_are_the_published(
    line: tuple[list[float], list[float]], latitude_deg: float, percent: float, expected_db: float
) -> None:
    """Six published results over hills with clutter, within a hundredth of a decibel."""
    asked = terms(
        frequency_ghz=0.0953,
        tx_height_m=60,
        rx_height_m=7,
        sea_n0=326.079979,
        latitude_deg=latitude_deg,
        vertical=False,
        time_percent=percent,
    )
    answer = predict(TerrainProfile.over_land(*line, clutter_m=10), asked)
    assert answer.loss_db == pytest.approx(expected_db, abs=TOLERANCE_DB)
    assert answer.validity is Validity.IN_RANGE


def _log(path: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.reader(file):
            cells = [cell.strip() for cell in row if cell.strip()]
            if len(cells) > 1 and not cells[0].startswith("#"):
                found.setdefault(cells[0], float(cells[-1]))
    return found


def _published_profile(path: Path) -> TerrainProfile:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith("Number of Points"))
    count = int(lines[begin].split(",")[1])
    cells = [line.split(",") for line in lines[begin + 1 : begin + 1 + count]]
    numbers = np.array([[float(row[at]) for at in (0, 1, 3, 4)] for row in cells])
    distance_km, ground_m, clutter_m, zone = np.ascontiguousarray(numbers.T)
    return TerrainProfile(distance_km, ground_m, clutter_m, zone.astype(np.int64))


@pytest.mark.real_data
def test_all_published_results_come_out(real_data: Path) -> None:
    """All 63 results, over sea and land, and what they are made of."""
    folder = real_data / "vectors" / "p1812"
    logs = sorted((folder / "validation_results").glob("*_log.csv"))
    assert len(logs) == 63
    for log in logs:
        name = log.name.removesuffix("_log.csv").rsplit("_", 1)[0]
        said = _log(log)
        answer = predict(
            _published_profile(folder / "validation_profiles" / f"{name}.csv"),
            Terms(
                frequency_ghz=said["f (GHz)"],
                tx_height_m=said["htg (m)"],
                rx_height_m=said["hrg (m)"],
                delta_n=said["DN"],
                sea_n0=said["N0"],
                latitude_deg=said["phi (deg)"],
                vertical=said["pol"] == 2,
                time_percent=said["p (%)"],
                location_percent=said["pL (%)"],
                location_sigma_db=said["sigmaL (dB)"],
                tx_coast_km=said["dct (km)"],
                rx_coast_km=said["dcr (km)"],
            ),
        )
        assert answer.loss_db == pytest.approx(said["Lb (dB)"], abs=TOLERANCE_DB), log.name
        parts = answer.parts
        for ours, theirs in (
            (parts.beta0, "b0 (%)"),
            (parts.ld50, "Ld50 (dB)"),
            (parts.ldp, "Ldp (dB)"),
            (parts.lbs, "Lbs (dB)"),
            (parts.lba, "Lba (dB)"),
        ):
            assert ours == pytest.approx(said[theirs], abs=TOLERANCE_DB), (log.name, theirs)


@given(st.sampled_from(LONG), st.floats(1, 100), st.floats(1, 100))
def test_a_path_in_sight_at_the_median_loses_no_less_than_free_space(
    frequency_ghz: float, tx_m: float, rx_m: float
) -> None:
    """At half of the time nothing in the method is a gain over free space."""
    answer = predict(
        flat(1.0), terms(frequency_ghz=frequency_ghz, tx_height_m=tx_m, rx_height_m=rx_m)
    )
    assert answer.loss_db >= answer.parts.lbfs - 1e-9


@given(st.sampled_from(LONG), st.booleans(), st.floats(1, 50))
def test_loss_grows_with_distance_over_even_ground(
    frequency_ghz: float, vertical: bool, percent: float
) -> None:
    """From the shortest distance to 300 km, farther is never better."""
    asked = terms(frequency_ghz=frequency_ghz, vertical=vertical, time_percent=percent)
    found = [predict(flat(far), asked).loss_db for far in (0.25, 1, 4, 10, 40, 100, 300)]
    assert found == sorted(found)


@given(st.lists(st.floats(0, 400), min_size=11, max_size=11), st.sampled_from(LONG))
def test_diffraction_is_the_same_both_ways(heights: list[float], frequency_ghz: float) -> None:
    """Turned about, with the antennas exchanged, a path at the median loses as much."""
    far = np.linspace(0, 20, 11)
    there = predict(
        TerrainProfile.over_land(far, heights), terms(frequency_ghz=frequency_ghz)
    ).parts
    back = predict(
        TerrainProfile.over_land(far, heights[::-1]),
        terms(frequency_ghz=frequency_ghz, tx_height_m=10, rx_height_m=30),
    ).parts
    assert there.ld50 == pytest.approx(back.ld50, abs=1e-6)
    assert there.lbfs == pytest.approx(back.lbfs, abs=1e-9)


@given(st.floats(1, 50), st.floats(1, 50))
def test_less_time_is_promised_less_loss(one: float, other: float) -> None:
    """What is not exceeded for longer is no smaller."""
    less, more = sorted((one, other))
    hills = TerrainProfile.over_land(np.linspace(0, 60, 61), 80 * np.sin(np.arange(61)) + 80)
    at = [predict(hills, terms(time_percent=percent)).loss_db for percent in (less, more)]
    assert at[0] <= at[1] + 0.01  # the deviate's approximation is good to 0.0005


def test_locations_spread_about_the_median() -> None:
    """90 % of places lose 1.2816 σ more than half of them; equation 66 gives 5.6 dB at 1 GHz.

    σ = (0.52 + 0.024 * 1) * 500^0.28 = 0.544 * 5.6967 = 3.099 dB.
    """
    sigma = location_sigma(1.0, 500)
    assert sigma == pytest.approx(3.099, abs=0.001)
    hills = flat(30.0)
    half = predict(hills, terms(location_sigma_db=sigma)).loss_db
    most = predict(hills, terms(location_sigma_db=sigma, location_percent=90)).loss_db
    assert most - half == pytest.approx(1.2816 * sigma, abs=0.002)
    assert upper_normal(0.1) == pytest.approx(1.28155, abs=0.0005)


@pytest.mark.parametrize("at", [0, 5, 10])
def test_an_unknown_height_gives_no_loss(at: int) -> None:
    """NaN anywhere in the ground comes out as NaN, flagged unknown."""
    heights = np.zeros(11)
    heights[at] = math.nan
    answer = predict(TerrainProfile.over_land(np.linspace(0, 5, 11), heights), terms())
    assert math.isnan(answer.loss_db)
    assert answer.validity is Validity.UNKNOWN


def test_a_path_too_short_is_flagged() -> None:
    """Below 250 m the value is computed and said to be beyond the method."""
    assert predict(flat(0.25), terms()).validity is Validity.IN_RANGE
    assert predict(flat(0.2499), terms()).validity is Validity.EXTRAPOLATED
    assert predict(flat(5.0), terms(rx_height_m=0.5)).validity is Validity.EXTRAPOLATED


@pytest.mark.parametrize(
    ("field", "inside", "beyond"),
    [
        ("frequency_ghz", 0.03, 0.0299),
        ("frequency_ghz", 6.0, 6.001),
        ("tx_height_m", 3000, 3001),
        ("rx_height_m", 0.01, 0.0),
        ("time_percent", 1, 0.9),
        ("time_percent", 50, 50.1),
        ("location_percent", 99, 99.1),
        ("latitude_deg", 80, 80.1),
        ("delta_n", 156, 157),
    ],
)
def test_what_the_method_does_not_answer_is_refused(
    field: str, inside: float, beyond: float
) -> None:
    """Both ends of each range: the last value inside answers, the next is refused by name."""
    assert math.isfinite(predict(flat(5.0), terms(**{field: inside})).loss_db)
    with pytest.raises(Refused, match=field):
        terms(**{field: beyond})


@pytest.mark.parametrize(
    ("distance_km", "ground_m"), [([0, 1], [0, 0]), ([0, 2, 1], [0, 0, 0]), ([1, 2, 3], [0, 0, 0])]
)
def test_a_profile_out_of_order_is_refused(distance_km: list[float], ground_m: list[float]) -> None:
    """Too short, falling back, or not from 0."""
    with pytest.raises(Refused):
        TerrainProfile.over_land(distance_km, ground_m)

"""TR 38.901: hand-worked losses, limits and standing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy.coverage.propagation.tr38901 import (
    path_loss,
    rma_breakpoint_m,
    uma_los_probability,
    umi_los_probability,
)
from canopy.coverage.validity import Validity
from canopy.errors import Refused

# Worked by hand from Table 7.4.1-1, base 8 m and receiver 1.5 m: at 100 m
# d3D = sqrt(100² + 6.5²) = 100.211 m, log10 = 2.000915.
UMI_CASES = [
    # 32.4 + 21 * 2.000915 + 20 * log10(2.1) = 32.4 + 42.0192 + 6.4444
    (100.0, 2.1, 8.0, "los_db", 81.03),
    # 35.3 * 2.000915 + 22.4 + 21.3 * log10(2.1) = 70.6323 + 22.4 + 6.8633
    (100.0, 2.1, 8.0, "nlos_db", 99.90),
    # d3D = 200.106, log10 = 2.301260: 81.2345 + 22.4 + 21.3 * 0.544068
    (200.0, 3.5, 8.0, "nlos_db", 115.22),
    # A loss of 117.22 dB is reached at 310 m without sight, and at 805 m with it.
    (310.0, 2.1, 8.0, "nlos_db", 117.21),
    (805.0, 2.1, 8.0, "los_db", 117.23),
    (340.0, 1.8, 8.0, "nlos_db", 117.20),
]


@pytest.mark.parametrize(("distance_m", "f_ghz", "base_m", "which", "expected_db"), UMI_CASES)
def test_umi_losses_are_the_worked_ones(
    distance_m: float, f_ghz: float, base_m: float, which: str, expected_db: float
) -> None:
    """UMi gives the losses that the table's formulas give by hand."""
    found = path_loss("umi", distance_m, f_ghz, base_m, 1.5)
    assert float(getattr(found, which)) == pytest.approx(expected_db, abs=0.02)


UMA_CASES = [
    # Base 25 m, receiver 1.5 m, 1 km: d3D = sqrt(1000² + 23.5²) = 1000.276, log10 = 3.000120.
    # 13.54 + 39.08 * 3.000120 + 20 * log10(1.8) = 13.54 + 117.2447 + 5.1055
    (1000.0, 1.8, "nlos_db", 135.89),
    # d'BP = 4 * 24 * 0.5 * 1.8e9 / 3e8 = 288 m, so 1 km is beyond:
    # 28 + 40 * 3.000120 + 5.1055 - 9 * log10(288² + 23.5²) = 153.1103 - 9 * 4.921662
    (1000.0, 1.8, "los_db", 108.82),
    # At 200 m, within: d3D = 201.376, log10 = 2.304008; 28 + 22 * 2.304008 + 5.1055
    (200.0, 1.8, "los_db", 83.79),
    # At 3.5 GHz: 13.54 + 39.08 * 2.304008 + 10.8814
    (200.0, 3.5, "nlos_db", 114.46),
]


@pytest.mark.parametrize(("distance_m", "f_ghz", "which", "expected_db"), UMA_CASES)
def test_uma_losses_are_the_worked_ones(
    distance_m: float, f_ghz: float, which: str, expected_db: float
) -> None:
    """UMa gives the losses that the table's formulas give by hand."""
    found = path_loss("uma", distance_m, f_ghz, 25.0, 1.5)
    assert float(getattr(found, which)) == pytest.approx(expected_db, abs=0.02)


def test_rma_losses_are_the_worked_ones() -> None:
    """RMa at 1 km, 0.8 GHz, base 35 m, receiver 1.5 m, with and without sight."""
    # d3D = sqrt(1000² + 33.5²) = 1000.561; dBP = 2 pi 35 * 1.5 * 0.8e9 / 3e8 = 879.6 m.
    # PL1(dBP): 20 log10(40 pi 879.6 * 0.8 / 3) = 89.389; h^1.72 = 5^1.72 = 15.932,
    # 0.03 * 15.932 * log10(879.6) = 1.4073; -0.044 * 15.932 = -0.7010;
    # 0.002 * log10(5) * 879.6 = 1.2296; sum 91.325; + 40 log10(1000.561/879.6) = 2.2384.
    found = path_loss("rma", 1000.0, 0.8, 35.0, 1.5)
    assert float(found.los_db) == pytest.approx(93.56, abs=0.02)
    # 161.04 - 7.1 log10(20) + 7.5 log10(5) - (24.37 - 3.7 (5/35)²) log10(35)
    # + (43.42 - 3.1 log10(35)) * 0.000244 + 20 log10(0.8) - (3.2 log10(17.625)² - 4.97)
    # = 161.04 - 9.2373 + 5.2423 - 37.5125 + 0.0094 - 1.9382 - 0.0007
    assert float(found.nlos_db) == pytest.approx(117.60, abs=0.02)
    assert rma_breakpoint_m(0.8, 35.0, 1.5) == pytest.approx(879.65, abs=0.01)


def test_sight_is_certain_near_and_weighed_farther() -> None:
    """Probability of sight is 1 to 18 m; at 100 m it is what Table 7.4.2-1 gives."""
    # UMi: 0.18 + exp(-100/36) * 0.82 = 0.18 + 0.062177 * 0.82
    assert umi_los_probability(18.0) == 1.0
    assert umi_los_probability(100.0) == pytest.approx(0.23098, abs=1e-4)
    # UMa below 13 m: 0.18 + exp(-100/63) * 0.82 = 0.18 + 0.204463 * 0.82
    assert uma_los_probability(100.0, 1.5) == pytest.approx(0.34766, abs=1e-4)


@settings(deadline=None)  # the first call compiles
@given(
    near=st.floats(10, 4_900),
    step=st.floats(0.1, 100),
    f_ghz=st.floats(0.5, 100),
    base_m=st.floats(3, 50),
)
@pytest.mark.parametrize("scenario", ["umi", "uma"])
def test_loss_never_falls_with_distance(
    scenario: str, near: float, step: float, f_ghz: float, base_m: float
) -> None:
    """Both losses rise with distance; the report's bend is continuous within 0.3 dB."""
    found = path_loss(scenario, [near, near + step], f_ghz, base_m, 1.5)  # type: ignore[arg-type]
    assert found.los_db[1] >= found.los_db[0] - 0.3
    assert found.nlos_db[1] >= found.nlos_db[0] - 0.3
    assert (found.nlos_db >= found.los_db).all()


def test_outside_its_range_a_value_is_flagged_or_refused() -> None:
    """Both ends of the ranges; what makes no sense is NaN and refused, NaN stays unknown."""
    found = path_loss("uma", [5.0, 10.0, 5000.0, 5001.0, math.nan], 1.8, 25.0, 1.5)
    flags = [Validity(int(each)) for each in found.nlos_validity]
    assert flags == [
        Validity.EXTRAPOLATED,
        Validity.IN_RANGE,
        Validity.IN_RANGE,
        Validity.EXTRAPOLATED,
        Validity.UNKNOWN,
    ]
    assert found.nlos_db[0] == found.nlos_db[1]
    assert np.isnan(found.nlos_db[4])
    refused = path_loss("uma", 100.0, [0.05, 101.0], 25.0, 1.5)
    assert (refused.los_validity == Validity.REFUSED).all()
    assert np.isnan(refused.los_db).all()
    assert np.isnan(path_loss("umi", 100.0, 2.0, 0.5, 1.5).los_db)


def test_a_scenario_that_is_not_there_is_refused() -> None:
    """The message names those that are."""
    with pytest.raises(Refused, match="umi, uma or rma"):
        path_loss("inh", 100.0, 2.0, 3.0, 1.5)  # type: ignore[arg-type]

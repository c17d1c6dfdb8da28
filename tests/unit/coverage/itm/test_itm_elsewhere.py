"""ITM: where NTIA publishes nothing, two other implementations of version 1.2.2 say the same.

itmlogic 1.2: E. J. Oughton and others, Journal of Open Source Software 5 (2020) 2266. pyitm 0.3:
https://pypi.org/project/pyitm. Both were run with slips mended that show against NTIA's values:
in itmlogic the ground at the receiver is taken a step too early where the terminals are in
sight; in pyitm g+ and Xae are lost between functions, and equation 4.50 does not divide by δ.
"""

from __future__ import annotations

import numpy as np
import pytest

from canopy.coverage.propagation.itm.path import radio
from canopy.coverage.propagation.itm.prediction import predict_area
from canopy.coverage.propagation.itm.profile import reduce_profile
from canopy.coverage.propagation.itm.siting import reduce_area
from canopy.coverage.propagation.itm.terms import AreaPath, Climate, Mode, Quantile, Siting, Terms
from canopy.coverage.propagation.itm.variability import Wanted, loss_over_free_space
from canopy.coverage.propagation.p1812.loss import upper_normal

AREAS = """
1  84 735.83  1.05 254.863 0 0 81 5.000 325  545.3 4 0 90 50 50 220.31
2 400   5.14  1.01 694.761 1 1  4 0.005 250  209.0 5 1 10 90 90 238.05
2 200   2.55  1.25 744.032 1 1 81 0.005 325  185.0 4 1 10 99  1 220.11
0   0  41.36  1.38 365.033 2 0 25 0.001 400  346.9 1 1  1 90 10 211.35
0 400 495.36  2.89   9.960 1 2 81 0.005 360 8219.4 3 1 50 99 50 130.70
1 400 247.17  1.04 219.979 1 0 25 0.005 301 8094.6 6 0 50 50 99 303.03
1   0   2.22  2.16 426.210 2 2  4 5.000 325   42.6 5 1 10  1 99 234.13
3  90  30.00 10.00  12.500 0 1 15 0.005 325  900.0 6 1 10 90 90 145.14
3  30  25.00  1.50  35.000 1 0 15 0.005 325 3500.0 6 1 50 50 50 164.92
2  90  15.00  2.00   5.000 2 2 15 0.005 325  700.0 6 0 90 50 70 129.59
3  30 715.82  2.43  56.609 0 1 15 5.000 325  151.7 1 1 99 50 50 115.98
1 200   1.43 67.62   5.927 0 2 25 0.001 325   43.5 7 0 10  1 10  86.86
0   0  43.87 20.07   1.064 1 1 81 0.020 400 7615.2 5 0  1 10 50 110.62
"""
"""pyitm: mode, Δh, heights, km, sitings, ε, σ, N0, MHz, climate, vertical, three shares, dB."""


@pytest.mark.parametrize("line", AREAS.strip().splitlines())
def test_areas_lose_as_elsewhere(line: str) -> None:
    """Each takes another branch: steep, rough, low, lopsided or far paths, in Britain too."""
    (
        mode, delta_h_m, tx_m, rx_m, distance_km, tx_siting, rx_siting, permittivity, conductivity,
        sea_n0, frequency_mhz, climate, vertical, time, location, situation, expected_db,
    ) = (float(cell) for cell in line.split())  # fmt: skip
    area = AreaPath(
        distance_km=distance_km,
        delta_h_m=delta_h_m,
        tx_siting=Siting(int(tx_siting)),
        rx_siting=Siting(int(rx_siting)),
    )
    terms = Terms(
        frequency_mhz=frequency_mhz,
        tx_height_m=tx_m,
        rx_height_m=rx_m,
        sea_n0=sea_n0,
        climate=Climate(int(climate)),
        vertical=bool(vertical),
        permittivity=permittivity,
        conductivity_s_m=conductivity,
        quantile=Quantile(
            time_percent=time,
            location_percent=location,
            situation_percent=situation,
            mode=Mode(int(mode)),
        ),
    )
    assert predict_area(area, terms).loss_db == pytest.approx(expected_db, abs=0.05)


def dish(depth_m: float) -> list[float]:
    """A valley of 40 steps, a parabola."""
    return [depth_m * ((at - 20) / 20) ** 2 for at in range(41)]


@pytest.mark.parametrize(
    ("ground_m", "step_m", "tx_m", "rx_m", "delta_h", "effective_m", "horizons_m"),
    [
        (dish(24), 1000.0, 1.0, 1.0, 32.62666, (28.60172, 28.60172), (20449.789, 20449.789)),
        (dish(24), 1500.0, 1.0, 1.0, 27.54225, (1.15, 1.15), (6000, 6000)),
        (
            [29.28, 12.7, 9.86, 19.55, 7.36, 0, 0, 0, 0, 0, 0.62],
            250.0, 46.7, 6.1, 38.08181, (60.41023, 10.68517), (30295.589, 11802.122),
        ),
        (
            [265.31, 241.5, 209.82, 258.46, 244.79, 247.83, 279.21, 304.55, 256.04, 235.29, 236.6,
             199.35, 206.5, 189.79, 207.87],
            30.0, 19.6, 12.3, 349.06314, (57.62067, 41.14891), (210, 210),
        ),
    ],
)  # fmt: skip
def test_profiles_are_reduced_as_elsewhere(
    ground_m: list[float],
    step_m: float,
    tx_m: float,
    rx_m: float,
    delta_h: float,
    effective_m: tuple[float, float],
    horizons_m: tuple[float, float],
) -> None:
    """Short and long profiles in sight and not, and one whose heights are raised to be in sight."""
    path = reduce_profile(np.array(ground_m), len(ground_m) - 1, step_m, tx_m, rx_m, 301.0)
    assert path.delta_h == pytest.approx(delta_h, abs=1e-5)
    assert (path.tx_effective, path.rx_effective) == pytest.approx(effective_m, abs=1e-5)
    assert (path.tx_horizon, path.rx_horizon) == pytest.approx(horizons_m, abs=1e-3)


@pytest.mark.parametrize(
    ("climate", "expected_db"),
    [
        (Climate.MARITIME_SUBTROPICAL, [35.667, 37.789, 41.434, 0.626, 18.188, 45.113]),
        (Climate.MARITIME_TEMPERATE_LAND, [36.651, 38.468, 41.240, 10.899, 26.354, 50.242]),
        (Climate.MARITIME_TEMPERATE_SEA, [34.379, 37.316, 41.209, 0.167, 18.507, 47.938]),
    ],
)
def test_climates_without_a_published_row_vary_as_elsewhere(
    climate: Climate, expected_db: list[float]
) -> None:
    """40 dB at 30 and 150 km, for 1, 10 and 90 % of the time, as itmlogic varies it.

    NTIA publishes nothing for these climates, and Britain's is among them.
    """
    wave = radio(900.0, True, 15.0, 0.005)
    found = [
        loss_over_free_space(
            40.0,
            reduce_area(1000.0 * far_km, 90.0, 30.0, 10.0, Siting.RANDOM, Siting.RANDOM, 325.0),
            wave,
            Wanted(climate, Mode.BROADCAST, False, True, upper_normal(percent / 100), 0.0, 0.0),
        )
        for far_km in (30, 150)
        for percent in (1, 10, 90)
    ]
    assert found == pytest.approx(expected_db, abs=0.002)

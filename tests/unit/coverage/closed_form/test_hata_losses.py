"""Hata and COST-231: worked values, limits and standing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.propagation.okumura_hata import cost231_loss, hata_loss
from canopy.coverage.validity import Validity
from canopy.errors import Refused

# Worked by hand, 800 MHz, base 30 m, mobile 1.5 m, 2 km:
# log f = 2.90309, log hb = 1.477121, log d = 0.30103
# a = (1.1 * 2.90309 - 0.7) * 1.5 - (1.56 * 2.90309 - 0.8) = 3.740099 - 3.728820 = 0.011278
# 69.55 + 75.944835 - 20.413815 - 0.011278 + 35.224857 * 0.30103 = 135.6735
# suburban: - 2 log(800/28)² - 5.4 = - 2 * 1.455932² - 5.4 = -9.639476
# open: - 4.78 * 8.427931 + 18.33 * 2.90309 - 40.94 = -28.011875
HATA = [
    (2.0, 800.0, "urban", 135.67),
    (2.0, 800.0, "suburban", 126.03),
    (2.0, 800.0, "open", 107.66),
    # 1 km: the last term vanishes.
    (1.0, 800.0, "urban", 125.07),
    # large city at 800 MHz: a = 3.2 log(17.625)² - 4.97 = 3.2 * 1.246129² - 4.97 = -0.000918
    (2.0, 800.0, "large city", 135.69),
    # 10 km: + 35.224857
    (10.0, 800.0, "urban", 160.29),
]


@pytest.mark.parametrize(("d_km", "f_mhz", "area", "expected_db"), HATA)
def test_hata_gives_the_worked_values(
    d_km: float, f_mhz: float, area: str, expected_db: float
) -> None:
    """Base 30 m, mobile 1.5 m."""
    loss, flag = hata_loss(d_km, f_mhz, 30.0, 1.5, area)  # type: ignore[arg-type]
    assert float(loss) == pytest.approx(expected_db, abs=0.01)
    assert flag == Validity.IN_RANGE


def test_cost231_gives_the_worked_values() -> None:
    """1,800 MHz, base 30 m, mobile 1.5 m at 1 km; a metropolitan centre has 3 dB more."""
    # log f = 3.255273; a = (3.580800 - 0.7) * 1.5 - (5.078225 - 0.8) = 0.042975
    # 46.3 + 110.353738 - 20.413815 - 0.042975 = 136.1969
    assert float(cost231_loss(1.0, 1800.0, 30.0, 1.5)[0]) == pytest.approx(136.20, abs=0.01)
    centre = cost231_loss(1.0, 1800.0, 30.0, 1.5, "large city")[0]
    assert float(centre) == pytest.approx(139.20, abs=0.01)
    # 5 km: + 35.224857 * 0.698970
    assert float(cost231_loss(5.0, 1800.0, 30.0, 1.5)[0]) == pytest.approx(160.82, abs=0.01)


@given(d=st.floats(1, 19), more=st.floats(0.01, 1), f=st.floats(150, 1500), hb=st.floats(30, 200))
def test_loss_rises_with_distance(d: float, more: float, f: float, hb: float) -> None:
    """In every area."""
    for area in ("urban", "large city", "suburban", "open"):
        loss, _ = hata_loss([d, d + more], f, hb, 1.5, area)  # type: ignore[arg-type]
        assert loss[1] > loss[0]


def test_outside_the_ranges_values_are_flagged_or_refused() -> None:
    """Both ends of distance, frequency and height; NaN stays unknown."""
    flags = hata_loss([0.5, 1, 20, 21, 101, math.nan], 900.0, 30.0, 1.5)[1]
    flagged, inside = Validity.EXTRAPOLATED, Validity.IN_RANGE
    expected = [flagged, inside, inside, flagged, Validity.REFUSED, Validity.UNKNOWN]
    assert list(flags) == expected
    loss, flags = hata_loss(2.0, [99, 100, 150, 1500, 1501, 2001], 30.0, 1.5)
    assert list(flags) == [Validity.REFUSED, flagged, inside, inside, flagged, Validity.REFUSED]
    assert list(np.isnan(loss)) == [True, False, False, False, False, True]
    assert list(hata_loss(2.0, 900.0, [0, 25, 30, 200, 201], 1.5)[1]) == [
        Validity.REFUSED, flagged, inside, inside, flagged,
    ]  # fmt: skip


def test_an_area_that_is_not_there_is_refused() -> None:
    """By name; COST-231 has no open land."""
    with pytest.raises(Refused, match="large city"):
        hata_loss(2.0, 900.0, 30.0, 1.5, "town")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="open land"):
        cost231_loss(2.0, 1800.0, 30.0, 1.5, "open")

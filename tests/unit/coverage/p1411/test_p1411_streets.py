"""P.1411 along streets and around corners: worked values, ends of ranges, reciprocity."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.propagation.p1411.street_canyon import (
    millimetre_sight,
    shf_corner,
    shf_sight,
    uhf_corner,
    uhf_sight,
)
from canopy.coverage.validity import Validity
from canopy.errors import Refused

INSIDE, FLAGGED, REFUSED, UNKNOWN = (
    Validity.IN_RANGE, Validity.EXTRAPOLATED, Validity.REFUSED, Validity.UNKNOWN,
)  # fmt: skip

# 1.8 GHz: λ = 0.166551 m. Antennas at 8 and 1.5 m: R_bp = 4 * 12 / λ = 288.2 m,
# L_bp = |20 log(λ² / (8π 12))| = |20 log(0.0277393 / 301.593)| = 80.7266 dB.
# At 100 m, log(100 / 288.2) = -0.459695: lower 80.7266 - 9.1939 = 71.533, median + 6,
# upper 80.7266 + 20 - 25 * 0.459695 = 89.234.
# At 1,000 m, log = 0.540305: lower 80.7266 + 40 * 0.540305 = 102.339, upper + 20.
UHF = [(100.0, 71.533, 77.533, 89.234), (1000.0, 102.339, 108.339, 122.339)]


@pytest.mark.parametrize(("d_m", "lower", "median", "upper"), UHF)
def test_uhf_along_a_street_is_the_worked(
    d_m: float, lower: float, median: float, upper: float
) -> None:
    """Before and beyond the breakpoint."""
    bounds, flag = uhf_sight(d_m, 1.8, 8.0, 1.5)
    assert [float(each) for each in bounds] == pytest.approx([lower, median, upper], abs=2e-3)
    assert flag == INSIDE


# 5.8 GHz: λ = 0.0516884 m. Road at 0.5 m: heights 7.5 and 1.0, R_bp = 4 * 7.5 / λ = 580.4 m,
# L_bp = |20 log(0.00267169 / 188.496)| = 96.9707. At 100 m, log(0.172295) = -0.763728:
# lower 96.9707 - 15.2746 = 81.696, upper 116.9707 - 19.0932 = 97.878.
# Road at 1.5 m: no breakpoint. L_s = |20 log(λ / (2π 20))| = 67.7168; at 100 m 30 log 5 =
# 20.9691: lower 88.686. At 10 m, nearer than R_s, the UHF form: L_bp = |20 log(λ² / (8π 12))| =
# 101.0531, R_bp = 928.6 m, log = -1.967842: lower 101.0531 - 39.3568 = 61.696.
SHF = [
    (100.0, 0.5, 81.696, 97.878),
    (100.0, 1.5, 88.686, 108.686),
    (10.0, 1.5, 61.696, 71.857),
]


@pytest.mark.parametrize(("d_m", "road_m", "lower", "upper"), SHF)
def test_shf_along_a_street_is_the_worked(
    d_m: float, road_m: float, lower: float, upper: float
) -> None:
    """Above the traffic, and no higher than it."""
    bounds, flag = shf_sight(d_m, 5.8, 8.0, 1.5, road_m)
    assert float(bounds.lower_db) == pytest.approx(lower, abs=2e-3)
    assert float(bounds.median_db) == pytest.approx(lower + 6, abs=2e-3)
    assert float(bounds.upper_db) == pytest.approx(upper, abs=2e-3)
    assert flag == INSIDE


MILLIMETRE = [
    # 20 log 26500 - 28 = 60.4649; + 20 n log 10 = 40 at n = 2; air 0.1 dB/km * 0.1 km
    (100.0, 26.5, 2.0, 0.1, 100.475),
    # 20 log 60000 - 28 = 67.5630; 10 * 2.21 * log 200 = 50.8527; 15 * 0.2 = 3
    (200.0, 60.0, 2.21, 15.0, 121.416),
    # at 1 m only the first term
    (1.0, 28.0, 1.9, 0.0, 60.943),
]


@pytest.mark.parametrize(("d_m", "f_ghz", "n", "gas", "expected_db"), MILLIMETRE)
def test_millimetre_waves_along_a_street_are_the_worked(
    d_m: float, f_ghz: float, n: float, gas: float, expected_db: float
) -> None:
    """Spreading and air."""
    loss, flag = millimetre_sight(d_m, f_ghz, n, gas)
    assert float(loss) == pytest.approx(expected_db, abs=2e-3)
    assert flag == INSIDE


UHF_CORNERS = [
    # 20 log(4π / λ) = 37.5531 in all. 50 m and 50 m at a right angle: f(α) = 3.86 / 4.857 =
    # 0.79466, L_r = 20 log 100 + 2500 * 0.79466 / 400 + 37.5531 = 82.5198; D_a = 40/2π
    # (2 atan 2.5 - π/2) = 6.36620 * 0.809784 = 5.1552, L_d = 10 log(2500 * 100) + 10.3104 +
    # 37.5531 = 101.8429; -10 log(10^-8.25198 + 10^-10.18429) = 82.5198 - 0.0505
    (50.0, 50.0, math.pi / 2, 82.469),
    # 200 m and 150 m at 2 rad = 114.5916°: f(α) = 3.86 / 11.313708 = 0.341179, L_r = 50.8814 +
    # 75 * 0.341179 + 37.5531 = 114.0229; D_a = 6.36620 * (atan 7.5 + atan 10 - π/2) = 8.5217,
    # L_d = 70.2119 + 17.0433 + 2.4592 + 37.5531 = 127.2674; 114.0229 - 10 log 1.04738
    (200.0, 150.0, 2.0, 113.822),
]


@pytest.mark.parametrize(("x1", "x2", "corner_rad", "expected_db"), UHF_CORNERS)
def test_a_corner_at_uhf_is_worked_by_hand(
    x1: float, x2: float, corner_rad: float, expected_db: float
) -> None:
    """1.8 GHz in streets of 20 m: reflected and diffracted waves together."""
    loss, flag = uhf_corner(1.8, x1, x2, 20.0, 20.0, corner_rad)
    assert float(loss) == pytest.approx(expected_db, abs=3e-3)
    assert flag == INSIDE


# 100 dB at the crossing, x1 = 100 m, w1 = 20 m, 10 GHz.
SHF_CORNERS = [
    # x2 <= 10 + 1: still sight
    ("wedge", 11.0, 100.0),
    # x2 - 10 = 15: 20 / log 31 * log 15 = 13.4102 * 1.176091
    ("wedge", 25.0, 115.771),
    # x2 - 10 = 31: the whole 20 dB
    ("wedge", 41.0, 120.0),
    # + 60 log((100 + 200) / (100 + 10 + 30)) = 60 * 0.330993
    ("wedge", 200.0, 139.860),
    ("residential", 41.0, 130.0),
    ("residential", 200.0, 149.860),
    # β = 4.2 + (1.4 * 4 - 7.8)(0.8 * 2 - 1) = 2.88: + 28.8 * 0.330993
    ("chamfered", 200.0, 129.533),
]


@pytest.mark.parametrize(("corner", "x2", "expected_db"), SHF_CORNERS)
def test_a_corner_above_two_gigahertz_is_the_worked(
    corner: str, x2: float, expected_db: float
) -> None:
    """Sight, the turn, and along the second street."""
    loss, flag = shf_corner(100.0, 10.0, 100.0, x2, 20.0, corner)  # type: ignore[arg-type]
    assert float(loss) == pytest.approx(expected_db, abs=2e-3)
    assert flag == INSIDE


def test_streets_end_at_a_kilometre_and_bands_at_their_edges() -> None:
    """Farther is flagged; another band is refused."""
    assert list(uhf_sight([1000.0, 1000.1, 0.0], 1.0, 8.0, 1.5)[1]) == [INSIDE, FLAGGED, REFUSED]
    f = [0.29, 0.3, 3.0, 3.01]
    assert list(uhf_sight(100.0, f, 8.0, 1.5)[1]) == [REFUSED, INSIDE, INSIDE, REFUSED]
    f = [2.99, 3.0, 15.0, 15.01]
    assert list(shf_sight(100.0, f, 8.0, 1.5, 0.5)[1]) == [REFUSED, INSIDE, INSIDE, REFUSED]
    f = [9.99, 10.0, 100.0, 100.1]
    flags = millimetre_sight(100.0, f, 2.0, 0.1)[1]
    assert list(flags) == [REFUSED, INSIDE, INSIDE, REFUSED]
    assert list(millimetre_sight(100.0, 28.0, [1.89, 1.9, 2.21, 2.22], 0.1)[1]) == [
        FLAGGED, INSIDE, INSIDE, FLAGGED,
    ]  # fmt: skip
    assert list(shf_sight(100.0, 5.0, 8.0, 1.5, [0.0, 1.6, 1.7])[1]) == [INSIDE, INSIDE, FLAGGED]


def test_corners_are_flagged_or_refused_outside_their_ranges() -> None:
    """Of frequency, angle and the way to the crossing."""
    f = [0.29, 0.3, 0.8, 2.0, 2.01, 3.01]
    assert list(uhf_corner(f, 50.0, 50.0, 20.0, 20.0, 1.5)[1]) == [
        REFUSED, FLAGGED, INSIDE, INSIDE, FLAGGED, REFUSED,
    ]  # fmt: skip
    angle = [0.6, 0.61, 3.14, math.pi]
    assert list(uhf_corner(1.0, 50.0, 50.0, 20.0, 20.0, angle)[1]) == [
        REFUSED, INSIDE, INSIDE, REFUSED,
    ]  # fmt: skip
    assert list(shf_corner(90.0, [1.9, 2, 38, 39], 50.0, 50.0, 20.0, "wedge")[1]) == [
        REFUSED, INSIDE, INSIDE, REFUSED,
    ]  # fmt: skip
    assert list(shf_corner(90.0, 5.0, [20.0, 21.0], 50.0, 20.0, "wedge")[1]) == [FLAGGED, INSIDE]
    with pytest.raises(Refused, match="chamfered"):
        shf_corner(90.0, 5.0, 50.0, 50.0, 20.0, "round")  # type: ignore[arg-type]


def test_what_is_not_known_stays_unknown_in_streets() -> None:
    """NaN in any input gives NaN."""
    nan = math.nan
    for at in range(4):
        bounds, flag = uhf_sight(*(nan if i == at else 1.5 for i in range(4)))
        assert math.isnan(bounds.median_db)
        assert flag == UNKNOWN
    for at in range(5):
        bounds, flag = shf_sight(*(nan if i == at else 4.0 for i in range(5)))
        assert math.isnan(bounds.upper_db)
        assert flag == UNKNOWN
    for at in range(6):
        loss, flag = uhf_corner(*(nan if i == at else 1.5 for i in range(6)))
        assert math.isnan(loss)
        assert flag == UNKNOWN
    for at in range(5):
        loss, flag = shf_corner(*(nan if i == at else 30.0 for i in range(5)), "wedge")
        assert math.isnan(loss)
        assert flag == UNKNOWN
    assert np.isnan(millimetre_sight([nan, 10], [30, nan], 2.0, 0.1)[0]).all()


@given(
    d=st.floats(1, 900), more=st.floats(0.1, 100), f=st.floats(0.3, 3), h1=st.floats(1, 20),
    h2=st.floats(1, 20),
)  # fmt: skip
def test_sight_is_the_same_from_either_end_and_wanes(
    d: float, more: float, f: float, h1: float, h2: float
) -> None:
    """Exchanging the antennas changes nothing; farther is never better; bounds are in order."""
    there, _ = uhf_sight([d, d + more], f, h1, h2)
    back, _ = uhf_sight([d, d + more], f, h2, h1)
    np.testing.assert_allclose(there, back)
    for each in there:
        assert each[1] >= each[0]
    assert (there.lower_db < there.median_db).all()


@given(
    f=st.floats(0.8, 2), x1=st.floats(5, 300), x2=st.floats(5, 300), w1=st.floats(8, 40),
    w2=st.floats(8, 40), angle=st.floats(0.7, 3),
)  # fmt: skip
def test_a_corner_at_uhf_is_the_same_from_either_end(
    f: float, x1: float, x2: float, w1: float, w2: float, angle: float
) -> None:
    """Exchanging the streets changes nothing."""
    there, _ = uhf_corner(f, x1, x2, w1, w2, angle)
    back, _ = uhf_corner(f, x2, x1, w2, w1, angle)
    assert float(there) == pytest.approx(float(back), abs=1e-9)


@given(x1=st.floats(21, 300), x2=st.floats(0, 300), more=st.floats(0.1, 50), w1=st.floats(8, 40))
def test_the_second_street_only_loses(x1: float, x2: float, more: float, w1: float) -> None:
    """Farther around the corner is never better."""
    for corner in ("wedge", "chamfered", "residential"):
        loss, _ = shf_corner(90.0, 5.0, x1, [x2, x2 + more], w1, corner)  # type: ignore[arg-type]
        assert loss[1] >= loss[0] >= 90

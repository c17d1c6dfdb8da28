"""P.1411 over the roofs of towns and suburbs: worked values, ends of ranges, limits."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.propagation.free_space import free_space_loss
from canopy.coverage.propagation.p1411.rooftops import Blocks, urban_loss
from canopy.coverage.propagation.p1411.suburban import suburban_loss
from canopy.coverage.validity import Validity
from canopy.errors import Refused

INSIDE, FLAGGED, REFUSED, UNKNOWN = (
    Validity.IN_RANGE, Validity.EXTRAPOLATED, Validity.REFUSED, Validity.UNKNOWN,
)  # fmt: skip
BLOCKS = Blocks(roof_m=15, built_m=900, apart_m=40, street_m=20, street_deg=90)

# The receiver is at 1.5 m: L_rts = -8.2 - 10 log w + 10 log f + 20 log(13.5) + L_ori.
URBAN = [
    # 0.9 GHz, 1 km, 25 m over 15 m, metropolitan: L_bf = 32.4 + 0 + 59.0849 = 91.4849;
    # L_rts = -8.2 - 13.0103 + 29.5424 + 22.6067 + 0.01 = 30.9488; d_s = 3331 m > l, and
    # d_bp = 10 sqrt(900/λ) = 519.8 m. k_f = -4 + 1.5 (900/925 - 1) = -4.04054.
    # L1(d_bp) = -18.7451 + 54 - 5.1149 - 11.9368 - 14.4185 = 3.7846; Q(d_bp) = 0.578876,
    # L2(d_bp) = 4.7483: their gap is -0.9637 < 0. Q(d) = 2.35 (0.01 sqrt(40/λ))^0.9 =
    # 0.321244, L2 = 9.8633; the soft passage is at -1 of half the gap:
    # 9.8633 + (-1)(-0.4818) + (-0.4818) = 9.8633. 91.4849 + 30.9488 + 9.8633
    (0.9, 1000, 25.0, replace(BLOCKS, city="metropolitan"), 132.297),
    # 1.8 GHz, 100 m, all built, street at 30°: L_bf = 77.5055; L_ori = -10 + 10.62 = 0.62;
    # L_rts = -8.2 - 13.0103 + 32.5527 + 22.6067 + 0.62 = 34.5691; d_s = 16.7 m < l; gap =
    # -1.0231 + 3.8399 = 2.8168 > 0; L1 = -18.7451 + 54 - 18 - 10.8657 - 14.4185 = -8.0292
    # (k_f = -3.33784); middle -2.4315; tanh = -0.999168: 0.999168 * -5.5977 - 2.4315 = -8.0245
    (1.8, 100, 25.0, replace(BLOCKS, built_m=100, street_deg=30), 104.050),
    # 3.6 GHz, 500 m: L_bf = 97.5055; L_rts = 36.9694; d_s = 208.2 m < l; gap = 7.3802 - 2.0390;
    # L1 = -18.7451 + 71.4 - 5.4185 - 28.4504 - 14.4185 = 4.3674; middle 4.7096;
    # tanh = -0.932049: 0.932049 * -0.3422 + 4.7096 = 4.3907
    (3.6, 500, 25.0, replace(BLOCKS, built_m=450), 138.866),
    # 5.8 GHz from 6 m, below roofs of 12 m: k_a = 73 + 1.6 * 6 * 0.2 = 74.92, k_d = 25.5.
    # L_bf = 93.6892; L_ori = 2.5 + 0.75 = 3.25, L_rts = 41.3472; gap = 21.4994 - 50.7549 < 0;
    # L1(d) = 74.92 - 17.8237 - 30.1074 - 13.2941 = 13.6947; tanh 0.200579 of
    # (log 200 - log 354.07) / (-29.2555 * 0.0417):
    # 13.6947 - 0.200579 * -14.6278 + 14.6278 = 31.2565
    (5.8, 200, 6.0, Blocks(12, 180, 30, 15, 45), 166.293),
    # 2.6 GHz, 1 km, hardly over the roofs (0.2 m): Q = b/d = 0.04, L2 = 27.9588, and the
    # breakpoint is at 17.7 m: L_bf = 100.6995, L_rts = 35.5561
    (2.6, 1000, 15.2, BLOCKS, 164.214),
    # 2.6 GHz, 300 m, from 55 m over few houses: L1 = -29.0301 + 71.4 - 9.4118 - 27.3198 -
    # 14.4185 = -8.7803; gap 5.7519; middle -7.2547; tanh -0.985078: -8.7575
    (2.6, 300, 55.0, replace(BLOCKS, built_m=20), 117.041),
]


@pytest.mark.parametrize(("f_ghz", "d_m", "first_m", "blocks", "expected_db"), URBAN)
def test_over_a_town_the_loss_is_the_worked(
    f_ghz: float, d_m: float, first_m: float, blocks: Blocks, expected_db: float
) -> None:
    """In every branch of the multiple screens."""
    loss, flag = urban_loss(d_m, f_ghz, first_m, 1.5, blocks)
    assert float(loss) == pytest.approx(expected_db, abs=2e-3)
    assert flag == INSIDE


# 2 GHz: λ = 0.149896 m. From 30 m to 1.5 m in a street of 15 m at right angles, roofs 10 m.
# A_k = 15 * 28.5 (2k + 1) / 17 = 25.1471 (2k + 1), B_k = A_k - 15 k; at right angles
# d_k = hypot(B_k, 28.5), d_kp = hypot(A_k, 28.5):
# k       0        1        2         3         4
# d_k     38.0082  66.8235  99.8874   134.0931  168.7476
# d_kp    38.0082  80.6450  128.9248  178.3216  228.1109
# L_dk    70.0659  84.5587  96.5927   107.3689  117.4665   = 20 log(4π d_kp / (0.4^k λ))
# d_RD = (33.5233 + 42.1869 - 10.6918 - 34.9606) * 0.30103 + 16.7059 + 55.9370 + 13.4093 +
# 16.8748 = 111.975; L_dRD = 96.5927 + 10.7762 * 12.0878 / 34.2057 = 100.401
SUBURBAN = [
    # nearer than d_0 it is free space: 20 log(4π 15 / λ)
    (15.0, 61.990),
    # half way between two waves: (70.0659 + 84.5587) / 2 at (38.0082 + 66.8235) / 2
    (52.41588, 77.312),
    # 70.0659 + 14.4928 * (60 - 38.0082) / 28.8153
    (60.0, 81.127),
    # 84.5587 + 12.0340 * (90 - 66.8235) / 33.0639
    (90.0, 92.994),
    # the line to d_RD: 96.5927 + 10.7762 * (105 - 99.8874) / 34.2057
    (105.0, 98.203),
    # 100.401 + 32.1 log(1000 / 111.975)
    (1000.0, 130.924),
]


@pytest.mark.parametrize(("d_m", "expected_db"), SUBURBAN)
def test_over_a_suburb_the_loss_is_the_worked(d_m: float, expected_db: float) -> None:
    """Direct, reflected once and twice, diffracted."""
    loss, flag = suburban_loss(d_m, 2.0, 30.0, 1.5, 10.0, 15.0, 90.0)
    assert float(loss) == pytest.approx(expected_db, abs=2e-3)
    assert flag == INSIDE


def test_without_buildings_a_town_is_free_space() -> None:
    """No length of path is built on."""
    loss, _ = urban_loss([100.0, 1000.0], 2.0, 25.0, 1.5, replace(BLOCKS, built_m=0))
    free, _ = free_space_loss([100.0, 1000.0], 2000.0)
    np.testing.assert_allclose(loss, free, atol=0.05)  # 32.4 is rounded there


@given(
    d=st.floats(20, 5000), f=st.floats(0.8, 26), h1=st.floats(4, 55), h2=st.floats(1, 3),
    roof=st.floats(3.5, 40), share=st.floats(0.05, 1), apart=st.floats(10, 80),
    street=st.floats(10, 40), deg=st.floats(0, 90),
)  # fmt: skip
def test_a_town_never_gains(
    d: float, f: float, h1: float, h2: float, roof: float, share: float, apart: float,
    street: float, deg: float,
) -> None:  # fmt: skip
    """Every town in range has a value, and none loses less than free space."""
    loss, flag = urban_loss(d, f, h1, h2, Blocks(roof, share * d, apart, street, deg))
    free, _ = free_space_loss(d, f * 1000)
    assert flag == INSIDE
    assert float(loss) >= float(free) - 0.05


def test_an_antenna_at_the_height_of_the_roofs_is_between_its_neighbours() -> None:
    """There the breakpoint is at 0 m, which must not make the loss undefined."""
    loss, _ = urban_loss(1000.0, 2.6, [14.99, 15.0, 15.01], 1.5, BLOCKS)
    assert loss[1] == pytest.approx(loss[0], abs=0.01)
    assert loss[1] == pytest.approx(loss[2], abs=0.01)


def test_town_ranges_are_kept_at_both_ends() -> None:
    """Of distance, frequency and heights; narrow streets below roofs have a band of their own."""
    assert list(urban_loss([0, 19, 20, 5000, 5001], 2.0, 25.0, 1.5, BLOCKS)[1]) == [
        REFUSED, FLAGGED, INSIDE, INSIDE, FLAGGED,
    ]  # fmt: skip
    assert list(urban_loss(500.0, [0.29, 0.79, 0.8, 26, 26.1, 101], 25.0, 1.5, BLOCKS)[1]) == [
        REFUSED, FLAGGED, INSIDE, INSIDE, FLAGGED, REFUSED,
    ]  # fmt: skip
    assert list(urban_loss(500.0, 2.0, [3.9, 4, 55, 56], 1.5, BLOCKS)[1]) == [
        FLAGGED, INSIDE, INSIDE, FLAGGED,
    ]  # fmt: skip
    assert list(urban_loss(500.0, 2.0, 25.0, [0.9, 1, 3, 3.1, 15], BLOCKS)[1]) == [
        FLAGGED, INSIDE, INSIDE, FLAGGED, REFUSED,
    ]  # fmt: skip
    narrow = replace(BLOCKS, street_m=9.9)
    assert list(urban_loss(500.0, [1.9, 2, 16, 16.1], 10.0, 1.5, narrow)[1]) == [
        FLAGGED, INSIDE, INSIDE, FLAGGED,
    ]  # fmt: skip
    with pytest.raises(Refused, match="metropolitan"):
        urban_loss(500.0, 2.0, 25.0, 1.5, replace(BLOCKS, city="big"))  # type: ignore[arg-type]


def test_suburb_ranges_are_kept_at_both_ends() -> None:
    """Of distance, frequency, heights, width and angle."""
    base = {
        "distance_m": 500.0, "frequency_ghz": 2.0, "first_m": 30.0, "second_m": 1.5,
        "roof_m": 10.0, "street_m": 15.0, "street_deg": 90.0,
    }  # fmt: skip
    cases = {
        "distance_m": ([0, 9.9, 10, 5000, 5001], [REFUSED, FLAGGED, INSIDE, INSIDE, FLAGGED]),
        "frequency_ghz": (
            [0.29, 0.79, 0.8, 38, 38.1, 101],
            [REFUSED, FLAGGED, INSIDE, INSIDE, FLAGGED, REFUSED],
        ),
        "first_m": ([10, 10.9, 11, 110, 111], [REFUSED, FLAGGED, INSIDE, INSIDE, FLAGGED]),
        "second_m": ([0, 0.1, 6, 6.1, 10], [REFUSED, INSIDE, INSIDE, FLAGGED, REFUSED]),
        "street_m": ([0, 9.9, 10, 25, 25.1], [REFUSED, FLAGGED, INSIDE, INSIDE, FLAGGED]),
        "street_deg": ([0, 0.1, 90, 90.1], [REFUSED, INSIDE, INSIDE, REFUSED]),
    }
    found = {
        name: list(suburban_loss(**{**base, name: values})[1])
        for name, (values, _) in cases.items()
    }
    assert found == {name: flags for name, (_, flags) in cases.items()}


@given(
    d=st.floats(10, 4000), more=st.floats(0.1, 1000), f=st.floats(0.8, 38),
    over=st.floats(1, 100), under=st.floats(4, 9), street=st.floats(10, 25),
    deg=st.floats(5, 90),
)  # fmt: skip
def test_a_suburb_only_loses_more_with_distance(
    d: float, more: float, f: float, over: float, under: float, street: float, deg: float
) -> None:
    """And has a value everywhere in its range."""
    loss, flags = suburban_loss([d, d + more], f, 10 + over, 10 - under, 10.0, street, deg)
    assert flags[0] == INSIDE
    assert loss[1] >= loss[0]


def test_what_is_not_known_stays_unknown_over_roofs() -> None:
    """NaN in any input gives NaN."""
    nan = math.nan
    sizes = (500.0, 2.0, 25.0, 1.5)
    for at in range(4):
        loss, flag = urban_loss(*(nan if i == at else v for i, v in enumerate(sizes)), BLOCKS)
        assert math.isnan(loss)
        assert flag == UNKNOWN
    for name in ("roof_m", "built_m", "apart_m", "street_m", "street_deg"):
        loss, flag = urban_loss(*sizes, replace(BLOCKS, **{name: nan}))
        assert math.isnan(loss)
        assert flag == UNKNOWN
    sizes = (500.0, 2.0, 30.0, 1.5, 10.0, 15.0, 90.0)
    for at in range(7):
        loss, flag = suburban_loss(*(nan if i == at else v for i, v in enumerate(sizes)))
        assert math.isnan(loss)
        assert flag == UNKNOWN

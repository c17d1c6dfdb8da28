"""P.1411's lines over distance and frequency: published cases, ends of every range."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.propagation.p1411.site_general import ROWS, site_general_loss
from canopy.coverage.validity import Validity
from canopy.errors import Refused

# Reference values of eeveetza/p1411 (Swiss OFCOM) at 1950eda736, matlab/reference_p1411.csv:
# frequency [GHz], distance [m], loss [dB], as far as they lie in the rows' ranges.
PUBLISHED = [
    ("below, los", 0.45, 5, 38.55485687),
    ("below, los", 1, 20, 58.16132091),
    ("below, los", 10, 100, 93.23),
    ("below, los", 28, 300, 112.3178654),
    ("below, los", 82, 500, 126.5232444),
    ("below, los", 100, 250, 122.0673582),
    ("below, los", 159, 250, 126.2161389),
    ("below, los", 200, 150, 123.676307),
    ("below, los", 255, 155, 126.1445939),
    ("below, los", 300, 100, 123.6586978),
    ("below, high-rise nlos", 0.8, 20, 62.35825254),
    ("below, high-rise nlos", 1, 300, 108.4166228),
    ("below, high-rise nlos", 28, 500, 149.3973527),
    ("below, high-rise nlos", 82, 150, 140.440397),
    ("below, high-rise nlos", 159, 150, 146.939779),
    ("below, low-rise nlos", 0.45, 10, 43.81874779),
    ("below, low-rise nlos", 10, 150, 125.7993249),
    ("below, low-rise nlos", 73, 150, 144.2744341),
    ("below, low-rise nlos", 159, 80, 139.1695659),
    ("below, low-rise nlos", 255, 50, 134.3334041),
    ("below, residential nlos", 0.8, 30, 61.2553125),
    ("below, residential nlos", 10, 100, 99.7),
    ("below, residential nlos", 28, 100, 108.9561712),
    ("below, residential nlos", 73, 170, 124.5072957),
    ("above, los", 2.2, 55, 75.16579013),
    ("above, los", 10, 200, 100.8935869),
    ("above, los", 73, 1200, 135.6343786),
    ("above, high-rise nlos", 2.2, 260, 107.6230516),
    ("above, high-rise nlos", 28, 800, 154.4602851),
    ("above, high-rise nlos", 66.5, 1200, 170.8309545),
]


@pytest.mark.parametrize(("row", "f_ghz", "d_m", "expected_db"), PUBLISHED)
def test_losses_are_the_published(row: str, f_ghz: float, d_m: float, expected_db: float) -> None:
    """Within the cases' own rounding, and in range."""
    loss, flag = site_general_loss(row, d_m, f_ghz)  # type: ignore[arg-type]
    assert float(loss) == pytest.approx(expected_db, abs=1e-6)
    assert flag == Validity.IN_RANGE


def test_a_line_is_worked_by_hand() -> None:
    """Low-rise at 2.4 GHz and 100 m without sight."""
    # 45.2 log 100 + 6.04 + 21.4 log 2.4 = 90.4 + 6.04 + 21.4 * 0.380211
    loss, _ = site_general_loss("below, low-rise nlos", 100.0, 2.4)
    assert float(loss) == pytest.approx(104.577, abs=1e-3)


@pytest.mark.parametrize("row", list(ROWS))
def test_both_ends_of_each_range_are_in_it(row: str) -> None:
    """A little beyond is flagged: nearer, farther, lower and higher."""
    given_row = ROWS[row]
    for to_ghz, to_m in given_row.farthest:
        d = [given_row.least_m, given_row.least_m - 0.01, to_m, to_m + 0.01]
        _, flags = site_general_loss(row, d, to_ghz)  # type: ignore[arg-type]
        inside, flagged = Validity.IN_RANGE, Validity.EXTRAPOLATED
        assert list(flags) == [inside, flagged, inside, flagged]
    f = [given_row.least_ghz, given_row.least_ghz - 0.01, given_row.most_ghz]
    _, flags = site_general_loss(row, given_row.least_m, f)  # type: ignore[arg-type]
    assert list(flags) == [Validity.IN_RANGE, Validity.EXTRAPOLATED, Validity.IN_RANGE]


def test_high_frequencies_reach_less_far() -> None:
    """Sight at 82 GHz is good to 660 m and a little above that to 500 m (footnote 1)."""
    _, flags = site_general_loss("below, los", 660.0, [82.0, 82.01])
    assert list(flags) == [Validity.IN_RANGE, Validity.EXTRAPOLATED]
    _, flags = site_general_loss("above, high-rise nlos", 300.0, [66.5, 66.6])
    assert list(flags) == [Validity.IN_RANGE, Validity.EXTRAPOLATED]


def test_nearer_than_a_row_reaches_its_first_value_is_held() -> None:
    """Without sight nobody is better off at 1 m than at 20 m."""
    loss, _ = site_general_loss("below, high-rise nlos", [1.0, 20.0], 2.4)
    assert loss[0] == loss[1]


def test_what_has_no_sense_is_refused_and_what_is_not_known_stays_so() -> None:
    """Outside the Recommendation, at no distance, and for NaN."""
    loss, flags = site_general_loss(
        "below, los", [100, 100, 100, 0, math.nan, 100], [0.29, 0.3, 300.1, 1, 1, math.nan]
    )
    refused, unknown = Validity.REFUSED, Validity.UNKNOWN
    assert list(flags) == [refused, Validity.EXTRAPOLATED, refused, refused, unknown, unknown]
    assert list(np.isnan(loss)) == [True, False, True, True, True, True]
    with pytest.raises(Refused, match="below, residential nlos"):
        site_general_loss("below, forest", 10.0, 1.0)  # type: ignore[arg-type]


@given(
    d=st.floats(5, 1000), more=st.floats(0.1, 100), f=st.floats(0.5, 70), higher=st.floats(0.1, 10)
)
@pytest.mark.parametrize("row", list(ROWS))
def test_loss_never_falls(row: str, d: float, more: float, f: float, higher: float) -> None:
    """With distance it never falls, with frequency it rises."""
    loss, _ = site_general_loss(row, [d, d + more, d], [f, f, f + higher])  # type: ignore[arg-type]
    assert loss[1] >= loss[0]
    assert loss[2] > loss[0]

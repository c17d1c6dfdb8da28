"""P.2109: worked values, limits and standing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.propagation.p2109 import entry_loss
from canopy.coverage.validity import Validity
from canopy.errors import Refused

# Worked by hand from §3 and Table 1. At 1 GHz log f = 0, at the median F^-1 = 0:
# traditional: 10 log(10^1.264 + 10^0.91 + 10^-0.3) = 10 log(18.365 + 8.128 + 0.501)
# efficient: 10 log(10^2.819 + 10^2.78 + 0.501) = 10 log(659.17 + 602.56 + 0.50)
# At 10 GHz (log f = 1): traditional 17.32 and 6.1; efficient 33.67 and 24.9.
# At 1 GHz and 0.9 (F^-1 = 1.281552): traditional 24.943 and 14.867.
# At 0.1: 0.337 and 3.333, so 10 log(1.0807 + 2.1544 + 0.5012).
# At 90° elevation 0.212 * 90 = 19.08 is added to the first: 31.72.
WORKED = [
    (1.0, 0.5, "traditional", 0.0, 14.31),
    (1.0, 0.5, "thermally-efficient", 0.0, 31.01),
    (10.0, 0.5, "traditional", 0.0, 17.68),
    (10.0, 0.5, "thermally-efficient", 0.0, 34.21),
    (1.0, 0.9, "traditional", 0.0, 25.37),
    (1.0, 0.1, "traditional", 0.0, 5.72),
    (1.0, 0.5, "traditional", 90.0, 31.75),
]


@pytest.mark.parametrize(("f_ghz", "p", "building", "theta", "expected_db"), WORKED)
def test_the_worked_values_come_out(
    f_ghz: float, p: float, building: str, theta: float, expected_db: float
) -> None:
    """Within the rounding of the hand arithmetic."""
    loss, flag = entry_loss(f_ghz, p, building, theta)  # type: ignore[arg-type]
    assert float(loss) == pytest.approx(expected_db, abs=0.02)
    assert flag == Validity.IN_RANGE


@given(f=st.floats(0.08, 100), p=st.floats(0.01, 0.98), more=st.floats(0.001, 0.01))
def test_more_places_have_more_loss(f: float, p: float, more: float) -> None:
    """And an efficient building loses more than a traditional one at the median."""
    for building in ("traditional", "thermally-efficient"):
        low, _ = entry_loss(f, p, building)  # type: ignore[arg-type]
        assert entry_loss(f, p + more, building)[0] > low  # type: ignore[arg-type]
    assert entry_loss(f, 0.5, "thermally-efficient")[0] > entry_loss(f, 0.5, "traditional")[0]


def test_outside_its_range_there_is_no_loss() -> None:
    """Both ends of frequency and probability; NaN stays unknown; other buildings are refused."""
    flags = entry_loss([0.07, 0.08, 100, 101, math.nan], 0.5, "traditional")[1]
    refused, inside = Validity.REFUSED, Validity.IN_RANGE
    assert list(flags) == [refused, inside, inside, refused, Validity.UNKNOWN]
    assert list(entry_loss(1.0, [0.0, 1.0], "traditional")[1]) == [refused, refused]
    with pytest.raises(Refused, match="thermally-efficient"):
        entry_loss(1.0, 0.5, "tent")  # type: ignore[arg-type]

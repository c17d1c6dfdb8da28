"""Units of length, power, level and money."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy import units


@pytest.mark.parametrize(
    ("length", "unit", "metres"),
    [
        (800.0, "cm", 8.0),
        (5500.0, "mm", 5.5),
        (8.0, "m", 8.0),
        (1.5, "km", 1500.0),
        (100.0, "ft", 30.48),
        (100.0, "in", 2.54),
    ],
)
def test_a_length_in_metres(length: float, unit: units.LengthUnit, metres: float) -> None:
    """Each unit is as long as the Weights and Measures Act says; no rounding is left over."""
    assert units.to_metres(length, unit) == metres


@given(st.floats(-1e6, 1e6), st.sampled_from(["mm", "cm", "m", "km", "in", "ft"]))
def test_a_length_comes_back_from_metres(length: float, unit: units.LengthUnit) -> None:
    """Two conversions lose at most floating-point rounding (1 part in 10^15 each)."""
    assert units.from_metres(units.to_metres(length, unit), unit) == pytest.approx(
        length, rel=1e-14, abs=1e-300
    )


def test_lengths_of_an_array_convert_one_by_one() -> None:
    """A whole column converts at once, and what is unknown stays so."""
    metres = units.to_metres(np.array([800.0, np.nan, 500.0]), "cm")
    np.testing.assert_array_equal(metres, [8.0, np.nan, 5.0])


def test_an_unknown_unit_is_refused_with_the_known_ones() -> None:
    """A fathom is told apart from a metre."""
    with pytest.raises(ValueError, match=r"'fathom'.* mm, cm, m, km, in, ft"):
        units.to_metres(1.0, "fathom")  # type: ignore[arg-type]


def test_kilowatts_are_a_thousand_watts() -> None:
    """Power converts both ways."""
    assert (units.kw_to_w(1.2), units.w_to_kw(250.0)) == (1200.0, 0.25)


@pytest.mark.parametrize(("level_dbm", "power_w"), [(30.0, 1.0), (0.0, 0.001), (40.0, 10.0)])
def test_a_level_and_its_power(level_dbm: float, power_w: float) -> None:
    """30 dBm is one watt, 0 dBm one milliwatt, by definition."""
    assert (units.dbm_to_w(level_dbm), units.w_to_dbm(power_w)) == pytest.approx(
        (power_w, level_dbm), rel=1e-15
    )


def test_ten_decibels_are_ten_times_the_power() -> None:
    """The scale is logarithmic, for arrays too; NaN in gives NaN out."""
    watts = units.dbm_to_w(np.array([20.0, 30.0, np.nan]))
    np.testing.assert_allclose(watts, [0.1, 1.0, np.nan], rtol=1e-15)
    np.testing.assert_allclose(units.w_to_dbm(watts), [20.0, 30.0, np.nan], rtol=1e-15)


@pytest.mark.parametrize("power_w", [0.0, -1.0, np.array([1.0, 0.0])])
def test_no_power_has_no_level(power_w: float) -> None:
    """Zero watts are refused, where a logarithm would quietly give minus infinity."""
    with pytest.raises(ValueError, match="no level"):
        units.w_to_dbm(power_w)


@given(st.integers(-(10**15), 10**15))
def test_pence_survive_a_journey_through_pounds(pence: int) -> None:
    """No penny is gained or lost, however large the amount."""
    assert units.pounds_to_pence(units.pence_to_pounds(pence)) == pence


def test_pence_as_pounds_have_two_decimals() -> None:
    """An amount reads as money."""
    assert str(units.pence_to_pounds(250)) == "2.50"


def test_an_amount_beyond_the_decimal_context_is_exact() -> None:
    """The sum does not pass through the 28 digits of the default context."""
    pence, pounds = 123456789012345678901234567890123, "1234567890123456789012345678901.23"
    assert units.pounds_to_pence(Decimal(pounds)) == pence
    assert str(units.pence_to_pounds(pence)) == pounds


@pytest.mark.parametrize("pounds", [Decimal("0.005"), Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_whole_number_of_pence_is_refused(pounds: Decimal) -> None:
    """Rounding is a rule of each agreement, so it is never done in passing."""
    with pytest.raises(ValueError, match=r"pence|amount"):
        units.pounds_to_pence(pounds)


def test_a_float_is_not_money() -> None:
    """0.1 + 0.2 pounds would be 0.30000000000000004."""
    with pytest.raises(TypeError, match="float"):
        units.pounds_to_pence(0.3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="float"):
        units.pence_to_pounds(30.0)  # type: ignore[arg-type]

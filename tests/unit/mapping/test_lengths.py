"""Units by heading, by value and by plausibility."""

from __future__ import annotations

import numpy as np
import pytest

from canopy.assets.mapping.lengths import convert, guess_unit, unit_in_heading, unit_of


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("Height (cm)", "cm"),
        ("Column height [metres]", "m"),
        ("height_mm", "mm"),
        ("Column height in feet", "ft"),
        ("Lamp power (W)", "W"),
        ("Height", None),
        ("m", None),
        ("Height (approx)", None),
    ],
)
def test_heading_says_its_unit(heading: str, unit: str | None) -> None:
    """A unit in brackets or as the last word is read; other words are not units."""
    assert unit_in_heading(heading) == unit


@pytest.mark.parametrize(
    ("heights", "unit"),
    [
        ([5, 6, 8, 10], "m"),
        ([300, 500, 800, 1000], "cm"),
        ([3000, 5000, 8000], "mm"),
        ([16, 20, 25, 26, 30], "ft"),
        ([10, 12], "m"),
    ],
)
def test_lamppost_heights_show_their_unit(heights: list[float], unit: str) -> None:
    """The unit is the one in which the heights are those of lampposts, 3-15 m."""
    assert guess_unit(np.array(heights, float), "m", 3, 15, is_height=True).unit == unit


def test_unbelievable_numbers_keep_the_unit_with_little_confidence() -> None:
    """Numbers that are no heights in any unit prove nothing."""
    guess = guess_unit(np.array([1e9, 2e9]), "m", 3, 15)
    assert (guess.unit, guess.confidence) == ("m", 0.3)


def test_mixed_units_are_said() -> None:
    """A column that is half metres and half centimetres is not trusted."""
    guess = guess_unit(np.array([8.0, 800, 600, 500]), "m", 3, 15)
    assert guess.confidence < 0.7
    assert "mixed" in guess.reason


@pytest.mark.parametrize(
    ("number", "unit", "to_unit", "converted"),
    [(800, "cm", "m", 8.0), (20, "ft", "m", 6.096), (0.065, "kW", "W", 65.0), (3, "ha", "m2", 3e4)],
)
def test_conversion_is_exact(number: float, unit: str, to_unit: str, converted: float) -> None:
    """Converted numbers carry no binary dust."""
    assert convert(np.array([number]), unit, to_unit).tolist() == [converted]


def test_units_of_different_things_are_not_converted() -> None:
    """Watts are no metres."""
    with pytest.raises(ValueError, match="W cannot be converted to m"):
        convert(np.array([1.0]), "W", "m")


def test_unit_spellings() -> None:
    """Usual spellings are known; words are not taken for units."""
    spelled = [unit_of(word) for word in ("Metres", "CM", "ft.", "m²", "steel")]
    assert spelled == ["m", "cm", "ft", "m2", None]

"""Positions written as text, and where Great Britain is land."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.assets.mapping.land import on_land
from canopy.assets.mapping.positions import (
    parse_angle,
    parse_grid_reference,
    parse_pair,
    wkt_column,
)
from canopy.assets.mapping.values import Unreadable


@pytest.mark.parametrize(
    "written",
    ["(51.551088, -0.201358)", "51.551088,-0.201358", "51.551088 -0.201358",
     "[51.551088; -0.201358]", [51.551088, -0.201358]],
)  # fmt: skip
def test_pair_text_is_two_numbers_in_the_order_written(written: object) -> None:
    """Brackets, commas, semicolons and spaces make no difference."""
    assert parse_pair(written) == (51.551088, -0.201358)


@pytest.mark.parametrize("written", ["51.5", "MILL LANE", "51.5, -0.2, 30", "1/2"])
def test_other_text_is_no_pair(written: str) -> None:
    """One number, three numbers and words are refused."""
    assert isinstance(parse_pair(written), Unreadable)


@pytest.mark.parametrize(
    ("written", "degrees"),
    [
        ("51°33'04\"N", 51 + 33 / 60 + 4 / 3600),
        ("0°12'05.5\"W", -(12 / 60 + 5.5 / 3600)),
        ("W 0 12 5", -(12 / 60 + 5 / 3600)),
        ("51 33.07 N", 51 + 33.07 / 60),
        ("-0.2014", -0.2014),
        ("0.2014 W", -0.2014),
    ],
)
def test_degrees_minutes_seconds(written: str, degrees: float) -> None:
    """Degrees in any notation; south and west are negative."""
    assert parse_angle(written) == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize(
    ("written", "position"),
    [
        ("TQ 24803 85110", (524803.0, 185110.0)),
        ("TQ2480385110", (524803.0, 185110.0)),
        ("tq 248 851", (524850.0, 185150.0)),
        ("SV 00000 00000", (0.0, 0.0)),
        ("HP 40000 00000", (440000.0, 1200000.0)),
        ("NN 166 712", (216650.0, 771250.0)),
    ],
)
def test_grid_reference_is_an_easting_and_a_northing(
    written: str, position: tuple[float, float]
) -> None:
    """Ten digits are a point; fewer are the middle of the square they name. NN 166 712 is
    Ben Nevis."""
    assert parse_grid_reference(written) == position


@given(st.text())
def test_position_parsers_never_raise(text: str) -> None:
    """Any text is a position, unknown or unreadable."""
    parse_pair(text)
    parse_angle(text)
    parse_grid_reference(text)
    wkt_column([text])


def test_bad_wkt_is_told_by_row() -> None:
    """Unreadable WKT is found; blank and good WKT are not touched; EWKT is understood."""
    geometries, unreadable = wkt_column(
        ["POINT (1 2)", "POINT (1", None, "SRID=27700;POINT (3 4)", "n/a"]
    )
    assert [g is None for g in geometries] == [False, True, True, False, True]
    assert list(unreadable) == [1]


def test_land_tells_towns_from_the_sea() -> None:
    """Camden, Cheltenham, Lerwick and Douglas are land; the North Sea, and Camden with its
    coordinates exchanged, are not."""
    x = np.array([524803, 395522, 447600, 238000, 600000, 185110, np.nan])
    y = np.array([185110, 223084, 1141400, 476000, 600000, 524803, 0])
    assert on_land(x, y).tolist() == [True, True, True, True, False, False, False]

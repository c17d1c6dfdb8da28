"""Ordnance Survey's tile names and the places they name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.grid import Grid
from canopy.coverage.terrain.os_grid import tile_bounds_m, tile_name, tiles_of


@pytest.mark.parametrize(
    ("easting", "northing", "name"),
    [
        (651_409, 313_177, "TG51"),  # the worked example of OS's guide: TG 51409 13177
        (216_650, 771_250, "NN17"),  # Ben Nevis, NN 166 712
        (530_000, 180_000, "TQ38"),  # the City of London
        (0, 0, "SV00"),  # the origin
        (447_000, 1_141_000, "HU44"),  # Lerwick, HU 47 41
        (142_300, 933_000, "NB43"),  # Stornoway, NB 423 330
        (338_000, 973_000, "ND37"),  # John o' Groats, ND 38 73
        (134_000, 25_000, "SW32"),  # Land's End, SW 34 25
    ],
)
def test_positions_have_the_published_letters(easting, northing, name):
    """Letters without I, in fives from the north-west."""
    assert tile_name(easting, northing) == name


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("TQ29", (520_000, 190_000, 530_000, 200_000)),
        ("tq29_OST50GRID_20230518.zip", (520_000, 190_000, 530_000, 200_000)),
        ("TQ29.asc", (520_000, 190_000, 530_000, 200_000)),
        ("TQ2998.asc", None),
        ("TI29.asc", None),
        ("heights.asc", None),
        ("aa11.asc", None),
    ],
)
def test_file_names_tell_a_tile_or_do_not(name, bounds):
    """Only a whole 10 km name is one; I is no letter of the grid."""
    assert tile_bounds_m(name) == bounds


@given(st.integers(0, 69), st.integers(0, 129))
def test_name_and_place_are_inverse(column, row):
    """Every tile of the grid is found again by its name."""
    west, south = column * 10_000.0, row * 10_000.0
    expected = (west, south, west + 10_000, south + 10_000)
    assert tile_bounds_m(tile_name(west + 5_000, south + 5_000)) == expected


def test_tiles_are_named_for_the_cells_chosen():
    """One cell in each of two tiles names these two."""
    grid = Grid(27700, 515_000, 205_000, 1_000, 20, 20)
    chosen = np.zeros(grid.shape, dtype=bool)
    chosen[4, 5] = chosen[5, 4] = True  # centres 520,500 E 200,500 N and 519,500 E 199,500 N
    assert tiles_of(grid, chosen) == ("TL20", "TQ19")

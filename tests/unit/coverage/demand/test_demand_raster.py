"""A user's raster carried to another grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.demand.raster import read_raster, resampled
from canopy.coverage.grid import Grid
from canopy.errors import BadSource, Refused

NAN = np.nan


def carried(target: Grid, source: Grid, values: np.ndarray):
    return resampled(target, source, values, kind="footfall", unit="people per day")


def test_a_cell_is_shared_among_those_it_covers() -> None:
    """One cell of 20 m with 8 people over four of 10 m is two people in each."""
    source, target = Grid(27700, 0.0, 20.0, 20.0, 1, 1), Grid(27700, 0.0, 20.0, 10.0, 2, 2)
    assert carried(target, source, np.array([[8.0]])).per_cell.tolist() == [[2.0, 2.0]] * 2


def test_cells_that_straddle_an_edge_are_split() -> None:
    """10 m cells with 6 and 9 onto cells of 15 m: all of the first and half the second."""
    source, target = Grid(27700, 0.0, 15.0, 10.0, 3, 1), Grid(27700, 0.0, 15.0, 15.0, 2, 1)
    layer = carried(target, source, np.array([[6.0, 9.0, 4.0]]))
    assert layer.per_cell.tolist() == [pytest.approx([10.5, 8.5])]


def test_amounts_per_square_metre_are_multiplied_by_area() -> None:
    """0.02 people a square metre over a cell of 10 m is two people."""
    grid = Grid(27700, 0.0, 10.0, 10.0, 1, 1)
    layer = resampled(
        grid, grid, np.array([[0.02]]), kind="footfall", unit="people", values_are="per_m2"
    )
    assert layer.per_cell.tolist() == [[pytest.approx(2.0)]]


def test_an_unknown_source_cell_makes_what_it_touches_unknown() -> None:
    """And what is known there is told as outside, not spread over the others."""
    source, target = Grid(27700, 0.0, 10.0, 10.0, 3, 1), Grid(27700, 0.0, 10.0, 15.0, 2, 1)
    layer = carried(target, source, np.array([[NAN, 8.0, 4.0]]))
    np.testing.assert_allclose(layer.per_cell, [[NAN, 8.0]])
    assert layer.outside == pytest.approx(4.0)


def test_cells_beyond_the_raster_are_unknown() -> None:
    """Nothing is said of them, so nothing is 0."""
    source, target = Grid(27700, 0.0, 10.0, 10.0, 1, 1), Grid(27700, 0.0, 10.0, 10.0, 2, 1)
    np.testing.assert_array_equal(carried(target, source, np.array([[3.0]])).per_cell, [[3.0, NAN]])


@given(
    st.floats(-300, 300),
    st.floats(-300, 300),
    st.floats(3, 70),
    st.integers(1, 6),
    st.integers(1, 6),
)
def test_nothing_is_lost_or_added(
    west_m: float, north_m: float, cell_m: float, columns: int, rows: int
) -> None:
    """Sum in the cells and outside equals the raster's, however the grids lie."""
    source = Grid(27700, west_m, north_m, cell_m, columns, rows)
    values = np.arange(1.0, rows * columns + 1).reshape(rows, columns)
    layer = carried(Grid(27700, -100.0, 100.0, 20.0, 10, 10), source, values)
    assert layer.total + layer.outside == pytest.approx(values.sum())
    assert layer.outside >= -1e-6


def test_rasters_in_two_crs_are_refused() -> None:
    """Metres of one CRS are not metres of another."""
    source, target = Grid(32630, 0.0, 10.0, 10.0, 1, 1), Grid(27700, 0.0, 10.0, 10.0, 1, 1)
    with pytest.raises(Refused, match="EPSG:32630"):
        carried(target, source, np.ones((1, 1)))


def test_a_geotiff_is_read_with_its_holes(tmp_path: Path) -> None:
    """Cells of the nodata value are unknown; one in degrees is refused."""
    values = np.array([[1.0, -1.0], [3.0, 4.0]])
    for name, crs in (("metres.tif", "EPSG:27700"), ("degrees.tif", "EPSG:4326")):
        with rasterio.open(
            tmp_path / name,
            "w",
            driver="GTiff",
            width=2,
            height=2,
            count=1,
            dtype="float64",
            crs=crs,
            transform=Affine(50.0, 0.0, 1000.0, 0.0, -50.0, 2000.0),
            nodata=-1.0,
        ) as file:
            file.write(values, 1)
    grid, read = read_raster(tmp_path / "metres.tif")
    assert grid == Grid(27700, 1000.0, 2000.0, 50.0, 2, 2)
    np.testing.assert_array_equal(read, [[1.0, NAN], [3.0, 4.0]])
    with pytest.raises(BadSource, match=r"degrees\.tif: no projected CRS"):
        read_raster(tmp_path / "degrees.tif")

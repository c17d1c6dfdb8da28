"""Files of heights are joined over an area; what is missing is named and unknown."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from height_files_made import ascii_text, geotiff, hgt_bytes, os_tile, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine

from canopy.coverage.grid import Grid
from canopy.coverage.terrain.mosaic import heights_over
from canopy.coverage.terrain.tiles import Frame, Tile
from canopy.errors import BadSource, Refused, UnknownCrs
from canopy.geo import transformer


def _tile(tmp_path, heights, west, south, cell, name="part.asc"):
    path = tmp_path / name
    path.write_text(ascii_text(heights, west, south, cell))
    return path


def _in_memory(heights, west, north, cell, path):
    """A tile as the readers make them, without a file of its own."""
    rows, columns = heights.shape
    return Tile(
        name=f"{west},{north}",
        path=path,
        frame=Frame(27700, west, north, cell, cell, columns, rows),
        what="terrain",
        read=lambda r, c, high, wide: heights[r : r + high, c : c + wide],
    )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 2**32 - 1),
    cut_row=st.integers(1, 18),
    cut_column=st.integers(1, 22),
    cell_m=st.sampled_from([None, 5.0, 7.0, 3.0, 10.0]),
)
def test_split_tiles_equal_the_whole(tmp_path, seed, cut_row, cut_column, cell_m):
    """Cut anywhere, copied or interpolated, four tiles give what one gives: no seam."""
    whole = np.random.default_rng(seed).uniform(0, 200, (19, 23)).astype(np.float32)
    path = tmp_path / "any"
    path.touch()
    one = [_in_memory(whole, 1000.0, 2000.0, 10.0, path)]
    four = [
        _in_memory(
            whole[rows, columns],
            1000.0 + 10 * (columns.start or 0),
            2000.0 - 10 * (rows.start or 0),
            10.0,
            path,
        )
        for rows in (slice(0, cut_row), slice(cut_row, 19))
        for columns in (slice(0, cut_column), slice(cut_column, 23))
    ]
    bounds = (1010, 1820, 1220, 1990)
    expected = heights_over(bounds, one, cell_m)
    actual = heights_over(bounds, four, cell_m)
    assert not np.isnan(expected.heights.height_m).any()
    np.testing.assert_array_equal(expected.heights.height_m, actual.heights.height_m)


def test_cells_of_the_files_are_kept_where_none_are_asked_for(tmp_path):
    """Without a cell size nothing is interpolated, and nothing noted but the CRS."""
    path = _tile(tmp_path, [[1, 2, 3], [4, 5, 6]], 5, 5, 10)
    mosaic = heights_over((10, 5, 30, 15), [path], source_epsg=27700)
    assert mosaic.heights.grid == Grid(27700, 5.0, 15.0, 10.0, 3, 1)
    np.testing.assert_array_equal(mosaic.heights.height_m, [[4, 5, 6]])
    assert mosaic.notes == ("part.asc: the CRS is not stated, and is taken as EPSG:27700.",)
    assert (mosaic.missing_tiles, mosaic.void_cells) == ((), 0)


def test_sources_are_hashed(tmp_path):
    """Every file that was used is named with the SHA-256 of its bytes."""
    path = _tile(tmp_path, [[1, 2]], 0, 0, 10)
    (source,) = heights_over((0, 0, 20, 10), [path], source_epsg=27700).heights.sources
    assert (source.name, source.sha256) == (
        "part.asc",
        hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def test_missing_os_tiles_are_named_and_unknown(tmp_path):
    """Beyond the only tile lie TQ39 and others; their cells are NaN, never 0."""
    path = zipped(tmp_path / "tq29.zip", TQ29__asc=os_tile(0, 520_000, 190_000))
    mosaic = heights_over((529_000, 199_000, 531_000, 201_000), [path])
    assert mosaic.missing_tiles == ("TL20", "TL30", "TQ39")
    assert mosaic.missing_cells == 3 * 20 * 20
    height = mosaic.heights.height_m
    assert np.isnan(height[:20]).all()
    assert np.isnan(height[20:, 20:]).all()
    np.testing.assert_array_equal(height[20:, :20], np.zeros((20, 20)))


def test_voids_inside_a_file_are_counted(tmp_path):
    """A void is not a missing tile, and is no height either."""
    path = _tile(tmp_path, [[1, -9999], [3, 4]], 0, 0, 10)
    mosaic = heights_over((0, 0, 20, 20), [path], source_epsg=27700)
    assert (mosaic.void_cells, mosaic.missing_cells, mosaic.missing_tiles) == (1, 0, ())
    assert np.isnan(mosaic.heights.height_m[0, 1])


def test_interpolated_heights_are_declared(tmp_path):
    """Other cells than the file's are bilinear, and the source and a note say so."""
    path = _tile(tmp_path, [[0, 10], [0, 10]], 0, 0, 10)
    mosaic = heights_over((5, 5, 15, 15), [path], 5.0, source_epsg=27700)
    # Centres at 7.5 and 12.5 m, between heights 0 at 5 m and 10 at 15 m.
    np.testing.assert_allclose(mosaic.heights.height_m, [[2.5, 7.5], [2.5, 7.5]])
    assert "bilinear from cells of 10 m" in mosaic.notes[0]
    assert "bilinear" in mosaic.heights.sources[0].product


def test_first_named_file_wins_and_the_difference_is_told(tmp_path):
    """Where two files overlap, the first one's heights stay; its voids are filled."""
    first = _tile(tmp_path, [[1, -9999]], 0, 0, 10, "first.asc")
    second = _tile(tmp_path, [[5, 6]], 0, 0, 10, "second.asc")
    mosaic = heights_over((0, 0, 20, 10), [first, second], source_epsg=27700)
    np.testing.assert_array_equal(mosaic.heights.height_m, [[1, 6]])
    assert "differ in 1 heights; the first was kept" in mosaic.notes[0]


def test_no_heights_at_all_is_an_error(tmp_path):
    """An area beside all files is refused, and the tiles that would do are named."""
    path = zipped(tmp_path / "tq29.zip", TQ29__asc=os_tile(0, 520_000, 190_000))
    with pytest.raises(BadSource, match="TQ38"):
        heights_over((531_000, 181_000, 532_000, 182_000), [path])


def test_file_that_only_borders_the_area_covers_none_of_it(tmp_path):
    """Heights right beside the area are no heights in it."""
    path = _tile(tmp_path, [[1, 2]], 0, 0, 10)
    with pytest.raises(BadSource, match="no heights are given for the area"):
        heights_over((20, 0, 40, 10), [path], source_epsg=27700)


def test_folder_without_heights_is_an_error(tmp_path):
    """A folder of other things is not an area without terrain."""
    (tmp_path / "readme.txt").write_text("nothing here")
    with pytest.raises(BadSource, match="holds no heights"):
        heights_over((0, 0, 10, 10), [tmp_path])


def test_no_crs_is_assumed(tmp_path):
    """An ASCII grid without a declared CRS is refused."""
    with pytest.raises(UnknownCrs, match=r"part\.asc"):
        heights_over((0, 0, 10, 10), [_tile(tmp_path, [[1]], 0, 0, 10)])


def test_surface_is_not_taken_for_terrain(tmp_path):
    """A tile that was read as a surface does not become terrain."""
    path = tmp_path / "any"
    path.touch()
    tile = _in_memory(np.ones((2, 2), np.float32), 0, 20, 10, path)
    with pytest.raises(Refused, match="holds the terrain, where the surface"):
        heights_over((0, 0, 20, 20), [tile], what="surface")


@pytest.mark.parametrize("bounds", [(10, 0, 0, 10), (0, 0, 10, float("nan")), (0, 5, 10, 5)])
def test_what_is_no_area_is_refused(bounds):
    """West, south, east, north."""
    with pytest.raises(Refused, match="is no area"):
        heights_over(bounds, [])


def test_area_too_large_is_refused(tmp_path):
    """More cells than the stated limit are not even tried."""
    path = _tile(tmp_path, [[1]], 0, 0, 10)
    with pytest.raises(BadSource, match="100,000,000"):
        heights_over((0, 0, 200_000, 200_000), [path], 10.0, source_epsg=27700)


def _utm_plane(tmp_path):
    """A plane in UTM zone 30 around 51.5 N 0.2 W: 1 m up for each 100 m east."""
    x, y = transformer("EPSG:27700", "EPSG:32630").xy(np.array([525e3]), np.array([180e3]))
    west, north = np.floor(x[0]) - 1000, np.floor(y[0]) + 1000
    columns = (np.arange(200) + 0.5) * 10
    plane = np.broadcast_to(columns / 100, (200, 200)).astype(np.float32)
    at = Affine(10, 0, west, 0, -10, north)
    return geotiff(tmp_path / "utm.tif", plane, crs="EPSG:32630", transform=at), west


def test_other_crs_is_refused_unless_asked_for(tmp_path):
    """A file in another CRS is an error, not a shifted map."""
    path, _ = _utm_plane(tmp_path)
    with pytest.raises(Refused, match=r"utm\.tif is in EPSG:32630 and the run in EPSG:27700"):
        heights_over((524_800, 179_800, 525_200, 180_200), [path], 10.0)


def test_reprojected_heights_are_those_of_the_place(tmp_path):
    """A plane in UTM has its value at each cell's place through OSTN15, to a millimetre."""
    path, west = _utm_plane(tmp_path)
    mosaic = heights_over((524_800, 179_800, 525_200, 180_200), [path], 10.0, reproject=True)
    grid = mosaic.heights.grid
    x, y = np.meshgrid(grid.eastings_m, grid.northings_m)
    x, _ = transformer("EPSG:27700", "EPSG:32630").xy(x.ravel(), y.ravel())
    expected = ((x - west) / 100).reshape(grid.shape)
    np.testing.assert_allclose(mosaic.heights.height_m, expected, atol=1e-3)
    assert "EPSG:32630 to cells of 10 m in EPSG:27700" in mosaic.notes[0]


def test_srtm_comes_onto_the_grid_and_its_missing_squares_are_named(tmp_path):
    """Degrees need no request; east of 0° lies N51E000, which was not given."""
    posts = np.broadcast_to(np.arange(1201, dtype=np.int16), (1201, 1201))
    path = zipped(tmp_path / "N51W001.hgt.zip", N51W001__hgt=hgt_bytes(posts))
    # The prime meridian is at 538,900 E there.
    mosaic = heights_over((537_000, 179_000, 541_000, 180_000), [path], 50.0)
    assert mosaic.missing_tiles == ("N51E000",)
    grid = mosaic.heights.grid
    lon, _ = transformer("EPSG:27700", "EPSG:4326").xy(grid.eastings_m[:1], grid.northings_m[:1])
    # One unit a post, 1,200 posts a degree from 1° W on.
    np.testing.assert_allclose(mosaic.heights.height_m[0, 0], (lon[0] + 1) * 1200, atol=1e-3)
    assert np.isnan(mosaic.heights.height_m[:, -1]).all()


def test_srtm_alone_gives_cells_near_its_own_spacing(tmp_path):
    """Posts of 3" are 92.7 m apart from north to south: cells of 90 m, and that is said."""
    posts = np.full((1201, 1201), 40, dtype=np.int16)
    path = zipped(tmp_path / "N51W001.hgt.zip", N51W001__hgt=hgt_bytes(posts))
    mosaic = heights_over((530_000, 179_000, 532_000, 180_000), [path])
    assert mosaic.heights.grid.cell_m == 90.0
    np.testing.assert_array_equal(mosaic.heights.height_m, 40.0)
    assert "to cells of 90 m in EPSG:27700" in mosaic.notes[0]


def test_file_needed_by_the_outermost_cell_is_read(tmp_path):
    """Cells reach beyond the area asked for, and heights come with them."""
    west = _tile(tmp_path, np.ones((100, 10)), 0, 0, 1, "west.asc")
    east = _tile(tmp_path, np.full((100, 90), 3), 10, 0, 1, "east.asc")
    mosaic = heights_over((0, 40, 6, 60), [west, east], 100.0, source_epsg=27700)
    np.testing.assert_array_equal(mosaic.heights.height_m, [[3]])
    assert mosaic.missing_cells == 0


@pytest.mark.real_data
def test_real_tiles_join_without_a_seam(real_data):
    """Four tiles of London are one raster; the tiles north of them are named."""
    mosaic = heights_over((521_000, 171_000, 539_000, 190_500), [real_data / "data" / "terrain"])
    assert mosaic.heights.grid == Grid(27700, 521_000.0, 190_500.0, 50.0, 360, 390)
    assert mosaic.missing_tiles == ("TQ29", "TQ39")
    assert mosaic.void_cells == 0
    # 16.2 m, the first height of TQ27, stands at 520,025 E 179,975 N; 17.9 m below it.
    corner = heights_over((520_000, 179_900, 520_050, 180_000), [real_data / "data" / "terrain"])
    np.testing.assert_array_equal(corner.heights.height_m, np.float32([[16.2], [17.9]]))

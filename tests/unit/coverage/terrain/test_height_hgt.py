"""SRTM squares lie where their name says, with posts on the whole degrees."""

from __future__ import annotations

import numpy as np
import pytest
from height_files_made import hgt_bytes, zipped

from canopy.coverage.terrain.hgt import hgt_tiles, square_name
from canopy.errors import BadSource

SIDE = 1201


def _posts() -> np.ndarray:
    posts = np.zeros((SIDE, SIDE), dtype=np.int16)
    posts[0, 0], posts[0, 1], posts[-1, -1] = 258, -32768, -3
    return posts


def test_posts_lie_on_whole_degrees(tmp_path):
    """The north-west post of N51W001 is at 52 N 1 W, the cell around it half a cell wider."""
    path = tmp_path / "N51W001.hgt"
    path.write_bytes(hgt_bytes(_posts()))
    (tile,) = hgt_tiles(path)
    assert (tile.frame.epsg, tile.frame.columns, tile.frame.rows) == (4326, SIDE, SIDE)
    np.testing.assert_allclose(
        tile.frame.bounds, (-1 - 1 / 2400, 51 - 1 / 2400, 1 / 2400, 52 + 1 / 2400), atol=1e-12
    )


def test_numbers_are_big_endian_and_voids_unknown(tmp_path):
    """258 is the bytes 1 and 2; -32768 is a void; depths are negative."""
    path = zipped(tmp_path / "N51W001.SRTMGL3.hgt.zip", N51W001__hgt=hgt_bytes(_posts()))
    (tile,) = hgt_tiles(path)
    np.testing.assert_array_equal(tile.read(0, 0, 1, 3), np.float32([[258, np.nan, 0]]))
    np.testing.assert_array_equal(tile.read(SIDE - 1, SIDE - 1, 1, 1), [[-3]])
    assert hgt_bytes(_posts())[:2] == bytes([1, 2])


def test_other_sizes_are_refused(tmp_path):
    """A file cut short is no square."""
    path = tmp_path / "N51W001.hgt"
    path.write_bytes(bytes(1000))
    with pytest.raises(BadSource, match=r"N51W001\.hgt has 1,000 bytes"):
        hgt_tiles(path)


def test_name_has_to_tell_the_place(tmp_path):
    """A renamed file lies nowhere."""
    path = tmp_path / "london.hgt"
    path.write_bytes(hgt_bytes(_posts()))
    with pytest.raises(BadSource, match="tells where it lies"):
        hgt_tiles(path)


@pytest.mark.parametrize(
    ("lon", "lat", "name"),
    [(-0.14, 51.54, "N51W001"), (1.3, 52.6, "N52E001"), (-70.5, -33.4, "S34W071")],
)
def test_square_is_named_after_its_south_west_corner(lon, lat, name):
    """London, Norwich and Santiago."""
    assert square_name(lon, lat) == name

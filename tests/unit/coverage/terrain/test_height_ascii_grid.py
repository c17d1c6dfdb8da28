"""Heights are read from ASCII grids as their header says, or not at all."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest
from height_files_made import ascii_text, os_tile, zipped

from canopy.coverage.grid import Grid
from canopy.coverage.terrain.ascii_grid import ascii_tiles, read_ascii_grid
from canopy.errors import BadSource, UnknownCrs

# The example of Esri's description of the format, with the origin given either way.
ESRI = """ncols 4
nrows 2
{x} 100
{y} 200
cellsize 10
NODATA_value -99
1 2 3 4
5 -99 7 8.5
"""


def _written(folder: Path, text: str, name: str = "heights.asc") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_first_row_is_the_northernmost(tmp_path):
    """The corner is the lower left one, and heights come from north to south."""
    read = read_ascii_grid(
        _written(tmp_path, ESRI.format(x="xllcorner", y="yllcorner")), epsg=27700
    )
    assert read.grid == Grid(27700, 100.0, 220.0, 10.0, 4, 2)
    expected = np.array([[1, 2, 3, 4], [5, np.nan, 7, 8.5]], dtype=np.float32)
    np.testing.assert_array_equal(read.height_m, expected)


def test_centre_of_the_lower_left_cell_lies_half_a_cell_inside(tmp_path):
    """xllcenter and yllcenter place the middle of the cell, not its corner."""
    read = read_ascii_grid(
        _written(tmp_path, ESRI.format(x="XLLCENTER", y="YLLCENTER")), epsg=27700
    )
    assert read.grid == Grid(27700, 95.0, 215.0, 10.0, 4, 2)


def test_nodata_is_minus_9999_where_the_header_is_silent(tmp_path):
    """An undeclared -9999 is unknown, as Esri says; it is not a height."""
    path = _written(tmp_path, ascii_text([[1, -9999]], 0, 0, 10))
    np.testing.assert_array_equal(
        read_ascii_grid(path, epsg=27700).height_m, np.float32([[1, np.nan]])
    )


def test_caller_can_declare_what_stands_for_unknown(tmp_path):
    """A nodata value that the file keeps to itself can be given."""
    path = _written(tmp_path, ascii_text([[1, -32768]], 0, 0, 10))
    read = read_ascii_grid(path, epsg=27700, nodata=-32768)
    np.testing.assert_array_equal(read.height_m, np.float32([[1, np.nan]]))


def test_undeclared_mark_for_unknown_is_refused_and_named(tmp_path):
    """A height that no place has is refused with its row and column, not mapped."""
    path = _written(tmp_path, ascii_text([[1, 2], [3, -32768]], 0, 0, 10))
    with pytest.raises(BadSource, match=r"heights\.asc: row 2, column 2 .*-32768 m.*nodata"):
        read_ascii_grid(path, epsg=27700)


def test_rows_may_be_broken_over_lines(tmp_path):
    """Line ends do not matter: the header counts the heights."""
    text = ascii_text([[1, 2, 3], [4, 5, 6]], 0, 0, 10).replace("2 3", "2\r\n3\n")
    read = read_ascii_grid(_written(tmp_path, text), epsg=27700)
    np.testing.assert_array_equal(read.height_m, np.float32([[1, 2, 3], [4, 5, 6]]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ascii_text([[1, 2], [3, 4]], 0, 0, 10)[:-3], "only 3 heights"),
        (ascii_text([[1, 2], [3, 4]], 0, 0, 10) + "5\n", "more heights"),
        (ascii_text([[1, 2]], 0, 0, 10).replace("1 2", "1 2,5"), "row 1, column 2: b'2,5'"),
        (ascii_text([[1, 2]], 0, 0, 10).replace("1 2", "1 inf"), "row 1, column 2: b'inf'"),
        (ascii_text([[1, 2]], 0, 0, 0), "cellsize"),
        (ascii_text([[1, 2]], 0, 0, 10).replace("ncols 2", "ncols 2.5"), "ncols is 2.5"),
        (ascii_text([[1, 2]], 0, 0, 10).replace("xllcorner 0\n", ""), "xllcorner or xllcenter"),
        (ascii_text([[1, 2]], 0, 0, 10).replace("xllcorner 0", "xllcorner here"), "no number"),
        (ascii_text([[1, 2]], 0, 0, 10, "cellsize 5\n"), "cellsize twice"),
        ("<html>Not found</html>", "ncols is None"),
        ("ncols 20000\nnrows 20000\nxllcorner 0\nyllcorner 0\ncellsize 5\n1", "400,000,000|20,000"),
    ],
)
def test_what_is_no_whole_grid_is_refused(tmp_path, text, message):
    """A damaged, cut or foreign file is refused and the place named."""
    with pytest.raises(BadSource, match=message):
        read_ascii_grid(_written(tmp_path, text), epsg=27700)


def test_crs_is_asked_for_where_nothing_tells_it(tmp_path):
    """No CRS is assumed for a file that is no Ordnance Survey tile."""
    with pytest.raises(UnknownCrs, match="EPSG code"):
        read_ascii_grid(_written(tmp_path, ESRI.format(x="xllcorner", y="yllcorner")))


def test_name_of_an_os_tile_is_no_crs_where_the_file_lies_elsewhere(tmp_path):
    """tq29.asc that is not at TQ29 needs its CRS declared."""
    with pytest.raises(UnknownCrs, match="not that of the Ordnance Survey tile"):
        read_ascii_grid(_written(tmp_path, os_tile(5, 0, 0), "tq29.asc"))


def test_os_tile_is_in_the_national_grid_and_named_as_it_must_be(tmp_path):
    """A tile at the place of its name needs no declaration, and carries its licence."""
    path = zipped(tmp_path / "tq29_OST50GRID_20230518.zip", TQ29__asc=os_tile(5, 520_000, 190_000))
    read = read_ascii_grid(path)
    assert read.grid == Grid(27700, 520_000.0, 200_000.0, 50.0, 200, 200)
    (source,) = read.sources
    assert source.name == "tq29_OST50GRID_20230518.zip/TQ29.asc"
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source.product == "OS Terrain 50"
    assert "Crown copyright" in source.licence


def test_tile_in_os_supply_that_lies_elsewhere_is_refused(tmp_path):
    """Tiles of the national supply are chosen by name, so the name has to be true."""
    path = zipped(tmp_path / "tq29_OST50GRID_20230518.zip", TQ29__asc=os_tile(5, 0, 0))
    with pytest.raises(BadSource, match="puts the tile at 0 E 0 N"):
        ascii_tiles(path, epsg=27700)


def _national_supply(folder: Path) -> Path:
    outer = folder / "terr50_gagg_gb.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        for name, west in (("tq29", 520_000), ("tq39", 530_000)):
            inner = zipped(folder / "inner.zip", **{f"{name}__asc": os_tile(5, west, 190_000)})
            archive.write(inner, f"data/tq/{name}_OST50GRID_20230518.zip")
            inner.unlink()
    return outer


def test_tiles_are_found_in_a_zip_of_zips(tmp_path):
    """The supply of the whole country is read as it is downloaded."""
    tiles = ascii_tiles(_national_supply(tmp_path))
    assert [tile.name.rsplit("/", 1)[-1] for tile in tiles] == ["tq29.asc", "tq39.asc"]
    assert tiles[1].read(199, 0, 1, 2).tolist() == [[5.0, 5.0]]


def test_tiles_elsewhere_are_not_opened(tmp_path):
    """Of the national supply only what lies in the area is looked into."""
    tiles = ascii_tiles(_national_supply(tmp_path), near=(531_000, 191_000, 532_000, 192_000))
    assert [tile.frame.west for tile in tiles] == [530_000]


def test_archive_made_to_fill_memory_is_refused(tmp_path):
    """A zip that unpacks to more than 250 times its size is not unpacked."""
    path = zipped(tmp_path / "bomb.zip", bomb__asc=b"ncols 1\n" + b" " * 20_000_000)
    with pytest.raises(BadSource, match=r"bomb\.zip.* 250 times"):
        ascii_tiles(path, epsg=27700)


def test_damaged_archive_is_refused(tmp_path):
    """A member whose bytes do not match its checksum is refused, not half read."""
    path = zipped(tmp_path / "tile.zip", tile__asc=ascii_text(np.ones((50, 50)), 0, 0, 10))
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(BadSource, match=r"tile\.zip"):
        read_ascii_grid(path, epsg=27700)


@pytest.mark.real_data
def test_real_tile_begins_as_the_file_does(real_data):
    """TQ27 of OS Terrain 50 (2013): 200 x 200, north-western heights 16.2 14.4 15.9 m."""
    read = read_ascii_grid(real_data / "data" / "terrain" / "tq27.zip")
    assert read.grid == Grid(27700, 520_000.0, 180_000.0, 50.0, 200, 200)
    np.testing.assert_array_equal(read.height_m[0, :3], np.float32([16.2, 14.4, 15.9]))
    assert read.height_m[1, 0] == np.float32(17.9)

"""Heights are read from GeoTIFF in metres, in part, and with voids unknown."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from height_files_made import geotiff
from rasterio.transform import Affine

from canopy.coverage.grid import Grid
from canopy.coverage.terrain.geotiff import geotiff_tile, read_geotiff
from canopy.errors import BadSource, Refused, UnknownCrs

STEPS = np.arange(12, dtype=np.float32).reshape(3, 4)


def test_file_is_read_whole_in_its_own_frame(tmp_path):
    """The grid is that of the file, row 0 in the north."""
    read = read_geotiff(geotiff(tmp_path / "dsm.tif", STEPS), what="surface")
    assert read.grid == Grid(27700, 500_000.0, 200_000.0, 10.0, 4, 3)
    assert read.what == "surface"
    np.testing.assert_array_equal(read.height_m, STEPS)


def test_only_the_area_is_read(tmp_path):
    """Cells that the bounds touch are read, and no others."""
    path = geotiff(tmp_path / "dtm.tif", STEPS)
    read = read_geotiff(path, bounds=(500_011, 199_981, 500_029, 199_989))
    assert read.grid == Grid(27700, 500_010.0, 199_990.0, 10.0, 2, 1)
    np.testing.assert_array_equal(read.height_m, [[5, 6]])


def test_area_outside_the_file_is_refused(tmp_path):
    """An empty part is an error that says where the file lies."""
    path = geotiff(tmp_path / "dtm.tif", STEPS)
    with pytest.raises(BadSource, match="outside the area"):
        read_geotiff(path, bounds=(0, 0, 10, 10))


def test_nodata_is_unknown(tmp_path):
    """What the file marks is NaN, and so is NaN itself."""
    path = geotiff(tmp_path / "dtm.tif", np.float32([[1, -32767, np.nan]]), nodata=-32767)
    np.testing.assert_array_equal(read_geotiff(path).height_m, np.float32([[1, np.nan, np.nan]]))


def test_undeclared_nodata_is_refused(tmp_path):
    """-32767 that is not declared is no height, and the cell is named."""
    path = geotiff(tmp_path / "dtm.tif", np.float32([[1, -32767]]))
    with pytest.raises(BadSource, match=r"row 1, column 2 .*-32767"):
        read_geotiff(path)


def test_scale_and_offset_are_applied(tmp_path):
    """Decimetres as integers, counted from 100 m: 25 * 0.1 + 100 = 102.5 m."""
    path = geotiff(tmp_path / "dtm.tif", np.int16([[0, 25]]))
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.1,), (100.0,)
    np.testing.assert_allclose(read_geotiff(path).height_m, [[100.0, 102.5]], atol=1e-5)


def test_feet_become_metres(tmp_path):
    """A foot is 0.3048 m."""
    path = geotiff(tmp_path / "dtm.tif", np.float32([[100]]))
    with rasterio.open(path, "r+") as file:
        file.units = ("foot",)
    np.testing.assert_allclose(read_geotiff(path).height_m, [[30.48]], rtol=1e-6)


def test_unknown_unit_is_refused(tmp_path):
    """Heights in a unit that is not known are not taken for metres."""
    path = geotiff(tmp_path / "dtm.tif", np.float32([[100]]))
    with rasterio.open(path, "r+") as file:
        file.units = ("fathom",)
    with pytest.raises(BadSource, match="fathom"):
        read_geotiff(path)


def test_crs_with_heights_is_known_by_its_horizontal_part(tmp_path):
    """EPSG:7405 is the National Grid with heights above Newlyn."""
    path = geotiff(tmp_path / "dtm.tif", STEPS, crs="EPSG:7405")
    assert read_geotiff(path).grid.epsg == 27700


def test_contradicted_crs_is_refused(tmp_path):
    """A declaration does not overrule what the file states."""
    path = geotiff(tmp_path / "dtm.tif", STEPS, crs="EPSG:32630")
    with pytest.raises(BadSource, match="EPSG:32630, while EPSG:27700"):
        read_geotiff(path, epsg=27700)


def test_missing_crs_is_asked_for(tmp_path):
    """Without a CRS there is no place."""
    with pytest.raises(UnknownCrs, match="declare its EPSG code"):
        read_geotiff(geotiff(tmp_path / "dtm.tif", STEPS, crs=None))


def test_degrees_are_no_grid_of_metres(tmp_path):
    """A file in degrees can be a source, not a grid."""
    at = Affine(0.001, 0, -0.2, 0, -0.001, 51.6)
    path = geotiff(tmp_path / "dtm.tif", STEPS, crs="EPSG:4326", transform=at)
    with pytest.raises(Refused, match="heights_over"):
        read_geotiff(path)


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ({"transform": Affine(10, 1, 500_000, 1, -10, 200_000)}, "rotated"),
        ({"dtype": "uint8"}, "picture"),
        ({"count": 3}, "3 bands"),
    ],
)
def test_what_holds_no_heights_is_refused(tmp_path, profile, message):
    """Rotated rasters and pictures are refused with the reason."""
    path = geotiff(tmp_path / "picture.tif", STEPS, **profile)
    with pytest.raises(BadSource, match=message):
        geotiff_tile(path)


VRT = """<VRTDataset rasterXSize="4" rasterYSize="3"><SRS>EPSG:27700</SRS>
<GeoTransform>500000, 10, 0, 200000, 0, -10</GeoTransform>
<VRTRasterBand dataType="Float32" band="1"><SimpleSource>
<SourceFilename>{source}</SourceFilename><SourceBand>1</SourceBand>
</SimpleSource></VRTRasterBand></VRTDataset>"""


def test_other_formats_are_refused(tmp_path):
    """Only GeoTIFF is opened, whatever the name: a VRT could point anywhere."""
    source = geotiff(tmp_path / "source.tif", STEPS)
    path = tmp_path / "dtm.tif"
    path.write_text(VRT.format(source=source))
    with pytest.raises(BadSource, match=r"dtm\.tif is no readable GeoTIFF"):
        geotiff_tile(path)

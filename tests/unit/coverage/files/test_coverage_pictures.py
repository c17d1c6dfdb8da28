"""Pictures with a world file, and legends."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyproj
import pytest
import rasterio
from coverage_runs import GRID, TwoColours, levels, provenance

from canopy.coverage.files.legend import glyphs, legend_png, legend_svg
from canopy.coverage.files.picture import world_file, write_picture
from canopy.coverage.files.provenance import JSON_KEY
from canopy.errors import Refused

STYLE = TwoColours()


def test_picture_lies_where_the_grid_does(tmp_path: Path) -> None:
    """GDAL places it by the world file, and PROJ knows the CRS beside it."""
    write_picture(levels(), GRID, STYLE, tmp_path / "a.png", provenance())
    with rasterio.open(tmp_path / "a.png") as source:
        assert source.bounds == rasterio.coords.BoundingBox(*GRID.bounds_m)
        np.testing.assert_array_equal(source.read(1), STYLE.indices(levels()))
        assert json.loads(source.tags()[JSON_KEY]) == provenance().document()
    crs = pyproj.CRS.from_wkt((tmp_path / "a.prj").read_text())
    assert crs.to_epsg(min_confidence=20) == 27700


def test_world_file_gives_the_centre_of_the_first_pixel() -> None:
    """529,000 + 5 east, 186,000 - 5 north, 10 m a pixel."""
    assert world_file(GRID) == "10.0\n0.0\n0.0\n-10.0\n529005.0\n185995.0\n"


def test_picture_comes_with_its_legends(tmp_path: Path) -> None:
    """Five files, all named after the picture."""
    found = write_picture(levels(), GRID, STYLE, tmp_path / "a.png", provenance())
    assert sorted(path.name for path in found) == [
        "a-legend.png", "a-legend.svg", "a.pgw", "a.png", "a.prj",
    ]  # fmt: skip
    assert sorted(tmp_path.iterdir()) == sorted(found)


def test_legend_is_text_that_can_be_read() -> None:
    """Title, unit, every entry and the attribution are words in the SVG."""
    root = ElementTree.fromstring(legend_svg(STYLE, provenance().attributions))
    words = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words[:4] == ["Level & more [dBm]", "−100 and above", "below −100", "none"]
    assert "© Crown copyright" in " ".join(each or "" for each in words)
    assert root.get("aria-label") == "Legend: Level & more [dBm]"


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_legend_picture_shows_the_colours(tmp_path: Path) -> None:
    """Each entry's colour fills a box; there is ink of letters too."""
    (tmp_path / "legend.png").write_bytes(legend_png(STYLE))
    with rasterio.open(tmp_path / "legend.png") as source:
        indices, table = source.read(1), source.colormap(1)
    areas = {table[value][:3]: int((indices == value).sum()) for value in np.unique(indices)}
    # A box of 24 by 16 pixels with an edge of two on every side.
    assert areas[0, 0, 255] == areas[255, 0, 0] == 20 * 12
    assert areas[0x1B, 0x1F, 0x24] > 500


def test_every_letter_has_a_shape_of_its_own() -> None:
    """But for the dashes, which are one; no two letters are drawn alike."""
    shapes = {letter: shape.tobytes() for letter, shape in glyphs().items()}
    for dash in "–−":
        assert shapes.pop(dash) == shapes["-"]
    assert len(set(shapes.values())) == len(shapes)
    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789©") <= set(shapes)


def test_picture_of_another_ending_is_refused(tmp_path: Path) -> None:
    """Its world file would have no name."""
    with pytest.raises(Refused, match=r"\.png"):
        write_picture(levels(), GRID, STYLE, tmp_path / "a.jpg", provenance())

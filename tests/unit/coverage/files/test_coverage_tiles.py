"""Tiles, archives of tiles and KMZ: every pixel lies where it should."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from coverage_runs import GRID, TwoColours, levels, provenance
from numpy.typing import NDArray
from pmtiles.reader import MmapSource, Reader, all_tiles
from rasterio.io import MemoryFile

from canopy.coverage.files.archives import (
    fitting_zooms,
    write_raster_archive,
    write_vector_archive,
)
from canopy.coverage.files.columns import Table, text
from canopy.coverage.files.kmz import write_kmz
from canopy.coverage.files.polygons import PolygonLayer
from canopy.coverage.files.provenance import JSON_KEY
from canopy.coverage.files.tiles import empty_tile, frame_of, render_tile, tile_indices
from canopy.coverage.files.warping import cells_under
from canopy.coverage.grid import Grid
from canopy.errors import LimitExceeded, Refused
from canopy.geo import transformer

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
"""A tile has no place of its own: its address says where it lies."""

STYLE = TwoColours()
MARGIN = 0.1
"""Pixels by which a position may be out, as `tiles` states."""


def rgba(png: bytes) -> NDArray[np.uint8]:
    """What GDAL sees in a PNG with a palette."""
    with MemoryFile(png) as file, file.open() as source:
        table = source.colormap(1)
        lut = np.array([table.get(number, (0, 0, 0, 0)) for number in range(256)], np.uint8)
        return lut[source.read(1)]


def exact(zoom: int, column: int, row: int, size: int) -> tuple[NDArray, NDArray]:
    """Eastings and northings of pixel centres, by the formulae of Web Mercator."""
    x, y = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    many = size * 2.0**zoom
    lon = (x + column * size) / many * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + row * size) / many))))
    east, north = transformer("EPSG:4326", "EPSG:27700").xy(lon.ravel(), lat.ravel())
    return east.reshape(size, size), north.reshape(size, size)


@pytest.mark.parametrize("size", [256, 512])
@pytest.mark.parametrize("zoom", [6, 9, 12, 15, 18])
def test_pixels_show_the_cell_under_their_centre(zoom: int, size: int) -> None:
    """Against every pixel worked out by itself: all but those within 0.1 pixel of an edge."""
    columns, rows = frame_of(GRID).tiles(zoom)
    column, row = columns[len(columns) // 2], rows[len(rows) // 2]
    pixel_cells = frame_of(GRID).pixel_m(zoom, size) / 10
    block = int(np.ceil(4 * pixel_cells))  # squares of a chess board, larger than pixels
    board = np.add.outer(np.arange(550) // block, np.arange(600) // block) % 2 * -200.0
    east, north = exact(zoom, column, row, size)
    at_column = np.nan_to_num((east - GRID.west_m) / 10, nan=-9e9)  # beyond OSTN15
    at_row = np.nan_to_num((GRID.north_m - north) / 10, nan=-9e9)
    inside = (at_column >= 0) & (at_column < 600) & (at_row >= 0) & (at_row < 550)
    picked = board[np.clip(at_row.astype(int), 0, 549), np.clip(at_column.astype(int), 0, 599)]
    expected = np.where(inside, STYLE.indices(picked), 0)
    found = tile_indices(board, GRID, zoom, column, row, STYLE, size)
    near = MARGIN * pixel_cells
    sure = np.ones(inside.shape, bool)
    for at, end in ((at_column, 600), (at_row, 550)):
        edge = np.minimum(np.abs(at - np.round(at / block) * block), np.abs(at - end))
        sure &= edge > near
    assert found is not None
    assert (inside & sure).sum() >= 9
    np.testing.assert_array_equal(found[sure], expected[sure])


@pytest.mark.parametrize("cell_m", [10_000.0, 100.0, 1.0])
def test_positions_are_placed_to_a_tenth_of_a_pixel(cell_m: float) -> None:
    """Interpolated between nodes, at pixels as large as cells and 16 from node to node."""
    grid = Grid(27700, 300_000.0, 700_000.0, cell_m / 200, 20_000, 20_000)
    back = transformer("EPSG:3857", "EPSG:27700")
    west, north = transformer("EPSG:27700", "EPSG:3857").xy(
        np.array([300_000.0 + cell_m / 20]), np.array([700_000.0 - cell_m / 20])
    )
    step = min(cell_m, 5_000.0) / 0.6  # Web Mercator stretches by 1 / cos(56 degrees) or so

    def to_grid(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray, NDArray]:
        return back.xy(west[0] + x * step * 0.2, north[0] - y * step * 0.2)

    flat, inside = cells_under(grid, to_grid, (0, 0, 48, 48), step * 0.2)
    x, y = np.meshgrid(np.arange(48) + 0.5, np.arange(48) + 0.5)
    east, northing = to_grid(x.ravel(), y.ravel())
    rows, columns = np.divmod(flat.ravel()[inside.ravel()], grid.columns)
    out = np.hypot(
        grid.eastings_m[columns] - east[inside.ravel()],
        grid.northings_m[rows] - northing[inside.ravel()],
    )
    assert inside.sum() > 500
    assert out.max() <= MARGIN * step * 0.2 * 0.6 + grid.cell_m


def test_unknown_and_beyond_the_grid_are_transparent() -> None:
    """The corner without inputs, and what lies outside, have an opacity of 0."""
    colours = rgba(render_tile(levels(), GRID, 10, *middle(10), STYLE))
    opaque = int((colours[..., 3] > 0).sum())
    # 33 km2 less two corners of 0.04 km2 each, in pixels of 95 m squared.
    expected = (33e6 - 2 * 0.04e6) / frame_of(GRID).pixel_m(10, 256) ** 2
    assert opaque == pytest.approx(expected, rel=0.03)
    assert set(map(tuple, colours[colours[..., 3] > 0])) == {(255, 0, 0, 255), (0, 0, 255, 255)}


def middle(zoom: int) -> tuple[int, int]:
    columns, rows = frame_of(GRID).tiles(zoom)
    return columns[0], rows[0]


def test_tile_elsewhere_is_empty() -> None:
    """Edinburgh has nothing of Camden, and its tile is one that all such tiles share."""
    assert render_tile(levels(), GRID, 12, 2011, 1276, STYLE) is empty_tile(256)
    assert not rgba(empty_tile(512)).any()


@pytest.mark.parametrize(("zoom", "column", "size"), [(2, 4, 256), (25, 0, 256), (3, 0, 300)])
def test_tile_that_cannot_be_is_refused(zoom: int, column: int, size: int) -> None:
    """Columns end with the zoom, zooms at 24, and tiles have 256 or 512 pixels."""
    with pytest.raises(Refused):
        render_tile(levels(), GRID, zoom, column, 0, STYLE, size)


def test_raster_archive_holds_the_tiles(tmp_path: Path) -> None:
    """Those of the service, with the frame and the provenance; twice the same bytes."""
    first, last = fitting_zooms(GRID)
    for name in ("a", "b"):
        count = write_raster_archive(
            levels(), GRID, STYLE, tmp_path / f"{name}.pmtiles", provenance()
        )
    with (tmp_path / "a.pmtiles").open("rb") as stream:
        reader = Reader(MmapSource(stream))
        header, metadata = reader.header(), reader.metadata()
        tiles = dict(all_tiles(MmapSource(stream)))
    zoom, column, row = next(key for key in tiles if key[0] == last)
    assert (header["min_zoom"], header["max_zoom"], header["clustered"]) == (first, last, True)
    assert header["min_lon_e7"] / 1e7 == pytest.approx(frame_of(GRID).west, abs=1e-6)
    assert metadata[JSON_KEY] == provenance().document()
    assert len(tiles) == count
    assert tiles[zoom, column, row] == render_tile(levels(), GRID, zoom, column, row, STYLE)
    assert (tmp_path / "a.pmtiles").read_bytes() == (tmp_path / "b.pmtiles").read_bytes()


def test_archive_of_too_many_tiles_is_refused(tmp_path: Path) -> None:
    """Before any is made, and nothing is left behind."""
    with pytest.raises(LimitExceeded, match="lower last zoom"):
        write_raster_archive(
            levels(), GRID, STYLE, tmp_path / "a.pmtiles", provenance(), zooms=(10, 22)
        )
    assert list(tmp_path.iterdir()) == []


def test_layer_with_nothing_known_has_one_empty_tile(tmp_path: Path) -> None:
    """An archive must have a tile, and this one shows nothing."""
    nothing = np.full(GRID.shape, np.nan, np.float32)
    assert write_raster_archive(nothing, GRID, STYLE, tmp_path / "a.pmtiles", provenance()) == 1


def test_vector_archive_places_polygons_by_ostn15(tmp_path: Path) -> None:
    """Read back by GDAL, a corner is within a tile unit of where `canopy.geo` puts it."""
    square = shapely.box(530_000, 182_000, 530_400, 182_400)
    table = Table("not_spots", "Not-spots", (text("class", ["total"]),))
    spots = PolygonLayer(table, np.array([square], dtype=object), 27700)
    path = tmp_path / "a.pmtiles"
    assert write_vector_archive(spots, GRID, path, provenance(), zooms=(10, 14)) >= 5
    meta, _, geometry, fields = pyogrio.raw.read(path)
    found = shapely.union_all(shapely.from_wkb(geometry))
    expected = transformer("EPSG:27700", "EPSG:3857").geometries(np.array([square]))[0]
    unit_m = 40_075_016.7 / 2**14 / 4096
    assert fields[meta["fields"].tolist().index("class")][0] == "total"
    assert shapely.hausdorff_distance(found, expected) < 1.5 * unit_m
    with path.open("rb") as stream:
        metadata = Reader(MmapSource(stream)).metadata()
    assert metadata[JSON_KEY] == provenance().document()
    assert metadata["vector_layers"][0]["id"] == "not_spots"


KML = "{http://www.opengis.net/kml/2.2}"


def test_kmz_is_kml_with_an_overlay_and_a_legend(tmp_path: Path) -> None:
    """One KML first in the archive, every picture that it names, the box of the grid."""
    for name in ("a.kmz", "b.kmz"):
        write_kmz(levels(), GRID, STYLE, tmp_path / name, provenance())
    with zipfile.ZipFile(tmp_path / "a.kmz") as archive:
        names = archive.namelist()
        root = ElementTree.fromstring(archive.read("doc.kml"))
        picture, legend = archive.read("layer.png"), archive.read("legend.png")
    document = root.find(f"{KML}Document")
    assert document is not None
    ground, screen = (document.find(f"{KML}{tag}") for tag in ("GroundOverlay", "ScreenOverlay"))
    assert ground is not None
    assert screen is not None
    assert [child.tag.removeprefix(KML) for child in document] == [
        "name", "description", "ExtendedData", "GroundOverlay", "ScreenOverlay",
    ]  # fmt: skip
    box = ground.find(f"{KML}LatLonBox")
    assert box is not None
    assert [child.tag.removeprefix(KML) for child in box] == ["north", "south", "east", "west"]
    assert names[0] == "doc.kml"
    assert {each.text for each in root.iter(f"{KML}href")} <= set(names)
    value = document.findtext(f"{KML}ExtendedData/{KML}Data/{KML}value")
    assert json.loads(value or "") == provenance().document()
    assert "© Crown copyright" in (document.findtext(f"{KML}description") or "")
    assert rgba(legend)[..., 3].all()
    assert (tmp_path / "a.kmz").read_bytes() == (tmp_path / "b.kmz").read_bytes()
    assert pixel_at(picture, box, 530_000.0, 183_000.0) == (0, 0, 255, 255)
    assert pixel_at(picture, box, 534_000.0, 183_000.0) == (255, 0, 0, 255)
    assert pixel_at(picture, box, 529_100.0, 185_900.0) == (0, 0, 0, 0)


def pixel_at(
    picture: bytes, box: ElementTree.Element, easting: float, northing: float
) -> tuple[int, ...]:
    edges = {child.tag.removeprefix(KML): float(child.text or "nan") for child in box}
    lon, lat = transformer("EPSG:27700", "EPSG:4326").xy(np.array([easting]), np.array([northing]))
    colours = rgba(picture)
    rows, columns = colours.shape[:2]
    column = int((lon[0] - edges["west"]) / (edges["east"] - edges["west"]) * columns)
    row = int((edges["north"] - lat[0]) / (edges["north"] - edges["south"]) * rows)
    return tuple(int(part) for part in colours[row, column])


def test_gdal_reads_the_kml(tmp_path: Path) -> None:
    """Its KML driver takes the document for one."""
    write_kmz(levels(), GRID, STYLE, tmp_path / "a.kmz", provenance())
    with zipfile.ZipFile(tmp_path / "a.kmz") as archive:
        archive.extract("doc.kml", tmp_path)
    assert len(pyogrio.list_layers(tmp_path / "doc.kml")) >= 1


def test_png_parts_are_whole() -> None:
    """Signature, parts in their order, and a sum that fits each."""
    stream = io.BytesIO(render_tile(levels(), GRID, 10, *middle(10), STYLE))
    assert stream.read(8) == b"\x89PNG\r\n\x1a\n"
    names, sums = [], []
    while head := stream.read(8):
        content = stream.read(int.from_bytes(head[:4]))
        names.append(head[4:])
        sums.append(zlib.crc32(head[4:] + content) == int.from_bytes(stream.read(4)))
    assert names == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    assert all(sums)


def test_picture_of_a_tile_opens_in_gdal() -> None:
    """As a picture of the asked size."""
    png = render_tile(levels(), GRID, 10, *middle(10), STYLE, 512)
    with MemoryFile(png) as file, rasterio.open(file) as source:
        assert (source.width, source.height, source.count) == (512, 512, 1)

"""Layers as Cloud Optimized GeoTIFF: values, meaning and layout."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio
from coverage_runs import GRID, levels, provenance, run

from canopy.coverage.files.layers import RUN_LAYERS, RasterLayer, run_layers
from canopy.coverage.files.provenance import JSON_KEY
from canopy.coverage.files.rasters import read_cog, write_cog
from canopy.errors import BadSource, Refused

LAYERS = {layer.kind.name: layer for layer in run_layers(run())}
TILE_WIDTH, TILE_OFFSETS, NEW_SUBFILE = 322, 324, 254
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 12: 8, 16: 8}
FORMATS = {1: "B", 2: "B", 3: "H", 4: "I", 12: "d", 16: "Q"}


def directories(data: bytes) -> list[tuple[int, dict[int, tuple[int, ...]]]]:
    """Offset and tags of each directory of a classic little-endian TIFF, in file order."""
    assert data[:4] == b"II*\0"
    (at,) = struct.unpack_from("<I", data, 4)
    found = []
    while at:
        (many,) = struct.unpack_from("<H", data, at)
        tags = {}
        for number in range(many):
            tag, kind, count = struct.unpack_from("<HHI", data, at + 2 + 12 * number)
            place = at + 10 + 12 * number
            if SIZES[kind] * count > 4:
                (place,) = struct.unpack_from("<I", data, place)
            tags[tag] = struct.unpack_from(f"<{count}{FORMATS[kind]}", data, place)
        found.append((at, tags))
        (at,) = struct.unpack_from("<I", data, at + 2 + 12 * many)
    return found


@pytest.mark.parametrize("name", LAYERS)
def test_layer_is_read_back_as_it_was(name: str, tmp_path: Path) -> None:
    """Values, frame, names of bands, unit and nodata survive."""
    layer = LAYERS[name]
    write_cog(layer, GRID, tmp_path / "a.tif", provenance())
    found = read_cog(tmp_path / "a.tif")
    np.testing.assert_array_equal(found.bands, np.stack(layer.bands))
    assert (found.grid, found.band_names, found.unit) == (GRID, layer.band_names, layer.kind.unit)
    assert str(found.nodata) == str(None if layer.kind.nodata is None else float(layer.kind.nodata))


def test_every_layer_of_a_run_has_a_file() -> None:
    """The names are fixed; operators' levels are bands of one file."""
    assert list(LAYERS) == [
        *(kind.name for kind in RUN_LAYERS), "operator_rsrp_dbm", "operator_probability",
    ]  # fmt: skip
    assert LAYERS["operator_rsrp_dbm"].band_names == ("ee", "o2")


@pytest.mark.parametrize(
    ("name", "value"), [("operators_above", 255), ("servers_above", 65_535), ("server", -2)]
)
def test_counts_are_not_zero_where_nothing_is_known(name: str, value: int) -> None:
    """A cell without inputs has the value that says so."""
    assert LAYERS[name].bands[0][0, 0] == value
    assert LAYERS[name].bands[0][300, 300] in (0, 1)


def test_provenance_is_inside(tmp_path: Path) -> None:
    """As one JSON text and as single facts; TIFF's own tags name maker, time and rights."""
    write_cog(LAYERS["rsrp_dbm"], GRID, tmp_path / "a.tif", provenance())
    with rasterio.open(tmp_path / "a.tif") as source:
        tags = source.tags()
    assert json.loads(tags[JSON_KEY]) == provenance().document()
    assert tags["parameter_reach_m"] == "500"
    assert tags["TIFFTAG_DATETIME"] == "2026:11:24 09:30:00"
    assert "© Crown copyright" in tags["TIFFTAG_COPYRIGHT"]


def test_layout_is_that_of_a_cog(tmp_path: Path) -> None:
    """Tiled, with overviews, directories before all tiles, the largest picture last."""
    write_cog(LAYERS["rsrp_dbm"], GRID, tmp_path / "a.tif", provenance())
    data = (tmp_path / "a.tif").read_bytes()
    found = directories(data)
    first_tile = [min(offset for offset in tags[TILE_OFFSETS] if offset) for _, tags in found]
    assert b"LAYOUT=IFDS_BEFORE_DATA" in data[:400]
    assert len(found) >= 2
    assert [tags[TILE_WIDTH] for _, tags in found] == [(512,)] * len(found)
    assert [tags.get(NEW_SUBFILE, (0,)) for _, tags in found] == [(0,)] + [(1,)] * (len(found) - 1)
    assert [at for at, _ in found] == sorted(at for at, _ in found)
    assert max(at for at, _ in found) < min(first_tile)
    assert first_tile == sorted(first_tile, reverse=True)


def test_overviews_of_levels_hold_only_levels_that_occur(tmp_path: Path) -> None:
    """Decibels are not averaged: each value of a coarser copy is one of the layer's."""
    write_cog(LAYERS["rsrp_dbm"], GRID, tmp_path / "a.tif", provenance())
    with rasterio.open(tmp_path / "a.tif", overview_level=0) as coarse:
        values = coarse.read(1)
    known = values[np.isfinite(values)]
    assert values.shape == (275, 300)
    assert np.isin(known, levels()).all()


def test_same_layer_gives_the_same_bytes(tmp_path: Path) -> None:
    """No clock, no order of threads in the file."""
    for name in ("a.tif", "b.tif"):
        write_cog(LAYERS["sinr_db"], GRID, tmp_path / name, provenance())
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_layer_of_another_shape_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    """A band that does not fit the grid would lie elsewhere."""
    kind = LAYERS["rsrp_dbm"].kind
    with pytest.raises(Refused, match="shape"):
        write_cog(
            RasterLayer(kind, (levels()[1:],), ("a",)), GRID, tmp_path / "a.tif", provenance()
        )
    assert list(tmp_path.iterdir()) == []


def test_file_that_is_no_raster_is_refused(tmp_path: Path) -> None:
    """The message names the file."""
    (tmp_path / "a.tif").write_text("no raster")
    with pytest.raises(BadSource, match=r"a\.tif"):
        read_cog(tmp_path / "a.tif")

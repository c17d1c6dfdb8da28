"""What a whole record must be to stand in the catalogue, whichever way it came."""

from __future__ import annotations

import pytest
import shapely

from canopy.assets.editing.validation import valid_record
from canopy.assets.mapping.shapes import MAX_VERTICES
from canopy.errors import BadAttribute, OutOfArea

GRID, NIGER = "EPSG:27700", "EPSG:32631"


def record(geometry: str | shapely.Geometry | None, kind: str = "lamppost") -> dict[str, object]:
    shape = shapely.from_wkt(geometry) if isinstance(geometry, str) else geometry
    return {"kind": kind, "geom": None if shape is None else shapely.to_wkb(shape, hex=True)}


def test_a_valid_record_comes_back_in_canonical_form() -> None:
    """Unknown values are left out, positions are flat, little-endian and otherwise untouched."""
    given = {**record("POINT Z (530000.125 180000 42)"), "height_m": 8, "owner": None}
    assert valid_record(given, GRID) == {
        "kind": "lamppost",
        "height_m": 8.0,
        "geom": shapely.to_wkb(shapely.Point(530_000.125, 180_000), hex=True, byte_order=1),
    }


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        (None, "no position"),
        ("POINT EMPTY", "empty"),
        ("POINT (NaN 180000)", "finite number"),
        ("LINESTRING (530000 180000, 530010 180000)", "lamppost is Point, not LineString"),
    ],
)
def test_a_record_needs_a_position_of_its_kind(geometry: str | None, why: str) -> None:
    """None, an empty one, one without numbers and a line for a lamppost are refused."""
    with pytest.raises(BadAttribute, match=why):
        valid_record(record(geometry), GRID)


def test_a_geometry_that_cannot_be_read_is_refused() -> None:
    """Bytes that are no geometry."""
    with pytest.raises(BadAttribute, match="cannot be read"):
        valid_record({"kind": "lamppost", "geom": "00ff"}, GRID)


def test_a_shape_that_crosses_itself_is_refused() -> None:
    """With the place where it does so: an editor can redraw it."""
    bow = "POLYGON ((530000 180000, 530010 180010, 530010 180000, 530000 180010, 530000 180000))"
    with pytest.raises(BadAttribute, match="Self-intersection"):
        valid_record(record(bow, "building"), GRID)


@pytest.mark.parametrize(("vertices", "taken"), [(MAX_VERTICES, True), (MAX_VERTICES + 1, False)])
def test_a_geometry_has_as_many_vertices_as_the_importer_takes(vertices: int, taken: bool) -> None:
    """One number for both: what was imported can be edited."""
    line = shapely.LineString([(500_000 + i, 180_000) for i in range(vertices)])
    if taken:
        assert valid_record(record(line, "duct"), GRID)["kind"] == "duct"
    else:
        with pytest.raises(BadAttribute, match="100,000 vertices"):
            valid_record(record(line, "duct"), GRID)


@pytest.mark.parametrize(
    ("storage_crs", "x", "y"),
    [(GRID, 530_000.0, 1_249_500.0), (GRID, 500.0, 5_000.0), (NIGER, 1_900_000.0, 1_500_000.0)],
)
def test_a_position_out_of_the_area_is_refused_with_the_area(
    storage_crs: str, x: float, y: float
) -> None:
    """Both the position and how far the deployment's area reaches are told."""
    with pytest.raises(OutOfArea, match=rf"Point at {x:.1f}, {y:.1f} .*{storage_crs} covers"):
        valid_record(record(shapely.Point(x, y)), storage_crs)


def test_a_line_out_of_the_area_with_one_end_is_refused() -> None:
    """Not only its first vertex counts."""
    with pytest.raises(OutOfArea, match=r"covers -9\.369 to 3\.483 E"):
        valid_record(record("LINESTRING (530000 180000, 530000 -10)", "duct"), GRID)


def test_an_asset_beyond_its_zone_can_be_edited() -> None:
    """Nguigmi lies seven degrees beyond UTM zone 31, and the importer takes it."""
    valid = valid_record(record("POINT (1597000 1587000)"), NIGER)
    assert shapely.from_wkb(valid["geom"]) == shapely.Point(1_597_000, 1_587_000)

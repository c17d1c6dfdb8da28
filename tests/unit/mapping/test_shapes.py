"""Geometries of features and WKT: valid, 2D, inside, of the kind's type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from mapping_tables import BNG, Result, codes, lonlat, normalise, street, table

from canopy.assets.importers import open_tables
from canopy.assets.mapping.parts import fit_type
from canopy.assets.mapping.shapes import MAX_VERTICES

POLYGONS = 'kind = "open_space"\n[geometry]\nfeature = true\n'
LINES = 'kind = "duct"\n[geometry]\nfeature = true\n'
POINTS = 'kind = "lamppost"\n[geometry]\nfeature = true\n'
X, Y = 524_000.0, 183_000.0


def square(size: float = 10.0, x: float = X, y: float = Y) -> shapely.Polygon:
    return shapely.box(x, y, x + size, y + size)


def one(geometry: shapely.Geometry | None, mapping: str = POLYGONS, crs: str = BNG) -> Result:
    return normalise(table({}, geometries=[geometry], crs=crs), mapping)


TURN = np.linspace(0, 2 * np.pi, MAX_VERTICES + 1)
ROUND = shapely.Polygon(np.column_stack([X + 900 * np.cos(TURN), Y + 900 * np.sin(TURN)]))
"""A circle of one vertex too many."""
BOW_TIE = shapely.Polygon([(X, Y), (X + 10, Y + 10), (X + 10, Y), (X, Y + 10)])


def test_self_crossing_polygons_are_repaired_and_said() -> None:
    """A bow-tie becomes its two triangles, with the reason and the area they have."""
    result = one(BOW_TIE)
    assert result.warned == {2: "repaired-geometry"}
    assert "Self-intersection" in result.warnings[0].message
    assert result.geometries[0].is_valid
    assert result.geometries[0].geom_type == "MultiPolygon"
    assert result.geometries[0].area == pytest.approx(50)
    assert result.warnings[0].message.endswith("was repaired to a MultiPolygon of 50.0 m².")


def test_areas_before_and_after_are_said_where_both_mean_something() -> None:
    """Parts that lie over each other are counted once after the repair."""
    doubled = shapely.MultiPolygon([square(100), square(100, X + 50)])
    (warning,) = one(doubled).warnings
    assert warning.message.endswith("; its area of 20,000 m² became 15,000 m².")


def test_an_area_that_a_repair_leaves_alone_is_not_said() -> None:
    """Two squares that share an edge, made one."""
    touching = shapely.MultiPolygon([square(), square(10, X + 10)])
    (warning,) = one(touching).warnings
    assert warning.message.endswith("was repaired to a Polygon.")


def test_flatgeobuf_row_without_geometry_is_rejected_alone(tmp_path: Path) -> None:
    """The row is a missing-geometry reject; the others are imported."""
    shapes = np.array([shapely.Point(X, Y), None, shapely.Point(X + 9, Y)], dtype=object)
    points = pa.table({"name": ["a", "b", "c"], "g": pa.array(shapely.to_wkb(shapes), pa.binary())})
    pyogrio.write_arrow(
        points, tmp_path / "a.fgb", driver="FlatGeobuf", geometry_name="g", crs=BNG,
        geometry_type="Point", SPATIAL_INDEX="NO",
    )  # fmt: skip
    (source,) = open_tables(tmp_path / "a.fgb")
    result = normalise(source, POINTS)
    assert result.rejected == {2: "missing-geometry"}
    assert [(g.x, g.y) for g in result.geometries] == [(X, Y), (X + 9, Y)]


def test_a_polygon_without_area_is_rejected() -> None:
    """What make_valid turns into a line is no open space."""
    flat = shapely.Polygon([(X, Y), (X + 10, Y), (X, Y)])
    assert one(flat).rejected == {2: "degenerate-geometry"}


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (shapely.Polygon(), "empty-geometry"),
        (ROUND, "too-many-vertices"),
        (shapely.box(0, 0, 0, 0), "zero-coordinates"),
        (shapely.box(5e7, 5e7, 6e7, 6e7), "off-planet"),
        (shapely.box(X, Y, X + 900_000, Y + 10), "out-of-area"),
        (shapely.LineString([(X, Y), (X + 9, Y)]), "wrong-geometry-type"),
        (shapely.GeometryCollection([square(), shapely.Point(X, Y)]), "wrong-geometry-type"),
    ],
)
def test_geometries_that_cannot_be_stored_are_rejected(
    geometry: shapely.Geometry, code: str
) -> None:
    """Each for its own reason."""
    assert one(geometry).rejected == {2: code}


def test_rows_without_anything_are_blank_and_others_lack_a_geometry() -> None:
    """A feature with attributes but no geometry is named as such."""
    source = table({"name": ["Park", None]}, geometries=[None, None], crs=BNG)
    assert normalise(source, POLYGONS).rejected == {2: "missing-geometry", 3: "blank-row"}


def test_vertices_that_are_no_numbers_are_rejected() -> None:
    """NaN is no place."""
    with np.errstate(invalid="ignore"):
        broken = shapely.LineString([(X, Y), (X + 1, float("nan")), (X + 2, Y)])
    assert one(broken, LINES).rejected == {2: "nan-coordinates"}


def test_third_coordinates_are_dropped_and_said() -> None:
    """Heights in the geometry are not the asset's height."""
    result = one(shapely.Point(X, Y, 17.5), POINTS)
    assert result.warned == {2: "dropped-z"}
    assert not result.geometries[0].has_z


def test_vertex_limit_is_the_stated_one() -> None:
    """Exactly the limit is accepted."""
    line = shapely.LineString(
        np.column_stack([X + np.arange(MAX_VERTICES) / 10, np.full(MAX_VERTICES, Y)])
    )
    assert one(line, LINES).count == 1


def test_multi_parts_of_one_and_collections_of_one_sort_are_opened() -> None:
    """Shapefile multi-points of one point are points; a collection of polygons is a
    multi-polygon; a multi-line for lines stays."""
    line = frozenset({"LineString", "MultiLineString"})
    place = frozenset({"Point", "Polygon", "MultiPolygon"})
    two = shapely.GeometryCollection([square(), square(5, X + 50)])
    fitted = [
        fit_type(shapely.MultiPoint([(1, 2)]), frozenset({"Point"})),
        fit_type(two, place),
        fit_type(shapely.MultiLineString([[(0, 0), (1, 1)]]), line),
        fit_type(shapely.MultiPoint([(1, 2), (3, 4)]), frozenset({"Point"})),
    ]
    assert [g and g.geom_type for g in fitted] == ["Point", "MultiPolygon", "MultiLineString", None]


def test_mixed_geometry_is_sorted_row_by_row() -> None:
    """In a file of points and lines the kind's own are taken and the others rejected."""
    source = table(
        {}, geometries=[shapely.Point(X, Y), shapely.LineString([(X, Y), (X + 5, Y)])], crs=BNG
    )
    assert normalise(source, LINES).rejected == {2: "wrong-geometry-type"}


def test_lines_are_carried_over_vertex_by_vertex() -> None:
    """Longitude and latitude to the storage CRS, to a millimetre."""
    lons, lats = lonlat(5)
    source = table({}, geometries=[shapely.LineString(np.column_stack([lons, lats]))],
                   crs="EPSG:4326")  # fmt: skip
    placed = shapely.get_coordinates(normalise(source, LINES).geometries)
    assert np.abs(placed - np.array(street(5), float).T).max() < 0.001


def test_geometries_in_the_storage_crs_keep_every_bit() -> None:
    """Nothing is rounded, closed or reordered."""
    line = shapely.LineString([(X + 0.123456789, Y + 0.1), (X + 9.987654321, Y + 0.3)])
    assert one(line, LINES).geometries[0].equals_exact(line, 0)


def test_an_exchanged_feature_among_good_ones_is_named() -> None:
    """One polygon written latitude first among the rest."""
    lons, lats = lonlat(25)
    good = [shapely.box(a, b, a + 1e-4, b + 1e-4) for a, b in zip(lons, lats, strict=True)]
    bad = shapely.transform(good[0], lambda points: points[:, ::-1])
    source = table({}, geometries=[*good, bad], crs="EPSG:4326")
    assert normalise(source, POLYGONS).rejected == {27: "swapped-coordinates"}


def test_coordinate_columns_check_the_features() -> None:
    """Eastings beside a geometry must agree with it."""
    source = table(
        {"E": [X, X + 500], "N": [Y, Y]},
        geometries=[shapely.Point(X, Y), shapely.Point(X, Y)], crs=BNG,
    )  # fmt: skip
    check = '[[geometry.check]]\nx = "E"\ny = "N"\ncrs = "EPSG:27700"\n'
    assert normalise(source, POINTS + check).rejected == {3: "coordinates-disagree"}


def test_a_correction_gives_a_new_geometry() -> None:
    """As WKT, in the file's own CRS."""
    source = table({"id": ["a"]}, geometries=[None], crs=BNG)
    fix = '[[corrections]]\nwhere = { id = "a" }\nset = { geometry = "POINT (524803 185110)" }\n'
    result = normalise(source, POINTS + fix + 'reason = "plotted from the plan"\n')
    assert [g.wkt for g in result.geometries] == ["POINT (524803 185110)"]


def test_wkt_columns_are_read_and_bad_ones_named() -> None:
    """A column of WKT instead of features."""
    source = table({"W": [square().wkt, "POLYGON ((", None], "n": ["a", "b", "c"]})
    result = normalise(source, f'kind = "open_space"\n[geometry]\nwkt = "W"\ncrs = "{BNG}"\n')
    assert result.rejected == {3: "unreadable-geometry", 4: "missing-geometry"}
    assert result.geometries[0].equals(square())


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([X, Y, X + 1, Y + 1, 0.0, 51.5, -0.2]),
)
VERTICES = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=7)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(st.none(), VERTICES), min_size=1, max_size=6),
    st.sampled_from([BNG, "EPSG:4326"]),
)
def test_whatever_is_accepted_is_sound(shapes: list[object], crs: str) -> None:
    """Any rings at all: rows add up, and accepted geometries are valid, 2D, not empty and
    inside the National Grid."""
    polygons = [None if ring is None else shapely.Polygon(ring) for ring in shapes]
    result = normalise(table({}, geometries=polygons, crs=crs), POLYGONS)
    assert result.count + len(result.rejects) == len(shapes)
    for geometry in result.geometries:
        assert geometry.is_valid
        assert not geometry.is_empty
        assert geometry.bounds[0] >= 0
        assert geometry.bounds[3] <= 1_300_000
    assert codes(result.rejects) <= {
        "blank-row", "nan-coordinates", "zero-coordinates", "off-planet", "out-of-area",
        "degenerate-geometry", "swapped-coordinates",
    }  # fmt: skip

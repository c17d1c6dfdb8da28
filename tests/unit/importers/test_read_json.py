"""GeoJSON in all its layouts, plain JSON records, and the streaming beneath them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_files import collection, feature, point, read_one, text_file

from canopy.assets.importers.json_stream import JsonCursor

TWO = [feature({"ref": "LC1", "h": 5}, point(-0.1, 51.5)), feature({"ref": "LC2", "h": None}, None)]


def crs(name: str) -> dict[str, object]:
    return {"type": "name", "properties": {"name": name}}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.geojson", collection(TWO)),
        ("a.json", json.dumps({"features": TWO, "type": "FeatureCollection"}, indent=2)),
        ("a.geojsonl", "".join(json.dumps(f) + "\n" for f in TWO)),
        ("a.geojsons", "".join("\x1e" + json.dumps(f) + "\n" for f in TWO)),
        ("a.json", json.dumps(TWO)),
        ("a", "\ufeff" + collection(TWO)),
        ("a.json", "\n\n".join(json.dumps(f, indent=1) for f in TWO)),
    ],
)
def test_layouts_give_the_same_rows(tmp_path: Path, name: str, text: str) -> None:
    """Collections, sequences and arrays of the same features read alike."""
    read = read_one(text_file(tmp_path, name, text))
    assert read.columns == {"ref": ["LC1", "LC2"], "h": [5, None]}
    assert [None if g is None else g.wkt for g in read.geometries] == ["POINT (-0.1 51.5)", None]
    assert read.table.declared_crs == "EPSG:4326"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("urn:ogc:def:crs:EPSG::27700", "EPSG:27700"),
        ("EPSG:27700", "EPSG:27700"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("http://www.opengis.net/def/crs/EPSG/0/32631", "EPSG:32631"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_the_2008_crs_member_is_obeyed(
    tmp_path: Path, said: str, expected: str, first: bool
) -> None:
    """A `crs` member counts whether it stands before or after the features."""
    document = {"type": "FeatureCollection", "features": [feature({}, point(524803, 185110))]}
    parts = {"crs": crs(said), **document} if first else {**document, "crs": crs(said)}
    assert (
        read_one(text_file(tmp_path, "a.geojson", json.dumps(parts))).table.declared_crs == expected
    )


GEOMETRIES = [
    {"type": "Point", "coordinates": [1, 2, 3]},
    {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    {
        "type": "Polygon",
        "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 0]], [[1, 0.5], [2, 1], [2, 0.5], [1, 0.5]]],
    },
    {"type": "MultiPoint", "coordinates": [[0, 0], [1, 1]]},
    {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]]]},
    {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]},
    {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]},
]


def test_mixed_geometries_keep_their_places(tmp_path: Path) -> None:
    """Every geometry type in one file comes out in file order."""
    features = [feature({"n": i}, GEOMETRIES[i % 7]) for i in range(21)]
    read = read_one(text_file(tmp_path, "a.geojson", collection(features)))
    assert [g.geom_type for g in read.geometries] == [g["type"] for g in GEOMETRIES] * 3
    assert read.geometries[0].wkt == "POINT Z (1 2 3)"
    assert read.geometries[2].area == pytest.approx(8 - 0.25)


def test_one_bad_geometry_costs_one_row(tmp_path: Path) -> None:
    """The features around a broken one are kept, each with its own geometry."""
    features = [feature({"n": i}, point(i, i)) for i in range(5)]
    features[2]["geometry"] = {"type": "Point", "coordinates": "here"}
    read = read_one(text_file(tmp_path, "a.geojson", collection(features)))
    assert read.columns["n"] == [0, 1, 3, 4]
    assert [g.x for g in read.geometries] == [0, 1, 3, 4]
    assert read.numbers == [1, 2, 4, 5]


def test_feature_ids_become_a_column(tmp_path: Path) -> None:
    """A feature's id is the column `id`, or `@id` beside a property of that name."""
    plain = read_one(
        text_file(tmp_path, "a.geojson", collection([feature({"h": 5}, point(), id="LC1")]))
    )
    both = read_one(
        text_file(tmp_path, "b.geojson", collection([feature({"id": "x"}, point(), id=0)]))
    )
    assert plain.columns == {"id": ["LC1"], "h": [5]}
    assert both.columns == {"id": ["x"], "@id": [0]}


def test_records_without_geometry_are_read(tmp_path: Path) -> None:
    """An array of plain objects is a table; missing members are None."""
    read = read_one(
        text_file(tmp_path, "a.json", '[{"ref": "A", "h": 5.5}, {"ref": "B", "t": ["x"]}]')
    )
    assert read.columns == {"ref": ["A", "B"], "h": [5.5, None], "t": [None, ["x"]]}
    assert not read.table.has_geometry


def test_numbers_keep_their_type_and_digits(tmp_path: Path) -> None:
    """Large integers stay exact; NaN, which JSON does not have, is unknown."""
    text = '[{"uprn": 10000480247, "h": 5.0, "id": 12345678901234567890, "w": NaN}]'
    read = read_one(text_file(tmp_path, "a.json", text))
    assert read.rows() == [(10000480247, 5.0, 12345678901234567890, None)]
    assert [type(value) for value in read.rows()[0]] == [int, float, int, type(None)]


def test_licence_and_attribution_are_carried(tmp_path: Path) -> None:
    """A collection's licence and attribution come with its table."""
    text = collection(
        [feature({}, point())], licence="OGL-UK-3.0", attribution="Camden", name="lamps"
    )
    table = read_one(text_file(tmp_path, "a.geojson", text)).table
    assert (table.licence, table.attribution, table.name) == ("OGL-UK-3.0", "Camden", "lamps")


def test_late_columns_are_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A property that first occurs after the sample is delivered, and said once."""
    monkeypatch.setattr("canopy.assets.importers.geojson.SAMPLE_FEATURES", 2)
    features = [feature({"a": i}, point()) for i in range(3)] + [
        feature({"a": 3, "b": 1}, point())
    ] * 2
    read = read_one(text_file(tmp_path, "a.geojson", collection(features)))
    assert read.table.columns == ("a",)
    assert read.columns["b"] == [None, None, None, 1, 1]
    assert [(issue.row, issue.code) for issue in read.warnings] == [(4, "late-column")]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values=st.lists(VALUES, max_size=8), chunk=st.integers(1, 40))
def test_cursor_gives_what_was_written(values: list[object], chunk: int) -> None:
    """Values are decoded alike wherever the text is divided into chunks."""
    text = json.dumps({"first": values, "last": 1.5}, indent=chunk % 3 or None)

    class Slow(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            return super().read(min(chunk, size or chunk) if size and size > 0 else chunk)

    cursor = JsonCursor(Slow(text), Path("a.json"))
    found: dict[str, object] = {}
    for key in cursor.members():
        found[key] = [cursor.value() for _ in cursor.items()] if key == "first" else cursor.value()
    assert found == {"first": values, "last": 1.5}

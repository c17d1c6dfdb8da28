"""KML and KMZ: placemarks, folders, ExtendedData and geometry."""

from __future__ import annotations

from pathlib import Path

import pytest
from source_files import kml, read_one, text_file, zipped

RICH = """<Folder><name>CCTV</name>
<Placemark id="p1"><name>A &amp; B</name><description><![CDATA[<b>pole</b>]]></description>
<ExtendedData><Data name="height"><value>6</value></Data>
<SchemaData><SimpleData name="lit">yes</SimpleData></SchemaData></ExtendedData>
<Point><coordinates> -0.1,51.5,12 </coordinates></Point></Placemark>
</Folder>
<Placemark><name>C</name><LineString><coordinates>0,0 1,1
2,2</coordinates></LineString></Placemark>
<Placemark><name>D</name></Placemark>"""

POLYGON = (
    "<Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 4,0 4,4 0,0</coordinates></LinearRing>"
    "</outerBoundaryIs><innerBoundaryIs><LinearRing><coordinates>1,0.5 2,1 2,0.5 1,0.5"
    "</coordinates></LinearRing></innerBoundaryIs></Polygon>"
)


def test_placemarks_become_rows(tmp_path: Path) -> None:
    """Names, descriptions, folders and ExtendedData are columns, missing ones None."""
    read = read_one(text_file(tmp_path, "cctv.kml", kml(RICH)))
    assert read.columns == {
        "id": ["p1", None, None],
        "name": ["A & B", "C", "D"],
        "description": ["<b>pole</b>", None, None],
        "height": ["6", None, None],
        "lit": ["yes", None, None],
        "folder": ["Map / CCTV", "Map", "Map"],
    }
    assert [None if g is None else g.wkt for g in read.geometries] == [
        "POINT Z (-0.1 51.5 12)",
        "LINESTRING (0 0, 1 1, 2 2)",
        None,
    ]
    assert read.table.declared_crs == "EPSG:4326"


@pytest.mark.parametrize(
    ("inner", "kind"),
    [
        (POLYGON, "Polygon"),
        (f"<MultiGeometry>{POLYGON}{POLYGON}</MultiGeometry>", "MultiPolygon"),
        (
            "<MultiGeometry>"
            + "<Point><coordinates>1,2</coordinates></Point>" * 2
            + "</MultiGeometry>",
            "MultiPoint",
        ),
        (
            f"<MultiGeometry>{POLYGON}<Point><coordinates>1,2</coordinates></Point></MultiGeometry>",
            "GeometryCollection",
        ),
    ],
)
def test_geometries_are_built(tmp_path: Path, inner: str, kind: str) -> None:
    """Polygons with holes and multi-geometries become the narrowest type."""
    read = read_one(text_file(tmp_path, "a.kml", kml(f"<Placemark>{inner}</Placemark>")))
    assert [g.geom_type for g in read.geometries] == [kind]


def test_holes_are_holes(tmp_path: Path) -> None:
    """The inner boundary is taken out of the polygon's area."""
    read = read_one(text_file(tmp_path, "a.kml", kml(f"<Placemark>{POLYGON}</Placemark>")))
    assert read.geometries[0].area == pytest.approx(8 - 0.25)


def test_prefixed_and_old_namespaces_are_read(tmp_path: Path) -> None:
    """A prefix or Google's old namespace makes no difference."""
    text = (
        '<k:kml xmlns:k="http://earth.google.com/kml/2.1"><k:Placemark><k:name>A</k:name>'
        "<k:Point><k:coordinates>1,2</k:coordinates></k:Point></k:Placemark></k:kml>"
    )
    read = read_one(text_file(tmp_path, "a.kml", text))
    assert (read.columns["name"], read.geometries[0].wkt) == (["A"], "POINT (1 2)")


def test_latin_1_is_decoded(tmp_path: Path) -> None:
    """The XML declaration's encoding counts."""
    text = kml("<Placemark><name>Café</name></Placemark>").replace("UTF-8", "ISO-8859-1")
    assert read_one(text_file(tmp_path, "a.kml", text, "latin-1")).columns["name"] == ["Café"]


def test_kmz_is_read(tmp_path: Path) -> None:
    """A KMZ's document is read; its pictures are left alone."""
    path = zipped(tmp_path, "cctv.kmz", {"doc.kml": kml(RICH).encode(), "files/a.png": b"\x89PNG"})
    read = read_one(path)
    assert read.columns["name"] == ["A & B", "C", "D"]
    assert read.table.path == path


def test_many_placemarks_stream(tmp_path: Path) -> None:
    """Placemarks beyond one parser block and one batch keep their positions."""
    mark = "<Placemark><name>{}</name><Point><coordinates>1,2</coordinates></Point></Placemark>"
    read = read_one(
        text_file(tmp_path, "a.kml", kml("\n".join(mark.format(i) for i in range(12_000))))
    )
    assert read.columns["name"] == [str(i) for i in range(12_000)]
    assert read.numbers == list(range(1, 12_001))


ARCGIS = """<Placemark><name>L1</name><description><![CDATA[<html><body><table><tr><td>L1</td></tr>
<tr><td><table><tr><td>UNITID</td><td>L1</td></tr><tr bgcolor="#D4E4F3"><td>Height</td>
<td>8</td></tr><tr><td>name</td><td>other</td></tr><tr><td>Lamp</td><td>&lt;Null&gt;</td></tr>
</table></td></tr></table></body></html>]]></description>
<Point><coordinates>-0.1,51.5</coordinates></Point></Placemark>"""


def test_a_table_in_the_description_is_columns(tmp_path: Path) -> None:
    """What ArcGIS writes in place of ExtendedData; the placemark's own name stays."""
    read = read_one(text_file(tmp_path, "lamps.kml", kml(ARCGIS)))
    assert read.columns == {
        "name": ["L1"], "UNITID": ["L1"], "Height": ["8"], "Lamp": ["<Null>"], "folder": ["Map"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "A <b>remark</b>", "<table><tr><td>only</td><td>one row</td></tr></table>",
        "<td>loose</td><td>cells</td>", "<table><tr><td>cut short", "</td></tr></table>",
    ],
)  # fmt: skip
def test_other_descriptions_stay_as_they_are(tmp_path: Path, text: str) -> None:
    """Remarks, and HTML that is no table of names and values."""
    inner = f"<Placemark><description><![CDATA[{text}]]></description></Placemark>"
    assert read_one(text_file(tmp_path, "a.kml", kml(inner))).columns["description"] == [text]

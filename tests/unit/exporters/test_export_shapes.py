"""Shapefile, KML, FlatGeobuf, GeoJSON and GeoParquet: what each holds and says it lost."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from export_assets import BNG, STAMP, WGS84, assets, joined

from canopy.assets.batches import AssetBatch
from canopy.assets.exporters import FORMATS, ExportReport, flatgeobuf, write

SQUARE = shapely.box(530_000, 180_000, 530_010, 180_010)
WITH_HOLE = shapely.Polygon(
    SQUARE.exterior, [shapely.box(530_002, 180_002, 530_004, 180_004).exterior.coords]
)
LINE = shapely.LineString([(530_000, 180_000), (530_010.5, 180_020.25)])
NOON = datetime(2026, 1, 2, 12, 0, 0, 500_000, tzinfo=UTC)


def export(batch: AssetBatch, folder: Path, fmt: str, crs: str = BNG) -> tuple[Path, ExportReport]:
    path = folder / f"town{FORMATS[fmt].suffix}"
    return path, write([batch], path, fmt, storage_crs=BNG, crs=crs, stamp=STAMP)


def shapes(path: Path, name: str) -> tuple[list[dict[str, object]], list[shapely.Geometry | None]]:
    """Rows and positions of one shapefile in a zip."""
    _, table = pyogrio.read_arrow(f"/vsizip/{path}/{name}.shp")
    wkb = table.column("wkb_geometry").to_pylist()
    rows = table.drop_columns(["wkb_geometry"]).to_pylist()
    return rows, [None if each is None else shapely.from_wkb(each) for each in wkb]


def test_shapefile_has_one_member_per_kind_and_geometry(tmp_path: Path) -> None:
    """Points, polygons and assets without a position of one kind are three shapefiles."""
    path, _ = export(
        assets([shapely.Point(530_000, 180_000), SQUARE, None], kind="open_space"),
        tmp_path,
        "shapefile",
    )
    names = {name for name in zipfile.ZipFile(path).namelist() if name.endswith(".shp")}
    assert names == {"open_space_point.shp", "open_space_polygon.shp", "open_space_nowhere.shp"}


def test_shapefile_holds_values_under_short_names(tmp_path: Path) -> None:
    """Values come back under the short name, and columns.txt gives the long one and the unit."""
    batch = assets(
        name=["Ünïcødé ✓"],
        uprn=["000012345678"],
        observed_on=[date(2024, 2, 29)],
        backhaul_dist_m=[12.5],
        attributes=[{"footway_width_m": 1.8, "heritage": True, "design_life_y": 25}],
    )
    path, _ = export(batch, tmp_path, "shapefile")
    ((row,), positions) = shapes(path, "lamppost_point")
    assert row == {
        "asset_id": "00000000-0000-0000-0000-000000000000",
        "kind": "lamppost",
        "ref": "lamppost-0",
        "name": "Ünïcødé ✓",
        "bkhl_dis_m": 12.5,
        "uprn": "000012345678",
        "observd_on": date(2024, 2, 29),
        "version": 1,
        "dsgn_lf_y": 25,
        "heritage": 1,
        "ftw_wdth_m": 1.8,
    }
    assert positions == [shapely.Point(530_000, 180_000)]
    text = zipfile.ZipFile(path).read("columns.txt").decode()
    named = {
        each["column"]: (each["name"], each["unit"])
        for each in csv.DictReader(io.StringIO(text), delimiter="\t")
    }
    assert named["ftw_wdth_m"] == ("footway_width_m", "m")


def test_shapefile_carries_crs_encoding_and_licence(tmp_path: Path) -> None:
    """The zip holds .prj, .cpg with UTF-8, and a README with attribution and licence."""
    path, _ = export(assets(), tmp_path, "shapefile")
    archive = zipfile.ZipFile(path)
    assert archive.read("lamppost_point.cpg") == b"UTF-8"
    assert "British_National_Grid" in archive.read("lamppost_point.prj").decode()
    readme = archive.read("README.txt").decode()
    assert "Licence: OGL-UK-3.0" in readme
    assert "Attribution: Contains OS data © Crown copyright; Anytown Council" in readme


def test_shapefile_says_what_it_lost(tmp_path: Path) -> None:
    """Long texts, times, truths, digits and parts are counted where they occur."""
    batch = joined(
        [
            assets(
                name=["x" + "é" * 200],
                created_at=[NOON],
                height_m=[0.1234567890123456789],
                attributes=[{"heritage": True}],
            ),
            assets([shapely.MultiLineString([LINE])], kind="duct", asset_id=["d"]),
            assets(
                [shapely.Polygon(SQUARE.exterior.coords[::-1])], kind="open_space", asset_id=["o"]
            ),
        ]
    )
    path, report = export(batch, tmp_path, "shapefile")
    assert set(report.losses) == {
        "Texts cut at 254 bytes, the most a shapefile holds: 1.",
        "Times held as text, as a shapefile has dates only: 1.",
        "Yes/no values held as 1 and 0: 1.",
        "Numbers cut at 15 decimal places: 1.",
        "Multi-part positions of one part, which read back as single ones: 1.",
    }
    assert shapes(path, "lamppost_point")[0][0]["name"] == "x" + "é" * 126


def test_shapefile_names_do_not_depend_on_the_audience(tmp_path: Path) -> None:
    """A short name is the same for everybody who sees the column."""
    batch = assets(attributes=[{"installed_on": "2020-01-01", "installed_year": 2020}])
    names = {}
    for audience in ("public", "admin"):
        stamp = STAMP.__class__(
            audience=audience,
            title="t",
            attribution=(),
            licence="l",
            generated_at=STAMP.generated_at,
        )
        path = tmp_path / f"{audience}.zip"
        report = write([batch], path, "shapefile", storage_crs=BNG, crs=BNG, stamp=stamp)
        names[audience] = report.layers[0].columns[-2:]
    assert names["public"] == names["admin"] == ("instlld_on", "instlld_yr")


KML = {"k": "http://www.opengis.net/kml/2.2"}


def test_kml_has_a_folder_per_kind_and_typed_data(tmp_path: Path) -> None:
    """Each kind is a folder; values are SchemaData with types; positions are lon,lat."""
    batch = joined(
        [
            assets(name=["A < B & C"], attributes=[{"lamp_w": 35.5, "heritage": False}]),
            assets([WITH_HOLE], kind="open_space", asset_id=["o"]),
        ]
    )
    path, report = export(batch, tmp_path, "kml", WGS84)
    document = ElementTree.parse(path).getroot().find("k:Document", KML)
    assert [each.text for each in document.findall("k:Folder/k:name", KML)] == [
        "lamppost",
        "open_space",
    ]
    lamp = document.find("k:Folder/k:Placemark", KML)
    assert lamp.find("k:name", KML).text == "A < B & C"
    data = {e.get("name"): e.text for e in lamp.iter("{http://www.opengis.net/kml/2.2}SimpleData")}
    assert (data["lamp_w"], data["heritage"]) == ("35.5", "0")
    lon, lat = lamp.find("k:Point/k:coordinates", KML).text.split(",")
    assert (float(lon), float(lat)) == pytest.approx((-0.12833, 51.50399), abs=1e-5)
    assert document.find(".//k:Polygon/k:innerBoundaryIs", KML) is not None
    assert "Licence: OGL-UK-3.0" in document.find("k:description", KML).text
    assert report.crs == WGS84


def test_kml_in_another_crs_is_in_4326_and_says_so(tmp_path: Path) -> None:
    """KML knows one CRS: what was asked for is named in a note."""
    _, report = export(assets(), tmp_path, "kml", BNG)
    assert report.crs == WGS84
    assert "KML is always in EPSG:4326; EPSG:27700 was asked for." in report.notes


def test_kml_says_what_it_lost(tmp_path: Path) -> None:
    """Control characters, dates, missing names and empty texts are counted."""
    batch = assets(name=[None], owner=["a\x01b"], street=[""], observed_on=[date(2024, 2, 29)])
    path, report = export(batch, tmp_path, "kml", WGS84)
    assert set(report.losses) == {
        "Texts from which control characters were removed, as XML cannot hold them: 1.",
        "Dates and times held as text, as KML has no type for them: 1.",
        "Assets without a name titled by their ref, which some programs then read as the name: 1.",
        "Empty texts that look like unknown values: 1.",
    }
    assert ">ab<" in path.read_text("utf-8")


def test_flatgeobuf_holds_all_kinds_in_one_layer(tmp_path: Path) -> None:
    """Every kind's rows and exact positions are in the layer, absent values null."""
    batch = joined(
        [assets(attributes=[{"lamp_w": 35.5}]), assets([LINE], kind="duct", asset_id=["d"])]
    )
    path, report = export(batch, tmp_path, "flatgeobuf")
    meta, table = pyogrio.read_arrow(path)
    rows = {row["kind"]: row for row in table.to_pylist()}
    assert (rows["lamppost"]["lamp_w"], rows["duct"]["lamp_w"]) == (35.5, None)
    assert shapely.from_wkb(rows["duct"][meta["geometry_name"] or "wkb_geometry"]) == LINE
    assert report.losses == ()


def test_flatgeobuf_says_what_it_lost(tmp_path: Path) -> None:
    """Dates become times, and times lose what is finer than a millisecond."""
    batch = assets(observed_on=[date(2024, 2, 29)], created_at=[NOON.replace(microsecond=500_001)])
    _, report = export(batch, tmp_path, "flatgeobuf")
    assert report.losses == (
        "Dates held as midnight of that day, as FlatGeobuf has no date type: 1.",
        "Times cut to the millisecond, the finest that is written here: 1.",
    )


def test_flatgeobuf_leaves_out_assets_without_a_position(tmp_path: Path) -> None:
    """They are counted, and the others are all there."""
    batch = assets([shapely.Point(1, 1), None, shapely.Point(2, 2)])
    path, report = export(batch, tmp_path, "flatgeobuf")
    assert report.losses == ("Assets left out, as they have no position: 1.",)
    assert report.layers[0].rows == 2
    _, table = pyogrio.read_arrow(path)
    assert sorted(table.column("ref").to_pylist()) == ["lamppost-0", "lamppost-2"]


def test_large_flatgeobuf_has_no_index_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index needs memory for every feature, so beyond a limit there is none."""
    monkeypatch.setattr(flatgeobuf, "INDEX_MOST", 1)
    _, report = export(assets([shapely.Point(1, 1)] * 2), tmp_path, "flatgeobuf")
    assert report.notes == ("The file has no spatial index: it has more than 1 assets.",)


def test_geojson_in_4326_follows_rfc_7946(tmp_path: Path) -> None:
    """No `crs` member, exterior rings counter-clockwise, holes clockwise, and it is said."""
    clockwise = shapely.orient_polygons(WITH_HOLE, exterior_cw=True)
    path, report = export(assets([clockwise], kind="open_space"), tmp_path, "geojson", WGS84)
    found = json.loads(path.read_text("utf-8"))
    assert "crs" not in found
    outer, hole = found["features"][0]["geometry"]["coordinates"]
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(hole).is_ccw
    assert report.losses == (
        "Polygons whose rings were turned to the direction RFC 7946 asks for (the same area, its "
        "corners in another order): 1.",
    )


def test_geojson_in_another_crs_names_it(tmp_path: Path) -> None:
    """The older `crs` member names the CRS, and a note says that web maps will not read it."""
    path, report = export(assets(), tmp_path, "geojson")
    found = json.loads(path.read_text("utf-8"))
    assert found["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::27700"
    assert "RFC 7946 knows EPSG:4326 only" in report.notes[0]


def test_geojson_has_attribution_and_identity(tmp_path: Path) -> None:
    """The stamp is the member `metadata`; each feature is called by its asset id."""
    path, _ = export(assets(), tmp_path, "geojson")
    found = json.loads(path.read_text("utf-8"))
    assert found["metadata"]["licence"] == "OGL-UK-3.0"
    assert found["metadata"]["attribution"] == list(STAMP.attribution)
    assert found["features"][0]["id"] == "00000000-0000-0000-0000-000000000000"


def test_geojson_leaves_out_attributes_that_are_not_known(tmp_path: Path) -> None:
    """An unknown common column is null; an unknown attribute is absent."""
    batch = assets([None, None], attributes=[{"lamp_w": 35.5}, {}])
    path, _ = export(batch, tmp_path, "geojson")
    known, unknown = (f["properties"] for f in json.loads(path.read_text("utf-8"))["features"])
    assert known["lamp_w"] == 35.5
    assert "lamp_w" not in unknown
    assert unknown["owner"] is None


def test_geoparquet_metadata_are_those_of_version_1_1(tmp_path: Path) -> None:
    """Encoding, types, PROJJSON CRS and extent are as the specification asks."""
    batch = joined([assets(), assets([LINE], kind="duct", asset_id=["d"])])
    path, _ = export(batch, tmp_path, "geoparquet")
    metadata = pq.read_schema(path).metadata
    geo = json.loads(metadata[b"geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    column = geo["columns"]["geometry"]
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["LineString", "Point"]
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 27700}
    assert column["bbox"] == [530_000, 180_000, 530_010.5, 180_020.25]
    assert metadata[b"licence"] == b"OGL-UK-3.0"


def test_geoparquet_in_4326_is_longitude_before_latitude(tmp_path: Path) -> None:
    """EPSG:4326 is declared as OGC:CRS84, whose order of axes the coordinates have."""
    path, _ = export(assets(), tmp_path, "geoparquet", WGS84)
    geo = json.loads(pq.read_schema(path).metadata[b"geo"])
    assert geo["columns"]["geometry"]["crs"]["id"] == {"authority": "OGC", "code": "CRS84"}


def test_geoparquet_columns_have_units(tmp_path: Path) -> None:
    """A column's unit and description are field metadata."""
    path, _ = export(assets(attributes=[{"lamp_w": 35.5}]), tmp_path, "geoparquet")
    assert pq.read_schema(path).field("lamp_w").metadata[b"unit"] == b"W"

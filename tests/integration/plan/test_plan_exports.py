"""Files of a plan as other programs read them, each audience with what it may have."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from ogc_catalogue import E0, N0
from planned_street import NOW, material
from programs import find_program

from canopy.assets.places import NamedArea
from canopy.assets.queries import replace_areas
from canopy.db.engine import Database
from canopy.errors import Refused
from canopy.plan.exports.workbook import write_workbook
from canopy.plan.exports.writing import stamp_of, write_exports
from canopy.render.report.document import Audience

KML = "{http://www.opengis.net/kml/2.2}"


@pytest.fixture
def warded(catalogue: Database) -> Database:
    """The street in a ward."""
    ward = NamedArea("ward", "W1", "Mill", shapely.box(E0 - 50, N0 - 50, E0 + 1_000, N0 + 50))
    with catalogue.writing() as session:
        replace_areas(session, "ward", "test", None, [ward], catalogue.srid)
    return catalogue


def exported(database: Database, folder: Path, audience: Audience) -> Path:
    out = folder / f"out-{audience}"
    write_exports(material(database, folder, audience), audience, out, {}, NOW)
    return out


def test_programs_read_every_file_with_styles_and_metadata(
    warded: Database, tmp_path: Path
) -> None:
    """GDAL opens layers with their CRS, QGIS finds a default style for each, hashes are true."""
    out = exported(warded, tmp_path, "exempt")
    layers = dict(pyogrio.list_layers(out / "plan.gpkg"))
    assert (layers["sites"], layers["wards"]) == ("Point", "MultiPolygon")
    info = pyogrio.read_info(out / "plan.gpkg", layer="sites")
    assert (info["crs"], info["features"]) == ("EPSG:27700", 2)
    with closing(sqlite3.connect(out / "plan.gpkg")) as file:
        styles = file.execute(
            "SELECT f_table_name, useAsDefault, styleQML FROM layer_styles ORDER BY 1"
        ).fetchall()
    assert [row[:2] for row in styles] == [("sites", 1), ("wards", 1)]
    for *_, told in styles:
        assert ElementTree.fromstring(told.split("\n", 1)[1]).find("renderer-v2") is not None
    shapes = f"/vsizip/{out / 'plan_shapefiles.zip'}"
    assert pyogrio.read_info(shapes, layer="sites")["features"] == 2
    with zipfile.ZipFile(out / "plan.kmz") as archive:
        places = ElementTree.fromstring(archive.read("doc.kml")).iter(f"{KML}Placemark")
    assert len(list(places)) == 3
    geo = json.loads(pq.read_schema(out / "sites.parquet").metadata[b"geo"])
    assert geo["columns"]["geom"]["crs"]["id"]["code"] == 27700
    package = json.loads((out / "datapackage.json").read_text("utf-8"))
    for each in package["resources"]:
        content = (out / each["path"]).read_bytes()
        assert each["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    fields = next(each for each in package["resources"] if each["path"] == "sites.csv")["schema"]
    heading = (out / "sites.csv").read_text("utf-8").splitlines()[0].split(",")
    assert [each["name"] for each in fields["fields"]] == heading
    dcat = json.loads((out / "dcat.jsonld").read_text("utf-8"))
    assert len(dcat["dcat:distribution"]) == len(package["resources"])


def test_the_public_has_wards_and_no_site_and_no_money(warded: Database, tmp_path: Path) -> None:
    """In no file: neither a layer, nor a reference of a site, nor the operator's name."""
    out = exported(warded, tmp_path, "public")
    names = {each.name for each in out.iterdir()}
    assert names == {
        "datapackage.json", "dcat.jsonld", "map.svg", "plan.gpkg", "plan.kmz",
        "plan_shapefiles.zip", "wards.csv", "wards.parquet",
    }  # fmt: skip
    assert [name for name, _ in pyogrio.list_layers(out / "plan.gpkg")] == ["wards", "layer_styles"]
    for path in out.iterdir():
        contents = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                contents = [archive.read(name) for name in archive.namelist()]
        for content in contents:
            assert not [s for s in (b"Example Mast", b"EST/2026", b"P90") if s in content]
    with pytest.raises(Refused, match="not empty"):
        exported(warded, tmp_path, "public")


def test_the_same_plan_gives_the_same_bytes(warded: Database, tmp_path: Path) -> None:
    """So that whoever has two copies can compare them."""
    first = exported(warded, tmp_path, "public")
    kept = {each.name: each.read_bytes() for each in first.iterdir()}
    first.rename(tmp_path / "before")
    again = exported(warded, tmp_path, "public")
    assert [name for name, content in kept.items() if (again / name).read_bytes() != content] == []


@pytest.mark.long
def test_another_program_computes_the_same_cash_flow(warded: Database, tmp_path: Path) -> None:
    """LibreOffice, from formulas without figures, to the penny."""
    found = material(warded, tmp_path, "exempt")
    path = tmp_path / "cash_flow.xlsx"
    write_workbook(found.cash, found.words, path, stamp_of(found, "exempt", NOW))
    ours = openpyxl.load_workbook(path, data_only=True)
    openpyxl.load_workbook(path).save(path)  # drops the figures, keeps the formulas
    subprocess.run(
        [find_program("soffice"), f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}",
         "--headless", "--convert-to", "xlsx", "--outdir", tmp_path / "out", path],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    theirs = openpyxl.load_workbook(tmp_path / "out" / path.name, data_only=True)
    for sheet in ("Cash flow", "By kind", "By operator", "By ward", "New sites", "Lines"):
        for mine, other in zip(
            ours[sheet].iter_rows(values_only=True), theirs[sheet].iter_rows(values_only=True),
            strict=True,
        ):  # fmt: skip
            for one, two in zip(mine, other, strict=True):
                is_number = isinstance(one, int | float)
                assert two == (pytest.approx(one, abs=1e-6) if is_number else one), (sheet, mine)
    total = [
        row for row in theirs["Cash flow"].iter_rows(values_only=True) if row[0] == "All years"
    ]
    assert total[0][2] == pytest.approx(12 * 2_551.77)

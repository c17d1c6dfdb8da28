"""Programs that people have read the features without special handling."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from ogc_catalogue import EPSG, LAMPPOSTS, seen_by
from ogc_service import running

from canopy import geo
from canopy.access.rules import Role
from canopy.db.engine import Database

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
needs_gdal = pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="GDAL is not installed")
HELMERT_M = 5.0
"""How far GDAL's own move to the National Grid may be off where it has no OSTN15 grid."""


@pytest.fixture(scope="module")
def address(mixed: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a `canopy serve` of its own over the mixed catalogue."""
    with running(mixed, tmp_path_factory.mktemp("serve")) as found:
        yield found


def run(*command: str) -> str:
    """What a program prints; warnings and errors fail the test."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def converted(address: str, folder: Path, *options: str) -> list[dict[str, object]]:
    """The features that ogr2ogr makes of the lampposts."""
    out = folder / "out.geojson"
    run("ogr2ogr", str(out), f"OAPIF:{address}", "lamppost", *options)
    found: list[dict[str, object]] = json.loads(out.read_text())["features"]
    return found


@needs_gdal
def test_gdal_lists_every_layer(address: str) -> None:
    """`ogrinfo -ro -al -so` reads all collections, with their counts and field types."""
    told = run("ogrinfo", "-ro", "-al", "-so", f"OAPIF:{address}")
    counts = dict(re.findall(r"Layer name: (\w+)\n.*?Feature Count: (\d+)", told, flags=re.DOTALL))
    assert counts["lamppost"] == str(LAMPPOSTS - 1)
    assert counts["cctv"] == counts["duct"] == counts["open_space"] == "1"
    assert len(counts) == 15
    lampposts = told.partition("Layer name: lamppost\n")[2].partition("Layer name:")[0]
    assert "height_m: Real" in lampposts
    assert "ref: String" in lampposts


@needs_gdal
def test_gdal_copies_a_collection(address: str, mixed: Database, tmp_path: Path) -> None:
    """`ogr2ogr` of a whole collection, in pages: each feature once, each position exact."""
    found = converted(address, tmp_path, "-oo", "PAGE_SIZE=5", "-lco", "COORDINATE_PRECISION=12")
    stored = list(seen_by(mixed, Role.public, "lamppost").values())
    (*moved,) = geo.transformer("EPSG:27700", "OGC:CRS84").geometries(
        np.array([each["geometry"] for each in stored])
    )
    assert [each["properties"]["ref"] for each in found] == [s["ref"] for s in stored]  # type: ignore[index]
    shown = [shapely.geometry.shape(each["geometry"]) for each in found]
    assert all(a.equals_exact(b, 1e-9) for a, b in zip(shown, moved, strict=True))


@needs_gdal
def test_gdal_asks_for_a_box(address: str, tmp_path: Path) -> None:
    """`-spat` finds the two lampposts that are in it."""
    box = ("-spat", "-1.5604", "52.41755", "-1.5599", "52.4176")
    found = converted(address, tmp_path, *box)
    assert [each["properties"]["ref"] for each in found] == ["LC-000", "LC-001"]  # type: ignore[index]


@needs_gdal
@pytest.mark.parametrize(
    ("where", "count"),
    [("height_m = 8", 6), ("status = 'operational'", 10), ("ref = 'LC-004'", 1),
     ("height_m >= 7", 11), ("height_m = 8 AND status = 'operational'", 5), ("lamp_w = 35", 21)],
)  # fmt: skip
def test_gdal_asks_for_values(address: str, tmp_path: Path, where: str, count: int) -> None:
    """`-where` finds as many as there are, pushed down or not."""
    assert len(converted(address, tmp_path, "-where", where)) == count


@needs_gdal
def test_gdal_pushes_equality_down(address: str) -> None:
    """GDAL finds the fields among the description's parameters and sends them along."""
    command = ["ogrinfo", "-ro", "-q", "-where", "height_m = 8 AND status = 'operational'",
               f"OAPIF:{address}", "lamppost", "--debug", "on"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    asked = [line for line in done.stderr.splitlines() if "/items?" in line]
    assert any("status=operational" in line for line in asked), asked


@needs_gdal
def test_gdal_moves_to_the_national_grid(address: str, mixed: Database, tmp_path: Path) -> None:
    """`-t_srs EPSG:27700` moves on the client's side, within what its method can do."""
    found = converted(address, tmp_path, "-t_srs", "EPSG:27700")
    stored = list(seen_by(mixed, Role.public, "lamppost").values())
    shown = [shapely.geometry.shape(each["geometry"]) for each in found]
    far = [a.distance(s["geometry"]) for a, s in zip(shown, stored, strict=True)]
    assert max(far) < HELMERT_M


def test_newer_gdal_reads_the_stored_system(address: str, mixed: Database) -> None:
    """pyogrio's GDAL reads a collection in EPSG:27700, exactly as it is stored."""
    import pyogrio

    _, _, wkb, values = pyogrio.raw.read(
        f"OAPIF:{address}", layer="lamppost", CRS=f"{EPSG}27700", columns=["ref"]
    )
    stored = list(seen_by(mixed, Role.public, "lamppost").values())
    assert list(values[0]) == [each["ref"] for each in stored]
    shown = shapely.from_wkb(wkb)
    assert all(shapely.equals(a, s["geometry"]) for a, s in zip(shown, stored, strict=True))


def test_newer_gdal_reads_every_layer(address: str) -> None:
    """All collections can be listed and read, lines and polygons too."""
    import pyogrio

    layers = [str(name) for name, _ in pyogrio.list_layers(f"OAPIF:{address}")]
    counts = {name: len(pyogrio.raw.read(f"OAPIF:{address}", layer=name)[2]) for name in layers}
    assert counts["lamppost"] == LAMPPOSTS - 1
    assert counts["assets"] == sum(counts.values()) - counts["assets"]


def test_owslib_reads_the_features(address: str) -> None:
    """OWSLib's client finds collections, queryables and pages."""
    pytest.importorskip("owslib")
    from owslib.ogcapi.features import Features

    client = Features(address)
    assert "lamppost" in client.feature_collections()
    assert client.collection("lamppost")["title"] == "Lampposts"
    assert "height_m" in client.collection_queryables("lamppost")["properties"]
    page = client.collection_items("lamppost", limit=2, bbox=[-1.57, 52.4, -1.5, 52.5])
    assert page["numberReturned"] == 2
    (first, _) = page["features"]
    assert client.collection_item("lamppost", first["id"])["id"] == first["id"]
    assert client.conformance()["conformsTo"]
    assert client.api()["paths"]
    tall = client.collection_items("lamppost", filter="height_m = 8", limit=100)
    assert tall["numberReturned"] == 6

"""Polygons as GeoPackage and GeoJSON."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from coverage_runs import GRID, provenance

from canopy.coverage.files import polygons
from canopy.coverage.files.columns import Table, integer, real, text, truth
from canopy.coverage.files.polygons import PolygonLayer, write_geojson, write_geopackage
from canopy.coverage.files.provenance import JSON_KEY, Provenance
from canopy.coverage.files.spots import spot_layer
from canopy.coverage.notspots.classes import Spot
from canopy.coverage.notspots.polygons import SpotPolygon
from canopy.errors import Refused
from canopy.geo import transformer

RING = shapely.box(529_000, 183_000, 532_000, 184_000).difference(
    shapely.box(530_000, 183_200, 530_500, 183_400)
)


def layer(name: str = "not_spots") -> PolygonLayer:
    columns = (
        text("class", ["total", None], "what it is"),
        integer("cells", [30_000, None]),
        real("residents", [12.5, float("nan")], "people"),
        truth("indoor", [True, None]),
    )
    shapes = np.array([RING, shapely.box(535_000, 183_000, 535_010, 183_010)], dtype=object)
    return PolygonLayer(Table(name, "Not-spots", columns), shapes, 27700)


def test_geopackage_holds_types_geometry_and_unknown(tmp_path: Path) -> None:
    """In the run's CRS, NULL where a value is not known."""
    write_geopackage([layer(), layer("others")], tmp_path / "a.gpkg", provenance())
    meta, _, geometry, fields = pyogrio.raw.read(tmp_path / "a.gpkg", layer="not_spots")
    info = pyogrio.read_info(tmp_path / "a.gpkg", layer="not_spots")
    held = dict(zip(meta["fields"], fields, strict=True))
    assert info["crs"] == "EPSG:27700"
    assert shapely.equals(shapely.from_wkb(geometry[0]), RING)
    assert held["class"].tolist() == ["total", None]
    assert np.isnan(held["residents"][1])
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as connection:
        rows = connection.execute("SELECT cells, residents, indoor FROM not_spots").fetchall()
    assert rows == [(30_000, 12.5, 1), (None, None, None)]


def test_geopackage_says_where_it_comes_from(tmp_path: Path) -> None:
    """In its metadata table, and its times are the run's."""
    write_geopackage([layer()], tmp_path / "a.gpkg", provenance())
    info = pyogrio.read_info(tmp_path / "a.gpkg", layer="not_spots")
    assert json.loads(info["dataset_metadata"][JSON_KEY]) == provenance().document()
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as connection:
        rows = connection.execute("SELECT last_change, description FROM gpkg_contents").fetchall()
    assert rows == [
        ("2026-11-24T09:30:00.000Z", "Not-spots\nclass: what it is\nresidents [people]")
    ]


def test_geojson_follows_rfc_7946(tmp_path: Path) -> None:
    """Longitude first, shells counter-clockwise, holes clockwise, null for not known."""
    write_geojson(layer(), tmp_path / "a.geojson", provenance())
    found = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    shell, hole = (
        shapely.LinearRing(ring) for ring in found["features"][0]["geometry"]["coordinates"]
    )
    assert "crs" not in found
    assert found["provenance"] == provenance().document()
    assert (shell.is_ccw, hole.is_ccw) == (True, False)
    assert found["features"][1]["properties"] == {
        "class": None, "cells": None, "residents": None, "indoor": None,
    }  # fmt: skip
    west, south, east, north = found["bbox"]
    assert -0.2 < west < east < -0.03
    assert 51.52 < south < north < 51.55


def test_long_edges_stay_where_they_are_on_the_ground(tmp_path: Path) -> None:
    """The middle of a 3 km edge, back in the National Grid, is within 5 cm of the edge."""
    write_geojson(layer(), tmp_path / "a.geojson", provenance())
    found = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    shell = np.array(found["features"][0]["geometry"]["coordinates"][0])
    middles = (shell[1:] + shell[:-1]) / 2
    x, y = transformer("EPSG:4326", "EPSG:27700").xy(middles[:, 0], middles[:, 1])
    assert RING.exterior.distance(shapely.MultiPoint(np.column_stack([x, y]))) < 0.05
    assert max(RING.exterior.distance(point) for point in shapely.points(x, y)) < 0.05


@pytest.mark.parametrize("suffix", ["gpkg", "geojson"])
def test_same_polygons_give_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    """No clock in either file."""
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        if suffix == "gpkg":
            write_geopackage([layer()], folder / "a.gpkg", provenance())
        else:
            write_geojson(layer(), folder / "a.geojson", provenance())
    files = [tmp_path / name / f"a.{suffix}" for name in ("a", "b")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_how_often_a_geopackage_was_written_to_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GDAL writes its time once more where the clock went on a second while it wrote."""
    write_geopackage([layer()], tmp_path / "a.gpkg", provenance())
    set_times = polygons._set_times

    def a_second_later(path: Path, run: Provenance) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE gpkg_contents SET last_change = '2026-01-01T00:00:00.000Z'")
        set_times(path, run)

    monkeypatch.setattr(polygons, "_set_times", a_second_later)
    write_geopackage([layer()], tmp_path / "b.gpkg", provenance())
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gpkg", "b.gpkg"]


def test_no_polygon_is_a_layer_without_rows(tmp_path: Path) -> None:
    """A council without not-spots gets files that say so, with their columns."""
    empty = spot_layer([], GRID)
    write_geopackage([empty], tmp_path / "a.gpkg", provenance())
    write_geojson(empty, tmp_path / "a.geojson", provenance())
    info = pyogrio.read_info(tmp_path / "a.gpkg")
    assert (info["features"], info["geometry_type"]) == (0, "MultiPolygon")
    assert json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))["features"] == []


def test_spots_become_rows() -> None:
    """Class and area stand in columns of their own."""
    spot = SpotPolygon("total-1-2", Spot.TOTAL, RING, 3, 300.0, {"residents": 7.0}, 0.0)
    columns = {column.name: column for column in spot_layer([spot], GRID).table.columns}
    assert columns["class"].values == ("total",)
    assert columns["area"].heading == "area [m²]"


def test_line_is_no_polygon() -> None:
    """A row without an area is named."""
    with pytest.raises(Refused, match="row 0"):
        PolygonLayer(
            Table("a", "A", (integer("cells", [1]),)),
            np.array([shapely.LineString([(0, 0), (1, 1)])], dtype=object),
            27700,
        )

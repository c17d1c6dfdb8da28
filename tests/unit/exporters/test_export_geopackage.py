"""The shape of an exported GeoPackage."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyogrio
import pytest
import shapely
from export_assets import BNG, STAMP, assets, joined

from canopy.assets.exporters import write


@pytest.fixture
def town(tmp_path: Path) -> Path:
    path = tmp_path / "town.gpkg"
    points = shapely.points([530_000.125, 530_900], [180_000.5, 180_900]).tolist()
    square = shapely.box(530_000, 180_000, 530_010, 180_010)
    mixed = [square, shapely.MultiPolygon([square]), None]
    batch = joined([assets(points), assets(mixed, kind="open_space", asset_id=["a", "b", "c"])])
    write([batch], path, "gpkg", storage_crs=BNG, crs=BNG, stamp=STAMP)
    return path


@pytest.fixture
def db(town: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(town)) as connection:
        yield connection


def test_file_says_that_it_is_a_geopackage(db: sqlite3.Connection) -> None:
    """Application id ``GPKG``, version 1.3, and nothing broken inside."""
    assert db.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
    assert db.execute("PRAGMA user_version").fetchone() == (10_300,)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_each_kind_is_a_layer_with_its_own_geometry_type(db: sqlite3.Connection) -> None:
    """One geometry type where there is one, any where a kind has several."""
    rows = db.execute("SELECT table_name, geometry_type_name, srs_id FROM gpkg_geometry_columns")
    assert rows.fetchall() == [("lamppost", "POINT", 27700), ("open_space", "GEOMETRY", 27700)]


def test_every_layer_has_a_sound_spatial_index(db: sqlite3.Connection) -> None:
    """The R*Tree is registered, complete and consistent."""
    extensions = db.execute(
        "SELECT table_name, column_name FROM gpkg_extensions "
        "WHERE extension_name = 'gpkg_rtree_index'"
    )
    assert set(extensions.fetchall()) == {("lamppost", "geom"), ("open_space", "geom")}
    assert db.execute("SELECT rtreecheck('rtree_open_space_geom')").fetchone() == ("ok",)
    assert db.execute("SELECT count(*) FROM rtree_open_space_geom").fetchone() == (2,)


def test_spatial_index_keeps_its_triggers(db: sqlite3.Connection) -> None:
    """A feature added in QGIS later goes into the index."""
    triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    assert ("rtree_lamppost_geom_insert",) in triggers


def test_extent_is_that_of_the_positions(db: sqlite3.Connection) -> None:
    """`gpkg_contents` has the layer's extent, and the stamp's time."""
    row = db.execute(
        "SELECT min_x, min_y, max_x, max_y, last_change FROM gpkg_contents "
        "WHERE table_name = 'lamppost'"
    ).fetchone()
    assert row == (530_000.125, 180_000.5, 530_900, 180_900, "2026-03-04T05:06:07.000Z")


def test_columns_have_types(db: sqlite3.Connection) -> None:
    """Text, numbers, truths, dates and times are declared as such."""
    types = {row[1]: row[2] for row in db.execute("PRAGMA table_info(lamppost)")}
    names = ("ref", "height_m", "version", "observed_on", "created_at", "heritage", "lamp_w")
    assert [types[name] for name in names] == [
        "TEXT",
        "REAL",
        "INTEGER",
        "DATE",
        "DATETIME",
        "BOOLEAN",
        "REAL",
    ]


def test_attribution_and_licence_are_metadata(town: Path) -> None:
    """GDAL reads the stamp as items of the data set."""
    metadata = pyogrio.read_info(town, layer="lamppost")["dataset_metadata"]
    assert metadata["licence"] == "OGL-UK-3.0"
    assert metadata["attribution"] == "Contains OS data © Crown copyright\nAnytown Council"
    assert metadata["audience"] == "admin"


def test_times_cut_to_the_millisecond_are_counted(tmp_path: Path) -> None:
    """A time finer than a GeoPackage can hold is cut, and the report says how many were."""
    made = [datetime(2026, 1, 1, 0, 0, 0, 123_456, tzinfo=UTC)]
    report = write(
        [assets(created_at=made)],
        tmp_path / "a.gpkg",
        "gpkg",
        storage_crs=BNG,
        crs=BNG,
        stamp=STAMP,
    )
    assert report.losses == ("Times cut to the millisecond, the finest a GeoPackage holds: 1.",)

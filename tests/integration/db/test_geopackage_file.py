"""The catalogue's file as other programs see it: valid, indexed, and watched."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely
from placed_assets import BNG, EAST, NORTH, add_assets, at, keys
from sqlalchemy import text

from canopy.assets.tables import Asset
from canopy.db import gpkg_geometry, migrate, spatial
from canopy.db.engine import Database, open_database
from canopy.errors import StorageUnavailable
from canopy.settings import load_settings

needs_ogr = pytest.mark.skipif(
    shutil.which("ogrinfo") is None, reason="GDAL's command-line tools are not installed"
)
AROUND = (EAST - 50, NORTH - 50, EAST + 50, NORTH + 50)


def _path(database: Database) -> Path:
    assert database.path is not None
    return database.path


def _rows(database: Database, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(_path(database))
    rows = connection.execute(statement).fetchall()
    connection.close()
    return rows


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _frame(*points: shapely.Point) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"kind": "mast", "source": "gis"}, geometry=list(points), crs=BNG,
                                  index=range(len(points)))  # fmt: skip


def _append(database: Database, *points: shapely.Point) -> None:
    pyogrio.write_dataframe(_frame(*points), _path(database), layer="asset", append=True)


def test_the_file_declares_itself_a_geopackage(gpkg_database: Database) -> None:
    """Application id "GPKG", version 1.3, and the required tables and reference systems."""
    assert _rows(gpkg_database, "PRAGMA application_id") == [(0x47504B47,)]
    assert _rows(gpkg_database, "PRAGMA user_version") == [(10300,)]
    systems = _rows(gpkg_database, "SELECT srs_id FROM gpkg_spatial_ref_sys ORDER BY 1")
    assert systems == [(-1,), (0,), (4326,), (27700,)]
    contents = _rows(
        gpkg_database,
        "SELECT c.table_name, data_type, c.srs_id, column_name, geometry_type_name, "
        "g.srs_id, z, m FROM gpkg_contents c LEFT JOIN gpkg_geometry_columns g "
        "ON g.table_name = c.table_name ORDER BY 1",
    )
    assert contents == [
        ("area", "features", 27700, "geom", "GEOMETRY", 27700, 0, 0),
        ("asset", "features", 27700, "geom", "GEOMETRY", 27700, 0, 0),
        ("coverage_figure", "attributes", None, None, None, None, None, None),
        ("coverage_run", "features", 27700, "geom", "GEOMETRY", 27700, 0, 0),
        ("feature_of_interest", "features", 27700, "geom", "GEOMETRY", 27700, 0, 0),
        ("location", "features", 27700, "geom", "GEOMETRY", 27700, 0, 0),
        ("not_spot", "features", 27700, "geom", "GEOMETRY", 27700, 0, 0),
        ("organisation", "attributes", None, None, None, None, None, None),
        ("radio_cell", "features", 27700, "geom", "GEOMETRY", 27700, 0, 0),
    ]


def test_the_file_passes_sqlites_own_checks(gpkg_database: Database) -> None:
    """Sound pages, no dangling references, and an R*Tree that fits its table."""
    with gpkg_database.writing() as session:
        add_assets(session, [at(0, 0), None, at(1, 1).buffer(2), shapely.Point()])
    assert _rows(gpkg_database, "PRAGMA integrity_check") == [("ok",)]
    assert _rows(gpkg_database, "PRAGMA foreign_key_check") == []
    assert _rows(gpkg_database, "SELECT rtreecheck('rtree_asset_geom')") == [("ok",)]
    assert _rows(gpkg_database, "SELECT id FROM rtree_asset_geom ORDER BY id") == [(1,), (3,)]


def test_columns_have_types_that_gdal_keeps(gpkg_database: Database) -> None:
    """Only GeoPackage's own type names: GDAL would drop a VARCHAR."""
    types = _rows(
        gpkg_database,
        "SELECT DISTINCT upper(p.type) FROM pragma_table_list t, pragma_table_info(t.name) p "
        "WHERE t.name IN (SELECT table_name FROM gpkg_contents)",
    )
    known = {"TEXT", "INTEGER", "BOOLEAN", "DOUBLE", "DATE", "DATETIME", "GEOMETRY"}
    assert {name for (name,) in types} <= known


@needs_ogr
def test_ogrinfo_opens_it_without_a_word(gpkg_database: Database) -> None:
    """No warning, no error, the layers with their system and their features."""
    with gpkg_database.writing() as session:
        add_assets(session, [at(0, 0), at(5, 5)])
    done = _run("ogrinfo", "-ro", "-so", "-al", str(_path(gpkg_database)))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Layer name: asset" in done.stdout
    assert "Feature Count: 2" in done.stdout
    assert 'ID["EPSG",27700]' in done.stdout


def test_gdal_reads_what_canopy_wrote(gpkg_database: Database) -> None:
    """Geometry, key, text and reference system, through GDAL's own index."""
    with gpkg_database.writing() as session:
        add_assets(session, [at(0, 0), at(900, 900), at(5, 5).buffer(1)])
    frame = pyogrio.read_dataframe(
        _path(gpkg_database), layer="asset", bbox=AROUND, fid_as_index=True
    )
    assert frame.index.tolist() == [1, 3]
    assert frame["kind"].tolist() == ["lamppost", "lamppost"]
    assert frame.crs.to_epsg() == 27700


def test_what_gdal_appends_is_indexed_and_noted(gpkg_database: Database) -> None:
    """The R*Tree finds the new features, and each is on the list of foreign writes."""
    with gpkg_database.writing() as session:
        add_assets(session, [at(0, 0)])
    _append(gpkg_database, at(1, 1), at(2, 2))
    with gpkg_database.reading() as session:
        assert keys(session, spatial.bbox(Asset, AROUND, BNG)) == [1, 2, 3]
        noted = session.execute(text("SELECT row_id, operation, row_before FROM external_change"))
        assert noted.all() == [(2, "insert", None), (3, "insert", None)]


@needs_ogr
def test_what_gdal_changes_and_deletes_is_noted_with_what_was(gpkg_database: Database) -> None:
    """ogr2ogr's append and ogrinfo's SQL, outside of any of our own functions."""
    with gpkg_database.writing() as session:
        add_assets(session, [at(0, 0), at(3, 3)])
    path = str(_path(gpkg_database))
    source = _path(gpkg_database).with_suffix(".geojson")
    pyogrio.write_dataframe(_frame(at(7, 7)), source, driver="GeoJSON")
    for command in (
        ("ogr2ogr", "-append", "-t_srs", "EPSG:27700", "-nln", "asset", path, str(source)),
        ("ogrinfo", path, "-sql", "UPDATE asset SET name = 'moved' WHERE fid = 1"),
        ("ogrinfo", path, "-sql", "DELETE FROM asset WHERE fid = 2"),
    ):
        done = _run(*command)
        assert (done.returncode, done.stderr) == (0, "")
    with gpkg_database.reading() as session:
        noted = session.execute(
            text(
                "SELECT row_id, operation, json_extract(row_before, '$.kind'), "
                "json_extract(row_before, '$.geom') FROM external_change ORDER BY id"
            )
        ).all()
        assert keys(session, spatial.bbox(Asset, AROUND, BNG)) == [1, 3]
    blobs = [gpkg_geometry.encode_one(point, BNG) for point in (at(0, 0), at(3, 3))]
    assert [tuple(row) for row in noted] == [
        (3, "insert", None, None),
        (1, "update", "lamppost", blobs[0].hex().upper()),  # type: ignore[union-attr]
        (2, "delete", "cctv", blobs[1].hex().upper()),  # type: ignore[union-attr]
    ]


def test_own_writes_are_not_noted(gpkg_database: Database) -> None:
    """While Canopy writes, the triggers stand aside; afterwards the flag is down again."""
    with gpkg_database.writing() as session:
        add_assets(session, [at(0, 0)])
        session.execute(text("UPDATE asset SET name = 'x'"))
    assert _rows(gpkg_database, "SELECT count(*) FROM external_change") == [(0,)]
    assert _rows(gpkg_database, "SELECT active FROM canopy_writer") == [(0,)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, at(1, 1)),
        (at(1, 1), None),
        (at(1, 1), at(2, 2)),
        (at(1, 1), shapely.Point()),
        (shapely.Polygon(), at(1, 1).buffer(1)),
        (None, shapely.Point()),
    ],
    ids=["placed", "taken away", "moved", "emptied", "filled", "still nowhere"],
)
def test_the_index_follows_every_change_of_geometry(
    gpkg_database: Database, before: shapely.Geometry | None, after: shapely.Geometry | None
) -> None:
    """The R*Tree holds exactly the rows with a place, and holds them there."""
    with gpkg_database.writing() as session:
        add_assets(session, [before])
    with gpkg_database.writing() as session:
        row = session.get_one(Asset, 1)
        row.geom = after
    placed = after is not None and not after.is_empty
    assert _rows(gpkg_database, "SELECT count(*) FROM rtree_asset_geom") == [(int(placed),)]
    with gpkg_database.reading() as session:
        assert keys(session, spatial.bbox(Asset, AROUND, BNG)) == [1] * placed


def test_the_index_follows_a_changed_key_and_a_deletion(gpkg_database: Database) -> None:
    """QGIS may renumber a feature; its entry moves with it, and goes when it goes."""
    with gpkg_database.writing() as session:
        add_assets(session, [at(0, 0), at(1, 1)])
        session.execute(text("UPDATE asset SET fid = 70 WHERE fid = 1"))
        session.execute(text("DELETE FROM asset WHERE fid = 2"))
    assert _rows(gpkg_database, "SELECT id FROM rtree_asset_geom") == [(70,)]


def test_a_full_disk_is_said_and_nothing_is_written(gpkg_database: Database) -> None:
    """SQLite's page limit stands in for a full disk: the catalogue stays as it was."""

    def fill() -> None:
        with gpkg_database.writing() as session:
            pages = session.scalar(text("PRAGMA page_count"))
            session.execute(text(f"PRAGMA max_page_count = {pages}"))
            add_assets(session, [at(n, 0).buffer(9, quad_segs=99) for n in range(200)])

    with pytest.raises(StorageUnavailable, match="is full; nothing was written"):
        fill()
    assert _rows(gpkg_database, "SELECT count(*) FROM asset") == [(0,)]
    assert _rows(gpkg_database, "SELECT active FROM canopy_writer") == [(0,)]


def test_a_damaged_file_is_said_to_be(gpkg_database: Database) -> None:
    """Pages overwritten with noise are reported with the way out, not as a traceback."""
    gpkg_database.dispose()
    with _path(gpkg_database).open("r+b") as file:
        file.seek(100)  # just after the header, where the schema is
        file.write(b"\xa5" * 8192)
    with (
        pytest.raises(StorageUnavailable, match=r"damaged.*backup"),
        gpkg_database.reading() as session,
    ):
        keys(session)


def test_somebody_elses_geopackage_is_not_made_a_catalogue(tmp_path: Path) -> None:
    """`canopy init` on a file with other layers refuses and leaves it as it was."""
    path = tmp_path / "parks.gpkg"
    pyogrio.write_dataframe(_frame(at(0, 0)), path, layer="parks")
    database = open_database(load_settings(db_url=f"gpkg://{path}"))
    with pytest.raises(StorageUnavailable, match="holds other tables"):
        migrate.upgrade(database)
    database.dispose()
    assert pyogrio.list_layers(path)[:, 0].tolist() == ["parks"]
